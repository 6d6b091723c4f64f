"""The rehearsal: PostgreSQL is stopped, and everything else happens by itself until somebody answers.

The clock is driven by the test; how many minutes each step took is printed.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from email.message import Message
from re import search

import orjson
import pytest
from django.test import Client
from pytest_django import Settings
from tests.cast import make_cast, make_user
from tests.ops.rehearsal.conftest import Mailbox

from midway.accounts.models import Role, User
from midway.core.actor import SYSTEM, Actor, ActorKind
from midway.ops.actions.incidents.learn import add_follow_up, close_follow_up, draft_post_mortem
from midway.ops.actions.incidents.mend import NotVerified, StillFailing, close_incident
from midway.ops.actions.rotate import RotationOrder, begin_rotation
from midway.ops.actions.take_over import take_over
from midway.ops.incidents.away import Spool, note_away
from midway.ops.incidents.post_mortem_page import as_markdown
from midway.ops.incidents.prevention import ProofMissing, ProofNotDrilled, ProofTooOld, ProofUnknown
from midway.ops.incidents.steps import run_step
from midway.ops.incidents.watch import Watch
from midway.ops.models import Call, FollowUp, Incident
from midway.ops.stage import Stage

pytestmark = pytest.mark.slow
NIGHT = datetime.now(tz=UTC).replace(hour=3, minute=0, second=0, microsecond=0)


class Clock:
    """Moves when it is told to."""

    def __init__(self) -> None:
        self.at = NIGHT

    def __call__(self) -> datetime:
        return self.at


class Rehearsal:
    """The watch, looking every ten seconds of the driven clock."""

    def __init__(self, stage: Stage) -> None:
        self.clock = Clock()
        self.watch = Watch(lambda: replace(stage.around, clock=self.clock), clock=self.clock)
        self.told: list[str] = []

    def until(self, minutes: float) -> None:
        """Will let time pass until so many minutes after the beginning of the night."""
        end = NIGHT + timedelta(minutes=minutes)
        while self.clock.at < end:
            self.clock.at += timedelta(seconds=10)
            self.watch.turn()

    def tell(self, what: str) -> None:
        self.told.append(f"{(self.clock.at - NIGHT).total_seconds() / 60:5.1f} min  {what}")


def link_in(letter: Message) -> str:
    body = letter.get_payload(decode=True)
    assert isinstance(body, bytes)
    found = search(rb"http://[^/]+(/call/[0-9a-f]+)", body)
    assert found
    return found[1].decode()


def test_the_database_stops_at_night(
    stage: Stage, mailbox: Mailbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, data=stage.folder)
    cast = make_cast(now=NIGHT)
    sue = make_user(role=Role.SUPPORT, name="Sue", email="sue@example.com")
    order = RotationOrder([cast.dan, sue], date(2026, 1, 5), time(8), "America/New_York")
    begin_rotation(order=order, by=SYSTEM, now=NIGHT)
    # Whoever's week it is: Dan has this night, Sue is next.
    take_over(user=cast.dan, start=NIGHT, end=NIGHT + timedelta(hours=9), by=SYSTEM, now=NIGHT)
    night = Rehearsal(stage)
    night.until(1)
    assert not Incident.objects.exists()

    stage.postgres.stop()
    night.tell("PostgreSQL is stopped")
    night.until(1.3)
    assert mailbox.all_so_far() == [], "a restart is no incident"
    night.until(1.6)
    night.tell("the incident opened by itself, Dan was called by mail")
    (to_dan,) = mailbox.all_so_far()
    assert (to_dan["To"], to_dan["Subject"]) == ("dan@example.com", "P1: The database does not answer")
    kept = Spool(stage.folder).all()[0]
    assert "PostgreSQL does not answer" in kept.says
    assert kept.evidence["facts"]["postgres.writes"]["status"] in {"crit", "unknown"}
    assert kept.evidence["facts"]["host.disk"]["status"] != "unknown"

    night.until(6.3)
    assert mailbox.all_so_far() == [], "Dan still has time"
    night.until(6.7)
    night.tell("nobody had answered: Sue was called")
    (to_sue,) = mailbox.all_so_far()
    assert to_sue["To"] == "sue@example.com"
    body = to_sue.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert b"One person was called before you" in body

    phone = Client(headers={"accept-language": "en"})
    night.until(8)
    monkeypatch.setattr("midway.web.ops.call_page.clock", night.clock)
    assert "I have it" in phone.get(link_in(to_sue)).content.decode()
    assert "Sue, you have it" in phone.post(link_in(to_sue)).content.decode()
    night.tell("Sue tapped: I have it")
    note_away(stage.folder, "The disk of the host was full; space was made", by="Sue", now=night.clock())
    night.until(20)
    assert mailbox.all_so_far() == [], "nobody else is called"

    stage.postgres.start()
    stage.let_go_of_connections()
    night.until(20.5)
    night.tell("PostgreSQL is back, what was written meanwhile was entered")
    incident = Incident.objects.get()
    assert Spool(stage.folder).is_empty
    assert (incident.source, incident.priority, incident.owner) == ("watch", 1, sue)
    assert [call.user.name for call in incident.calls.order_by("at")] == ["Dan", "Sue"]
    assert Call.objects.get(user=sue).answered_at is not None
    kinds = [one.kind for one in incident.timeline.all()]
    assert kinds == ["opened", "called", "called", "acknowledged", "noted", "adopted"]

    close_refuses(incident, night)
    around = replace(stage.around, clock=night.clock)
    by = Actor(ActorKind.USER, "Sue", sue.pk)
    night.until(22)
    run_step(incident, "postgres.connections", around=around, by=by)
    night.tell("a step of the manual was run from the incident")
    step = incident.timeline.filter(kind="step").get()
    assert step.facts["procedure"] == "postgres.connections"
    assert "facts" in step.facts, "its transcript is kept"
    night.until(23)
    run_step(incident, "postgres.writes", around=replace(stage.around, clock=night.clock), by=by)
    night.tell("its procedure found it mended")
    incident.refresh_from_db()
    assert incident.verified_at == night.clock()
    close_incident(incident=incident, by=by, now=night.clock())
    night.tell("closed")

    learned(incident, cast.dan, night)
    print(*night.told, sep="\n")  # noqa: T201 - the minutes are what the rehearsal is for


def test_a_database_that_only_reads_calls_somebody_too(stage: Stage, mailbox: Mailbox, settings: Settings) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, data=stage.folder)
    make_cast(now=NIGHT)
    night = Rehearsal(stage)
    night.until(0.5)
    with stage.postgres.setting("default_transaction_read_only", "on"):
        night.until(0.8)
        assert mailbox.all_so_far() == [], "whoever moved it to another host is done by then"
        night.until(1.2)
        (letter,) = mailbox.all_so_far()
        assert letter["To"] == "olga@example.com"
        assert Spool(stage.folder).all()[0].says.startswith("PostgreSQL only reads: ")
    night.until(2)
    assert Incident.objects.get().procedure == "postgres.writes"
    assert Spool(stage.folder).is_empty


def close_refuses(incident: Incident, night: Rehearsal) -> None:
    with pytest.raises((NotVerified, StillFailing)):
        close_incident(incident=incident, by=SYSTEM, now=night.clock())


def learned(incident: Incident, dan: User, night: Rehearsal) -> None:
    """The draft is right, and what prevents is done only when something watches."""
    incident.refresh_from_db()
    drafted = draft_post_mortem(incident=incident, by=SYSTEM, now=night.clock())
    assert "It was noticed after 0.3 minutes" in drafted.summary
    assert "2 people were called; somebody had it after 6.5 minutes" in drafted.summary
    assert "seen mended after 21.5 minutes" in drafted.summary
    assert "postgres.connections: ok" in drafted.summary
    text = as_markdown(drafted)
    assert "| 0.3 min | 6.5 min | 21.5 min | 2 |" in text
    assert "The disk of the host was full" in text
    night.tell("the post-mortem was drafted from the record")

    frozen = orjson.loads(incident.evidence)
    follow_up = add_follow_up(
        incident=incident, kind=FollowUp.Kind.PREVENT, says="Ring before the disk is full", owner=dan,
        due_on=night.clock().date() + timedelta(days=7), by=SYSTEM, now=night.clock(),
    )  # fmt: skip
    known = frozen["faults_known"][0]
    for proof, refusal in (
        ("", ProofMissing),
        ("no.such/fault", ProofUnknown),
        ("host.disk/not-there", ProofUnknown),
        (known, ProofTooOld),
        ("tests/core/test_oncall.py::test_no_such", ProofUnknown),
        ("tests/core/test_oncall.py::test_holidays_go_round_by_themselves", ProofTooOld),
    ):
        with pytest.raises(refusal):
            close_follow_up(follow_up=follow_up, proof=proof, by=SYSTEM, now=night.clock())
    assert ProofNotDrilled.__doc__
    with new_since(known) as proof:
        close_follow_up(follow_up=follow_up, proof=proof, by=SYSTEM, now=night.clock())
    follow_up.refresh_from_db()
    assert follow_up.proof == known
    night.tell("the prevent action was done when its check existed")


def new_since(known: str) -> "Forgotten":
    """As if this fault had been written and drilled after the incident."""
    return Forgotten(known)


class Forgotten:
    """The frozen list without one fault, which the trigger allows nobody else to change."""

    def __init__(self, fault: str) -> None:
        self.fault = fault

    def __enter__(self) -> str:
        from django.db import connection

        frozen = orjson.loads(Incident.objects.get().evidence)
        frozen["faults_known"].remove(self.fault)
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE ops_incident DISABLE TRIGGER incident_evidence_is_frozen")
            cursor.execute("UPDATE ops_incident SET evidence = %s", [orjson.dumps(frozen).decode()])
            cursor.execute("ALTER TABLE ops_incident ENABLE TRIGGER incident_evidence_is_frozen")
        return self.fault

    def __exit__(self, *problem: object) -> None:
        return
