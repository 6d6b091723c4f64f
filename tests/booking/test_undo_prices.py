"""Undoing a change takes its prices, charges and credit along."""

from datetime import timedelta

import pytest
from tests.booking.deeds import CUSTOMER, visit_at
from tests.booking.plans.stage import TUESDAY, visit_on
from tests.booking.plans.test_gap_prices import SECOND, THIRD, fortnightly
from tests.booking.test_change_extras import quoted_visit
from tests.booking.test_redeem import booked, gift_card, quoted
from tests.cast import NOW, TODAY, at, by_user, make_cast

from midway.booking.actions import cancel_visit, change_extras, override_price, skip_occurrence, undo_change
from midway.booking.actions.credits import balance_of
from midway.booking.models import Charge, Visit
from midway.core.actor import VISITOR
from midway.journal.queries import history_of

pytestmark = pytest.mark.django_db
FRIDAY_AT_TEN = at("10:00", on=TODAY + timedelta(days=4))
LATE = FRIDAY_AT_TEN - timedelta(hours=2)
SOON = timedelta(minutes=1)


def newest(visit: Visit, event: str) -> object:
    return history_of(visit.code).filter(event=event)[0].code


def test_extras_and_a_price_by_hand_go_back() -> None:
    cast = make_cast()
    visit = quoted_visit(cast, cast.ana)
    by = by_user(cast.dan)
    price, until = visit.price_cents, visit.ends_at
    change_extras(visit=visit.code, extras=["oven"], by=by, now=NOW)
    override_price(visit=visit.code, price_cents=5000, reason="Promised", by=by, now=NOW)
    for event in ("booking.visit.repriced", "booking.visit.extras_changed"):
        undo_change(entry=newest(visit, event), by=by, now=NOW + SOON)  # type: ignore[arg-type]
    visit.refresh_from_db()
    assert (visit.price_cents, visit.ends_at, list(visit.agreed_extras)) == (price, until, [])


def test_the_price_of_the_gap_goes_back_with_the_skip() -> None:
    cast, plan = fortnightly()
    by = by_user(cast.dan)
    visit = visit_on(plan, SECOND)
    skip_occurrence(visit=visit.code, by=by, now=NOW)
    assert visit_on(plan, THIRD).price_cents == 10350
    undo_change(entry=newest(visit, "booking.visit.skipped"), by=by, now=NOW + SOON)  # type: ignore[arg-type]
    assert visit_on(plan, THIRD).price_cents == plan.price_cents
    assert visit_on(plan, TUESDAY).price_cents == plan.price_cents
    assert VISITOR.user_id is None


def test_a_charge_is_withdrawn_and_comes_back_with_the_change() -> None:
    cast = make_cast()
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    by = by_user(cast.dan)
    cancel_visit(visit=visit.code, reason="", by=CUSTOMER, now=LATE)
    undone = undo_change(entry=newest(visit, "booking.visit.cancelled"), by=by, now=LATE + SOON)  # type: ignore[arg-type]
    assert Charge.objects.get().withdrawn_at == LATE + SOON
    undo_change(entry=undone, by=by, now=LATE + 2 * SOON)
    assert Charge.objects.get().withdrawn_at is None


def test_a_gift_card_pays_again() -> None:
    cast = make_cast()
    card = gift_card(cast, 20_000)
    visit = booked(quoted(cast, gift_card=card.code))
    cancel_visit(visit=visit.code, reason="", by=CUSTOMER, now=LATE)
    undo_change(entry=newest(visit, "booking.visit.cancelled"), by=by_user(cast.dan), now=LATE + SOON)  # type: ignore[arg-type]
    assert balance_of(card) == 20_000 - visit.price_cents
