"""Who hears of what upkeep found, and how often."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings
from tests.cast import NOW, Cast, make_cast

from midway.core.actor import SYSTEM
from midway.core.triage import Impact, Severity
from midway.messaging.models import OutboxMessage
from midway.messaging.texts import words_of
from midway.ops import evidence
from midway.ops.actions.incidents.call_people import acknowledge_incident
from midway.ops.actions.incidents.digest_only import put_in_digest
from midway.ops.actions.incidents.open_incident import IncidentOrder, open_incident
from midway.ops.incidents.measures import proposed_for_digest
from midway.ops.incidents.opening import open_from
from midway.ops.models import AlarmMark, Call, Incident, ProcedureState, Run
from midway.ops.notifications import send_digest, tell_of_alarms
from midway.ops.procedure import Cadence, Outcome, Status
from midway.ops.registry import procedure_named


@pytest.fixture(autouse=True)
def cast(db: None) -> Cast:
    return make_cast()


def outcome(name: str = "host.disk", status: Status = Status.CRIT, **facts: Any) -> Outcome:
    usual = {"summary": "97 % used & rising", "next_step": "Make room", "examined": 1, "is_raised": True}
    return Outcome(procedure_named(name), status, **{**usual, **facts})


def bad_since(at: Any) -> None:
    ProcedureState.objects.update_or_create(procedure="host.disk", defaults={"bad_since_at": at})


def test_what_is_critical_goes_to_the_owner_once_until_it_was_fine_again(cast: Cast) -> None:
    bad_since(NOW)
    tell_of_alarms([outcome()], now=NOW)
    tell_of_alarms([outcome()], now=NOW + timedelta(hours=1))

    mail = OutboxMessage.objects.get()
    assert mail.to == cast.olga.email
    said = words_of(mail)
    assert said.subject == "Critical: 97 % used & rising"
    assert "97 % used & rising" in said.body
    assert "/office/system/host.disk/" in said.body
    bad_since(NOW + timedelta(days=1))
    tell_of_alarms([outcome()], now=NOW + timedelta(days=1))
    assert OutboxMessage.objects.count() == 2


def test_an_alarm_can_be_marked_by_the_link_in_it_and_counts_as_noise(cast: Cast) -> None:
    bad_since(NOW)
    tell_of_alarms([outcome()], now=NOW)
    body = words_of(OutboxMessage.objects.get()).body
    link = re.search(r"http://[^/]+(/alarm/\S+)", body)
    assert link, body
    stranger = Client(headers={"accept-language": "en"})
    assert "The disk has room" in stranger.get(link[1]).content.decode()
    assert not AlarmMark.objects.exists(), "mail programs open every link"
    stranger.post(link[1], {"useful": "1"})
    assert stranger.post(link[1], {"useful": "0"})["Location"] == link[1]
    assert "Noted, thank you." in stranger.get(link[1]).content.decode()
    marked = AlarmMark.objects.get()
    assert (marked.procedure, marked.user, marked.is_useful) == ("host.disk", cast.olga, False)
    moment = marked.marked_at + timedelta(hours=1)
    assert [one.procedure for one in proposed_for_digest(now=moment)] == ["host.disk"]
    assert proposed_for_digest(now=moment + timedelta(days=30)) == []
    assert stranger.get(f"{link[1]}x").status_code == 404
    assert stranger.post("/alarm/nonsense").status_code == 404


def test_warnings_and_blips_page_nobody() -> None:
    tell_of_alarms([outcome(status=Status.WARN), outcome(is_raised=False)], now=NOW)
    assert not OutboxMessage.objects.exists()


def test_it_is_said_in_the_chats_too_by_a_job(settings: Settings) -> None:
    tell_of_alarms([outcome()], now=NOW)
    assert not ProcrastinateJob.objects.exists()
    settings.UPKEEP = replace(settings.UPKEEP, notify=("json://127.0.0.1:9/",))
    tell_of_alarms([outcome("tls.certificates")], now=NOW)
    assert ProcrastinateJob.objects.get().task_name == "ops.notify"


def test_what_somebody_is_called_about_is_said_in_the_chats_once(settings: Settings, cast: Cast) -> None:
    settings.UPKEEP = replace(settings.UPKEEP, notify=("json://127.0.0.1:9/",))
    for minutes in (0, 5):
        rest = open_from([outcome("tls.certificates")], now=NOW + timedelta(minutes=minutes))
        tell_of_alarms(rest, now=NOW + timedelta(minutes=minutes))
    said = ProcrastinateJob.objects.get(task_name="ops.notify").args
    assert said["title"] == "P1: 97 % used & rising"
    assert f"/office/incidents/{Incident.objects.get().code}/" in said["text"]


def found(one: Outcome) -> None:
    evidence.append(Run.objects.create(asked="test", started_at=NOW), one, at=NOW)


def test_a_digest_tells_what_stands_open_once_a_day(cast: Cast) -> None:
    found(outcome(status=Status.WARN))
    found(outcome("host.clock", Status.OK, is_raised=False))

    send_digest(cadence=Cadence.DAILY, now=NOW)
    send_digest(cadence=Cadence.DAILY, now=NOW + timedelta(minutes=5))

    said = words_of(OutboxMessage.objects.get())
    assert said.subject == "One thing needs you"
    assert "97 % used & rising\n  It should be: The disk has room and will have room\n  → Make room" in said.body
    assert "2 of " in said.body


def test_a_quiet_day_sends_nothing_and_a_quiet_week_says_so() -> None:
    send_digest(cadence=Cadence.DAILY, now=NOW)
    assert not OutboxMessage.objects.exists()
    found(outcome("tables.dead-rows", Status.OK, is_raised=False))
    send_digest(cadence=Cadence.WEEKLY, now=NOW)
    assert words_of(OutboxMessage.objects.get()).subject == "Nothing needs you, but not everything was looked at"


def incident(title: str, impact: Impact = Impact.SOME, **facts: Any) -> Incident:
    order = IncidentOrder(title, Incident.Source.CUSTOMER, Severity.AWKWARD, impact, **facts)
    return open_incident(order=order, by=SYSTEM, now=NOW).incident


def test_the_daily_digest_names_what_nobody_has_even_when_nothing_else_needs_you(cast: Cast) -> None:
    incident("Reported: sign-in")
    had = incident("Reported: booking")
    acknowledge_incident(incident=had, owner=cast.dan, by=SYSTEM, now=NOW)
    send_digest(cadence=Cadence.DAILY, now=NOW)

    said = words_of(OutboxMessage.objects.get())
    assert said.subject == "One thing needs you"
    assert "Incidents nobody has yet:\n  P3 Reported: sign-in (2026-03-02 " in said.body
    assert "Reported: booking" not in said.body
    assert "/office/incidents/\n" in said.body


def test_the_weekly_digest_proposes_what_calls_people_for_nothing(cast: Cast) -> None:
    found(outcome("tables.dead-rows", Status.OK, is_raised=False))
    noisy = incident("Disk", procedure="host.disk")
    for useful in (True, False, False):
        Call.objects.create(incident=noisy, user=cast.dan, at=NOW, is_useful=useful, marked_at=NOW)
    send_digest(cadence=Cadence.WEEKLY, now=NOW)
    said = words_of(OutboxMessage.objects.get())
    assert "Proposal: call nobody about them" in said.body
    assert "  host.disk: 1 of 3 were useful\n" in said.body
    assert "/office/incidents/measures/\n" in said.body
    put_in_digest(procedure="host.disk", reason="Noise", by=SYSTEM, now=NOW)
    send_digest(cadence=Cadence.WEEKLY, now=NOW + timedelta(days=7))
    assert "Proposal" not in words_of(OutboxMessage.objects.latest("id")).body
