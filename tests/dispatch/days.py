"""What the tests of planning have in common."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.cast import NOW, TODAY, Cast, at, make_customer, make_property, make_visit

from midway.booking.models import Visit
from midway.core.actor import SYSTEM
from midway.core.routing.solve import Deadline
from midway.crew.models import Cleaner
from midway.dispatch.actions import propose_day
from midway.dispatch.models import DayPlan
from midway.dispatch.solving import Budget

TOMORROW = TODAY + timedelta(days=1)
QUICK = Budget(steps=150)
WEST, EAST = -76.68, -76.55


def visit_in(cast: Cast, longitude: float, clock: str, *cleaners: Cleaner, on: date = TOMORROW, **fields: Any) -> Visit:
    """A visit of two hours at a new customer's home this far west or east."""
    home = make_property(customer=make_customer(name=f"Home {clock} {longitude}"), longitude=longitude)
    return make_visit(
        premises=home, price_list=cast.price_list, service=fields.pop("service", cast.regular), start=at(clock, on=on),
        cleaners=cleaners, minutes=fields.pop("minutes", 120), **fields,
    )  # fmt: skip


def crossed_day(cast: Cast, on: date = TOMORROW) -> list[Visit]:
    """Ana and Ben each drive through the whole town although each could stay on one side."""
    return [
        visit_in(cast, WEST, "09:00", cast.ana, on=on),
        visit_in(cast, EAST, "14:00", cast.ana, on=on),
        visit_in(cast, EAST, "09:30", cast.ben, on=on),
        visit_in(cast, WEST, "14:30", cast.ben, on=on),
    ]


def proposed(cast: Cast, on: date = TOMORROW) -> DayPlan:
    return propose_day(branch=cast.branch, on=on, budget=QUICK, by=SYSTEM, now=NOW)


@dataclass(frozen=True)
class Meanwhile(Budget):
    """A budget during whose first search something happens to the day."""

    deed: Callable[[], object] = lambda: None
    happened: list[bool] = field(default_factory=list)

    def deadline(self) -> Deadline:
        if not self.happened:
            self.happened.append(True)
            self.deed()
        return super().deadline()
