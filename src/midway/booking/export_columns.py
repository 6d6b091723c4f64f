"""What a table that can be taken out is made of, and who may take it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Told = Callable[[Any], object]


def _as_it_is(value: Any) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value


@dataclass(frozen=True)
class Column:
    """One column: its heading, what it means, and how a value is written."""

    name: str
    means: str
    told: Told = _as_it_is


@dataclass(frozen=True)
class ExportTable:
    """One file: what it holds, its columns, and the statement that reads them in order. `right` opens it."""

    name: str
    means: str
    right: str
    columns: Sequence[Column]
    statement: str


def columns(text: str, **told: Told) -> list[Column]:
    """Will read "name: what it means", a line each."""
    lines = [line.split(":", 1) for line in text.strip().splitlines()]
    return [Column(name.strip(), means.strip(), told.get(name.strip(), _as_it_is)) for name, means in lines]


DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
RIGHT_OF = {
    "customers": "customers.see", "people": "people.see", "prices": "prices.see", "reports": "reports.see",
    "access": "access_notes.see", "money": "money.see",
}  # fmt: skip
