"""Answers about cleaners' time."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5

from django.db import connection

from midway.core.availability import CleanerCalendar, DayException, SlotRules, WeeklyShift
from midway.core.timespan import Span, local_midnight
from midway.crew.models import Branch, Cleaner, Commitment, Holiday, Shift, ShiftException, Skill, Team
from midway.runtime.database import read_row

_BRANCHES = UUID("0d3c0c4e-2f0b-4c55-9a5b-6f2f7c1f6e02")
_SKILLS = UUID("6a4b2a5e-5a0e-4c38-8f0c-6f6a3f8f8b10")
_TEAMS = UUID("b1d1c1f4-95a7-4b2f-8a3b-1f0e5a1c7d21")


class CalendarNotWritten(Exception):
    """Some days asked for are not on the calendar yet. Run `midway worker`, which writes them every night."""


# One row for all: the sub-select reads the days of all cleaners in one go over the index, and bits travel as bytes.
# With and without a skill are two statements: as one with a condition that may be empty, PostgreSQL thought a plan of
# its own for every answer cheaper, and spent a third of the answer on planning.
_FREE_BITS = """
WITH asked AS MATERIALIZED (
    SELECT coalesce(array_agg(c.id), '{{}}') AS ids FROM crew_cleaner c WHERE c.branch_id = $1{who}
)
SELECT cardinality(ids), (
    SELECT string_agg(substr(varbit_send(x.free), 5), ''::bytea) FROM (
        SELECT d.free FROM crew_calendarday d
        WHERE d.cleaner_id = ANY(ids) AND d."on" BETWEEN $2 AND $3 ORDER BY d.cleaner_id, d."on") x)
FROM asked
"""
FREE_BITS = _FREE_BITS.format(who="")
FREE_BITS_OF_SKILL = _FREE_BITS.format(
    who=" AND c.id IN (SELECT s.cleaner_id FROM crew_cleaner_skills s WHERE s.skill_id = $4)"
)


def free_bits(*, branch_id: int, skill_id: int | None, first: date, cells: Sequence[int]) -> bytes:
    """The free quarter hours of every cleaner of the branch who has the skill, on local days from `first`.

    `cells` says how many quarter hours each day has. `cleaners_in` reads the answer. One query.
    Raises `CalendarNotWritten` when a cleaner's days are not all there.
    """
    last = first + timedelta(days=len(cells) - 1)
    if skill_id is None:
        number, found = read_row("free_bits", FREE_BITS, branch_id, first, last)
    else:
        number, found = read_row("free_bits_of_skill", FREE_BITS_OF_SKILL, branch_id, first, last, skill_id)
    bits = found or b""
    if len(bits) != int.from_bytes(number or b"") * _size_of(cells):
        raise CalendarNotWritten(CalendarNotWritten.__doc__)
    return bits


def cleaners_in(bits: bytes, *, cells: Sequence[int]) -> list[int]:
    """Each cleaner's free quarter hours as one integer, the first of them the most significant bit."""
    size = _size_of(cells)
    rows = [bits[n : n + size] for n in range(0, len(bits), size)]
    if all(day % 8 == 0 for day in cells):
        return [int.from_bytes(row) for row in rows]
    return [_joined(row, cells) for row in rows]


def _size_of(cells: Sequence[int]) -> int:
    return sum(-(-day // 8) for day in cells)


def _joined(row: bytes, cells: Sequence[int]) -> int:
    bits = at = 0
    for is_whole, days in groupby(cells, key=lambda day: day % 8 == 0):
        # A day that is not whole bytes long, because the clock changes, comes padded at its end.
        for length in [sum(days)] if is_whole else days:
            size = -(-length // 8)
            bits = bits << length | int.from_bytes(row[at : at + size]) >> size * 8 - length
            at += size
    return bits


_MULTIRANGE = """
WITH branch AS (
    SELECT id, zone FROM crew_branch WHERE id = %(branch)s
), bounds AS (
    SELECT %(first)s::date::timestamp AT TIME ZONE zone AS opens,
           (%(last)s::date + 1)::timestamp AT TIME ZONE zone AS closes FROM branch
), cleaners AS (
    SELECT c.id, c.employed_from, c.left_on FROM crew_cleaner c, branch b
    WHERE c.branch_id = b.id AND (%(skill)s::bigint IS NULL OR EXISTS (
        SELECT 1 FROM crew_cleaner_skills s WHERE s.cleaner_id = c.id AND s.skill_id = %(skill)s))
), days AS (
    SELECT g::date AS day FROM generate_series(
        %(first)s::date - interval '1 day', %(last)s::date + interval '2 days', interval '1 day') g
), hours AS (
    SELECT e.cleaner_id, e."on" AS day, e.start AS opens, e."end" AS closes
    FROM crew_shiftexception e JOIN days d ON d.day = e."on" WHERE e.start IS NOT NULL
    UNION ALL
    SELECT s.cleaner_id, d.day, s.start, s."end"
    FROM crew_shift s JOIN days d ON extract(isodow FROM d.day)::int - 1 = s.weekday
        AND s.valid_from <= d.day AND (s.valid_to IS NULL OR d.day <= s.valid_to)
    WHERE NOT EXISTS (SELECT 1 FROM crew_shiftexception x WHERE x.cleaner_id = s.cleaner_id AND x."on" = d.day)
      AND NOT EXISTS (SELECT 1 FROM crew_holiday y, branch b WHERE y.branch_id = b.id AND y."on" = d.day)
), spans AS (
    SELECT h.cleaner_id, (h.day + h.opens) AT TIME ZONE b.zone AS opens, (h.day + h.closes + CASE
        WHEN h.closes <= h.opens THEN interval '1 day' ELSE interval '0' END) AT TIME ZONE b.zone AS closes
    FROM hours h JOIN cleaners c ON c.id = h.cleaner_id, branch b
    WHERE c.employed_from <= h.day AND (c.left_on IS NULL OR h.day <= c.left_on)
), working AS (
    SELECT cleaner_id, range_agg(tstzrange(opens, closes)) AS spans FROM spans WHERE opens < closes GROUP BY 1
), busy AS (
    SELECT k.cleaner_id, range_agg(tstzrange(
        date_bin('15 min', lower(k.during), '2000-01-01Z'),
        date_bin('15 min', upper(k.during) + interval '15 min' - interval '1 us', '2000-01-01Z'))) AS spans
    FROM crew_commitment k, bounds
    WHERE k.active AND k.during && tstzrange(opens, closes + interval '1 day') GROUP BY 1
), free AS (
    SELECT w.cleaner_id, w.spans - coalesce(b.spans, '{}') AS spans
    FROM working w LEFT JOIN busy b USING (cleaner_id)
), starts AS (
    SELECT g AS start FROM bounds, branch, generate_series(opens, closes - interval '15 min', interval '15 min') g
    WHERE (extract(hour FROM g AT TIME ZONE zone) * 60 + extract(minute FROM g AT TIME ZONE zone))::int
        %% %(grid)s = 0 AND g BETWEEN %(earliest)s AND %(latest)s
)
SELECT s.start, count(*) FROM starts s JOIN free f ON tstzrange(s.start, s.start + %(needed)s) <@ f.spans
GROUP BY 1 HAVING count(*) >= %(team)s ORDER BY 1
"""


def free_starts_by_multirange(
    *, branch_id: int, skill_id: int | None, first: date, days: int, rules: SlotRules, now: datetime
) -> list[tuple[datetime, int]]:
    """The same answer as the bits give, set-based from shifts and commitments: starts and how many are free."""
    needed = rules.duration + rules.pad
    with connection.cursor() as cursor:
        parameters: dict[str, Any] = {
            "branch": branch_id, "skill": skill_id, "first": first, "last": first + timedelta(days=days - 1),
            "grid": rules.grid_minutes, "earliest": now + rules.notice, "latest": now + rules.horizon,
            "needed": -(-needed // timedelta(minutes=15)) * timedelta(minutes=15), "team": rules.team_size,
        }  # fmt: skip
        cursor.execute(_MULTIRANGE, parameters)
        return list(cursor.fetchall())


def cleaner_calendars(*, branch: Branch, skill_id: int | None, first: date, days: int) -> list[CleanerCalendar]:
    """Everything the oracle in core needs to know of each cleaner. Five queries."""
    cleaners = Cleaner.objects.filter(branch=branch).order_by("id")
    if skill_id is not None:
        cleaners = cleaners.filter(skills=skill_id)
    window = (
        local_midnight(first - timedelta(days=1), branch.zoneinfo),
        local_midnight(first + timedelta(days=days + 2), branch.zoneinfo),
    )
    commitments = Commitment.objects.filter(cleaner__in=cleaners, active=True, during__overlap=window)
    shifts = list(Shift.objects.filter(cleaner__in=cleaners))
    exceptions = list(ShiftException.objects.filter(cleaner__in=cleaners))
    taken = [(c.cleaner_id, Span(c.during.lower, c.during.upper)) for c in commitments]
    return [
        CleanerCalendar(
            employed_from=c.employed_from,
            left_on=c.left_on,
            shifts=[
                WeeklyShift(s.weekday, s.start, s.end, s.valid_from, s.valid_to) for s in shifts if s.cleaner_id == c.id
            ],
            exceptions=[DayException(e.on, e.start, e.end) for e in exceptions if e.cleaner_id == c.id],
            commitments=[span for cleaner_id, span in taken if cleaner_id == c.id],
        )
        for c in cleaners
    ]


def free_time_by_cleaner(*, branch_id: int, skill_id: int | None, first: date, cells: Sequence[int]) -> dict[int, int]:
    """As `free_bits`, told apart by cleaner: their ids and their bits. One query.

    Raises `CalendarNotWritten` when a cleaner's days are not all there.
    """
    last = first + timedelta(days=len(cells) - 1)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.cleaner_id, string_agg(substr(varbit_send(d.free), 5), ''::bytea ORDER BY d.\"on\")"
            " FROM crew_cleaner c JOIN crew_calendarday d ON d.cleaner_id = c.id"
            ' WHERE c.branch_id = %s AND d."on" BETWEEN %s AND %s AND (%s::bigint IS NULL OR EXISTS ('
            "  SELECT 1 FROM crew_cleaner_skills s WHERE s.cleaner_id = c.id AND s.skill_id = %s))"
            " GROUP BY d.cleaner_id",
            [branch_id, first, last, skill_id, skill_id],
        )
        rows = cursor.fetchall()
    size = sum(-(-day // 8) for day in cells)
    if any(len(row) != size for _, row in rows):
        raise CalendarNotWritten(CalendarNotWritten.__doc__)
    return {cleaner: _joined(bytes(row), cells) for cleaner, row in rows}


def closed_days(*, branch: Branch, first: date, last: date) -> tuple[frozenset[date], frozenset[int]]:
    """The branch's holidays in the period, and the weekdays on which any of its cleaners usually works."""
    holidays = frozenset(Holiday.objects.filter(branch=branch, on__range=(first, last)).values_list("on", flat=True))
    shifts = Shift.objects.filter(cleaner__branch=branch, valid_from__lte=last)
    current = shifts.filter(valid_to__isnull=True) | shifts.filter(valid_to__gte=first)
    return holidays, frozenset(current.order_by().values_list("weekday", flat=True).distinct())


def week_from(cleaner: Cleaner, *, on: date) -> dict[int, list[tuple[time, time]]]:
    """The weekly hours that hold from a day on, by weekday."""
    shifts = Shift.objects.filter(cleaner=cleaner, valid_from__lte=on).order_by("weekday", "start")
    week: dict[int, list[tuple[time, time]]] = {}
    for shift in shifts.filter(valid_to__isnull=True) | shifts.filter(valid_to__gte=on):
        week.setdefault(shift.weekday, []).append((shift.start, shift.end))
    return week


def branch_subject(branch: Branch) -> UUID:
    """What the journal calls a branch."""
    return uuid5(_BRANCHES, branch.code)


def skill_subject(skill: Skill) -> UUID:
    """What the journal calls a skill."""
    return uuid5(_SKILLS, skill.code)


def team_subject(team: Team) -> UUID:
    """What the journal calls a team."""
    return uuid5(_TEAMS, f"{team.branch.code}/{team.pk}")
