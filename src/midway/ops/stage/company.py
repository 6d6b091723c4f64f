"""A small company for the stage: the demo company, as a person loads it, and one plan sold by the deed itself."""

import os
import subprocess
import sys
from datetime import datetime, time, timedelta


def load_company(database_url: str) -> None:
    """Will load it by the command, for upkeep does not know the demo company."""
    from django.conf import settings

    told = subprocess.run(
        [sys.executable, "-m", "midway", "demo", "load", "--cleaners", "6", "--customers", "16", "--months", "1"],
        env={
            **os.environ,
            "DATABASE_URL": database_url,
            "MIDWAY_SECRET_KEY": settings.SECRET_KEY,  # else its protected notes could not be read here
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode:
        raise RuntimeError(f"The stage's company could not be loaded: {told.stderr[-500:]}")


def sell_a_plan(*, now: datetime) -> None:
    """Will sell a fortnightly plan at the first time of the coming weeks that is free."""
    from midway.booking.actions import (
        Address,
        BookingOrder,
        Contact,
        PlanOrder,
        quote_home,
        start_plan,
    )
    from midway.booking.models import Service
    from midway.booking.queries import Offer
    from midway.core.actor import SYSTEM
    from midway.core.pricing import Home
    from midway.crew.jobs import extend_calendars
    from midway.crew.models import Area, Branch

    extend_calendars()
    area = Area.objects.select_related("branch").order_by("id").first()
    assert area is not None
    branch: Branch = area.branch
    service = Service.objects.get(code="regular")
    home = Home(service="regular", bedrooms=1, bathrooms=1, frequency="biweekly")
    for days in range(3, 25):
        day = now.astimezone(branch.zoneinfo).date() + timedelta(days=days)
        quote = quote_home(offer=Offer(branch, service), home=home, postcode=area.postcode, now=now)
        start = datetime.combine(day, time(10), tzinfo=branch.zoneinfo)
        contact = Contact("Drill Plan", "drill-plan@example.com", "410-555-0199")
        booking = BookingOrder(
            quote=quote, start=start, contact=contact, address=Address("1 Drill Street", area.postcode)
        )
        try:
            start_plan(order=PlanOrder(booking), by=SYSTEM, now=now)
        except Exception as refusal:  # any refusal: the next day is tried
            last = refusal
            continue
        return
    raise RuntimeError(f"No plan could be sold on the stage: {last!r}")
