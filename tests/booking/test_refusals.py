"""Refusals that no story runs into: each is said by its own error, and leaves everything as it was."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from tests.booking.deeds import CUSTOMER, order, regular_quote, visit_at
from tests.booking.plans.stage import TUESDAY, start, visit_on, year_cast
from tests.booking.test_redeem import gift_card, make_coupon
from tests.booking.undo.agreement import everything_agreed
from tests.cast import NOW, POSTCODE, RATES, TODAY, Cast, at, by_user, make_area, make_branch, make_cast

from midway.booking.actions import (
    PlanChange,
    ReasonMissing,
    book_visit,
    cancel_visit,
    record_lock_out,
    restore_occurrence,
    undo_change,
)
from midway.booking.actions.add_to_waiting_list import Waiting, add_to_waiting_list
from midway.booking.actions.agree_on_price import end_agreed_price
from midway.booking.actions.begin_price_list import PricesKnown, begin_price_list
from midway.booking.actions.change_plan import change_whole_plan
from midway.booking.actions.claim_gift_card import claim_gift_card
from midway.booking.actions.coupons import end_coupon
from midway.booking.actions.credits import adjust_credit
from midway.booking.actions.import_runs import ImportNotWaiting, confirm_import
from midway.booking.actions.mend_promises import MendGone, mend_promise
from midway.booking.actions.offered import check_address
from midway.booking.actions.place_visit import VisitChangedMeanwhile, place_visit
from midway.booking.actions.plan_visits import PlanEnded
from midway.booking.actions.retire_skill import SkillNeeded, retire_skill
from midway.booking.actions.unassign_visit import NotAssigned, unassign_visit
from midway.booking.actions.visit_lock import VisitNotFound
from midway.booking.actions.waiting_list import AlreadyWaiting, Wish
from midway.booking.models import AgreedPrice, Credit, ImportRun, PriceList, WaitingWish
from midway.booking.queries import NotServed, Offer, first_branch
from midway.booking.rates import RatesMalformed, rates_from_json, rates_to_json
from midway.core.pricing import Home, PriceError
from midway.crew.before import ChangedSince
from midway.crew.models import Branch
from midway.customers.actions import Contact
from midway.journal.models import Entry

pytestmark = pytest.mark.django_db
AFTERNOON = at("13:00")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_nobody_waits_twice_for_one_service_whoever_puts_them_on_the_list(cast: Cast) -> None:
    waiting = Waiting(
        Offer(cast.branch, cast.regular), Home("regular", bedrooms=2, bathrooms=1), POSTCODE,
        Contact("Eva", "eva@example.com", ""),
    )  # fmt: skip
    wish = Wish(frozenset(range(7)), at("08:00").time(), at("17:00").time(), TODAY, TODAY + timedelta(days=7))
    add_to_waiting_list(waiting=waiting, wish=wish, by=by_user(cast.dan), now=NOW)
    with pytest.raises(AlreadyWaiting):
        add_to_waiting_list(waiting=waiting, wish=wish, by=by_user(cast.dan), now=NOW)
    assert WaitingWish.objects.count() == 1


def test_what_costs_money_is_ended_or_changed_with_a_reason_alone(cast: Cast) -> None:
    price = AgreedPrice.objects.create(
        customer=cast.dora, service=cast.regular, price_cents=9000, starts_on=TODAY, reason="A", at=NOW, by_label="Olga"
    )
    card, coupon, by = gift_card(cast), make_coupon(cast), by_user(cast.olga)
    deeds: list[Callable[[], object]] = [
        lambda: end_agreed_price(price=price, last_on=TODAY, reason=" ", by=by, now=NOW),
        lambda: adjust_credit(credit=card, amount_cents=100, reason=" ", by=by, now=NOW),
        lambda: end_coupon(coupon=coupon, reason=" ", by=by, now=NOW),
    ]
    for deed in deeds:
        with pytest.raises(ReasonMissing):
            deed()
    price.refresh_from_db()
    coupon.refresh_from_db()
    assert (price.ends_on, coupon.active, card.entries.count()) == (None, True, 1)


def test_a_branch_has_first_prices_once(cast: Cast) -> None:
    with pytest.raises(PricesKnown):
        begin_price_list(branch=cast.branch, like=None, by=by_user(cast.olga), now=NOW)
    assert PriceList.objects.count() == 1


def test_a_skill_that_is_asked_for_stays(cast: Cast) -> None:
    with pytest.raises(SkillNeeded):
        retire_skill(skill=cast.deep_skill, by=by_user(cast.olga), now=NOW)


def test_a_visit_that_is_not_there_is_neither_locked_out_nor_restored(cast: Cast) -> None:
    for deed in (
        lambda: record_lock_out(visit=uuid4(), reason="No answer", by=by_user(cast.dan), now=NOW),
        lambda: restore_occurrence(visit=uuid4(), by=by_user(cast.dan), now=NOW),
    ):
        with pytest.raises(VisitNotFound):
            deed()


def test_a_visit_somebody_changed_meanwhile_is_not_placed_and_its_mend_is_gone(cast: Cast) -> None:
    visit = visit_at(cast, "09:00", cast.ana)
    before, by = everything_agreed(), by_user(cast.dan)
    cleaners = [cast.ben.pk]
    with pytest.raises(VisitChangedMeanwhile):
        place_visit(visit=visit.code, revision=7, start=AFTERNOON, cleaners=cleaners, by=by, now=NOW)
    with pytest.raises(MendGone):
        mend_promise(visit=visit.code, revision=7, start=AFTERNOON, cleaners=cleaners, by=by, now=NOW)
    assert everything_agreed() == before


def test_whoever_does_not_come_is_not_taken_off(cast: Cast) -> None:
    visit = visit_at(cast, "09:00", cast.ana)
    before = everything_agreed()
    with pytest.raises(NotAssigned):
        unassign_visit(visit=visit.code, cleaner=cast.ben, by=by_user(cast.dan), now=NOW)
    assert everything_agreed() == before


def test_a_booking_that_was_changed_is_not_undone(cast: Cast) -> None:
    code = book_visit(order=order(regular_quote(cast), at("13:00", on=TUESDAY)), by=CUSTOMER, now=NOW).visit
    cancel_visit(visit=code, reason="", by=by_user(cast.dan), now=NOW)
    booked = Entry.objects.get(event="booking.visit.booked", subject=code)
    with pytest.raises(ChangedSince):
        undo_change(entry=booked.code, by=by_user(cast.dan), now=NOW)


def test_a_plan_with_nothing_to_come_is_not_changed() -> None:
    cast = year_cast()
    plan = start(cast)
    with pytest.raises(PlanEnded):
        change_whole_plan(
            plan=plan.code, change=PlanChange(price_cents=1), by=by_user(cast.dan), now=NOW + timedelta(days=800)
        )
    assert visit_on(plan, TUESDAY).price_cents == plan.price_cents


def test_a_gift_card_that_is_none_is_claimed_by_nobody(cast: Cast) -> None:
    old = gift_card(cast)
    Credit.objects.filter(pk=old.pk).update(valid_to=TODAY - timedelta(days=1))
    for code in ("", "NO-SUCH-CARD", old.code):
        with pytest.raises(PriceError) as refusal:
            claim_gift_card(code=code, branch=cast.branch, customer=cast.dora, by=CUSTOMER, now=NOW)
        assert refusal.value.field == "gift_card"
    assert not Credit.objects.filter(customer=cast.dora).exists()


def test_a_file_that_does_not_wait_for_a_yes_is_not_loaded(cast: Cast) -> None:
    run = ImportRun(branch=cast.branch, file_name="a.csv", options={}, by_label="Dan", created_at=NOW)
    run.keep_file(b"name\nEva\n")
    run.save()
    for state, report in ((ImportRun.State.LOOKING, {"loaded": 1}), (ImportRun.State.WAITING, {"loaded": 0})):
        ImportRun.objects.filter(pk=run.pk).update(state=state, report=report)
        with pytest.raises(ImportNotWaiting):
            confirm_import(run=run.code, by=by_user(cast.dan), now=NOW)
        run.refresh_from_db()
        assert run.state == state


def test_an_address_of_another_branch_is_not_served_at_this_ones_price(cast: Cast) -> None:
    make_area(branch=make_branch(), postcode="29999")
    with pytest.raises(NotServed):
        check_address(quote=regular_quote(cast), postcode="29999")


def test_without_a_branch_nobody_is_served() -> None:
    assert not Branch.objects.exists()
    with pytest.raises(NotServed):
        first_branch()


BAND = {"up_to": 900, "amount_cents": {"weekly": 100}, "minutes": 1}


@pytest.mark.parametrize(
    ("where", "wrong"),
    [
        ("weekend_days", [7]),
        ("tax_rates", {"air": 100}),
        ("round_to_cents", 0),
        ("team_size", 0),
        ("rhythm_bands", [{**BAND, "amount_cents": {"weekly": -1}}]),
        ("rhythm_bands", [{**BAND, "amount_cents": {"daily": 100}}]),
    ],
)
def test_a_price_list_that_would_price_nonsense_is_not_read(where: str, wrong: object) -> None:
    data = rates_to_json(RATES)
    of_service = data["services"]["regular"]
    (of_service if where in of_service else data)[where] = wrong
    with pytest.raises(RatesMalformed):
        rates_from_json(data)
