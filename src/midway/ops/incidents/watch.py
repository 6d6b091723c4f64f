"""The watch: every few seconds it looks whether the database is there, and sees to it that incidents reach people.

While the database is there, what lies in the spool is entered, what nobody answered goes up the ladder, and the roster
is kept in the data folder. While it is away, an incident opens in the spool and people are called past it.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import structlog
from django.db import DatabaseError, connection

from midway.ops.actions.incidents.adopt import adopt_incident
from midway.ops.engine import Engine
from midway.ops.incidents.away import PROCEDURE, Spool, escalate_away, open_away
from midway.ops.incidents.escalating import escalate_due
from midway.ops.incidents.status_page import FOLDER, write_status, write_status_away
from midway.ops.oncall.roster import Roster, kept_roster, roster, write_roster
from midway.ops.registry import procedure_named
from midway.ops.surroundings import Surroundings, connection_words
from midway.runtime.maintenance import maintenance_file

log = structlog.get_logger("midway.incidents")
SETTLED = timedelta(seconds=20)
"""A database that restarts is back within this; what is away longer is an incident."""
KEEP_EVERY = timedelta(minutes=1)
WITNESSES = ("host.disk", "host.memory")
"""What is looked at besides, for the evidence: why a database most often goes."""


class Watch:
    """One watch, in one process."""

    def __init__(self, around: Callable[[], Surroundings], *, clock: Callable[[], datetime]) -> None:
        self._around, self._clock = around, clock
        self._away_since: datetime | None = None
        self._kept: Roster | None = None
        self._kept_at: datetime | None = None

    def turn(self) -> bool:
        """Will look once, and do what is to be done; tells whether the database is there."""
        around, now = self._around(), self._clock()
        if maintenance_file(around.data).exists():  # closed on purpose: whoever closed it knows
            self._away_since = None
            return True
        problem = problem_of_database(around)
        if problem is None:
            self._away_since = None
            self._while_it_is_there(around.data, now=now)
            return True
        self._away_since = self._away_since or now
        if now - self._away_since >= SETTLED or not Spool(around.data).is_empty:
            self._while_it_is_away(around, problem, now=now)
        return False

    def _while_it_is_there(self, data: Path, *, now: datetime) -> None:
        spool = Spool(data)
        if not spool.is_empty:
            with spool.held():
                for one in spool.all():
                    adopt_incident(away=one, now=now)
                    spool.remove(one)
            write_status(now=now, folder=data / FOLDER)
        found = roster()
        escalate_due(now=now, found=found)
        # At once when somebody takes over or writes their number: the database may be gone the minute after.
        if self._kept_at is None or found != self._kept or now >= self._kept_at + KEEP_EVERY:
            write_roster(data, found)
            self._kept, self._kept_at = found, now

    def _while_it_is_away(self, around: Surroundings, problem: str, *, now: datetime) -> None:
        if Spool(around.data).is_empty:
            open_away(around.data, since=self._away_since or now, says=problem, facts=_witnessed(around), now=now)
            with suppress(OSError):  # people are called, whether or not the page can be written
                write_status_away(now=now, folder=around.data / FOLDER)
        escalate_away(around.data, kept_roster(around.data), now=now)


def problem_of_database(around: Surroundings) -> str | None:
    """Why the database cannot be asked or takes no write, on a short line of our own; nothing when all is well.

    One that only reads answers every SELECT, and nothing of ours can be written down in it, not even that it is so.
    """
    words = connection_words(connection.settings_dict)
    try:
        with replace(around, database=words).connect() as line:
            return _refused(line)
    except (psycopg.Error, OSError) as problem:
        return f"PostgreSQL does not answer: {_in_a_line(problem)}"


def _refused(line: "psycopg.Connection[tuple[Any, ...]]") -> str | None:
    """Why a write is refused. What is wrong with our table or our rights the procedures say, with what to do."""
    try:
        with line.transaction(force_rollback=True):
            line.execute("INSERT INTO ops_heartbeat (name, at, pid, version) VALUES ('the watch', now(), 0, '')")
    except psycopg.errors.ReadOnlySqlTransaction as problem:
        return f"PostgreSQL only reads: {_in_a_line(problem)}"
    except psycopg.OperationalError as problem:  # no room, for one
        if line.broken:
            raise
        return f"PostgreSQL refuses to write: {_in_a_line(problem)}"
    except psycopg.Error as problem:
        log.warning("incident.watch.cannot_write", error=type(problem).__name__)
    return None


def _in_a_line(problem: Exception) -> str:
    return " ".join(str(problem).split())[:270]


def _witnessed(around: Surroundings) -> dict[str, Any]:
    """What else is looked at while the database is away; the engine keeps it for the evidence."""
    seen: dict[str, Any] = {}
    with suppress(DatabaseError, OSError):
        report = Engine(around, by="the watch").run([procedure_named(one) for one in (PROCEDURE, *WITNESSES)])
        for outcome in report.outcomes:
            seen[outcome.procedure.id] = {"status": outcome.status.value, "says": outcome.summary}
    return seen
