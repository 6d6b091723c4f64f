"""Policies as versions: which holds for a visit, what is charged by it, and the evidence that is kept."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from tests.booking.deeds import CUSTOMER, told, visit_at
from tests.cast import NOW, TODAY, Cast, at, by_user, make_cast, make_holiday
from tests.core.test_policy import terms as all_terms

from midway.booking.actions import (
    FeeRose,
    ReasonMissing,
    cancel_visit,
    follow_policies,
    override_price,
    preview_cancellation,
    preview_lock_out,
    preview_rescheduling,
    publish_policy,
    record_lock_out,
    reschedule_visit,
)
from midway.booking.actions.offered import TimeNotOffered
from midway.booking.actions.publish_policy import policy_subject
from midway.booking.actions.reschedule_visit import ChangedTooOften
from midway.booking.actions.visit_lock import VisitNotChangeable
from midway.booking.models import Charge, Policy, Service
from midway.booking.policies import TermsMalformed, terms_from_json, terms_to_json
from midway.core.business_time import Counting
from midway.core.policy import Fee, PolicyTerms
from midway.core.visit_states import VisitState
from midway.crew.models import Branch
from midway.journal.queries import history_of

FRIDAY_AT_TEN = at("10:00", on=TODAY + timedelta(days=4))
LATE = FRIDAY_AT_TEN - timedelta(hours=2)


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def publish(cast: Cast, terms: PolicyTerms, *, service: Service | None = None, on: date = TODAY) -> Policy:
    by = by_user(cast.olga)
    return publish_policy(branch=cast.branch, service=service, terms=terms, effective_on=on, by=by, now=NOW)


@given(all_terms)
def test_terms_are_read_as_they_were_written(terms: PolicyTerms) -> None:
    assert terms_from_json(terms_to_json(terms)) == terms


@pytest.mark.parametrize(
    "wrong",
    [
        {"notice_minutes": -1}, {"notice_minutes": 1.5}, {"late_fee": {"percent": 101}}, {"counting": "moon"},
        {"opens": "25:00"}, {"workdays": [7]}, {"gap_bands": [[10, "hourly"]]}, {"horizon_days": 0}, {"nonsense": 1},
    ],
)  # fmt: skip
def test_terms_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(TermsMalformed):
        terms_from_json(wrong)


def test_a_version_holds_from_its_day(cast: Cast) -> None:
    publish(cast, PolicyTerms(late_fee=Fee(percent=20)))
    publish(cast, PolicyTerms(late_fee=Fee(percent=80)), on=TODAY + timedelta(days=3))
    visit = visit_at(cast, at("10:00", on=TODAY + timedelta(days=1)), cast.ana)
    later = visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    assert preview_cancellation(visit=visit, now=NOW).fee_cents == 2000
    assert preview_cancellation(visit=later, now=LATE).fee_cents == 8000


def test_a_service_may_have_rules_of_its_own(cast: Cast) -> None:
    publish(cast, PolicyTerms(late_fee=Fee(percent=20)))
    publish(cast, PolicyTerms(late_fee=Fee(flat_cents=4500, cleaner_percent=50)), service=cast.deep)
    regular = visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    deep = visit_at(cast, FRIDAY_AT_TEN, cast.ben)
    deep.service = cast.deep
    assert preview_cancellation(visit=regular, now=LATE).fee_cents == 2000
    decision = preview_cancellation(visit=deep, now=LATE)
    assert (decision.fee_cents, decision.cleaner_cents) == (4500, 2250)


def test_publishing_numbers_versions_and_says_so(cast: Cast) -> None:
    versions = [publish(cast, PolicyTerms()).version, publish(cast, PolicyTerms()).version]
    own = publish(cast, PolicyTerms(), service=cast.deep)
    assert (versions, own.version) == ([1, 2], 1)
    events = [entry.event for entry in history_of(policy_subject(cast.branch))]
    assert events.count("booking.policy.published") == 3
    with pytest.raises(IntegrityError, match="one_policy_per_version"), transaction.atomic():
        Policy.objects.create(
            branch=cast.branch, version=1, effective_on=TODAY, terms={}, created_at=NOW, by_label="Olga"
        )


def test_notice_and_horizon_for_booking_follow_on_their_day(cast: Cast) -> None:
    publish(cast, PolicyTerms(booking_notice_minutes=120, horizon_days=30), on=TODAY + timedelta(days=2))
    assert Branch.objects.get().notice_minutes == 0
    assert follow_policies(now=NOW + timedelta(days=2)) == 1
    assert follow_policies(now=NOW + timedelta(days=2)) == 0
    branch = Branch.objects.get()
    assert (branch.notice_minutes, branch.horizon_days) == (120, 30)


def test_the_evidence_is_kept_with_the_charge(cast: Cast) -> None:
    policy = publish(cast, PolicyTerms(late_fee=Fee(flat_cents=1000, percent=20, cleaner_percent=50)))
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    shown = preview_cancellation(visit=visit, now=LATE)
    kept = cancel_visit(visit=visit.code, reason="Ill", by=CUSTOMER, now=LATE, shown_fee_cents=shown.fee_cents)
    charge = Charge.objects.get()
    assert kept.fee_cents == shown.fee_cents == charge.amount_cents == 3000
    assert (charge.kind, charge.cleaner_cents, charge.price_cents, charge.policy) == (
        "late_cancellation", 1500, 10_000, policy,
    )  # fmt: skip
    assert kept.policy == policy
    assert kept.evidence == charge.decision
    assert kept.evidence["shown_fee_cents"] == 3000
    assert kept.evidence["policy_version"] == 1
    assert kept.evidence["decision"]["rule"] == "late"


def test_more_than_was_shown_is_never_charged(cast: Cast) -> None:
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    with pytest.raises(FeeRose):
        cancel_visit(visit=visit.code, reason="", by=CUSTOMER, now=LATE, shown_fee_cents=0)
    visit.refresh_from_db()
    assert visit.state == VisitState.SCHEDULED
    assert not Charge.objects.exists()


def test_a_fee_is_waived_with_a_reason_only(cast: Cast) -> None:
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    with pytest.raises(ReasonMissing):
        cancel_visit(visit=visit.code, reason=" ", by=by_user(cast.dan), now=LATE, waive_fee=True)
    cancel_visit(visit=visit.code, reason="Flood in the house", by=by_user(cast.dan), now=LATE, waive_fee=True)
    charge = Charge.objects.get()
    assert (charge.amount_cents, charge.waived_reason) == (0, "Flood in the house")
    assert charge.decision["decision"]["fee_cents"] == 5000


def test_grace_is_used_up(cast: Cast) -> None:
    publish(cast, PolicyTerms(grace_per_half_year=1))
    one, other = visit_at(cast, FRIDAY_AT_TEN, cast.ana), visit_at(cast, FRIDAY_AT_TEN, cast.ben)
    fees = [cancel_visit(visit=v.code, reason="", by=CUSTOMER, now=LATE).fee_cents for v in (one, other)]
    assert fees == [0, 5000]
    assert list(Charge.objects.order_by("id").values_list("amount_cents", flat=True)) == [0, 5000]


def test_a_holiday_of_the_branch_does_not_count_as_notice(cast: Cast) -> None:
    publish(cast, PolicyTerms(notice_minutes=24 * 60, counting=Counting.BUSINESS_DAYS))
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    thursday = FRIDAY_AT_TEN - timedelta(days=1)
    assert preview_cancellation(visit=visit, now=NOW).free_until == thursday
    make_holiday(branch=cast.branch, on=thursday.date())
    assert preview_cancellation(visit=visit, now=NOW).free_until == thursday - timedelta(days=1)


def test_a_visit_is_moved_so_often_by_its_customer(cast: Cast) -> None:
    publish(cast, PolicyTerms(moves_per_visit=1, booking_notice_minutes=0))
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    hour = timedelta(hours=1)
    reschedule_visit(visit=visit.code, to=FRIDAY_AT_TEN + hour, by=by_user(cast.dan), now=NOW)
    reschedule_visit(visit=visit.code, to=FRIDAY_AT_TEN + 2 * hour, by=CUSTOMER, now=NOW)
    assert preview_rescheduling(visit=visit, now=NOW).rule == "limit"
    with pytest.raises(ChangedTooOften):
        reschedule_visit(visit=visit.code, to=FRIDAY_AT_TEN, by=CUSTOMER, now=NOW)
    reschedule_visit(visit=visit.code, to=FRIDAY_AT_TEN, by=by_user(cast.dan), now=NOW)


def test_a_visit_is_moved_so_far_by_its_customer(cast: Cast) -> None:
    publish(cast, PolicyTerms(move_within_days=3, booking_notice_minutes=0))
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    with pytest.raises(TimeNotOffered, match="3 days"):
        reschedule_visit(visit=visit.code, to=FRIDAY_AT_TEN + timedelta(days=4), by=CUSTOMER, now=NOW)
    reschedule_visit(visit=visit.code, to=FRIDAY_AT_TEN + timedelta(days=3), by=CUSTOMER, now=NOW)


def test_a_closed_door_costs_what_the_rules_say(cast: Cast) -> None:
    publish(cast, PolicyTerms(lock_out_fee=Fee(percent=75, cleaner_percent=50)))
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    with pytest.raises(VisitNotChangeable):
        record_lock_out(visit=visit.code, reason="", by=by_user(cast.dan), now=LATE)
    now = FRIDAY_AT_TEN + timedelta(minutes=20)
    shown = preview_lock_out(visit=visit, now=now)
    locked = record_lock_out(visit=visit.code, reason="No answer", by=by_user(cast.dan), now=now)
    charge = Charge.objects.get()
    assert locked.state == VisitState.LOCKED_OUT
    assert (charge.kind, charge.amount_cents, charge.cleaner_cents) == ("lock_out", shown.fee_cents, 3750)
    assert told("visit_locked_out")[0].facts["fee_cents"] == 7500
    with pytest.raises(VisitNotChangeable):
        record_lock_out(visit=visit.code, reason="", by=by_user(cast.dan), now=now)


def test_the_database_refuses_a_charge_above_the_price(cast: Cast) -> None:
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana)

    def write(**fields: Any) -> None:
        with transaction.atomic():
            Charge.objects.create(
                **{
                    "visit": visit, "kind": "lock_out", "amount_cents": 100, "price_cents": 100, "currency": "USD",
                    "decision": {}, "at": NOW, "by_label": "Dan",
                } | fields
            )  # fmt: skip

    for name, fields in (
        ("charge_within_price", {"amount_cents": 101}),
        ("charge_share_within_fee", {"cleaner_cents": 101}),
        ("charge_waived_charges_nothing", {"waived_reason": "Kind"}),
    ):
        with pytest.raises(IntegrityError, match=name):
            write(**fields)
    write()


def test_the_office_changes_a_price_with_a_reason(cast: Cast) -> None:
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    with pytest.raises(ReasonMissing):
        override_price(visit=visit.code, price_cents=8000, reason="  ", by=by_user(cast.dan), now=NOW)
    changed = override_price(visit=visit.code, price_cents=8000, reason="Late twice", by=by_user(cast.dan), now=NOW)
    assert changed.price_cents == 8000
    assert sum(line["amount_cents"] for line in changed.working) == 8000
    assert history_of(visit.code).get().facts == {"from_cents": 10_000, "price_cents": 8000, "reason": "Late twice"}
    assert len(told("visit_repriced")) == 1
    override_price(visit=visit.code, price_cents=8000, reason="Again", by=by_user(cast.dan), now=NOW)
    assert len(told("visit_repriced")) == 1
