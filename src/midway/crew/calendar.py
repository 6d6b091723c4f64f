"""Taking, holding and releasing cleaners' time: the only writer of commitments.

The order of locks is the same for everybody: cleaners' rows in id order (only when time is moved), then the
calendar's days, then the commitment. A first try passes over days that somebody else is writing, so that
buyers of the same morning do not queue behind each other; the second waits for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from midway.core.timespan import Span, cells_between, local_midnight, rounded_out
from midway.crew.models import Commitment
from midway.runtime.database import ask
from midway.runtime.round_trip import Answer


class SlotTaken(Exception):
    """That time has just been taken. Choose one of the times that are still free."""


@dataclass(frozen=True)
class Taken:
    """Time that is ours now."""

    commitment_id: int
    cleaner_id: int


@dataclass(frozen=True)
class Wanted:
    """What is asked of the calendar.

    `during` includes the pad after a visit. `cleaners` names who must come; otherwise any `count` cleaners of
    the branch who have the skill and whose hours leave the time free, `preferred` ones first.
    """

    branch_id: int
    zone: ZoneInfo
    during: Span
    kind: Commitment.Kind
    reference: UUID
    count: int = 1
    skill_id: int | None = None
    cleaners: Sequence[int] = ()
    preferred: Sequence[int] = ()
    hold_expires_at: datetime | None = None


def take_if_free(wanted: Wanted) -> Answer | None:
    """Will try once, without waiting for anybody: the answer has a row for each cleaner who was free.

    Fewer rows than wanted mean that the transaction must be rolled back and the time be asked for by `take`.
    Nothing for what cannot be tried so: named cleaners, and time over midnight.
    """
    if wanted.cleaners or _crosses_midnight(wanted):
        return None
    return _pick_and_insert(wanted, skip_locked=True)


def take(wanted: Wanted, *, now: datetime) -> list[Taken]:
    """Will commit cleaners for the time, or raise `SlotTaken`; part of the caller's transaction.

    Holds that have run out and lie in the way are released first.
    """
    taken = _try_take(wanted)
    if taken is None and release_expired_holds(branch_id=wanted.branch_id, during=wanted.during, now=now):
        taken = _try_take(wanted)
    if taken is None:
        raise SlotTaken(SlotTaken.__doc__)
    return taken


@dataclass(frozen=True)
class Seat:
    """One of many visits to be given its cleaners at once; `during` includes the pad after it."""

    reference: UUID
    during: Span
    cleaners: Sequence[int]


def take_many(seats: Sequence[Seat]) -> dict[UUID, list[Taken]]:
    """Will commit each visit's named cleaners, all of them or none, and give what was taken by reference.

    A visit that is missing from the answer lost its time to somebody else meanwhile. One statement for all.
    """
    rows = sorted(
        ((seat.during.start, cleaner, seat) for seat in seats for cleaner in set(seat.cleaners)),
        key=lambda row: row[:2],
    )
    wanted = {seat.reference: len(set(seat.cleaners)) for seat in seats if seat.cleaners}
    taken: dict[UUID, list[Taken]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_INSERT} SELECT cleaner, tstzrange(opens, closes), 'visit', true, reference, NULL::timestamptz"  # noqa: S608
            " FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::uuid[])"
            " w(cleaner, opens, closes, reference)"
            " ORDER BY opens, cleaner ON CONFLICT DO NOTHING RETURNING id, cleaner_id, reference",
            [
                [cleaner for _, cleaner, _ in rows],
                [seat.during.start.astimezone(UTC) for _, _, seat in rows],
                [seat.during.end.astimezone(UTC) for _, _, seat in rows],
                [seat.reference for _, _, seat in rows],
            ],
        )
        for commitment, cleaner, reference in cursor.fetchall():
            taken.setdefault(reference, []).append(Taken(commitment, cleaner))
    short = [reference for reference, rows in taken.items() if len(rows) < wanted[reference]]
    _forget([row for reference in short for row in taken.pop(reference)])
    return taken


def release_many(references: Sequence[UUID]) -> None:
    """Will give back all the time held for these visits; their cleaners are locked first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE crew_commitment SET active = false WHERE id IN ("
            " SELECT id FROM crew_commitment WHERE reference = ANY(%s) AND active"
            " ORDER BY lower(during), cleaner_id FOR UPDATE)",
            [list(references)],
        )


def release_expired_holds(*, branch_id: int, during: Span, now: datetime) -> bool:
    """Will give back time held by customers who went away; says whether there was any."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE crew_commitment SET active = false WHERE id IN ("
            " SELECT k.id FROM crew_commitment k JOIN crew_cleaner c ON c.id = k.cleaner_id"
            " WHERE c.branch_id = %s AND k.active AND k.kind = 'hold' AND k.hold_expires_at <= %s"
            " AND k.during && tstzrange(%s, %s) ORDER BY k.cleaner_id FOR UPDATE OF k)",
            [branch_id, now, during.start, during.end],
        )
        return bool(cursor.rowcount)


def release(*, reference: UUID, cleaner_id: int | None = None) -> list[int]:
    """Will give back the time held for a visit, hold or absence, of one cleaner or of all. Returns their ids."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE crew_commitment SET active = false WHERE id IN ("
            " SELECT id FROM crew_commitment WHERE reference = %s AND active"
            " AND (%s::bigint IS NULL OR cleaner_id = %s) ORDER BY cleaner_id FOR UPDATE)"
            " RETURNING cleaner_id",
            [reference, cleaner_id, cleaner_id],
        )
        return sorted(row[0] for row in cursor.fetchall())


def lock_cleaners(cleaner_ids: Sequence[int]) -> None:
    """Will make everybody who moves these cleaners' time wait for us; always before `release` and `take`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM crew_cleaner WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [sorted(set(cleaner_ids))]
        )


def turn_hold_into_visit(*, hold: UUID, visit: UUID) -> list[Taken]:
    """Will make held time a visit's. Empty when the hold is gone: the time must be taken anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE crew_commitment SET kind = 'visit', hold_expires_at = NULL, reference = %s"
            " WHERE reference = %s AND active AND kind = 'hold' RETURNING id, cleaner_id",
            [visit, hold],
        )
        return [Taken(*row) for row in cursor.fetchall()]


def _try_take(wanted: Wanted) -> list[Taken] | None:
    if wanted.cleaners:
        named = sorted(set(wanted.cleaners))
        return _all_or_nothing(_insert_named(wanted, named), count=len(named))
    if _crosses_midnight(wanted):
        return _take_over_midnight(wanted)
    for skip_locked in (True, False):
        found = [Taken(*row) for row in _pick_and_insert(wanted, skip_locked=skip_locked).rows]
        taken = _all_or_nothing(found, count=wanted.count)
        if taken is not None:
            return taken
    return None


_INSERT = "INSERT INTO crew_commitment (cleaner_id, during, kind, active, reference, hold_expires_at)"

# One look at each cleaner's day: the sub-select lets the days be read in one go over the index.
_PICK = """
    SELECT d.cleaner_id FROM crew_calendarday d
    WHERE d.cleaner_id = ANY(ARRAY(
        SELECT c.id FROM crew_cleaner c WHERE c.branch_id = %(branch)s AND (%(skill)s::bigint IS NULL OR EXISTS (
            SELECT 1 FROM crew_cleaner_skills s WHERE s.cleaner_id = c.id AND s.skill_id = %(skill)s))))
      AND d."on" = %(day)s AND substring(d.free FROM %(first)s FOR %(cells)s) = %(free)s::varbit
    ORDER BY d.cleaner_id = ANY(%(preferred)s::bigint[]) DESC, {rank} d.cleaner_id
    LIMIT %(count)s FOR UPDATE {skip}
"""
_PICK_AND_INSERT = {
    # Those with the emptiest day come first; whoever has to wait takes cleaners in id order instead,
    # so that two who wait for several cleaners do not wait for each other.
    skip_locked: (
        f"WITH pick AS ({_PICK.format(rank=rank, skip=skip)}) {_INSERT}"  # noqa: S608 - constants only
        " SELECT cleaner_id, tstzrange(%(start)s, %(end)s), %(kind)s, true, %(reference)s::uuid,"
        " %(hold)s::timestamptz FROM pick ON CONFLICT DO NOTHING RETURNING id, cleaner_id"
    )
    for skip_locked, rank, skip in ((True, "bit_count(d.free) DESC,", "SKIP LOCKED"), (False, "", ""))
}


def _pick_and_insert(wanted: Wanted, *, skip_locked: bool) -> Answer:
    return ask(_PICK_AND_INSERT[skip_locked], {**_pick_parameters(wanted), **_row_parameters(wanted)})


def _insert_named(wanted: Wanted, cleaners: Sequence[int]) -> list[Taken]:
    with connection.cursor() as cursor:
        cursor.execute(
            # The office may ask for somebody outside their hours, but not after their last day.
            f"{_INSERT} SELECT c.id, tstzrange(%(start)s, %(end)s), %(kind)s, true, %(reference)s::uuid,"  # noqa: S608
            " %(hold)s::timestamptz FROM crew_cleaner c WHERE c.id = ANY(%(cleaners)s::bigint[])"
            " AND (c.left_on IS NULL OR %(day)s <= c.left_on)"
            " ORDER BY c.id ON CONFLICT DO NOTHING RETURNING id, cleaner_id",
            {
                "cleaners": list(cleaners),
                "day": wanted.during.start.astimezone(wanted.zone).date(),
                **_row_parameters(wanted),
            },
        )
        return [Taken(*row) for row in cursor.fetchall()]


def _take_over_midnight(wanted: Wanted) -> list[Taken] | None:
    # Rare (night work): look at the days first, then ask one cleaner after another; the constraint decides,
    # and whoever lost a cleaner to somebody else goes on to the next.
    during = rounded_out(wanted.during)
    first, last = _day_of(during.start, wanted.zone), _day_of(during.end, wanted.zone)
    offset = cells_between(local_midnight(first, wanted.zone), during.start)
    cells = cells_between(during.start, during.end)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id, string_agg(d.free::text, '' ORDER BY d.\"on\") FROM crew_cleaner c"
            " JOIN crew_calendarday d ON d.cleaner_id = c.id AND d.\"on\" BETWEEN %(first)s AND %(last)s"
            " WHERE c.branch_id = %(branch)s AND (%(skill)s::bigint IS NULL OR EXISTS ("
            " SELECT 1 FROM crew_cleaner_skills s WHERE s.cleaner_id = c.id AND s.skill_id = %(skill)s))"
            " GROUP BY c.id HAVING count(*) = %(days)s ORDER BY c.id = ANY(%(preferred)s::bigint[]) DESC, c.id",
            {
                "first": first, "last": last, "days": (last - first).days + 1, "branch": wanted.branch_id,
                "skill": wanted.skill_id, "preferred": list(wanted.preferred),
            },
        )  # fmt: skip
        rows = cursor.fetchall()
    taken: list[Taken] = []
    for cleaner in [cleaner for cleaner, bits in rows if bits[offset : offset + cells] == "1" * cells]:
        taken += _insert_named(wanted, [cleaner])
        if len(taken) == wanted.count:
            return taken
    return _all_or_nothing(taken, count=wanted.count)


def _all_or_nothing(taken: list[Taken], *, count: int) -> list[Taken] | None:
    if len(taken) == count:
        return taken
    _forget(taken)
    return None


def _forget(taken: Sequence[Taken]) -> None:
    if not taken:
        return
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM crew_commitment WHERE id = ANY(%s)", [[t.commitment_id for t in taken]])


def _crosses_midnight(wanted: Wanted) -> bool:
    day = _day_of(wanted.during.start, wanted.zone)
    return wanted.during.end > local_midnight(day + timedelta(days=1), wanted.zone)


def _day_of(moment: datetime, zone: ZoneInfo) -> date:
    # Where the clock goes back at midnight, an hour of the new date still belongs to the day before.
    day = moment.astimezone(zone).date()
    return day if local_midnight(day, zone) <= moment else day - timedelta(days=1)


def _pick_parameters(wanted: Wanted) -> dict[str, Any]:
    during = rounded_out(wanted.during)
    day, cells = _day_of(during.start, wanted.zone), cells_between(during.start, during.end)
    return {
        "branch": wanted.branch_id,
        "day": day,
        "first": cells_between(local_midnight(day, wanted.zone), during.start) + 1,
        "cells": cells,
        "free": "1" * cells,
        "skill": wanted.skill_id,
        "preferred": list(wanted.preferred),
        "count": wanted.count,
    }


def _row_parameters(wanted: Wanted) -> dict[str, Any]:
    return {
        "start": wanted.during.start.astimezone(UTC),
        "end": wanted.during.end.astimezone(UTC),
        "kind": wanted.kind.value,
        "reference": wanted.reference,
        "hold": wanted.hold_expires_at,
    }
