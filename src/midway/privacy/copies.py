"""Everything we have about a customer, for themselves: as JSON, and as a folder of tables."""

import csv
import io
import zipfile
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import orjson
from psycopg.types.range import Range

from midway.core.actor import ActorKind
from midway.core.retention import Table
from midway.customers.models import Customer
from midway.journal.models import Entry
from midway.privacy.rules import model_of, tables
from midway.privacy.traces import traces_of

Row = dict[str, Any]
_LEFT_OUT = {"actor_label", "settled_by", "by_label", "user"}
"""Who of the office had a hand in it is not about the customer."""


def everything_about(customer: Customer, *, now: datetime) -> dict[str, list[Row]]:
    """All rows about the customer by their table, with what each says; keys to accounts are left out."""
    traces = traces_of(customer, at=now)
    found: dict[str, list[Row]] = {}
    for table in tables():
        columns = _told(table)
        if table.of is None or not columns:
            continue
        rows = model_of(table).objects.filter(table.of(traces)).order_by("pk")
        found[table.model.partition(".")[2].lower()] = [
            {name: _plain(getattr(row, name)) for name in columns} for row in rows.iterator()
        ]
    theirs = Entry.objects.filter(subject__in=traces.codes).order_by("id")
    found["entry"] = [
        {"at": _plain(entry.at), "event": entry.event, "by": _hand(entry), "facts": entry.facts} for entry in theirs
    ]
    return found


def as_json(about: dict[str, list[Row]]) -> bytes:
    """The whole as one file a program can read."""
    return orjson.dumps(about, option=orjson.OPT_INDENT_2)


def as_tables(about: dict[str, list[Row]]) -> bytes:
    """The whole as a zip of tables a spreadsheet can open, with the JSON beside them."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, rows in about.items():
            if rows:
                folder.writestr(f"{name}.csv", _as_csv(rows))
        folder.writestr("everything.json", as_json(about))
    return packed.getvalue()


def _told(table: Table) -> list[str]:
    personal = [name for name, keep in table.personal.items() if not keep.is_secret]
    return [name for name in [*personal, *table.told.split()] if name not in _LEFT_OUT]


def _hand(entry: Entry) -> str:
    return {ActorKind.CUSTOMER: "you", ActorKind.SYSTEM: "Midway"}.get(ActorKind(entry.actor_kind), "the office")


def _as_csv(rows: list[Row]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    # The mark by which spreadsheets know that it is UTF-8.
    return "\ufeff" + out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    # A text that begins like a formula would be computed by a spreadsheet.
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _plain(value: Any) -> Any:
    if isinstance(value, Range):
        return {"start": _plain(value.lower), "end": _plain(value.upper)}
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
