"""Moved farther than the rules let a visit be moved: a date left out and a visit besides, for what was shown."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.booking.plans.stage import TUESDAY, start, visit_on, year_cast
from tests.booking.undo.agreement import everything_agreed
from tests.cast import NOW, TODAY, at

from midway.booking.actions import (
    FeeRose,
    change_extras,
    move_for_shown_fee,
    override_price,
    preview_move,
    preview_skip,
    publish_policy,
    reschedule_visit,
    restore_occurrence,
    skip_occurrence,
    undo_change,
)
from midway.booking.actions.credits import NewCredit, issue_credit, spend_credit
from midway.booking.actions.offered import TimeNotOffered
from midway.booking.actions.reschedule_visit import ChangeTooLate
from midway.booking.actions.spend_credits import spend_credits
from midway.booking.invariants import broken_invariants
from midway.booking.models import Charge, Credit, Plan, PlanException, Visit
from midway.booking.payments import payments_of
from midway.booking.settling import settling
from midway.core.actor import SYSTEM, VISITOR
from midway.core.policy import Fee, PolicyTerms
from midway.journal.models import Entry

pytestmark = pytest.mark.django_db
FORTNIGHT = timedelta(days=14)
SECOND, THIRD, FOURTH = (TUESDAY + n * FORTNIGHT for n in (1, 2, 3))
RULES = PolicyTerms(
    move_within_days=5,
    is_far_move_skip=True,
    free_skips_per_half_year=0,
    skip_fee=Fee(flat_cents=1500, cleaner_percent=40),
    is_gap_priced=True,
    booking_notice_minutes=0,
)


def fortnightly(terms: PolicyTerms = RULES) -> Plan:
    cast = year_cast()
    publish_policy(branch=cast.branch, service=None, terms=terms, effective_on=TODAY, by=SYSTEM, now=NOW)
    return start(cast, frequency="biweekly")


def far(days: int) -> datetime:
    return at("11:00", on=SECOND + timedelta(days=days))


def prices(plan: Plan) -> list[int]:
    return [visit_on(plan, day).price_cents for day in (SECOND, THIRD, FOURTH)]


@pytest.mark.parametrize("days", [6, 9, 16, -8], ids=["a week", "nine days", "past the next", "earlier"])
def test_what_was_shown_is_what_is_charged(days: int) -> None:
    plan = fortnightly()
    visit = visit_on(plan, SECOND)
    shown = preview_move(visit=visit, to=far(days), now=NOW)
    expected = {v.pk: v.price_cents for v in plan.visits.all()} | {p.visit.pk: p.price_cents for p in shown.prices}

    moved = reschedule_visit(visit=visit.code, to=far(days), by=VISITOR, now=NOW)

    charge = Charge.objects.get()
    assert (charge.amount_cents, charge.cleaner_cents) == (shown.decision.fee_cents, shown.decision.cleaner_cents)
    assert charge.amount_cents == 1500
    assert {v.pk: v.price_cents for v in plan.visits.all()} == expected
    assert moved.price_cents == expected[visit.pk]
    assert broken_invariants(now=NOW) == []


def test_more_than_was_shown_is_never_charged_and_what_was_shown_is_kept() -> None:
    plan = fortnightly()
    visit = visit_on(plan, SECOND)
    with pytest.raises(FeeRose):
        move_for_shown_fee(visit=visit.code, to=far(6), shown_fee_cents=1499, by=VISITOR, now=NOW)
    assert not Charge.objects.exists()
    move_for_shown_fee(visit=visit.code, to=far(6), shown_fee_cents=1500, by=VISITOR, now=NOW)
    assert Charge.objects.get().shown == {"fee_cents": 1500}


def test_the_visit_and_those_after_cost_what_their_gaps_cost() -> None:
    plan = fortnightly()
    # 20 days after the first: every three weeks; the next then comes after 8 days, the rhythm or oftener.
    reschedule_visit(visit=visit_on(plan, SECOND).code, to=far(6), by=VISITOR, now=NOW)
    assert prices(plan) == [10_120, 9775, 9775]
    changed = visit_on(plan, SECOND)
    assert sum(line["amount_cents"] for line in changed.working) == changed.price_cents

    # Past the third: that one comes after four weeks, and the moved one two days after it.
    reschedule_visit(visit=visit_on(plan, SECOND).code, to=far(16), by=VISITOR, now=NOW)
    assert prices(plan) == [9775, 10_350, 9775]


def test_it_counts_among_the_dates_left_out_until_it_is_as_the_plan_says() -> None:
    plan = fortnightly(replace(RULES, free_skips_per_half_year=1))
    reschedule_visit(visit=visit_on(plan, SECOND).code, to=far(6), by=VISITOR, now=NOW)
    assert not Charge.objects.exists()
    assert PlanException.objects.get().is_skip
    assert preview_skip(visit=visit_on(plan, FOURTH), now=NOW).fee_cents == 1500

    restore_occurrence(visit=visit_on(plan, SECOND).code, by=VISITOR, now=NOW)
    assert preview_skip(visit=visit_on(plan, FOURTH), now=NOW).fee_cents == 0


def test_undone_the_fee_and_every_price_are_as_before() -> None:
    plan = fortnightly()
    before = everything_agreed()
    reschedule_visit(visit=visit_on(plan, SECOND).code, to=far(16), by=VISITOR, now=NOW)
    entry = Entry.objects.get(event="booking.visit.rescheduled")
    assert (entry.facts["counts_as_skip"], entry.facts["fee_cents"]) == (True, 1500)

    undo_change(entry=entry.code, by=SYSTEM, now=NOW)

    assert everything_agreed() == before
    assert Charge.objects.get().withdrawn_at == NOW


def test_without_that_rule_a_far_move_is_refused() -> None:
    plan = fortnightly(replace(RULES, is_far_move_skip=False))
    before = everything_agreed()
    with pytest.raises(TimeNotOffered, match="up to 5 days"):
        reschedule_visit(visit=visit_on(plan, SECOND).code, to=far(6), by=VISITOR, now=NOW)
    assert not preview_move(visit=visit_on(plan, SECOND), to=far(6), now=NOW).decision.is_allowed
    assert everything_agreed() == before


def test_where_no_more_dates_may_be_left_out_or_it_is_too_late_for_that_it_is_refused() -> None:
    plan = fortnightly(replace(RULES, skips_per_half_year=0))
    with pytest.raises(TimeNotOffered):
        reschedule_visit(visit=visit_on(plan, SECOND).code, to=far(6), by=VISITOR, now=NOW)
    late = replace(RULES, skip_notice_minutes=60 * 24 * 30)
    publish_policy(branch=plan.branch, service=None, terms=late, effective_on=TODAY, by=SYSTEM, now=NOW)
    with pytest.raises(ChangeTooLate):
        reschedule_visit(visit=visit_on(plan, SECOND).code, to=far(6), by=VISITOR, now=NOW)


def test_near_moves_and_the_offices_cost_nothing() -> None:
    plan = fortnightly()
    reschedule_visit(visit=visit_on(plan, SECOND).code, to=far(2), by=VISITOR, now=NOW)
    reschedule_visit(visit=visit_on(plan, THIRD).code, to=far(30), by=SYSTEM, now=NOW)
    assert not Charge.objects.exists()
    assert not PlanException.objects.filter(is_skip=True).exists()


def test_a_single_visit_is_never_moved_that_far() -> None:
    plan = fortnightly()
    visit = visit_on(plan, SECOND)
    Visit.objects.filter(pk=visit.pk).update(plan=None, occurrence_on=None)
    with pytest.raises(TimeNotOffered):
        reschedule_visit(visit=visit.code, to=far(6), by=VISITOR, now=NOW)


def test_a_visit_longer_than_its_plan_is_restored_as_long_as_it_was_promised() -> None:
    plan = fortnightly()
    visit = visit_on(plan, SECOND)
    change_extras(visit=visit.code, extras=["oven", "fridge"], by=SYSTEM, now=NOW)
    skip_occurrence(visit=visit.code, by=SYSTEM, now=NOW)
    restore_occurrence(visit=visit.code, by=SYSTEM, now=NOW)
    assert broken_invariants(now=NOW) == []


def test_what_credit_paid_beyond_the_lower_price_is_shown_and_given_back_and_undone_with_it() -> None:
    plan = fortnightly(replace(RULES, skip_fee=Fee()))
    visit = visit_on(plan, SECOND)
    reschedule_visit(visit=visit.code, to=far(6), by=VISITOR, now=NOW)
    card = issue_credit(branch=plan.branch, given=NewCredit(Credit.Kind.GIFT_CARD, 10_120, "Sold"), by=SYSTEM, now=NOW)
    spend_credit(card, visit.pk, at_most=10_120, by=SYSTEM, now=NOW)
    visit.refresh_from_db()
    later = NOW + timedelta(minutes=5)
    shown = preview_move(visit=visit, to=at("09:00", on=SECOND), now=later)
    assert [(price.price_cents, price.back_cents) for price in shown.prices] == [(9775, 345)]

    reschedule_visit(visit=visit.code, to=at("09:00", on=SECOND), by=VISITOR, now=later)
    assert card.balance_cents == 345

    entry = Entry.objects.filter(event="booking.visit.rescheduled").latest("at")
    undo_change(entry=entry.code, by=SYSTEM, now=later)
    assert (card.balance_cents, visit_on(plan, SECOND).price_cents) == (0, 10_120)


def test_a_date_that_comes_back_costs_less_after_it_and_credit_goes_back() -> None:
    plan = fortnightly()
    skip_occurrence(visit=visit_on(plan, SECOND).code, by=SYSTEM, now=NOW)
    card = issue_credit(branch=plan.branch, given=NewCredit(Credit.Kind.GIFT_CARD, 20_000, "Sold"), by=SYSTEM, now=NOW)
    paid = spend_credit(card, visit_on(plan, THIRD).pk, at_most=prices(plan)[1], by=SYSTEM, now=NOW)
    restore_occurrence(visit=visit_on(plan, SECOND).code, by=SYSTEM, now=NOW + timedelta(minutes=5))
    assert paid > 9775
    assert (prices(plan)[1], card.balance_cents) == (9775, 20_000 - 9775)


def settled(visit: Visit, *, now: datetime) -> int:
    spend_credits(now=now)
    return sum(visit.credit_entries.values_list("amount_cents", flat=True))


def credit_of(plan: Plan, cents: int) -> Credit:
    given = NewCredit(Credit.Kind.GOODWILL, cents, "Sorry", customer=plan.customer)
    return issue_credit(branch=plan.branch, given=given, by=SYSTEM, now=NOW - timedelta(days=1))


def test_credit_pays_the_fee_of_a_visit_that_was_paid_before() -> None:
    plan = fortnightly()
    visit = reschedule_visit(visit=visit_on(plan, SECOND).code, to=far(6), by=VISITOR, now=NOW)
    spend_credit(credit_of(plan, 50_000), visit.pk, at_most=10_120, by=SYSTEM, now=NOW)
    shown = payments_of(visit, now=NOW)
    assert (shown.fee_cents, shown.left_cents) == (1500, 1500)

    done = visit.ends_at + timedelta(days=1)
    Visit.objects.exclude(pk=visit.pk).update(price_cents=0, lines=None)
    assert list(settling(now=done + timedelta(hours=3)).unpaid) == [str(visit.code)]
    assert [settled(visit, now=done) for _ in range(2)] == [-11_620, -11_620]
    assert list(settling(now=done + timedelta(hours=3)).unpaid) == []
    assert payments_of(visit, now=done).left_cents == 0


def test_credit_pays_the_fee_of_a_visit_still_to_come_a_day_after_and_the_price_when_it_took_place() -> None:
    plan = fortnightly()
    credit_of(plan, 50_000)
    visit = reschedule_visit(visit=visit_on(plan, SECOND).code, to=far(6), by=VISITOR, now=NOW)
    Visit.objects.exclude(pk=visit.pk).update(price_cents=0, lines=None)
    assert settled(visit, now=NOW + timedelta(hours=23)) == 0
    assert settled(visit, now=NOW + timedelta(hours=24)) == -1500
    visit = reschedule_visit(visit=visit.code, to=far(13), by=VISITOR, now=NOW + timedelta(hours=25))
    assert settled(visit, now=NOW + timedelta(hours=48)) == -1500
    assert settled(visit, now=NOW + timedelta(hours=49)) == -3000
    assert settled(visit, now=visit.ends_at + timedelta(days=1)) == -visit.price_cents - 3000


def test_what_paid_the_fee_stays_when_the_visit_is_called_off_or_costs_less() -> None:
    plan = fortnightly()
    visit = visit_on(plan, SECOND)
    credit = credit_of(plan, 9775)
    spend_credit(credit, visit.pk, at_most=9775, by=SYSTEM, now=NOW)
    reschedule_visit(visit=visit.code, to=far(6), by=VISITOR, now=NOW)
    override_price(visit=visit.code, price_cents=9000, reason="Small today", by=SYSTEM, now=NOW)
    assert credit.balance_cents == 0
    skip_occurrence(visit=visit.code, by=SYSTEM, now=NOW)
    assert credit.balance_cents == 9775 - 1500
    assert payments_of(visit_on(plan, SECOND), now=NOW).left_cents == 0


def test_what_is_given_back_with_a_far_move_leaves_its_fee_and_is_what_was_shown() -> None:
    plan = fortnightly(replace(RULES, skip_fee=Fee(flat_cents=100)))
    visit = reschedule_visit(visit=visit_on(plan, SECOND).code, to=far(6), by=VISITOR, now=NOW)
    credit = credit_of(plan, 10_220)
    spend_credit(credit, visit.pk, at_most=10_120 + 100, by=SYSTEM, now=NOW)
    shown = preview_move(visit=visit, to=at("09:00", on=SECOND), now=NOW)
    reschedule_visit(visit=visit.code, to=at("09:00", on=SECOND), by=VISITOR, now=NOW)
    assert [price.back_cents for price in shown.prices] == [credit.balance_cents] == [10_220 - 9775 - 200]


def test_a_date_that_takes_place_as_agreed_after_all_owes_no_fee_for_having_been_left_out() -> None:
    plan = fortnightly()
    reschedule_visit(visit=visit_on(plan, SECOND).code, to=far(6), by=VISITOR, now=NOW)
    skip_occurrence(visit=visit_on(plan, THIRD).code, by=VISITOR, now=NOW)
    assert [payments_of(visit_on(plan, day), now=NOW).left_cents for day in (SECOND, THIRD)] == [11_620, 1500]
    later = NOW + timedelta(minutes=5)
    for day in (SECOND, THIRD):
        restore_occurrence(visit=visit_on(plan, day).code, by=VISITOR, now=later)
    assert not Charge.objects.filter(withdrawn_at=None).exists()
    undo_change(entry=Entry.objects.filter(event="booking.visit.restored").latest("pk").code, by=SYSTEM, now=later)
    assert Charge.objects.get(withdrawn_at=None).visit_id == visit_on(plan, THIRD).pk
