"""Visits as lists: a customer's, a search's, those that lost a cleaner."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from midway.booking.models import Visit
from midway.core.visit_states import OCCUPIES_CALENDAR, VisitState
from midway.customers.models import Customer


@dataclass(frozen=True)
class VisitRow:
    """A visit as one line, in its branch's local time, with the names of those who come."""

    visit: Visit
    start: datetime
    end: datetime
    people: str

    @property
    def is_kept(self) -> bool:
        return VisitState(self.visit.state) in OCCUPIES_CALENDAR


@dataclass(frozen=True)
class VisitsOfCustomer:
    """A customer's next visits and those called off ahead, the soonest first, and those before, the latest first."""

    coming: Sequence[VisitRow]
    called_off: Sequence[VisitRow]
    past: Sequence[VisitRow]


def visits_of_customer(customer: Customer, *, now: datetime, limit: int = 12) -> VisitsOfCustomer:
    """A customer's visits, so many of each kind. Nine queries."""
    theirs = Visit.objects.filter(customer=customer).select_related("branch", "service", "customer", "premises")
    theirs = theirs.prefetch_related("assignments__cleaner")
    ahead = theirs.filter(during__endswith__gt=now).order_by("during", "id")
    return VisitsOfCustomer(
        coming=visit_rows(ahead.filter(state__in=OCCUPIES_CALENDAR)[:limit]),
        called_off=visit_rows(ahead.exclude(state__in=OCCUPIES_CALENDAR)[:limit]),
        past=visit_rows(theirs.filter(during__endswith__lte=now).order_by("-during", "-id")[:limit]),
    )


def next_visits(customer_ids: Sequence[int], *, now: datetime) -> dict[int, VisitRow]:
    """Each customer's next visit, by the customer's id. Three queries."""
    found = (
        Visit.objects.kept()
        .filter(customer__in=list(customer_ids), during__startswith__gt=now)
        .order_by("customer_id", "during")
        .distinct("customer_id")
        .select_related("branch", "service", "customer", "premises")
    )
    return {row.visit.customer_id: row for row in visit_rows(found.prefetch_related("assignments__cleaner"))}


def visit_rows(visits: Iterable[Visit]) -> list[VisitRow]:
    """Will bring visits that have their branch and people loaded to local time."""
    rows = []
    for visit in visits:
        zone = visit.branch.zoneinfo
        names = sorted(a.cleaner.name for a in visit.assignments.all() if a.active)
        rows.append(
            VisitRow(
                visit=visit,
                start=visit.starts_at.astimezone(zone),
                end=visit.ends_at.astimezone(zone),
                people=", ".join(names),
            )
        )
    return rows
