"""An incident while the database is away: kept in a file of the data folder, people called past the database, and
everything entered into the database when it is back.

Two processes write here, the worker that watches and the web server at which a call is answered; a lock on the folder
keeps one out while the other writes.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID, uuid4

import orjson
import structlog

from midway.core.escalation import Called, may_be_called, next_to_call
from midway.core.triage import assessed
from midway.ops.incidents.calling import call_letter, send_directly
from midway.ops.incidents.evidence import log_excerpt, log_file
from midway.ops.oncall.roster import Reach, Roster, kept_roster

log = structlog.get_logger("midway.incidents")
FOLDER = "ops/incidents"
PROCEDURE = "postgres.writes"
TITLE = "The database does not answer"


@dataclass
class AwayCall:
    """Somebody was called."""

    code: str
    user: int
    name: str
    at: str
    ways: str
    answered_at: str = ""


@dataclass
class AwayIncident:
    """What will be an incident when the database is back."""

    code: str
    title: str
    procedure: str
    severity: str
    impact: str
    priority: int
    began_at: str
    opened_at: str
    says: str
    evidence: dict[str, Any]
    acknowledged_at: str = ""
    owner: int = 0
    calls: list[AwayCall] = field(default_factory=list)
    timeline: list[dict[str, str]] = field(default_factory=list)

    def note(self, kind: str, text: str, *, by: str, at: datetime) -> None:
        """Will add a line to its timeline."""
        self.timeline.append({"at": at.isoformat(), "kind": kind, "by": by, "text": text})


class Spool:
    """The files."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to enter."""
        return not any(self._folder.glob("*.json"))

    def all(self) -> list[AwayIncident]:
        """What lies there, the oldest first."""
        return sorted((_read(path) for path in self._folder.glob("*.json")), key=lambda one: one.opened_at)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else writes inside."""
        with self._locks("lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def calling(self) -> Iterator[bool]:
        """Whether this process is the one that calls people just now."""
        with self._locks("calling") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def _locks(self, name: str) -> TextIO:
        """A file to lock. Worker and web server may be two accounts of one group, whichever makes it first."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (self._folder / name).open("w")
        with suppress(PermissionError):
            os.fchmod(lock.fileno(), 0o660)
        return lock

    def write(self, incident: AwayIncident) -> None:
        """Will write one, whole or not at all, and safe from a power cut."""
        path = self._folder / f"{incident.code}.json"
        beside = path.with_suffix(".new")
        beside.unlink(missing_ok=True)
        with beside.open("wb") as file:
            file.write(orjson.dumps(asdict(incident), default=str))
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o640)
        beside.replace(path)

    def remove(self, incident: AwayIncident) -> None:
        """Will take one away."""
        (self._folder / f"{incident.code}.json").unlink(missing_ok=True)

    def call(self, code: UUID) -> tuple[AwayIncident, AwayCall] | None:
        """The call with this code and its incident."""
        for incident in self.all():
            for call in incident.calls:
                if call.code == str(code):
                    return incident, call
        return None


def _read(path: Path) -> AwayIncident:
    said = orjson.loads(path.read_bytes())
    return AwayIncident(**{**said, "calls": [AwayCall(**one) for one in said["calls"]]})


def open_away(
    data: Path, *, since: datetime, says: str, facts: dict[str, Any], now: datetime
) -> tuple[AwayIncident, bool]:
    """Will have an incident about the database in the spool; tells whether it is new."""
    spool = Spool(data)
    with spool.held():
        known = next(iter(spool.all()), None)
        if known is not None:
            return known, False
        severity, impact = assessed("postgres")
        made = AwayIncident(
            code=str(uuid4()),
            title=TITLE,
            procedure=PROCEDURE,
            severity=severity.value,
            impact=impact.value,
            priority=int(kept_roster(data).triage.priority_of(severity, impact)),
            began_at=since.isoformat(),
            opened_at=now.isoformat(),
            says=says,
            evidence={"facts": facts, "log": log_excerpt(log_file()), "gathered_at": now.isoformat()},
        )
        made.note("opened", says, by="Midway", at=now)
        spool.write(made)
    log.error("incident.opened", code=made.code, title=made.title)
    return made, True


def escalate_away(data: Path, found: Roster, *, now: datetime) -> list[AwayCall]:
    """Will call whoever is next about each incident in the spool, straight by mail, text message and chat."""
    spool = Spool(data)
    with spool.calling() as is_mine:
        waiting = [one for one in spool.all() if not one.acknowledged_at] if is_mine else []
        made = [_call_next(spool, incident, found, now=now) for incident in waiting]
    return [call for call in made if call is not None]


def _call_next(spool: Spool, incident: AwayIncident, found: Roster, *, now: datetime) -> AwayCall | None:
    ladder = {person.id: person for person in found.ladder(at=now)}
    calls = [Called(one.user, datetime.fromisoformat(one.at)) for one in incident.calls]
    within = found.triage.answer_within(incident.priority)
    person = next_to_call(list(ladder), calls, answer_within=within, now=now)
    if person is None or not may_be_called(person, calls, now=now):
        return None
    code, opened_at = uuid4(), datetime.fromisoformat(incident.opened_at)
    letter = call_letter(
        call=code, title=incident.title, priority=incident.priority, says=incident.says,
        opened_at=opened_at.astimezone(found.zone), rung=len(calls),
    )  # fmt: skip
    call = AwayCall(str(code), person, ladder[person].name, now.isoformat(), "")
    again = f" Nobody had answered ({len(calls)} called before)." if calls else ""
    with spool.held():  # before it is sent: whoever taps at once must be known
        _changed(spool, incident.code, lambda one: one.calls.append(call))
    call.ways = send_directly(letter, ladder[person])
    said = f"{call.name} was called by {call.ways or 'nothing that took it'}.{again}"
    with spool.held():
        _changed(spool, incident.code, lambda one: _sent(one, call, said, now))
    return call


def _sent(incident: AwayIncident, call: AwayCall, said: str, now: datetime) -> None:
    for one in incident.calls:
        if one.code == call.code:
            one.ways = call.ways
    incident.note("called", said, by="Midway", at=now)


def _changed(spool: Spool, code: str, change: Callable[[AwayIncident], object]) -> None:
    fresh = next((one for one in spool.all() if one.code == code), None)
    if fresh is not None:
        change(fresh)
        spool.write(fresh)


def answer_away(data: Path, code: UUID, *, now: datetime) -> AwayCall | None:
    """Will note that somebody answered; nothing when there is no such call in the spool."""
    spool = Spool(data)
    if spool.is_empty:
        return None
    with spool.held():
        found = spool.call(code)
        if found is None:
            return None
        incident, call = found
        if not call.answered_at:
            call.answered_at = max(now.isoformat(), call.at)
        if not incident.acknowledged_at:
            incident.acknowledged_at, incident.owner = call.answered_at, call.user
            incident.note("acknowledged", f"{call.name} has it.", by=call.name, at=now)
        spool.write(incident)
    return call


def take_away(data: Path, person: Reach, *, now: datetime) -> AwayIncident | None:
    """Will note that this person has it though somebody else was called; nothing when there is nothing to have."""
    spool = Spool(data)
    with spool.held():
        incident = next((one for one in spool.all() if not one.acknowledged_at), None)
        if incident is not None:
            incident.acknowledged_at, incident.owner = now.isoformat(), person.id
            incident.note("acknowledged", f"{person.name} has it.", by=person.name, at=now)
            spool.write(incident)
    return incident


def note_away(data: Path, text: str, *, by: str, now: datetime) -> AwayIncident | None:
    """Will add a line to the incident in the spool; nothing when there is none."""
    spool = Spool(data)
    if spool.is_empty:
        return None
    with spool.held():
        incident = next(iter(spool.all()), None)
        if incident is not None:
            incident.note("noted", text, by=by, at=now)
            spool.write(incident)
    return incident
