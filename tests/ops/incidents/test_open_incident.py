"""Incidents open once for one cause, with what was known, and call one person: never a storm."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import orjson
import pytest
from django.db import DatabaseError, IntegrityError, transaction
from tests.cast import NOW, Cast, at, make_visit
from tests.ops.incidents.conftest import Found, OpenOne

from midway.core.actor import SYSTEM, Actor, ActorKind
from midway.core.triage import Impact, Severity
from midway.journal.models import Entry
from midway.messaging.models import OutboxMessage
from midway.ops.actions import ReasonMissing
from midway.ops.actions.incidents.call_people import call_next
from midway.ops.actions.incidents.report_trouble import report_trouble
from midway.ops.incidents.opening import open_from
from midway.ops.models import Call, DigestOnly, Incident, ProcedureState
from midway.ops.notifications import tell_what_was_found
from midway.ops.procedure import Status
from midway.ops.registry import all_procedures

MINUTE = timedelta(minutes=1)


def test_a_critical_finding_opens_one_and_calls_who_is_on_call(found: Found, cast: Cast) -> None:
    ProcedureState.objects.create(procedure="host.disk", bad_since_at=NOW - 10 * MINUTE)
    left = open_from([found()], now=NOW)

    incident = Incident.objects.get()
    assert (incident.title, incident.priority, incident.source) == (
        "Failing: The disk has room and will have room",
        1,
        "finding",
    )
    assert incident.began_at == NOW - 10 * MINUTE
    call = Call.objects.get()
    assert (call.user, call.incident) == (cast.dan, incident)
    mail = OutboxMessage.objects.get()
    assert (mail.to, mail.template) == ("dan@example.com", "incident_call")
    assert left == [], "who is called gets no alarm besides"
    assert [one.kind for one in incident.timeline.all()] == ["opened", "called"]
    assert Entry.objects.filter(event="ops.incident.opened", subject=incident.code).exists()


def test_warnings_blips_and_what_is_not_raised_open_nothing(found: Found) -> None:
    outcomes = [found(status=Status.WARN), found(is_raised=False)]
    assert open_from(outcomes, now=NOW) == outcomes
    assert not Incident.objects.exists()


def test_what_was_known_is_frozen(found: Found, cast: Cast) -> None:
    make_visit(
        premises=cast.flat, price_list=cast.price_list, service=cast.regular, start=at("13:00"), cleaners=[cast.ana]
    )
    found(status=Status.OK, at=NOW - timedelta(days=1))
    open_from([found()], now=NOW)
    incident = Incident.objects.get()
    frozen = orjson.loads(incident.evidence)
    assert frozen["finding"]["summary"] == "97 % used"
    assert (frozen["touched"]["visits"], frozen["touched"]["customers"]) == (1, 1)
    assert frozen["touched"]["money_cents"]["USD"] > 0
    assert isinstance(frozen["migrations"], list)
    assert frozen["deeds"]["counts"]["ops.rotation.begun"] == 1
    assert frozen["faults_known"]
    assert frozen["log"]
    with pytest.raises(DatabaseError, match="stays as it was"), transaction.atomic():
        Incident.objects.update(evidence="{}")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        incident.timeline.all().delete()


def test_a_part_of_the_evidence_that_fails_does_not_stand_in_the_way(
    found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*, now: object) -> None:
        from django.db import connection

        connection.cursor().execute("SELECT no_such_column")

    monkeypatch.setattr("midway.ops.incidents.evidence.touched", broken)
    open_from([found()], now=NOW)
    frozen = orjson.loads(Incident.objects.get().evidence)
    assert frozen["touched"] == "could not be gathered (ProgrammingError)"
    assert frozen["finding"]["summary"] == "97 % used"


@pytest.mark.parametrize("many", [25, pytest.param(500, marks=pytest.mark.slow)])
def test_many_findings_of_one_cause_are_one_incident_and_no_storm(found: Found, many: int) -> None:
    outcome = found()
    for number in range(many):
        said = replace(outcome, summary=f"{number} % used")
        open_from([said], now=NOW + number * timedelta(minutes=16) / many)
    assert Incident.objects.count() == 1
    assert Incident.objects.get().timeline.filter(kind="seen").count() == 0, "the timeline is no storm either"
    told = Counter(OutboxMessage.objects.values_list("to", flat=True))
    assert set(told) == {"dan@example.com", "sue@example.com", "olga@example.com"}, "nobody answered for a quarter hour"
    assert max(told.values()) <= 2


def test_different_findings_at_once_are_two_messages_to_a_person(found: Found) -> None:
    one = found("host.disk")
    many = [
        replace(one, procedure=replace(one.procedure, id=f"storm.n{number}", depends_on=())) for number in range(50)
    ]
    for minute in range(5):
        open_from(many[minute * 3 : minute * 3 + 3], now=NOW + minute * timedelta(seconds=50))
    assert Incident.objects.count() == 15
    assert OutboxMessage.objects.count() == 2


def test_what_hangs_on_another_is_told_of_there(found: Found) -> None:
    dependents = [p for p in all_procedures() if "postgres.writes" in p.depends_on]
    assert len(dependents) > 3
    outcomes = [found("postgres.writes"), *(found(one.id) for one in dependents)]
    assert open_from(outcomes, now=NOW) == []
    assert Incident.objects.get().procedure == "postgres.writes"


def test_it_opens_anew_after_it_was_closed(found: Found, opened: OpenOne) -> None:
    open_from([found()], now=NOW)
    Incident.objects.update(acknowledged_at=NOW, verified_at=NOW, closed_at=NOW)
    open_from([found()], now=NOW + MINUTE)
    assert Incident.objects.count() == 2


def test_two_open_ones_of_one_cause_cannot_be(opened: OpenOne) -> None:
    first = opened(fingerprint="same")
    assert opened(fingerprint="same") == first
    first.pk, first.code = None, UUID(int=1)
    with pytest.raises(IntegrityError, match="one_open_incident_for_a_cause"), transaction.atomic():
        first.save(force_insert=True)


def test_what_waits_for_the_digest_calls_nobody_and_rings_nowhere(found: Found) -> None:
    DigestOnly.objects.create(procedure="host.disk", reason="Noise", owner="Olga", created_at=NOW)
    assert open_from([found()], now=NOW) == []
    assert not Incident.objects.exists()


def test_an_incident_has_a_title(opened: OpenOne) -> None:
    with pytest.raises(ReasonMissing):
        opened("  ")


CUSTOMER = Actor(kind=ActorKind.CUSTOMER, label="Dora")


def test_what_customers_report_opens_one_and_calls_somebody_when_three_do(cast: Cast) -> None:
    for number in range(3):
        report_trouble(
            text="The button does nothing", source=Incident.Source.CUSTOMER, about="booking", by=CUSTOMER,
            reporter_code=UUID(int=number), now=NOW + number * MINUTE,
        )  # fmt: skip
        incident = Incident.objects.get()
        assert incident.priority == (2 if number == 2 else 3)
    assert incident.reports.count() == 3
    assert Call.objects.count() == 1
    with pytest.raises(ReasonMissing):
        report_trouble(
            text=" ",
            source=Incident.Source.CUSTOMER,
            about="booking",
            by=CUSTOMER,
            reporter_code=cast.dora.code,
            now=NOW,
        )


@pytest.mark.parametrize(
    ("severity", "impact"), [(Severity.AWKWARD, Impact.EVERYBODY), (Severity.BROKEN, Impact.NOBODY)]
)
def test_what_is_not_urgent_waits_for_the_morning(opened: OpenOne, severity: Severity, impact: Impact) -> None:
    incident = opened(severity=severity, impact=impact)
    assert call_next(incident=incident, now=NOW) is None
    assert SYSTEM.label == incident.timeline.get().by_label


def test_critical_is_critical_whoever_had_it_measured(found: Found) -> None:
    tell_what_was_found([found()], now=NOW)
    assert Incident.objects.get().calls.count() == 1


def test_what_a_repair_came_to_wakes_nobody(found: Found) -> None:
    tell_what_was_found([found("indexes.create")], now=NOW)
    assert not Incident.objects.exists()
    assert not OutboxMessage.objects.exists()
