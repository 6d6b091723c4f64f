"""What must be true of the whole database at any moment: looked at, never changed.

The constraints keep most of it; this says so of rows that were already there, of restored backups and of what no
constraint can see. Tests end with it, operations can ask it of the living database.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from midway.booking.models import Plan, Visit
from midway.booking.plan_queries import plan_horizon
from midway.core.recurrence import occurrences
from midway.core.visit_states import OCCUPIES_CALENDAR, STILL_TO_COME

SHOWN = 20
"""So many offending rows are named; the count is complete."""

NIGHTS = timedelta(days=2)
"""By so much the horizon may have moved on while the nightly top-up is still to come."""


@dataclass(frozen=True)
class Finding:
    """Whether one promise holds: how many rows were looked at, how many break it, and the first of those."""

    name: str
    promise: str
    examined: int
    broken: int
    examples: Sequence[str]

    @property
    def holds(self) -> bool:
        return self.broken == 0


@dataclass(frozen=True)
class _Invariant:
    """`examined` counts the rows the promise is about, `broken` names those that break it; both may use `%(now)s`."""

    name: str
    promise: str
    examined: str
    broken: str


_KEPT = ", ".join(f"'{state}'" for state in sorted(OCCUPIES_CALENDAR))
_TO_COME = ", ".join(f"'{state}'" for state in sorted(STILL_TO_COME))

_SQL = (
    _Invariant(
        "no_cleaner_in_two_places",
        "No cleaner has two active commitments at the same time.",
        "SELECT count(*) FROM crew_commitment WHERE active",
        # In order of time one look is enough to find whose meet; only theirs are compared with each other.
        "SELECT a.id || ' and ' || b.id FROM (SELECT DISTINCT cleaner_id FROM (SELECT cleaner_id, upper_inc(during)"
        " OR lower(during) < max(upper(during)) OVER (PARTITION BY cleaner_id ORDER BY lower(during)"
        " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS meets FROM crew_commitment WHERE active) w"
        " WHERE meets) c JOIN crew_commitment a ON a.cleaner_id = c.cleaner_id AND a.active"
        " JOIN crew_commitment b ON b.cleaner_id = c.cleaner_id AND b.active AND a.id < b.id AND a.during && b.during",
    ),
    _Invariant(
        "kept_visits_have_their_cleaners",
        "Every kept visit has as many active cleaners as it needs, less those it is known to miss.",
        f"SELECT count(*) FROM booking_visit WHERE state IN ({_KEPT})",  # noqa: S608 - constants only
        "SELECT v.code::text FROM booking_visit v"  # noqa: S608 - constants only
        " LEFT JOIN booking_assignment a ON a.visit_id = v.id AND a.active"
        f" WHERE v.state IN ({_KEPT}) GROUP BY v.id HAVING count(a.id) <> v.team_size - v.cleaners_missing",
    ),
    _Invariant(
        "assignments_cover_their_visits",
        "Every active assignment has an active commitment of the same cleaner that covers the visit.",
        "SELECT count(*) FROM booking_assignment WHERE active",
        "SELECT v.code::text FROM booking_assignment a JOIN booking_visit v ON v.id = a.visit_id"
        " JOIN crew_commitment k ON k.id = a.commitment_id WHERE a.active AND NOT (k.active AND k.kind = 'visit'"
        " AND k.cleaner_id = a.cleaner_id AND k.reference = v.code AND k.during @> v.during)",
    ),
    _Invariant(
        "called_off_visits_hold_nobody",
        "No visit that was called off keeps a cleaner, and none counts as missing some.",
        f"SELECT count(*) FROM booking_visit WHERE state NOT IN ({_KEPT})",  # noqa: S608 - constants only
        f"SELECT v.code::text FROM booking_visit v WHERE v.state NOT IN ({_KEPT})"  # noqa: S608 - constants only
        " AND (v.cleaners_missing > 0"
        " OR EXISTS (SELECT 1 FROM booking_assignment a WHERE a.visit_id = v.id AND a.active)"
        " OR EXISTS (SELECT 1 FROM crew_commitment k WHERE k.reference = v.code AND k.active))",
    ),
    _Invariant(
        "visit_time_belongs_to_an_assignment",
        "Every active commitment to a visit is somebody's active assignment.",
        "SELECT count(*) FROM crew_commitment WHERE active AND kind = 'visit'",
        "SELECT k.id::text FROM crew_commitment k WHERE k.active AND k.kind = 'visit' AND NOT EXISTS ("
        " SELECT 1 FROM booking_assignment a WHERE a.commitment_id = k.id AND a.active)",
    ),
    _Invariant(
        "held_time_belongs_to_an_open_hold",
        "Every active commitment on hold belongs to an open hold.",
        "SELECT count(*) FROM crew_commitment WHERE active AND kind = 'hold'",
        "SELECT k.id::text FROM crew_commitment k WHERE k.active AND k.kind = 'hold' AND NOT EXISTS ("
        " SELECT 1 FROM booking_hold h WHERE h.code = k.reference AND h.state = 'open')",
    ),
    _Invariant(
        "calendar_bits_are_true",
        "Every calendar day says what shifts, holidays and commitments amount to.",
        'SELECT count(*) FROM crew_calendarday WHERE "on" >= (%(now)s::timestamptz)::date - 1',
        "SELECT w.cleaner_id || ' on ' || d.\"on\" FROM ("
        ' SELECT cleaner_id, min("on") AS a, max("on") AS z FROM crew_calendarday'
        ' WHERE "on" >= (%(now)s::timestamptz)::date - 1 GROUP BY cleaner_id) w'
        " CROSS JOIN LATERAL crew_free_days(w.cleaner_id, w.a, w.z) f"
        ' JOIN crew_calendarday d ON d.cleaner_id = w.cleaner_id AND d."on" = f."on" WHERE d.free <> f.free',
    ),
    _Invariant(
        "absences_block_the_calendar",
        "Every absence that was not withdrawn has its active commitment, and a withdrawn one has none.",
        "SELECT count(*) FROM crew_absence",
        "SELECT a.code::text FROM crew_absence a WHERE (a.withdrawn_at IS NULL) <> EXISTS ("
        " SELECT 1 FROM crew_commitment k WHERE k.reference = a.code AND k.active AND k.kind = 'absence')",
    ),
    _Invariant(
        "exceptions_are_kept",
        "A date agreed to be skipped has no visit that takes place, and one moved takes place when it was moved to.",
        "SELECT count(*) FROM booking_planexception",
        "SELECT v.code::text FROM booking_planexception e"  # noqa: S608 - constants only
        " JOIN booking_visit v ON v.plan_id = e.plan_id"
        f" AND v.occurrence_on = e.original_on WHERE v.state IN ({_TO_COME}) AND (e.kind <> 'moved'"
        " OR e.moved_to_at <> lower(v.during))",
    ),
    _Invariant(
        "announced_prices_follow_each_other",
        "Each price a plan's customer was told of begins after the one told of before it.",
        "SELECT count(*) FROM booking_plan",
        "SELECT p.code::text FROM booking_plan p WHERE EXISTS ("
        "SELECT FROM jsonb_array_elements(p.later_prices) WITH ORDINALITY AS told (one, n)"
        " WHERE p.next_price_on IS NULL OR (told.one->>'from_on')::date <= CASE WHEN told.n = 1 THEN p.next_price_on"
        " ELSE (p.later_prices->(told.n::int - 2)->>'from_on')::date END)",
    ),
    _Invariant(
        "workings_sum_to_their_price",
        "The working kept with a visit sums to what the visit costs.",
        "SELECT count(*) FROM booking_visit WHERE jsonb_typeof(lines) = 'array'",
        "SELECT v.code::text FROM booking_visit v WHERE jsonb_typeof(v.lines) = 'array' AND v.price_cents <> ("
        " SELECT coalesce(sum((line->>'amount_cents')::int), 0) FROM jsonb_array_elements(v.lines) line)",
    ),
    _Invariant(
        "cancellations_say_why",
        "Every cancelled visit has its cancellation.",
        "SELECT count(*) FROM booking_visit WHERE state IN ('cancelled', 'cancelled_late')",
        "SELECT v.code::text FROM booking_visit v WHERE v.state IN ('cancelled', 'cancelled_late')"
        " AND NOT EXISTS (SELECT 1 FROM booking_cancellation c WHERE c.visit_id = v.id)",
    ),
    _Invariant(
        "nobody_erased_is_reached",
        "Whoever was erased has no visit to come, no account, and no message waiting or with an address.",
        "SELECT count(*) FROM customers_customer",
        "SELECT c.code::text FROM customers_customer c WHERE c.erased_at IS NOT NULL AND ("  # noqa: S608 - constants only
        " c.user_id IS NOT NULL OR EXISTS (SELECT 1 FROM messaging_outboxmessage m"
        " WHERE m.recipient_code = c.code AND (m.state = 'waiting' OR m.\"to\" <> ''))"
        f" OR EXISTS (SELECT 1 FROM booking_visit v WHERE v.customer_id = c.id AND v.state IN ({_TO_COME})"
        " AND lower(v.during) > %(now)s::timestamptz))",
    ),
    _Invariant(
        "what_can_be_undone_is_there",
        "What undoing needs is about visits, plans, cleaners and customers that exist and were not erased.",
        "SELECT count(*) FROM journal_before",
        # What other parts settle of a whole day has a subject of their own.
        "SELECT b.entry::text FROM journal_before b LEFT JOIN journal_entry e ON e.code = b.entry"
        " WHERE e.id IS NULL OR e.event NOT LIKE 'dispatch.%%' AND NOT EXISTS (SELECT 1 FROM ("
        "SELECT code, customer_id FROM booking_visit UNION ALL SELECT code, customer_id FROM booking_plan"
        " UNION ALL SELECT code, id FROM customers_customer UNION ALL SELECT code, NULL FROM crew_cleaner) s"
        " LEFT JOIN customers_customer c ON c.id = s.customer_id"
        " WHERE s.code = b.subject AND c.erased_at IS NULL)",
    ),
)


def findings(*, now: datetime, names: Collection[str] | None = None) -> list[Finding]:
    """Will look at every promise, or at those of these names, and say which are broken. Read only."""
    found = [_looked_at(one, now) for one in _SQL if names is None or one.name in names]
    return found + [look(now) for name, look in _PLANS.items() if names is None or name in names]


def broken_invariants(*, now: datetime) -> list[Finding]:
    """The promises that are broken; none is the answer to expect."""
    return [finding for finding in findings(now=now) if not finding.holds]


def _looked_at(invariant: _Invariant, now: datetime) -> Finding:
    with connection.cursor() as cursor:
        cursor.execute(invariant.examined, {"now": now})
        (examined,) = cursor.fetchone()
        cursor.execute(invariant.broken, {"now": now})
        rows = [row[0] for row in cursor.fetchall()]
    return Finding(invariant.name, invariant.promise, examined, len(rows), rows[:SHOWN])


def _no_date_missing(now: datetime) -> Finding:
    dates = _dates_by_plan()
    missing: list[str] = []
    examined = 0
    for plan in Plan.objects.select_related("branch").order_by("id").iterator():
        asked = occurrences(plan.rule, date.min, _filled_until(plan, now=now))
        examined += len(asked)
        missing += [f"{plan.code} on {day}" for day in asked if day not in dates[plan.pk]]
    promise = "Every date of every plan has its visit, to the horizon where the plan goes on."
    return Finding("plans_miss_no_date", promise, examined, len(missing), missing[:SHOWN])


def _filled_until(plan: Plan, *, now: datetime) -> date:
    if plan.state != Plan.State.ACTIVE:
        return plan.filled_until_on
    return max(plan.filled_until_on, plan_horizon(plan.branch, now=now) - NIGHTS)


def _no_date_too_many(now: datetime) -> Finding:
    plans = {plan.pk: plan for plan in Plan.objects.order_by("id").iterator()}
    ahead = Visit.objects.filter(plan__isnull=False, state__in=STILL_TO_COME, during__startswith__gt=now)
    extra: list[str] = []
    examined = 0
    for code, plan_id, day in ahead.values_list("code", "plan_id", "occurrence_on"):
        examined += 1
        if plan_id is None or day is None or not occurrences(plans[plan_id].rule, day, day):
            extra.append(str(code))
    promise = "Every visit of a plan that is still to come stands for one of the plan's dates."
    return Finding("plans_have_no_other_date", promise, examined, len(extra), extra[:SHOWN])


def _no_date_in_two_plans(now: datetime) -> Finding:
    lineages: dict[tuple[object, date], list[str]] = defaultdict(list)
    ahead = Visit.objects.filter(plan__isnull=False, state__in=OCCUPIES_CALENDAR).order_by("id")
    for lineage, day, code in ahead.values_list("plan__lineage", "occurrence_on", "code"):
        if day is not None:
            lineages[lineage, day].append(str(code))
    doubled = [" and ".join(codes) for codes in lineages.values() if len(codes) > 1]
    promise = "No date is kept twice by a plan and its successors."
    return Finding("plans_double_no_date", promise, len(lineages), len(doubled), doubled[:SHOWN])


def _dates_by_plan() -> dict[int, set[date]]:
    found: dict[int, set[date]] = defaultdict(set)
    for plan_id, day in Visit.objects.filter(plan__isnull=False).values_list("plan_id", "occurrence_on"):
        if plan_id is not None and day is not None:
            found[plan_id].add(day)
    return found


_PLANS: dict[str, Callable[[datetime], Finding]] = {
    "plans_miss_no_date": _no_date_missing,
    "plans_have_no_other_date": _no_date_too_many,
    "plans_double_no_date": _no_date_in_two_plans,
}

NAMES = (*(invariant.name for invariant in _SQL), *_PLANS)
"""Every promise, by name."""
