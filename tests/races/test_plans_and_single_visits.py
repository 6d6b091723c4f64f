"""Plans sold, topped up and changed while others book the same mornings."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.booking.plans.stage import TUESDAY, order_for, plan_quote, year_cast
from tests.cast import NOW, Cast, at, write_calendar
from tests.races.crowd import all_at_once, errors_other_than

from midway.booking.actions import (
    PlanChange,
    book_plan_once,
    book_visit,
    change_plan_from,
    skip_occurrence,
    start_plan,
    top_up_plans,
)
from midway.booking.actions.plan_visits import PlanEnded
from midway.booking.invariants import broken_invariants
from midway.booking.models import Plan, Visit
from midway.core.actor import SYSTEM, VISITOR
from midway.crew.calendar import SlotTaken

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

WEEK = timedelta(days=7)


def sell(cast: Cast, number: int) -> Callable[[], object]:
    order = order_for(plan_quote(cast), email=f"plan{number}@example.com")
    return lambda: start_plan(order=order, by=VISITOR, now=NOW)


def book(cast: Cast, number: int) -> Callable[[], object]:
    quote = plan_quote(cast, frequency="once")
    start = at("09:00", on=TUESDAY + number % 5 * WEEK)
    order = order_for(quote, start=start, email=f"once{number}@example.com").booking
    return lambda: book_visit(order=order, by=VISITOR, now=NOW)


def do(deed: Callable[[], object]) -> object:
    return deed()


def test_three_cleaners_serve_three_plans_and_the_fourth_is_refused_whole() -> None:
    cast = year_cast()
    outcomes = all_at_once(do, [sell(cast, n) for n in range(6)])

    assert errors_other_than(outcomes, SlotTaken) == []
    assert sum(o.error is None for o in outcomes) == Plan.objects.count() == 3
    assert Visit.objects.filter(cleaners_missing=0).count() == Visit.objects.count() == 3 * 52
    assert broken_invariants(now=NOW) == []


def test_plans_and_single_bookings_for_the_same_mornings_never_overlap() -> None:
    cast = year_cast()
    outcomes = all_at_once(do, [sell(cast, n) if n % 3 == 0 else book(cast, n) for n in range(15)])

    assert errors_other_than(outcomes, SlotTaken) == []
    assert any(o.error is None for o in outcomes)
    assert broken_invariants(now=NOW) == []


def test_the_same_request_at_once_starts_one_plan() -> None:
    cast = year_cast()
    order = order_for(plan_quote(cast)).booking

    def ask(_: int) -> object:
        return book_plan_once(key="same", fingerprint="f", order=order, by=VISITOR, now=NOW)

    outcomes = all_at_once(ask, range(6))

    assert errors_other_than(outcomes) == []
    assert len({str(o.result) for o in outcomes}) == 1
    assert Plan.objects.count() == 1


def test_two_top_ups_at_once_make_each_visit_once() -> None:
    cast = year_cast()
    for cleaner in cast.cleaners:
        write_calendar(cleaner=cleaner, days=480)
    for n in range(3):
        sell(cast, n)()
    outcomes = all_at_once(lambda _: top_up_plans(now=NOW + 4 * WEEK), range(4))

    assert errors_other_than(outcomes) == []
    assert sum(int(str(o.result)) for o in outcomes) == 3 * 4
    assert broken_invariants(now=NOW + 4 * WEEK) == []


def test_changes_and_skips_of_one_plan_at_once_lose_no_visit() -> None:
    cast = year_cast()
    plan = Plan.objects.get(code=start_plan(order=order_for(plan_quote(cast)), by=VISITOR, now=NOW).plan)
    codes = list(plan.visits.filter(occurrence_on__gt=TUESDAY).order_by("?").values_list("code", flat=True)[:6])

    def change() -> object:
        wanted = PlanChange(price_cents=12345, duration_minutes=120)
        return change_plan_from(plan=plan.code, from_on=TUESDAY + WEEK, change=wanted, by=SYSTEM, now=NOW)

    skips = [lambda code=code: skip_occurrence(visit=code, by=SYSTEM, now=NOW) for code in codes]
    outcomes = all_at_once(do, [change, change, *skips])

    assert errors_other_than(outcomes, PlanEnded) == []
    assert broken_invariants(now=NOW) == []
    dates = Visit.objects.filter(plan__lineage=plan.lineage).values_list("occurrence_on", flat=True)
    assert len(dates) == len(set(dates)) == 52
    assert Visit.objects.filter(state="skipped").count() == 6
