"""Calling a visit off: free in time, for a fee when late, and who may do what after the start."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from tests.booking.deeds import CUSTOMER, everything_of, set_rules, told, visit_at, whereabouts
from tests.cast import NOW, TODAY, Cast, at, by_user, make_cast
from tests.crew.standing import stale_days

from midway.booking.actions import cancel_visit, preview_cancellation
from midway.booking.actions.visit_lock import VisitNotChangeable, VisitNotFound
from midway.booking.models import Cancellation, Visit
from midway.core.actor import Actor
from midway.core.visit_states import STILL_TO_COME, VisitState
from midway.journal.queries import history_of

pytestmark = pytest.mark.django_db
FRIDAY_AT_TEN = at("10:00", on=TODAY + timedelta(days=4))
NOTICE = timedelta(hours=48)
TICK = timedelta(microseconds=1)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def call_off(visit: Visit, *, by: Actor = CUSTOMER, now: datetime = NOW, waive_fee: bool = False) -> Cancellation:
    with transaction.atomic():
        return cancel_visit(visit=visit.code, reason="Moving away", by=by, now=now, waive_fee=waive_fee)


def test_in_time_it_is_free_and_the_cleaners_are_too(cast: Cast) -> None:
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana, cast.ben)
    cancellation = call_off(visit)
    visit.refresh_from_db()
    assert (visit.state, visit.revision, visit.cleaners_missing) == ("cancelled", 1, 0)
    assert (cancellation.fee_cents, cancellation.is_late, cancellation.at) == (0, False, NOW)
    assert (cancellation.reason, cancellation.by_label) == ("Moving away", CUSTOMER.label)
    assert whereabouts(cast.ana) == whereabouts(cast.ben) == []
    assert not visit.assignments.filter(active=True).exists()
    assert stale_days(cast.branch) == []
    assert not Visit.objects.kept().exists()


def test_the_journal_and_the_mail_say_so_once(cast: Cast) -> None:
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    call_off(visit, now=FRIDAY_AT_TEN - timedelta(hours=1))
    entry = history_of(visit.code).get()
    assert (entry.event, entry.actor_kind) == ("booking.visit.cancelled", "customer")
    assert entry.facts == {"reason": "Moving away", "fee_cents": 5000, "is_late": True}
    (mail,) = told("visit_cancelled")
    assert (mail.to, mail.facts["fee_cents"], mail.facts["revision"]) == (cast.dora.email, 5000, 1)


@pytest.mark.parametrize(
    ("before", "fee_cents", "state"),
    [(NOTICE, 0, "cancelled"), (NOTICE - TICK, 5000, "cancelled_late"), (TICK, 5000, "cancelled_late")],
)
def test_it_is_free_exactly_up_to_the_notice(cast: Cast, before: timedelta, fee_cents: int, state: str) -> None:
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    now = FRIDAY_AT_TEN - before
    shown = preview_cancellation(visit=visit, now=now)
    kept = call_off(visit, now=now)
    visit.refresh_from_db()
    assert shown.fee_cents == kept.fee_cents == fee_cents
    assert visit.state == state


def test_the_fee_is_the_branchs_share_rounded_half_up(cast: Cast) -> None:
    set_rules(cast, late_fee_percent=25)
    visit = visit_at(cast, "10:00", cast.ana, price_cents=10_002)
    assert call_off(visit).fee_cents == 2501


def test_the_office_may_waive_the_fee_and_the_customer_may_not(cast: Cast) -> None:
    one, other = visit_at(cast, "10:00", cast.ana), visit_at(cast, "10:00", cast.ben)
    waived = call_off(one, by=by_user(cast.dan), waive_fee=True)
    assert (waived.fee_cents, waived.is_late) == (0, True)
    assert call_off(other, waive_fee=True).fee_cents == 5000


def test_after_the_start_only_the_office_calls_off(cast: Cast) -> None:
    visit = visit_at(cast, "09:00", cast.ana)
    before = everything_of(visit)
    with pytest.raises(VisitNotChangeable):
        call_off(visit, now=NOW)
    assert everything_of(visit) == before
    assert call_off(visit, by=by_user(cast.dan), now=NOW + timedelta(hours=1)).fee_cents == 5000


@pytest.mark.parametrize("state", sorted(set(VisitState) - STILL_TO_COME))
def test_only_a_visit_still_to_come_is_called_off(cast: Cast, state: str) -> None:
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana, state=state)
    before = everything_of(visit)
    with pytest.raises(VisitNotChangeable):
        call_off(visit, by=by_user(cast.dan))
    assert everything_of(visit) == before


def test_calling_off_twice_keeps_the_first(cast: Cast) -> None:
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    call_off(visit)
    with pytest.raises(VisitNotChangeable):
        call_off(visit, now=FRIDAY_AT_TEN - TICK)
    assert Cancellation.objects.get().fee_cents == 0


def test_an_unknown_visit_is_not_found() -> None:
    with pytest.raises(VisitNotFound):
        cancel_visit(visit=uuid4(), reason="", by=CUSTOMER, now=NOW)


def test_an_unassigned_visit_can_be_called_off(cast: Cast) -> None:
    visit = visit_at(cast, FRIDAY_AT_TEN, team_size=2)
    call_off(visit)
    assert not Visit.objects.unassigned().exists()


def test_a_branch_cannot_charge_more_than_the_price(cast: Cast) -> None:
    with pytest.raises(IntegrityError, match="branch_late_fee_within_price"), transaction.atomic():
        set_rules(cast, late_fee_percent=101)
