"""Whose hand a command is, and how it speaks and refuses."""

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from midway.accounts.models import User
    from midway.core.actor import Actor


def office_user(email: str) -> "User | None":
    """Whoever of the office has this address; nobody for no address. Ends with 1 when there is no such person."""
    from midway.accounts.models import User

    if not email:
        return None
    found = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if found is None or not found.is_office:
        fail(f"Nobody of the office has the address {email}", 1)
    return found


def hand_of(email: str) -> "Actor":
    """Theirs, or the command's own."""
    from midway.core.actor import Actor, ActorKind

    user = office_user(email)
    if user is None:
        return Actor(kind=ActorKind.SYSTEM, label="midway incident")
    return Actor(kind=ActorKind.USER, label=user.name, user_id=user.pk)


def tried(deed: Callable[[], Any]) -> Any:
    """What the deed gives; a refusal is told, and ends with 1."""
    try:
        return deed()
    except Exception as refusal:
        if type(refusal).__module__.startswith("midway."):
            fail(refusal.__doc__ or str(refusal), 1)
        raise


def say(facts: object, as_json: bool, words: str) -> None:
    """Will print the one or the other."""
    print(json.dumps(facts, indent=1) if as_json else words)


def fail(words: str, code: int) -> NoReturn:
    """Will say so where errors go, and end with this code."""
    print(f"midway: {words}", file=sys.stderr)
    sys.exit(code)
