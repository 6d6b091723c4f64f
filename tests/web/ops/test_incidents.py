"""The pages of incidents and on-call: Olga owns, Dan is on call and may not see the System pages."""

import html
import re
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings
from tests.cast import NEW_YORK, NOW, Cast, by_user, make_user
from tests.web.office.conftest import browser_of
from tests.web.ops.conftest import Found

from midway.accounts.models import Role
from midway.core.actor import SYSTEM
from midway.core.triage import Impact, Severity
from midway.ops.actions.ask_run import RepairNotPreviewed
from midway.ops.actions.incidents.call_people import call_next
from midway.ops.actions.incidents.open_incident import IncidentOrder, open_incident
from midway.ops.actions.rotate import RotationOrder, begin_rotation
from midway.ops.incidents.calling import key_of
from midway.ops.models import Call, Contact, FollowUp, Incident, PostMortem, StatusUpdate, TakeOver, TriageChange
from midway.ops.oncall.feed import feed_address
from midway.ops.procedure import Status

LIST = "/office/incidents/"
ON_CALL = "/office/incidents/on-call/"


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path) -> None:
    """The status page and the spool lie in a folder of the test's own."""
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, data=tmp_path)


@pytest.fixture
def rotation(cast: Cast) -> None:
    order = RotationOrder([cast.dan, cast.olga], date(2026, 3, 2), time(8), NEW_YORK)
    begin_rotation(order=order, by=by_user(cast.olga), now=NOW)


@pytest.fixture
def incident(cast: Cast, rotation: None) -> Incident:
    order = IncidentOrder("Booking does not work", Incident.Source.OFFICE, Severity.STOPPED, Impact.EVERYBODY)
    made = open_incident(order=order, by=SYSTEM, now=NOW).incident
    call_next(incident=made, now=NOW)
    return made


def address(incident: Incident, rest: str = "") -> str:
    return f"{LIST}{incident.code}/{rest}"


def test_the_list_says_what_is_broken_and_how_urgency_is_found(dan: Client, incident: Incident) -> None:
    text = dan.get(LIST).content.decode()
    assert "One incident is open" in text
    assert "Booking does not work" in text
    assert "Dan is on call." in text
    assert "After 5 minutes without an answer" in text


def test_a_person_opens_one_and_who_is_on_call_is_called(dan: Client, cast: Cast, rotation: None) -> None:
    asked = {"title": "No payment goes through", "severity": "stopped", "impact": "everybody", "says": "Since nine"}
    answer = dan.post(LIST, asked)
    made = Incident.objects.get()
    assert answer["Location"] == address(made)
    assert (made.priority, made.source) == (1, "office")
    assert Call.objects.get().user == cast.dan
    assert dan.post(LIST, {**asked, "title": ""}).status_code == 422


@pytest.mark.parametrize("path", [LIST, ON_CALL, f"{LIST}measures/"])
def test_only_the_office_sees_them(cast: Cast, path: str) -> None:
    assert Client().get(path).status_code == 302
    assert browser_of(make_user(role=Role.CLEANER)).get(path).status_code == 403
    assert browser_of(make_user(role=Role.SUPPORT)).get(path).status_code == 200


def test_the_page_of_an_incident_shows_all_of_it(dan: Client, incident: Incident, found: Found) -> None:
    text = dan.get(address(incident)).content.decode()
    for words in ("Dan was called by mail", "What was known when it opened", "I have it", "Seen mended"):
        assert words in text
    assert dan.get(address(incident, "evidence.json")).json()["version"]
    assert dan.get(f"{LIST}{incident.code.hex[:-1]}0/").status_code in {302, 404}


def test_work_on_it_from_having_it_to_closing_it(dan: Client, cast: Cast, incident: Incident) -> None:
    dan.post(address(incident, "owner"))
    dan.post(address(incident, "notes"), {"text": "The gateway is down"})
    dan.post(address(incident, "assessment"), {"severity": "broken", "impact": "some"})
    dan.post(address(incident, "owner"), {"owner": cast.olga.pk})
    dan.post(address(incident, "closing"))
    incident.refresh_from_db()
    assert (incident.owner, incident.priority, incident.closed_at) == (cast.olga, 2, None), "not seen mended yet"

    dan.post(address(incident, "verification"), {"how": "Booked one myself"})
    dan.post(address(incident, "closing"))
    incident.refresh_from_db()
    assert incident.closed_at == NOW
    assert [one.kind for one in incident.timeline.all()] == [
        "opened", "called", "acknowledged", "noted", "assessed", "handed-over", "verified", "closed",
    ]  # fmt: skip
    assert dan.post(address(incident, "notes"), {"text": ""}).status_code == 422


def test_it_cannot_be_closed_while_its_procedure_fails(dan: Client, cast: Cast, found: Found) -> None:
    order = IncidentOrder("Disk", Incident.Source.FINDING, Severity.BROKEN, Impact.SOME, procedure="host.disk")
    made = open_incident(order=order, by=SYSTEM, now=NOW - timedelta(minutes=5)).incident
    found(status=Status.CRIT)
    Incident.objects.update(verified_at=NOW)
    answer = dan.post(address(made, "closing"), follow=True)
    assert "still fails" in answer.content.decode()
    made.refresh_from_db()
    assert made.is_open


def test_people_are_told_in_both_languages_and_the_status_page_says_it(dan: Client, incident: Incident) -> None:
    said = {"stage": "looking", "text_en": "Booking is slow", "text_es": ""}
    assert dan.post(address(incident, "updates"), said).status_code == 422
    dan.post(address(incident, "updates"), {**said, "text_es": "Reservar va lento"})
    assert StatusUpdate.objects.count() == 1
    english = Client().get("/status/index.html").content.decode()
    spanish = Client().get("/status/", headers={"accept-language": "es"}).content.decode()
    assert "Booking is slow" in english
    assert "Reservar va lento" in spanish
    assert "Booking does not work" not in english, "only what was written for the public"
    assert Client().get("/status/status.css").status_code == 200
    assert Client().get("/status/passwd").status_code == 404


def test_what_was_learned_is_drafted_written_and_taken_along(dan: Client, cast: Cast, incident: Incident) -> None:
    page = address(incident, "post-mortem/")
    assert dan.get(page)["Location"] == address(incident), "it is not over yet"
    Incident.objects.update(acknowledged_at=NOW, verified_at=NOW, closed_at=NOW)
    assert "Drafted from the record" in dan.get(page).content.decode()

    written = {"summary": "It stopped", "impact": "Nobody", "root_cause": "", "do": "finish"}
    refused = dan.post(page, written)
    assert (refused.status_code, "Say what the root cause was" in refused.content.decode()) == (422, True)
    assert dan.post(page, {**written, "root_cause": "No check of the gateway"}).status_code == 422, "nothing follows"
    assert "No check of the gateway" in dan.get(page).content.decode(), "what was written is kept"
    assert PostMortem.objects.get().finished_at is None
    due = (NOW + timedelta(days=7)).date().isoformat()
    asked = {"says": "Watch the gateway", "kind": "prevent", "owner": cast.dan.pk, "due_on": due}
    dan.post(address(incident, "follow-ups"), asked)
    assert dan.post(page, {**written, "root_cause": "No check of the gateway"}).status_code == 302
    assert PostMortem.objects.get().finished_by == "Dan"

    follow_up = FollowUp.objects.get()
    answer = dan.post(f"{LIST}follow-ups/{follow_up.code}/closing", {"proof": ""}, follow=True)
    assert "Name the check that would now ring" in answer.content.decode()
    text = dan.get(address(incident, "post-mortem.md")).content.decode()
    assert "## Root cause\n\nNo check of the gateway" in text
    assert "| Watch the gateway | Prevent | Dan |" in text


def test_looking_at_a_call_answers_nothing_and_one_tap_does(cast: Cast, incident: Incident) -> None:
    call, stranger = Call.objects.get(), Client()
    link = f"/call/{key_of(call.code)}"
    assert "I have it" in stranger.get(link).content.decode()
    call.refresh_from_db()
    assert call.answered_at is None
    stranger.post(link)
    assert "Nobody else is called" in stranger.get(link).content.decode()
    incident.refresh_from_db()
    assert incident.owner == cast.dan
    stranger.post(f"{link}/mark", {"useful": "0"})
    call.refresh_from_db()
    assert call.is_useful is False
    assert stranger.get(f"/call/{'0' * 64}").status_code == 404
    assert stranger.get(f"/call/{key_of(uuid4())}").status_code == 404


def test_a_call_after_the_end_says_so(incident: Incident) -> None:
    link = f"/call/{key_of(Call.objects.get().code)}"
    Incident.objects.update(acknowledged_at=NOW, verified_at=NOW, closed_at=NOW)
    assert "This call is over" in Client().post(link).content.decode()


def test_the_on_call_page_shows_turns_and_takes_deeds(dan: Client, olga: Client, cast: Cast, rotation: None) -> None:
    text = dan.get(ON_CALL).content.decode()
    assert "Dan is on call" in text
    assert "mail only" in text
    assert "A new rotation" not in text
    taken = {
        "take-person": cast.olga.pk, "take-from_on": "2026-03-04", "take-from_time": "18:00",
        "take-to_on": "2026-03-05", "take-to_time": "08:00",
    }  # fmt: skip
    assert dan.post(f"{ON_CALL}take-overs", taken).status_code == 302
    assert dan.post(f"{ON_CALL}take-overs", taken).status_code == 422
    dan.post(f"{ON_CALL}take-overs/{TakeOver.objects.get().code}/end")
    assert TakeOver.objects.get().withdrawn_at == NOW

    assert dan.post(f"{ON_CALL}contact", {"contact-phone": "+1-XXX-XXX-XXXX"}).status_code == 422
    assert dan.post(f"{ON_CALL}contact", {"contact-phone": "410-555-0133"}).status_code == 302
    assert Contact.objects.get().phone == "410-555-0133"

    rotated = {
        "rotation-people": "Olga, dan@example.com", "rotation-starts_on": "2026-04-06", "rotation-hand_over": "09:00",
        "rotation-turn_days": "7",
    }  # fmt: skip
    assert dan.post(f"{ON_CALL}rotations", rotated).status_code == 403
    assert olga.post(f"{ON_CALL}rotations", {**rotated, "rotation-people": "Nobody"}).status_code == 422
    assert olga.post(f"{ON_CALL}rotations", rotated).status_code == 302
    olga.post(f"{ON_CALL}test")
    assert Call.objects.get(incident=None).user == cast.dan


def test_the_turns_are_read_at_the_secret_address(dan: Client, cast: Cast, rotation: None) -> None:
    path = "/" + feed_address(cast.dan).split("/", 3)[3]
    answer = Client().get(path)
    assert answer["Content-Type"].startswith("text/calendar")
    dan.post(f"{ON_CALL}feed")
    assert Client().get(path).status_code == 404


def test_a_customer_and_a_cleaner_say_that_something_does_not_work(cast: Cast, rotation: None) -> None:
    dora = make_user(role=Role.CUSTOMER, name="Dora")
    said = {"about": "booking", "text": "The button does nothing"}
    assert Client().get("/my/trouble/").status_code == 302
    assert "Thank you" in browser_of(dora).post("/my/trouble/", said).content.decode()
    assert "Thank you" in browser_of(make_user(role=Role.CLEANER)).post("/trouble/", said).content.decode()
    assert browser_of(dora).post("/my/trouble/", {**said, "text": " "}).status_code == 422
    incident = Incident.objects.get()
    assert (incident.title, incident.reports.count()) == ("Reported: booking", 2)
    browser_of(cast.dan).post("/trouble/", {**said, "about": "messages"})
    assert Incident.objects.latest("id").source == "office"


def test_measures_propose_what_calls_for_nothing_for_the_digest(olga: Client, cast: Cast, rotation: None) -> None:
    order = IncidentOrder("Disk", Incident.Source.FINDING, Severity.STOPPED, Impact.SOME, procedure="host.disk")
    made = open_incident(order=order, by=SYSTEM, now=NOW).incident
    for useful in (True, False, False):
        Call.objects.create(incident=made, user=cast.dan, at=NOW, is_useful=useful, marked_at=NOW)
    text = olga.get(f"{LIST}measures/").content.decode()
    assert "1 useful, 2 not" in text
    assert "Proposed for the digest" in text
    olga.post(f"{LIST}measures/digest", {"procedure": "host.disk"})
    text = olga.get(f"{LIST}measures/").content.decode()
    assert "Proposed for the digest" not in text
    assert "In the digest only" in text
    olga.post(f"{LIST}measures/digest", {"procedure": "host.disk", "do": "end"})
    assert "Proposed for the digest" in olga.get(f"{LIST}measures/").content.decode()


URGENCY = f"{LIST}urgency/"


def as_it_is(text: str) -> dict[str, str]:
    """The form as the page offers it."""
    soup = dict(re.findall(r'<input[^>]*name="(minutes-\d)"[^>]*value="([^"]*)"', text))
    for name, inside in re.findall(r'<select[^>]*name="([a-z]+-[a-z]+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        soup[name] = re.findall(r'value="(\d)" selected', inside)[0]
    return soup


def test_the_owner_changes_how_urgent_things_are_and_everybody_sees_who_did(
    olga: Client, dan: Client, cast: Cast
) -> None:
    form = as_it_is(olga.get(URGENCY).content.decode())
    assert (len(form), form["stopped-everybody"], form["minutes-1"]) == (11, "1", "5")
    wanted = {**form, "broken-everybody": "2", "minutes-1": "2.5", "reason": "We are few"}
    assert olga.post(f"{URGENCY}change", wanted)["Location"] == URGENCY
    seen = dan.get(URGENCY).content.decode()
    assert "After 2.5 minutes" in seen
    assert "We are few" in seen
    assert "Olga" in seen
    assert "Set it" not in seen, "Dan may look only"
    assert dan.post(f"{URGENCY}change", wanted).status_code == 403
    for wrong, words in (
        ({"minutes-1": "", "minutes-2": ""}, "The first priority must call somebody"),
        ({"stopped-everybody": "4"}, "cannot be less urgent"),
        ({"reason": ""}, "This field is required"),
        ({"minutes-1": "soon"}, "Enter a number"),
        ({"broken-some": "7"}, "Select a valid choice"),
    ):
        answer = olga.post(f"{URGENCY}change", {**wanted, "broken-some": "3", **wrong})
        assert (answer.status_code, words in answer.content.decode()) == (422, True), words
    assert TriageChange.objects.count() == 1


def test_it_is_said_from_the_pages_of_customers_and_cleaners_and_one_finds_back(cast: Cast) -> None:
    ana = cast.ana
    ana.user = make_user(role=Role.CLEANER, name="Ana", email="ana@example.com")
    ana.save()
    cleaner = browser_of(ana.user)
    day = cleaner.get("/field/").content.decode()
    assert 'href="/trouble/"' in day
    assert 'class="back" href="/field/"' in cleaner.get("/trouble/").content.decode()
    cast.dora.user = make_user(role=Role.CUSTOMER, name="Dora", email="dora2@example.com")
    cast.dora.save()
    customer = browser_of(cast.dora.user)
    assert 'href="/my/trouble/"' in customer.get("/my/").content.decode()
    assert 'class="back" href="/my/"' in customer.get("/my/trouble/").content.decode()
    spanish = customer.get("/my/", headers={"accept-language": "es"}).content.decode()
    assert "Algo no funciona" in spanish or "Something does not work" not in spanish


def test_a_repair_is_for_whoever_may_change_the_system_or_has_the_incident(
    dan: Client, cast: Cast, incident: Incident
) -> None:
    asked = {"procedure": "indexes.create", "yes": "1"}
    dan.post(address(incident, "steps"), asked)
    assert ProcrastinateJob.objects.get(task_name="ops.run_incident_step").args["mends"] is False, "only a look"
    dan.post(address(incident, "owner"))
    answer = dan.post(address(incident, "steps"), asked, follow=True)
    assert RepairNotPreviewed.__doc__ in html.unescape(answer.content.decode()), "he may, after its preview"
