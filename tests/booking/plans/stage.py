"""The cast with a year of calendar, and the few steps every test of a plan begins with."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from tests.cast import NEW_YORK, NOW, POSTCODE, Cast, at, make_cast, make_quote, write_calendar

from midway.booking.actions import Address, BookingOrder, Contact, PlanOrder, StartedPlan, start_plan
from midway.booking.models import Plan, Quote, Service, Visit
from midway.core.actor import VISITOR
from midway.core.pricing import Home

ZONE = ZoneInfo(NEW_YORK)
TUESDAY = date(2026, 3, 3)
"""The day after the cast's Monday; a weekly plan from it has 52 dates."""

TUESDAYS_AT_NINE = at("09:00", on=TUESDAY)


def year_cast(*, zone: str = NEW_YORK, now: datetime = NOW, days: int = 430) -> Cast:
    """The cast with calendars written a year and more ahead, or as far as the test asks."""
    cast = make_cast(zone=zone, now=now)
    for cleaner in cast.cleaners:
        write_calendar(cleaner=cleaner, now=now, days=days)
    return cast


def plan_quote(cast: Cast, *, frequency: str = "weekly", service: Service | None = None, **fields: Any) -> Quote:
    service = service or cast.regular
    home = Home(service=service.code, bedrooms=2, bathrooms=1, frequency=frequency)
    return make_quote(price_list=cast.price_list, service=service, home=home, **fields)


def order_for(
    quote: Quote, *, start: datetime = TUESDAYS_AT_NINE, email: str = "dora@example.com", **fields: Any
) -> PlanOrder:
    booking = BookingOrder(
        quote=quote,
        start=start,
        contact=Contact("Dora", email, "410-555-0120"),
        address=Address("12 Calico Street", POSTCODE),
        hold=fields.pop("hold", None),
    )
    return PlanOrder(booking, **fields)


def start(cast: Cast, *, frequency: str = "weekly", now: datetime = NOW, **fields: Any) -> Plan:
    """A plan of Dora's, sold by the deed itself."""
    quote = plan_quote(cast, frequency=frequency, service=fields.pop("service", None))
    started: StartedPlan = start_plan(order=order_for(quote, **fields), by=VISITOR, now=now)
    return Plan.objects.select_related("branch", "service").get(code=started.plan)


def visit_on(plan: Plan, day: date) -> Visit:
    """The visit that stands for one of the plan's dates."""
    return Visit.objects.get(plan=plan, occurrence_on=day)


def names_of(visits: Iterable[Visit]) -> list[list[str]]:
    """Who comes to each visit."""
    return [sorted(visit.assignments.filter(active=True).values_list("cleaner__name", flat=True)) for visit in visits]


def clock(moment: datetime) -> time:
    return moment.astimezone(ZONE).time()
