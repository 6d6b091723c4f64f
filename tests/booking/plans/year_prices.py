"""What the office does with prices in the generated year, and what must be true of them whatever it did."""

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.cast import by_user

from midway.booking import actions
from midway.booking.actions.agree_on_price import OwnPrice, agree_on_price, end_agreed_price
from midway.booking.actions.raise_prices import earliest_for_plans
from midway.booking.models import AgreedPrice, Visit

if TYPE_CHECKING:
    from tests.booking.plans.year import Year


def raise_prices(year: "Year") -> bool:
    """The office raises all prices a little, as often as not before an earlier rise holds."""
    branch, soonest = year.cast.branch, earliest_for_plans(year.cast.branch, now=year.now)
    rise = actions.PriceRise(
        percent=year.dice.randint(1, 3),
        effective_on=year.today(),
        plans_from_on=soonest + timedelta(days=year.dice.randrange(60)),
    )
    rises = actions.raise_prices(branch=branch, rise=rise, by=by_user(year.cast.dan), now=year.now)
    year.done["announced"] += len(rises)
    return True


def agree(year: "Year") -> bool:
    """A customer with a plan is given a price of their own, for a time or until it is ended."""
    plan = year.some_plan()
    if plan is None:
        return False
    starts_on = year.some_day()
    agreed = OwnPrice(
        service=plan.service,
        price_cents=plan.price_cents - year.dice.randrange(0, 2000, 100),
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=year.dice.randint(7, 90)) if year.dice.random() < 0.8 else None,
        premises=plan.premises if year.dice.random() < 0.5 else None,
        with_plans=year.dice.random() < 0.8,
        reason="Has been with us from the first day",
    )
    agree_on_price(customer=plan.customer, agreed=agreed, by=by_user(year.cast.dan), now=year.now)
    return True


def end_agreement(year: "Year") -> bool:
    kept = list(AgreedPrice.objects.order_by("id"))
    if not kept:
        return False
    price, by = year.dice.choice(kept), by_user(year.cast.dan)
    end_agreed_price(price=price, last_on=year.some_day(), reason="As was agreed", by=by, now=year.now)
    return True


def off_price(year: "Year") -> list[str]:
    """Visits ahead, without a price of their own, that cost something else than their plan says for their day."""
    soon = year.today() + timedelta(days=1)
    ahead = Visit.objects.filter(plan__isnull=False, state="scheduled", extras=None, occurrence_on__gt=soon)
    plain = (visit for visit in ahead.select_related("plan") if visit.lines is None)
    return [
        f"{visit.code} on {visit.occurrence_on}: {visit.price_cents}"
        for visit in plain
        if visit.plan and visit.occurrence_on and visit.price_cents != visit.plan.price_on(visit.occurrence_on)
    ]
