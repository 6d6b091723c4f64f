"""A customer's own price: for all their homes or one, for quotes to come and, where asked, for plans that go on."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from tests.booking.deeds import events_of
from tests.booking.plans.stage import start, year_cast
from tests.booking.test_redeem import quoted
from tests.cast import NOW, TODAY, Cast, by_user, make_cast, make_property

from midway.booking.actions import ReasonMissing
from midway.booking.actions.agree_on_price import (
    AgreementOver,
    OwnPrice,
    PriceAgreedAlready,
    agree_on_price,
    end_agreed_price,
)
from midway.booking.invariants import broken_invariants
from midway.booking.models import AgreedPrice, Visit
from midway.messaging.models import OutboxMessage

pytestmark = pytest.mark.django_db
LATER = TODAY + timedelta(days=30)


def agree(cast: Cast, cents: int = 8000, **fields: object) -> AgreedPrice:
    given = {"service": cast.regular, "price_cents": cents, "starts_on": TODAY, "reason": "With us for ten years"}
    agreed = OwnPrice(**given | fields)  # type: ignore[arg-type]
    return agree_on_price(customer=cast.dora, agreed=agreed, by=by_user(cast.olga), now=NOW).price


def own(cast: Cast, **wishes: object) -> int | None:
    return quoted(cast, customer=cast.dora, **wishes).agreed_cents


def test_their_quotes_have_it_and_nobody_elses(cast: Cast) -> None:
    agree(cast)
    assert quoted(cast, customer=cast.dora).total_cents == 8000
    assert quoted(cast).total_cents == 11_500
    assert events_of(cast.dora.code) == ["booking.own_price.agreed"]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_of_a_home_goes_before_one_of_all_homes(cast: Cast) -> None:
    other = make_property(customer=cast.dora, line1="9 Park Row")
    agree(cast, 8000)
    agree(cast, 6000, premises=cast.flat)
    assert own(cast, premises=cast.flat) == 6000
    assert own(cast, premises=other) == 8000
    assert own(cast) == 8000  # two homes at this postcode: nobody knows which


def test_two_never_hold_on_the_same_day_whoever_writes(cast: Cast) -> None:
    agree(cast, ends_on=LATER)
    with pytest.raises(PriceAgreedAlready):
        agree(cast, 7000, starts_on=LATER)
    agree(cast, 7000, starts_on=LATER + timedelta(days=1))
    fields = {"reason": "", "at": NOW, "by_label": ""}
    with pytest.raises(IntegrityError, match="agreed_prices_follow_each_other"), transaction.atomic():
        AgreedPrice.objects.create(customer=cast.dora, service=cast.regular, price_cents=1, starts_on=TODAY, **fields)


def test_ended_it_holds_up_to_its_last_day(cast: Cast) -> None:
    kept = agree(cast)
    end_agreed_price(price=kept, last_on=TODAY, reason="Moved away", by=by_user(cast.olga), now=NOW)
    assert own(cast) == 8000
    kept.refresh_from_db()
    assert kept.ends_on == TODAY
    with pytest.raises(AgreementOver):
        end_agreed_price(price=kept, last_on=LATER, reason="Again", by=by_user(cast.olga), now=NOW)


@pytest.mark.parametrize("reason", ["", "  "])
def test_it_needs_a_reason(cast: Cast, reason: str) -> None:
    with pytest.raises(ReasonMissing):
        agree(cast, reason=reason)
    assert not AgreedPrice.objects.exists()


def test_plans_that_go_on_cost_it_from_its_first_day_on() -> None:
    cast = year_cast()
    plan = start(cast)
    agree(cast, 7500, starts_on=LATER, with_plans=True)
    plan.refresh_from_db()
    visits = Visit.objects.filter(plan=plan)
    assert set(visits.filter(occurrence_on__gte=LATER).values_list("price_cents", flat=True)) == {7500}
    assert 7500 not in set(visits.filter(occurrence_on__lt=LATER).values_list("price_cents", flat=True))
    assert (plan.next_price_cents, plan.next_price_on) == (7500, LATER)
    for visit in visits:
        assert sum(line["amount_cents"] for line in visit.working) == visit.price_cents
    assert OutboxMessage.objects.filter(template="rate_rise").count() == 1
    assert broken_invariants(now=NOW) == []
