"""Leaving a date out: whether, for what, and what the next visit costs by the gap before it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.booking.plans.stage import TUESDAY, start, visit_on, year_cast
from tests.booking.test_redeem import gift_card
from tests.cast import NOW, TODAY, Cast, by_user

from midway.booking.actions import (
    cancel_visit,
    override_price,
    preview_skip,
    publish_policy,
    restore_occurrence,
    skip_occurrence,
)
from midway.booking.actions.change_occurrence import SkippedTooOften
from midway.booking.actions.credits import balance_of, spend_credit
from midway.booking.models import Charge, Plan
from midway.core.actor import SYSTEM, VISITOR
from midway.core.policy import Fee, PolicyTerms
from midway.journal.models import Entry

pytestmark = pytest.mark.django_db
FORTNIGHT = timedelta(days=14)
SECOND, THIRD, FOURTH = (TUESDAY + n * FORTNIGHT for n in (1, 2, 3))
GAPS = PolicyTerms(is_gap_priced=True, booking_notice_minutes=0, horizon_days=90)


def fortnightly(terms: PolicyTerms = GAPS) -> tuple[Cast, Plan]:
    cast = year_cast()
    publish_policy(branch=cast.branch, service=None, terms=terms, effective_on=TODAY, by=SYSTEM, now=NOW)
    return cast, start(cast, frequency="biweekly")


def price_on(plan: Plan, day: object) -> int:
    return visit_on(plan, day).price_cents  # type: ignore[arg-type]


def test_the_visit_after_a_skip_costs_the_rhythm_of_the_gap() -> None:
    _cast, plan = fortnightly()
    usual = plan.price_cents
    shown = preview_skip(visit=visit_on(plan, SECOND), now=NOW)
    skip_occurrence(visit=visit_on(plan, SECOND).code, by=VISITOR, now=NOW)

    # 115 dollars less 15 percent, and less 10 percent for coming every 4 weeks.
    assert (usual, shown.next_price_cents, price_on(plan, THIRD), price_on(plan, FOURTH)) == (9775, 10350, 10350, usual)
    changed = visit_on(plan, THIRD)
    assert sum(line["amount_cents"] for line in changed.working) == changed.price_cents
    assert Entry.objects.get(event="booking.visit.repriced").facts["reason"] == "gap"


def test_two_skips_in_a_row_cost_a_single_visit_and_restoring_gives_the_price_back() -> None:
    _cast, plan = fortnightly()
    for day in (SECOND, THIRD):
        skip_occurrence(visit=visit_on(plan, day).code, by=VISITOR, now=NOW)
    assert price_on(plan, FOURTH) == 11500
    restore_occurrence(visit=visit_on(plan, THIRD).code, by=VISITOR, now=NOW)
    assert price_on(plan, FOURTH) == plan.price_cents
    restore_occurrence(visit=visit_on(plan, SECOND).code, by=VISITOR, now=NOW)
    assert {v.price_cents for v in plan.visits.all()} == {plan.price_cents}


def test_cancelling_leaves_the_same_gap() -> None:
    _cast, plan = fortnightly()
    cancel_visit(visit=visit_on(plan, SECOND).code, reason="", by=VISITOR, now=NOW)
    assert price_on(plan, THIRD) == 10350


def test_without_that_rule_no_price_changes() -> None:
    _cast, plan = fortnightly(replace(GAPS, is_gap_priced=False))
    assert preview_skip(visit=visit_on(plan, SECOND), now=NOW).next_price_cents is None
    skip_occurrence(visit=visit_on(plan, SECOND).code, by=VISITOR, now=NOW)
    assert price_on(plan, THIRD) == plan.price_cents


def test_a_price_changed_by_hand_stays() -> None:
    cast, plan = fortnightly()
    by = by_user(cast.dan)
    override_price(visit=visit_on(plan, THIRD).code, price_cents=5000, reason="Promised", by=by, now=NOW)
    assert preview_skip(visit=visit_on(plan, SECOND), now=NOW).next_price_cents is None
    skip_occurrence(visit=visit_on(plan, SECOND).code, by=VISITOR, now=NOW)
    assert price_on(plan, THIRD) == 5000


def test_skips_cost_after_the_free_ones_and_are_limited() -> None:
    terms = replace(GAPS, free_skips_per_half_year=1, skips_per_half_year=2, skip_fee=Fee(flat_cents=2500))
    cast, plan = fortnightly(terms)
    fees = []
    for day in (SECOND, THIRD):
        fees.append(preview_skip(visit=visit_on(plan, day), now=NOW).fee_cents)
        skip_occurrence(visit=visit_on(plan, day).code, by=VISITOR, now=NOW)
    assert fees == [0, 2500]
    assert [c.amount_cents for c in Charge.objects.all()] == [2500]
    assert preview_skip(visit=visit_on(plan, FOURTH), now=NOW).rule == "limit"
    with pytest.raises(SkippedTooOften):
        skip_occurrence(visit=visit_on(plan, FOURTH).code, by=VISITOR, now=NOW)
    skip_occurrence(visit=visit_on(plan, FOURTH).code, by=by_user(cast.dan), now=NOW)
    assert Charge.objects.count() == 1


def test_of_what_a_gift_card_had_paid_the_fee_of_a_skip_is_kept() -> None:
    cast, plan = fortnightly(replace(GAPS, free_skips_per_half_year=0, skip_fee=Fee(flat_cents=2500)))
    visit, card = visit_on(plan, SECOND), gift_card(cast, 20_000)
    spend_credit(card, visit.pk, at_most=visit.price_cents, by=SYSTEM, now=NOW)
    assert preview_skip(visit=visit, now=NOW).fee_cents == 2500
    skip_occurrence(visit=visit.code, by=VISITOR, now=NOW)
    assert balance_of(card) == 20_000 - 2500
