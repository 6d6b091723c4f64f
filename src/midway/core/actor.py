"""Who does a deed. Every action takes one as `by=` and the journal keeps it."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """What sort of hand is behind a change."""

    USER = "user"
    CUSTOMER = "customer"
    PROGRAM = "program"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """A person signed in, a customer with their link, a program with a token, or Midway itself."""

    kind: ActorKind
    label: str
    user_id: int | None = None


SYSTEM = Actor(kind=ActorKind.SYSTEM, label="Midway")
VISITOR = Actor(kind=ActorKind.CUSTOMER, label="Customer")
