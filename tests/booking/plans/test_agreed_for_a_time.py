"""A price agreed for a time: on its days alone, however late they get their visits; then the plan's price again."""

from datetime import date, timedelta

import pytest
from tests.booking.deeds import told
from tests.booking.plans.stage import start, year_cast
from tests.booking.test_redeem import gift_card
from tests.booking.undo.agreement import everything_agreed
from tests.cast import NOW, TODAY, Cast, by_user, make_property

from midway.booking.actions import (
    PlanChange,
    PriceRise,
    change_plan_from,
    preview_price_rise,
    raise_prices,
    top_up_plans,
    undo_change,
)
from midway.booking.actions.agree_on_price import OwnPrice, agree_on_price, end_agreed_price
from midway.booking.actions.credits import spend_credit
from midway.booking.invariants import broken_invariants
from midway.booking.models import AgreedPrice, Plan, Visit
from midway.journal.models import Entry
from midway.messaging.texts import words_of

WEEK = timedelta(days=7)
FIRST_NEW = date(2027, 3, 2)
"""The first Tuesday that has no visit yet when the plan is sold."""
MAY = date(2026, 5, 5)
RISE = PriceRise(percent=10, effective_on=TODAY, plans_from_on=MAY)


@pytest.fixture
def cast(db: None) -> Cast:
    return year_cast()


def agree(cast: Cast, cents: int = 7500, **fields: object) -> AgreedPrice:
    given = {
        "service": cast.regular, "price_cents": cents, "starts_on": TODAY, "reason": "A year of building works",
        "with_plans": True,
    }  # fmt: skip
    agreed = OwnPrice(**given | fields)  # type: ignore[arg-type]
    return agree_on_price(customer=cast.dora, agreed=agreed, by=by_user(cast.olga), now=NOW).price


def five_weeks_later() -> None:
    assert top_up_plans(now=NOW + 5 * WEEK) == 5


def prices(plan: Plan, first: date, last: date) -> list[int]:
    found = Visit.objects.filter(plan=plan, occurrence_on__range=(first, last)).order_by("occurrence_on")
    return list(found.values_list("price_cents", flat=True))


def test_what_the_night_adds_costs_the_agreed_price_up_to_its_last_day(cast: Cast) -> None:
    plan = start(cast)
    agree(cast, ends_on=FIRST_NEW + WEEK)
    five_weeks_later()
    assert prices(plan, FIRST_NEW, FIRST_NEW + 4 * WEEK) == [7500, 7500, 9200, 9200, 9200]
    for visit in plan.visits.all():
        assert sum(line["amount_cents"] for line in visit.working) == visit.price_cents
    assert broken_invariants(now=NOW) == []


def test_one_that_begins_after_all_visits_there_are_is_followed_too(cast: Cast) -> None:
    plan = start(cast)
    agree(cast, starts_on=FIRST_NEW + WEEK, ends_on=FIRST_NEW + 2 * WEEK)
    five_weeks_later()
    assert prices(plan, FIRST_NEW, FIRST_NEW + 4 * WEEK) == [9200, 7500, 7500, 9200, 9200]


def test_ended_earlier_it_is_not_followed_any_more(cast: Cast) -> None:
    plan = start(cast)
    kept = agree(cast, ends_on=FIRST_NEW + 3 * WEEK)
    end_agreed_price(price=kept, last_on=FIRST_NEW, reason="The works are over", by=by_user(cast.olga), now=NOW)
    five_weeks_later()
    assert prices(plan, FIRST_NEW, FIRST_NEW + 4 * WEEK) == [7500, 9200, 9200, 9200, 9200]


def test_one_for_quotes_alone_or_for_another_home_is_not_followed(cast: Cast) -> None:
    plan = start(cast)
    agree(cast, ends_on=FIRST_NEW + WEEK, with_plans=False)
    agree(cast, 6000, ends_on=FIRST_NEW + WEEK, premises=make_property(customer=cast.dora, line1="9 Park Row"))
    five_weeks_later()
    assert set(prices(plan, TODAY, FIRST_NEW + 4 * WEEK)) == {9200}


def test_that_of_the_home_goes_before_that_of_all_homes(cast: Cast) -> None:
    plan = start(cast)
    agree(cast, 6000, ends_on=FIRST_NEW + WEEK, premises=plan.premises)
    agree(cast, 7500, ends_on=FIRST_NEW + 2 * WEEK)
    five_weeks_later()
    assert prices(plan, FIRST_NEW - WEEK, FIRST_NEW + 3 * WEEK) == [6000, 6000, 6000, 7500, 9200]
    assert not plan.visits.filter(occurrence_on__gte=FIRST_NEW, revision__gt=0).exists()


def test_an_announced_rise_is_in_what_the_night_adds(cast: Cast) -> None:
    plan = start(cast)
    raise_prices(branch=cast.branch, rise=RISE, by=by_user(cast.olga), now=NOW)
    five_weeks_later()
    assert prices(plan, FIRST_NEW, FIRST_NEW + 4 * WEEK) == [10_120] * 5


def test_a_rise_waits_for_the_end_of_an_agreed_price_and_holds_after_it(cast: Cast) -> None:
    plan = start(cast)
    agree(cast, ends_on=MAY + WEEK)
    agree(cast, 8000, starts_on=FIRST_NEW, ends_on=FIRST_NEW + WEEK)
    [shown] = preview_price_rise(branch=cast.branch, rise=RISE)
    raise_prices(branch=cast.branch, rise=RISE, by=by_user(cast.olga), now=NOW)
    assert (shown.before_cents, shown.after_cents, shown.from_on) == (9200, 10_120, MAY + WEEK + timedelta(days=1))
    assert prices(plan, MAY - WEEK, MAY + 3 * WEEK) == [7500, 7500, 7500, 10_120, 10_120]
    assert told("rate_rise")[-1].facts["from_on"] == "2026-05-13"
    five_weeks_later()
    assert prices(plan, FIRST_NEW - WEEK, FIRST_NEW + 2 * WEEK) == [10_120, 8000, 8000, 10_120]


def test_one_without_an_end_keeps_every_rise_away_but_from_its_home_alone(cast: Cast) -> None:
    plan = start(cast)
    agree(cast, 6000, premises=make_property(customer=cast.dora, line1="9 Park Row"))
    assert len(preview_price_rise(branch=cast.branch, rise=RISE)) == 1
    agree(cast, 7500, premises=plan.premises)
    assert preview_price_rise(branch=cast.branch, rise=RISE) == []


def test_a_changed_plan_takes_it_along(cast: Cast) -> None:
    plan = start(cast)
    agree(cast, ends_on=FIRST_NEW + WEEK)
    change = PlanChange(duration_minutes=plan.duration_minutes + 30)
    new = change_plan_from(plan=plan.code, from_on=MAY, change=change, by=by_user(cast.dan), now=NOW).plan
    five_weeks_later()
    assert prices(new, FIRST_NEW - WEEK, FIRST_NEW + 2 * WEEK) == [7500, 7500, 7500, 9200]


def test_the_customer_reads_until_when_it_holds(cast: Cast) -> None:
    start(cast)
    agree(cast, ends_on=MAY)
    [message] = told("rate_rise")
    body = words_of(message).body
    assert "costs $75.00 instead of $92.00" in body
    assert "That holds up to Tuesday 5 May; after that, the price from before holds again." in body


def test_what_credit_paid_beyond_it_goes_back_and_undone_it_pays_again(cast: Cast) -> None:
    plan = start(cast)
    credit = gift_card(cast, 9200)
    visit = Visit.objects.filter(plan=plan).order_by("occurrence_on")[1]
    spend_credit(credit, visit.pk, at_most=9200, by=by_user(cast.olga), now=NOW - WEEK)
    before = everything_agreed()
    agree(cast, ends_on=MAY)
    assert credit.balance_cents == 1700
    undo_change(entry=Entry.objects.get(event="booking.plan.repriced").code, by=by_user(cast.olga), now=NOW)
    assert credit.balance_cents == 0
    assert everything_agreed() == before
