"""Who is asking: a program of the office with its bearer token, or a stranger."""

from dataclasses import dataclass

from django.http import HttpRequest

from midway.accounts.tokens import bearer_of, find_token, may
from midway.api.problem import Problem
from midway.core.actor import VISITOR, Actor, ActorKind
from midway.runtime.clock import now as clock

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Midway"'}


@dataclass(frozen=True)
class Asking:
    """Somebody with the scope that was needed, or a stranger where strangers are let in."""

    actor: Actor
    is_office: bool


def asking(request: HttpRequest, *, scope: str) -> Asking:
    """Will say who asks; whoever shows a token must have the scope, whoever shows none is a customer.

    Raises `Problem` 401 for a token that is not valid and 403 for one without the scope.
    """
    header = request.headers.get("Authorization", "")
    if not header:
        return Asking(actor=VISITOR, is_office=False)
    token = find_token(bearer_of(header), now=clock())
    if token is None:
        raise Problem(401, "This token is not valid. Ask the office for another one.", headers=CHALLENGE)
    if not may(token, scope):
        raise Problem(403, f"This token does not have the scope {scope}.")
    return Asking(actor=Actor(kind=ActorKind.PROGRAM, label=token.name, user_id=token.user_id), is_office=True)


class Bearer:
    """Demands a token with a scope; ninja calls it before the route and writes it into the document."""

    openapi_security_schema = {"type": "http", "scheme": "bearer"}

    def __init__(self, scope: str) -> None:
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Asking:
        """Will let the office in. Raises `Problem`."""
        found = asking(request, scope=self.scope)
        if not found.is_office:
            raise Problem(401, f"Send a bearer token with the scope {self.scope}.", headers=CHALLENGE)
        return found
