"""What took place and was left open: nobody reported it, or credit did not pay."""

from datetime import timedelta

import pytest
from tests.booking.deeds import visit_at
from tests.booking.test_redeem import FRIDAY_AT_TEN
from tests.booking.test_spend_credits import give
from tests.cast import Cast, make_cast

from midway.booking.actions.spend_credits import spend_credits
from midway.booking.settling import settling
from midway.core.visit_states import VisitState

pytestmark = pytest.mark.django_db
AFTER = FRIDAY_AT_TEN + timedelta(days=3)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_what_nobody_reported_is_told_from_what_is_done(cast: Cast) -> None:
    for days, state in enumerate((VisitState.DONE, VisitState.SCHEDULED, VisitState.EN_ROUTE, VisitState.CANCELLED)):
        holders = () if state is VisitState.CANCELLED else (cast.ana,)
        visit_at(cast, FRIDAY_AT_TEN - timedelta(days=days), *holders, state=state)
    found = settling(now=AFTER)
    assert (found.over, found.unreported) == (3, 2)
    assert settling(now=AFTER + timedelta(days=30)).over == 0, "of the last week"


def test_what_is_not_over_for_a_day_is_left_to_be_reported(cast: Cast) -> None:
    visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    assert settling(now=FRIDAY_AT_TEN + timedelta(hours=20)).over == 0


def test_credit_that_should_have_paid_is_named_until_it_has(cast: Cast) -> None:
    before = visit_at(cast, FRIDAY_AT_TEN - timedelta(days=6), cast.ana, state=VisitState.DONE)
    give(cast, 30_000)
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana, state=VisitState.DONE)
    found = settling(now=AFTER)
    assert list(found.unpaid) == [str(visit.code)]
    assert str(before.code) not in found.unpaid, "credit is for what comes after it was given"
    spend_credits(now=AFTER)
    assert list(settling(now=AFTER).unpaid) == []


def test_credit_that_is_used_up_owes_nothing(cast: Cast) -> None:
    give(cast, 10)
    visit_at(cast, FRIDAY_AT_TEN, cast.ana, state=VisitState.DONE)
    spend_credits(now=AFTER)
    assert list(settling(now=AFTER).unpaid) == []
