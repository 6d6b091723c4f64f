"""Whose hand is behind a change made on a page."""

from typing import Any

from django.http import HttpRequest

from midway.core.actor import Actor, ActorKind


def hand_of(request: HttpRequest) -> Actor:
    """The signed-in person as the journal names them."""
    user: Any = request.user
    return Actor(kind=ActorKind.USER, label=user.name, user_id=user.pk)
