"""The words in which every part says what it keeps of people, how long, and what becomes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

ERASED = "[erased]"
"""Stands where a word about somebody stood."""


class Otherwise(Enum):
    """What erasing a customer does to a column that is not simply set to a value."""

    STAYS = "stays"
    WORD_BY_WORD = "loses the words about them"


@dataclass(frozen=True)
class Traces:
    """By what a customer is found everywhere: their rows, codes (UUIDs), addresses and the words that name them."""

    customer_id: int
    customer: Any
    user_id: int | None
    codes: frozenset[Any]
    addresses: frozenset[str]
    words: frozenset[str]
    at: datetime


@dataclass(frozen=True)
class Keep:
    """A column about a person: how long it is kept, what becomes of it, and what stands there after an erasure.

    `erased` is the value, or a function of the traces that gives it. What is secret is never handed out.
    """

    until: str
    then: str
    erased: Any = Otherwise.STAYS
    is_secret: bool = False


@dataclass(frozen=True)
class Table:
    """Every column of a model under a rule. `of` gives the condition (a Q) for the rows about a customer.

    `told` names further columns that are given to a customer who asks for their data; rows that `go` are removed
    when their customer is erased; `sets` are other columns that an erasure changes.
    """

    model: str
    personal: Mapping[str, Keep]
    impersonal: str
    of: Callable[[Traces], Any] | None = None
    told: str = ""
    goes: bool = False
    sets: Mapping[str, Any] = field(default_factory=dict)


class CannotBeErased(ValueError):
    """This customer cannot be erased yet."""


Obstacle = Callable[[Traces], None]
"""Raises a `CannotBeErased` that says what is still open with a customer."""


@dataclass(frozen=True)
class Clearing:
    """What the night does to what has been kept long enough; gives how many rows it changed."""

    what: str
    clear: Callable[[datetime], int]


@dataclass(frozen=True)
class Files:
    """Files beside the database that may speak of people: how long they are kept, and what becomes of them."""

    what: str
    until: str
    then: str


def nothing_personal(model: str, columns: str) -> Table:
    """A table that says nothing about anybody."""
    return Table(model, {}, columns)
