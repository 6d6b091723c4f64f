"""Recurring plans as lists: by state and by customer, each with what comes next and what is broken."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from midway.booking.models import Assignment, Plan, Visit
from midway.booking.plan_queries import plan_horizon
from midway.core.timespan import local_midnight
from midway.core.visit_states import STILL_TO_COME
from midway.crew.models import Branch
from midway.customers.models import Customer


class Shown(StrEnum):
    """Which plans a list shows."""

    RUNNING = "running"
    PAUSED = "paused"
    ENDING = "ending"
    BROKEN = "broken"
    ENDED = "ended"


@dataclass(frozen=True)
class PlanRow:
    """A plan as one line, in its branch's local time: its next visit, who usually comes, how many dates are broken."""

    plan: Plan
    next_start: datetime | None
    usual: str
    broken: int


@dataclass(frozen=True)
class PlanPage:
    """One page of a list, how many plans each list has, and how many this one has."""

    rows: Sequence[PlanRow]
    counts: Mapping[Shown, int]
    total: int


def plans_of_customer(customer: Customer) -> list[Plan]:
    """A customer's plans that go on or are paused, the oldest first. One query."""
    plans = Plan.objects.filter(customer=customer).exclude(state=Plan.State.ENDED)
    return list(plans.select_related("service", "premises", "branch").order_by("id"))


def plans_listed(
    *,
    branch: Branch,
    shown: Shown,
    now: datetime,
    customers: Collection[int] | None = None,
    first: int = 0,
    limit: int = 50,
) -> PlanPage:
    """The branch's plans of a kind by customer's name; `customers` keeps to those of these. A fixed number of queries.

    A plan that another took over from after a change is not listed: its successor is.
    """
    today = now.astimezone(branch.zoneinfo).date()
    broken = broken_dates(branch=branch, now=now)
    lists = _lists(branch, today=today, broken=broken.keys())
    if customers is not None:
        lists = {kind: found.filter(customer__in=list(customers)) for kind, found in lists.items()}
    counts = {kind: found.count() for kind, found in lists.items()}
    plans = list(
        lists[shown]
        .select_related("branch", "service", "customer", "premises")
        .order_by("customer__name", "id")[first : first + limit]
    )
    coming, usual = _next_starts(plans, now=now), usual_people([plan.pk for plan in plans])
    zone = branch.zoneinfo
    rows = [
        PlanRow(
            plan=plan,
            next_start=start.astimezone(zone) if (start := coming.get(plan.pk)) else None,
            usual=", ".join(usual.get(plan.pk, ())[: plan.team_size]),
            broken=broken.get(plan.pk, 0),
        )
        for plan in plans
    ]
    return PlanPage(rows=rows, counts=counts, total=counts[shown])


def _lists(branch: Branch, *, today: date, broken: Collection[int]) -> dict[Shown, QuerySet[Plan]]:
    later = Plan.objects.filter(lineage=OuterRef("lineage"), pk__gt=OuterRef("pk"))
    plans = Plan.objects.filter(~Exists(later), branch=branch)
    has_dates = Q(until_on__isnull=True) | Q(until_on__gte=today)
    return {
        Shown.RUNNING: plans.filter(has_dates, state=Plan.State.ACTIVE),
        Shown.PAUSED: plans.filter(has_dates, state=Plan.State.PAUSED),
        Shown.ENDING: plans.filter(until_on__gte=today),
        Shown.BROKEN: plans.filter(pk__in=list(broken)),
        Shown.ENDED: plans.filter(until_on__lt=today),
    }


def _next_starts(plans: Sequence[Plan], *, now: datetime) -> dict[int, datetime]:
    ahead = (
        Visit.objects.filter(plan__in=plans, state__in=STILL_TO_COME, during__startswith__gt=now)
        .order_by("plan_id", "during")
        .distinct("plan_id")
    )
    return {visit.plan_id: visit.starts_at for visit in ahead if visit.plan_id is not None}


def usual_people(plans: Collection[int]) -> dict[int, list[str]]:
    """Who keeps most of each plan's visits, most often first, by the plan's id. One query."""
    often = (
        Assignment.objects.filter(visit__plan__in=list(plans), active=True)
        .order_by()
        .values_list("visit__plan_id", "cleaner__name")
        .annotate(often=Count("id"))
    )
    found: dict[int, list[str]] = {}
    for plan, name, _ in sorted(often, key=lambda row: (-row[2], row[1])):
        found.setdefault(plan, []).append(name)
    return found


_BROKEN = """
    WITH ahead AS MATERIALIZED (
        SELECT v.id, v.plan_id, v.during, v.cleaners_missing FROM booking_visit v
        WHERE v.branch_id = %(branch)s AND v.state = 'scheduled' AND v.plan_id IS NOT NULL
          AND (%(plan)s::bigint IS NULL OR v.plan_id = %(plan)s)
          AND v.during && tstzrange(%(now)s, %(closes)s) AND lower(v.during) > %(now)s
    ), working AS MATERIALIZED (
        SELECT c.id, crew_working(c.id, %(first)s, %(last)s) AS spans FROM crew_cleaner c
        WHERE c.branch_id = %(branch)s
    )
    SELECT a.id, a.plan_id FROM ahead a
    WHERE a.cleaners_missing > 0 OR EXISTS (
        SELECT 1 FROM booking_assignment s JOIN working w ON w.id = s.cleaner_id
        WHERE s.visit_id = a.id AND s.active AND NOT a.during <@ w.spans)
"""


def broken_visits(*, branch: Branch, now: datetime, plan_id: int | None = None) -> dict[int, int]:
    """Visits of plans, a year ahead, that miss somebody or lie outside somebody's hours: visit to plan. One query."""
    zone = branch.zoneinfo
    first, last = now.astimezone(zone).date(), plan_horizon(branch, now=now)
    with connection.cursor() as cursor:
        cursor.execute(
            _BROKEN,
            {
                "branch": branch.pk, "plan": plan_id, "now": now, "first": first, "last": last,
                "closes": local_midnight(last, zone),
            },
        )  # fmt: skip
        return dict(cursor.fetchall())


def broken_dates(*, branch: Branch, now: datetime) -> dict[int, int]:
    """How many dates of each plan need a decision, by the plan's id; plans without any are left out."""
    found: dict[int, int] = {}
    for plan in broken_visits(branch=branch, now=now).values():
        found[plan] = found.get(plan, 0) + 1
    return found
