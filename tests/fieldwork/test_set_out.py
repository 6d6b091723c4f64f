"""One tap says that they are on the way, and the customer hears of it once."""

from datetime import datetime, time, timedelta

import pytest
from tests.booking.deeds import events_of, told
from tests.booking.undo.agreement import everything_agreed
from tests.cast import Cast, at, by_user

from midway.booking.actions import cancel_visit
from midway.booking.actions.visit_lock import VisitNotChangeable, VisitNotFound
from midway.booking.invariants import broken_invariants
from midway.booking.models import Visit
from midway.core.actor import SYSTEM, Actor
from midway.customers.models import Customer
from midway.fieldwork.actions import VisitNotNow, set_out, start_visit, take_back
from midway.messaging.delivery import deliver_due
from midway.messaging.models import OutboxMessage

pytestmark = pytest.mark.django_db
NINE, HALF_PAST_EIGHT = at("09:00"), at("08:30")
WAY = "visit_on_the_way"


def deliver(moment: datetime) -> None:
    deliver_due(clock=lambda: moment)


def states(*, channel: str = "email") -> list[str]:
    return [m.state for m in OutboxMessage.objects.filter(template=WAY, channel=channel)]


def test_the_customer_hears_of_it_and_the_visit_says_so(visit: Visit, ana: Actor) -> None:
    assert set_out(visit=visit.code, by=ana, now=HALF_PAST_EIGHT).state == "en_route"
    [message] = told(WAY)
    assert message.subject_code == visit.code
    assert events_of(visit.code) == ["fieldwork.visit.set_out"]
    assert start_visit(visit=visit.code, by=ana, now=NINE).state == "in_progress"
    assert broken_invariants(now=NINE) == []


def test_tapped_again_or_by_a_mate_nobody_is_told_twice(visit: Visit, ana: Actor) -> None:
    set_out(visit=visit.code, by=ana, now=HALF_PAST_EIGHT)
    set_out(visit=visit.code, by=SYSTEM, now=HALF_PAST_EIGHT)
    take_back(visit=visit.code, by=ana, now=HALF_PAST_EIGHT)
    set_out(visit=visit.code, by=ana, now=HALF_PAST_EIGHT)
    start_visit(visit=visit.code, by=ana, now=NINE)
    assert set_out(visit=visit.code, by=ana, now=NINE).state == "in_progress"
    assert len(told(WAY)) == 1


def test_whoever_wants_no_reminders_is_not_told(visit: Visit, ana: Actor) -> None:
    Customer.objects.filter(pk=visit.customer_id).update(has_reminders=False)
    assert set_out(visit=visit.code, by=ana, now=HALF_PAST_EIGHT).state == "en_route"
    assert not told(WAY)


@pytest.mark.parametrize("rings_at", [at("08:45"), at("11:30")], ids=["before they are there", "too late to be of use"])
def test_a_text_message_waits_for_the_end_of_quiet_hours(visit: Visit, ana: Actor, rings_at: datetime) -> None:
    end = rings_at.astimezone(visit.branch.zoneinfo).time()
    Customer.objects.filter(pk=visit.customer_id).update(channel="sms", quiet_starts=time(21), quiet_ends=end)
    set_out(visit=visit.code, by=ana, now=HALF_PAST_EIGHT)
    deliver(HALF_PAST_EIGHT)
    assert states(channel="sms") == ["waiting"]
    deliver(rings_at + timedelta(minutes=1))
    assert states(channel="sms") == ["sent" if rings_at < visit.ends_at else "dropped"]


@pytest.mark.parametrize("meanwhile", ["mistake", "there"])
def test_what_is_no_longer_so_is_not_sent(visit: Visit, ana: Actor, meanwhile: str) -> None:
    set_out(visit=visit.code, by=ana, now=HALF_PAST_EIGHT)
    if meanwhile == "mistake":
        take_back(visit=visit.code, by=ana, now=HALF_PAST_EIGHT)
    else:
        start_visit(visit=visit.code, by=ana, now=HALF_PAST_EIGHT)
    deliver(HALF_PAST_EIGHT)
    assert states() == ["dropped"]


def test_a_mistake_is_undone_to_exactly_what_was_before(visit: Visit, ana: Actor) -> None:
    before = everything_agreed()
    set_out(visit=visit.code, by=ana, now=HALF_PAST_EIGHT)
    take_back(visit=visit.code, by=ana, now=HALF_PAST_EIGHT)
    assert everything_agreed() == before


@pytest.mark.parametrize("moment", [at("07:29"), at("11:00")], ids=["too early", "over"])
def test_it_is_said_shortly_before_its_time_alone(visit: Visit, ana: Actor, moment: datetime) -> None:
    with pytest.raises(VisitNotNow):
        set_out(visit=visit.code, by=ana, now=moment)
    assert not told(WAY)


def test_what_was_called_off_or_is_unknown_takes_no_tap(visit: Visit, cast: Cast, ana: Actor) -> None:
    cancel_visit(visit=visit.code, reason="", by=by_user(cast.dan), now=at("08:00"))
    with pytest.raises(VisitNotChangeable):
        set_out(visit=visit.code, by=ana, now=HALF_PAST_EIGHT)
    with pytest.raises(VisitNotFound):
        set_out(visit=cast.dora.code, by=ana, now=HALF_PAST_EIGHT)
