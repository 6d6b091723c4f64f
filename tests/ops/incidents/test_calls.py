"""Up the ladder with a clock that is driven, until somebody has it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from tests.cast import NEW_YORK, NOW, Cast, by_user
from tests.ops.incidents.conftest import OpenOne

from midway.accounts.models import User
from midway.core.triage import Impact, Severity
from midway.messaging.models import OutboxMessage
from midway.messaging.texts import words_of
from midway.ops.actions.contacts import set_contact
from midway.ops.actions.incidents.call_people import (
    CallOver,
    acknowledge_incident,
    answer_call,
    call_as_test,
    mark_call,
)
from midway.ops.incidents.calling import call_of_key, key_of
from midway.ops.incidents.escalating import escalate_due
from midway.ops.models import Call, Incident
from midway.ops.oncall.roster import roster

MINUTE = timedelta(minutes=1)


def minutes_pass(first: int, last: int) -> list[tuple[int, str]]:
    """The watch looks every minute; who was called when."""
    called = []
    for minute in range(first, last):
        for call in escalate_due(now=NOW + minute * MINUTE, found=roster()):
            called.append((minute, call.user.name))
    return called


def test_nobody_answers_and_it_goes_up_and_round(opened: OpenOne) -> None:
    opened()
    assert minutes_pass(0, 31) == [
        (0, "Dan"),
        (5, "Sue"),
        (10, "Olga"),
        (15, "Dan"),
        (20, "Sue"),
        (25, "Olga"),
        (30, "Dan"),
    ]


def test_the_second_priority_has_half_an_hour(opened: OpenOne) -> None:
    opened(severity=Severity.BROKEN, impact=Impact.SOME)
    assert minutes_pass(0, 61) == [(0, "Dan"), (30, "Sue"), (60, "Olga")]


def test_who_has_it_ends_the_calls(opened: OpenOne, cast: Cast) -> None:
    incident = opened()
    minutes_pass(0, 7)
    to_sue = Call.objects.get(user__name="Sue")
    answer_call(call=to_sue, by=by_user(to_sue.user), now=NOW + 8 * MINUTE)

    incident.refresh_from_db()
    assert (incident.owner, incident.acknowledged_at) == (to_sue.user, NOW + 8 * MINUTE)
    assert minutes_pass(8, 60) == []
    assert [one.kind for one in incident.timeline.all()] == ["opened", "called", "called", "acknowledged"]
    again = answer_call(call=to_sue, by=by_user(to_sue.user), now=NOW + 20 * MINUTE)
    assert again.answered_at == NOW + 8 * MINUTE, "the first tap counts"


def test_the_office_can_have_it_without_a_call(opened: OpenOne, cast: Cast) -> None:
    incident = opened()
    acknowledge_incident(incident=incident, owner=cast.olga, by=by_user(cast.olga), now=NOW)
    assert minutes_pass(0, 20) == []


def test_a_call_says_what_broke_and_who_was_called_before(opened: OpenOne, cast: Cast, sue: User) -> None:
    set_contact(user=sue, phone="410-555-0134", chat="", by=by_user(sue), now=NOW)
    opened(says="No booking since nine")
    minutes_pass(0, 6)
    mail, sms = OutboxMessage.objects.filter(created_at=NOW + 5 * MINUTE).order_by("channel")
    said = words_of(mail)
    assert said.subject == "P1: Booking does not work"
    assert "No booking since nine" in said.body
    assert "One person was called before you" in said.body
    assert (sms.channel, sms.to) == ("sms", "+14105550134")
    key = key_of(Call.objects.get(user=sue).code)
    assert f"/call/{key}" in words_of(sms).body
    assert len(words_of(sms).body) < 320


def test_a_key_is_of_its_call_alone(opened: OpenOne) -> None:
    opened()
    minutes_pass(0, 1)
    call = Call.objects.get()
    key = key_of(call.code)
    assert call_of_key(key) == call.code
    assert call_of_key(key[:-1] + ("0" if key[-1] != "0" else "1")) is None
    assert call_of_key("nonsense") is None


def test_a_call_of_a_closed_incident_cannot_be_answered(opened: OpenOne) -> None:
    opened()
    minutes_pass(0, 1)
    call = Call.objects.get()
    Incident.objects.update(acknowledged_at=NOW, verified_at=NOW, closed_at=NOW + MINUTE)
    with pytest.raises(CallOver):
        answer_call(call=call, by=by_user(call.user), now=NOW + 2 * MINUTE)
    with pytest.raises(IntegrityError, match="a_call_is_answered_after_it_was_made"), transaction.atomic():
        Call.objects.update(answered_at=NOW - MINUTE)


def test_the_monthly_test_is_recorded_with_its_answer(cast: Cast) -> None:
    call = call_as_test(by=by_user(cast.olga), now=NOW)
    assert (call.user, call.incident) == (cast.dan, None)
    said = words_of(OutboxMessage.objects.get())
    assert "Nothing is broken" in said.body
    answer_call(call=call, by=by_user(cast.dan), now=NOW + MINUTE)
    assert Call.objects.get().answered_at == NOW + MINUTE


def test_a_call_is_marked_useful_or_not(opened: OpenOne, cast: Cast) -> None:
    opened()
    minutes_pass(0, 1)
    made = mark_call(call=Call.objects.get(), is_useful=False, by=by_user(cast.dan), now=NOW)
    assert (made.is_useful, made.marked_at) == (False, NOW)


def test_the_most_urgent_is_called_about_first(opened: OpenOne) -> None:
    opened("Later", severity=Severity.BROKEN, impact=Impact.SOME)
    opened("First")
    opened("Third", severity=Severity.BROKEN, impact=Impact.SOME)
    called = escalate_due(now=NOW, found=roster())
    assert [call.incident.title for call in called if call.incident] == ["First", "Later"], "two messages, then no more"
    moment: datetime = NOW + 16 * MINUTE
    assert [call.incident.title for call in escalate_due(now=moment, found=roster()) if call.incident][:1] == ["First"]


def test_a_test_is_no_reason_to_keep_silent_when_something_breaks(opened: OpenOne, cast: Cast) -> None:
    for _ in range(2):
        call_as_test(by=by_user(cast.olga), now=NOW)
    opened()
    assert minutes_pass(0, 2) == [(0, "Dan")]


def test_it_is_said_since_when_by_the_companys_clock(opened: OpenOne) -> None:
    opened()
    minutes_pass(0, 1)
    said = words_of(OutboxMessage.objects.get()).body
    assert f"Since {NOW.astimezone(ZoneInfo(NEW_YORK)):%Y-%m-%d %H:%M} E" in said
    assert "UTC" not in said
