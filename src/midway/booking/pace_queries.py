"""Which homes take longer or shorter than the price list says, and from which visits that is known."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from midway.booking.models import ActualTime, Pace, Quote, Service, Visit
from midway.booking.rates import rates_from_json
from midway.booking.visit_prices import home_of
from midway.core.pace import LOOKED_AT, PaceSuggestion, TimedVisit, suggested_pace
from midway.core.pricing import Circumstances, PriceError, price_home
from midway.crew.models import Branch
from midway.customers.models import Property

LOOKED_BACK = timedelta(days=400)


@dataclass(frozen=True)
class Measured:
    """A visit that was timed: when, how many minutes of work the list gave, and how many it took."""

    visit: Visit
    planned_minutes: int
    labour_minutes: int

    @property
    def percent(self) -> int:
        return round(100 * self.labour_minutes / self.planned_minutes)


@dataclass(frozen=True)
class HomePace:
    """What is suggested for one home, from which visits, and how long a usual visit is now and would be then."""

    premises: Property
    service: Service
    present_percent: int
    suggestion: PaceSuggestion
    measured: Sequence[Measured]
    minutes_now: int
    minutes_then: int


def suggestions(branch: Branch, *, now: datetime) -> list[HomePace]:
    """The homes of a branch whose pace wants a decision, those that are furthest off first. Two queries."""
    timed = _measured().filter(visit__branch=branch, visit__during__startswith__gte=now - LOOKED_BACK)
    in_force = _in_force(Pace.objects.filter(withdrawn_at=None, premises__visits__branch=branch).distinct())
    found = (_home_pace(rows, in_force) for rows in _by_home(timed).values())
    kept = [home for home in found if home is not None]
    return sorted(kept, key=lambda h: (-abs(h.suggestion.percent - h.present_percent), h.premises.pk))


def suggestion_for(premises: Property, service: Service) -> HomePace | None:
    """What is suggested for one home, if anything."""
    timed = _measured().filter(visit__premises=premises, visit__service=service)
    in_force = _in_force(Pace.objects.filter(withdrawn_at=None, premises=premises, service=service))
    rows = _by_home(timed).get((premises.pk, service.pk))
    return None if rows is None else _home_pace(rows, in_force)


def paces_in_force(branch: Branch) -> list[Pace]:
    """What was approved and holds, the latest first."""
    found = Pace.objects.filter(withdrawn_at=None, premises__visits__branch=branch).distinct()
    return list(found.select_related("premises__customer", "service").order_by("-at", "-id"))


def pace_in_force(premises: Property, service: Service) -> int:
    """How long this home takes against the list, in percent, as approved."""
    found = Pace.objects.filter(premises=premises, service=service, withdrawn_at=None)
    return found.values_list("percent", flat=True).first() or 100


def length_at_pace(quote: Quote, percent: int) -> int:
    """How many minutes the quoted clean takes at a pace; as quoted where the list no longer prices it."""
    try:
        rates = rates_from_json(quote.price_list.rates)
        return price_home(home_of(quote), rates, Circumstances(pace_percent=percent)).duration_minutes
    except PriceError:
        return quote.duration_minutes


def _measured() -> "QuerySet[ActualTime]":
    return ActualTime.objects.filter(labour_minutes__isnull=False)


def _in_force(paces: Iterable[Pace]) -> dict[tuple[int, int], int]:
    return {(pace.premises_id, pace.service_id): pace.percent for pace in paces}


def _by_home(timed: "QuerySet[ActualTime]") -> dict[tuple[int, int], list[ActualTime]]:
    rows = timed.select_related(
        "visit__premises__customer",
        "visit__service",
        "visit__branch",
        "visit__booking__quote__price_list",
        "visit__booking__quote__service",
    ).order_by("-visit__during", "-id")
    homes: dict[tuple[int, int], list[ActualTime]] = defaultdict(list)
    for row in rows:
        homes[row.visit.premises_id, row.visit.service_id].append(row)
    return homes


def _home_pace(rows: Sequence[ActualTime], in_force: dict[tuple[int, int], int]) -> HomePace | None:
    latest = rows[0].visit
    present = in_force.get((latest.premises_id, latest.service_id), 100)
    counted = [TimedVisit(row.planned_minutes, row.labour_minutes or 0) for row in rows]
    suggestion = suggested_pace(counted, present_percent=present)
    if suggestion is None:
        return None
    quote = latest.booking.quote
    measured = [
        Measured(r.visit, r.planned_minutes, r.labour_minutes or 0) for r in rows[:LOOKED_AT] if r.planned_minutes
    ]
    return HomePace(
        premises=latest.premises,
        service=latest.service,
        present_percent=present,
        suggestion=suggestion,
        measured=measured,
        minutes_now=length_at_pace(quote, present),
        minutes_then=length_at_pace(quote, suggestion.percent),
    )
