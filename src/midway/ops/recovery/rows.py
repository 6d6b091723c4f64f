"""Bring back one customer's or one day's rows from a proved backup: as a difference that is looked at first.

The backup is restored beside, never over, the living database. Rows that are gone are put back and rows that were
changed are changed back, all of it in one transaction under every constraint, or none of it.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

Session = psycopg.Connection[Any]
Key = tuple[str, int]

# What is about people and promises. The journal is never rewritten, and what runs by itself is not brought back.
_PARTS = ("customers_", "booking_", "crew_", "billing_", "fieldwork_", "dispatch_")
_REFERENCES = """
    SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text,
           EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indisunique AND i.indpred IS NULL
                   AND i.indkey::int2[] = ARRAY[c.conkey[1]])
    FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    WHERE c.contype = 'f' AND array_length(c.conkey, 1) = 1 ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Reference:
    """A column that points to another table; `owns` when no two rows point to the same."""

    table: str
    column: str
    target: str
    owns: bool


@dataclass(frozen=True)
class RowDifference:
    """One row that is not as it was: gone when `now` is None."""

    table: str
    id: int
    before: dict[str, Any]
    now: dict[str, Any] | None

    @property
    def is_missing(self) -> bool:
        """Whether the living database has no such row."""
        return self.now is None

    @property
    def changed(self) -> dict[str, tuple[Any, Any]]:
        """Each column that differs: as it was, as it is."""
        now = self.now or {}
        return {name: (value, now.get(name)) for name, value in self.before.items() if now.get(name) != value}


@dataclass(frozen=True)
class RowsPlan:
    """All rows that would be brought back, parents before children."""

    backup: str
    about: str
    examined: int
    differences: list[RowDifference]

    @property
    def mark(self) -> str:
        """A short word for exactly this difference, so that what was looked at is what is done."""
        words = json.dumps([[d.table, d.id, d.before, d.now] for d in self.differences], sort_keys=True, default=str)
        return hashlib.sha256(f"{self.backup}{words}".encode()).hexdigest()[:8]

    def as_json(self) -> dict[str, Any]:
        """The answer of `midway recover rows`."""
        return {
            "backup": self.backup, "about": self.about, "examined": self.examined, "mark": self.mark,
            "differences": [
                {"table": d.table, "id": d.id, "kind": "missing" if d.is_missing else "changed",
                 "columns": {name: {"backup": was, "now": now} for name, (was, now) in d.changed.items()}}
                for d in self.differences
            ],
        }  # fmt: skip

    def words(self) -> str:
        """The difference for people."""
        lines = [f"{self.about} in {self.backup}: {self.examined} rows compared, {len(self.differences)} differ"]
        for one in self.differences:
            lines.append(f"  {one.table} {one.id} {'is gone' if one.is_missing else 'was changed'}")
            if not one.is_missing:
                lines += [f"      {name}: {now!r} → {was!r}" for name, (was, now) in one.changed.items()]
        if self.differences:
            lines.append(f"Nothing was changed. To bring these back, say the same with --yes {self.mark}")
        return "\n".join(lines)


def compare_customer(old: Session, live: Session, *, backup: str, customer: str) -> RowsPlan:
    """How everything about one customer (by code) differs from the backup. Raises `LookupError`."""
    rows = _ids(old, "SELECT id FROM customers_customer WHERE code = %s", [customer])
    if not rows:
        raise LookupError(f"The backup {backup} has no customer {customer}: use an older or newer one")
    return _compared(old, live, backup, f"Customer {customer}", [("customers_customer", row) for row in rows])


def compare_day(old: Session, live: Session, *, backup: str, day: date) -> RowsPlan:
    """How the visits of one day, by each branch's clock, and all that hangs on them differ from the backup."""
    rows = _ids(
        old,
        "SELECT v.id FROM booking_visit v JOIN crew_branch b ON b.id = v.branch_id"
        " WHERE v.during && tstzrange(%s::date::timestamp AT TIME ZONE b.zone,"
        " (%s::date + 1)::timestamp AT TIME ZONE b.zone) ORDER BY v.id",
        [day, day],
    )
    return _compared(old, live, backup, f"{day:%Y-%m-%d}", [("booking_visit", row) for row in rows])


def bring_back(live: Session, plan: RowsPlan) -> None:
    """Will put every row of the plan back; part of the caller's transaction, whose constraints have the last word."""
    for one in plan.differences:
        columns = [sql.Identifier(name) for name in one.before]
        table = _table(one.table)
        if one.is_missing:
            put_in = (
                "INSERT INTO {0} ({1}) OVERRIDING SYSTEM VALUE SELECT {1} FROM jsonb_populate_record(NULL::{0}, %s)"
            )
            live.execute(sql.SQL(put_in).format(table, sql.SQL(", ").join(columns)), [Jsonb(one.before)])
        else:
            changed = [sql.Identifier(name) for name in one.changed]
            live.execute(
                sql.SQL("UPDATE {0} SET ({1}) = ROW(r.*) FROM (SELECT {1} FROM jsonb_populate_record(NULL::{0}, %s)) r"
                        " WHERE id = %s")
                .format(table, sql.SQL(", ").join(changed)),
                [Jsonb(one.before), one.id],
            )  # fmt: skip


def _compared(old: Session, live: Session, backup: str, about: str, start: Sequence[Key]) -> RowsPlan:
    keys = list(_closure(old, start))
    differences: dict[Key, RowDifference] = {}
    for key, is_parent in keys:
        before, now = _row(old, key), _row(live, key)
        if before is not None and before != now and not (is_parent and now is not None):
            differences[key] = RowDifference(key[0], key[1], before, now)
    return RowsPlan(backup, about, len(keys), _parents_first(old, differences))


def _closure(old: Session, start: Sequence[Key]) -> Iterator[tuple[Key, bool]]:
    """Everything that hangs on the rows; and, marked as parents, the rows those point to."""
    references = _references(old)
    seen: set[Key] = set(start)
    open_keys = list(start)
    while open_keys:
        key = open_keys.pop()
        yield key, False
        children = [(r.table, row) for r in references if r.target == key[0] for row in _pointing(old, r, key[1])]
        owned = [
            (r.target, row) for r in references if r.owns and r.table == key[0] for row in _pointed(old, r, key[1])
        ]
        for found in (*children, *owned):
            if found not in seen and found[0].startswith(_PARTS):
                seen.add(found)
                open_keys.append(found)
    for key in list(seen):
        for reference in references:
            if reference.table == key[0] and reference.target.startswith(_PARTS):
                for row in _pointed(old, reference, key[1]):
                    if (reference.target, row) not in seen:
                        seen.add((reference.target, row))
                        yield (reference.target, row), True


def _parents_first(old: Session, differences: dict[Key, RowDifference]) -> list[RowDifference]:
    references = _references(old)
    ordered: dict[Key, RowDifference] = {}

    def place(key: Key) -> None:
        if key in ordered or key not in differences:
            return
        for reference in references:
            if reference.table == key[0]:
                target = differences[key].before.get(reference.column)
                if target is not None and (reference.target, target) != key:
                    place((reference.target, int(target)))
        ordered[key] = differences[key]

    for key in sorted(differences):
        place(key)
    return list(ordered.values())


def _references(session: Session) -> list[Reference]:
    return [Reference(*row) for row in session.execute(_REFERENCES).fetchall()]


def _pointing(session: Session, reference: Reference, row: int) -> list[int]:
    question = sql.SQL("SELECT id FROM {} WHERE {} = %s").format(
        _table(reference.table), sql.Identifier(reference.column)
    )
    return _ids(session, question, [row])


def _pointed(session: Session, reference: Reference, row: int) -> list[int]:
    question = sql.SQL("SELECT {1} FROM {0} WHERE id = %s AND {1} IS NOT NULL").format(
        _table(reference.table), sql.Identifier(reference.column)
    )
    return _ids(session, question, [row])


def _ids(session: Session, question: "str | sql.Composed", parameters: Sequence[Any]) -> list[int]:
    words = question.encode() if isinstance(question, str) else question
    return [int(row[0]) for row in session.execute(words, parameters).fetchall()]


def _row(session: Session, key: Key) -> dict[str, Any] | None:
    found = session.execute(
        sql.SQL("SELECT to_jsonb(t) FROM {} t WHERE id = %s").format(_table(key[0])), [key[1]]
    ).fetchone()
    return dict(found[0]) if found else None


def _table(name: str) -> sql.Identifier:
    return sql.Identifier(*name.split("."))
