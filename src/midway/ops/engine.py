"""Runs procedures: asks first what they need, looks within a time limit, judges, and keeps the evidence.

Nothing a procedure does can end the run: what goes wrong inside it is its own `unknown`.
"""

import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from zlib import crc32

import psycopg
import structlog
from redis.exceptions import RedisError

from midway.ops.keeper import Keeper, asleep
from midway.ops.look import CannotLook, Known, Look, NothingToLookAt, snoozed
from midway.ops.needs import NeedsOfARun
from midway.ops.procedure import Finding, Kind, Outcome, Procedure, Status, worst
from midway.ops.registry import with_dependencies
from midway.ops.surroundings import Surroundings

log = structlog.get_logger("midway.upkeep")
LOCK_SPACE = 0x0B5
NOTHING_TO_DO = "Nothing to do."


@dataclass(frozen=True)
class RunReport:
    """What a run came to."""

    code: str
    asked: str
    started_at: datetime
    finished_at: datetime
    outcomes: tuple[Outcome, ...]

    @property
    def worst(self) -> Status:
        """The status that matters most."""
        return worst([outcome.status for outcome in self.outcomes])


class Engine:
    """One run of some procedures, in surroundings."""

    def __init__(self, around: Surroundings, *, by: str = "Midway", typed: str = "") -> None:
        """`typed` is the name of the database as a person typed it, which the most dangerous repairs ask for."""
        self.around, self._by, self._typed = around, by, typed
        self._needs = NeedsOfARun(around)
        self._keeper = Keeper(around.data, is_there=False)
        self._outcomes: dict[str, Outcome] = {}

    def run(self, procedures: Sequence[Procedure], *, asked: str = "", mends: bool = False) -> RunReport:
        """Will run these and what they depend on, causes first. Repairs only mend with `mends`."""
        self._keeper = Keeper(self.around.data, is_there=self._database_is_there())
        started = self.around.clock()
        code = self._keeper.begin(asked=asked, by=self._by, at=started)
        for procedure in with_dependencies(list(procedures)):
            self._outcomes[procedure.id] = self._run_one(procedure, mends=mends)
        report = RunReport(code, asked, started, self.around.clock(), tuple(self._outcomes.values()))
        self._keeper.finish(worst=report.worst, at=report.finished_at)
        return report

    def _database_is_there(self) -> bool:
        """Asked on a short line, for Django's own waits long."""
        from django.db import connection

        from midway.ops.surroundings import connection_words

        try:
            with replace(self.around, database=connection_words(connection.settings_dict)).connect():
                return True
        except (psycopg.Error, OSError):
            return False

    def _run_one(self, procedure: Procedure, *, mends: bool) -> Outcome:
        began = time.monotonic()
        look: Look | None = None
        with self._only_one(procedure) as is_mine:
            if not is_mine:
                return Outcome(procedure, Status.SKIPPED, "It is running elsewhere just now.", "Ask again in a minute.")
            outcome = self._hindered(procedure) or self._not_confirmed(procedure, mends=mends)
            if outcome is None:
                look, outcome = self._looked(procedure, mends=mends)
            outcome = self._with_sleepers(self._explained(outcome))
            took = int((time.monotonic() - began) * 1000)
            return self._keeper.keep(replace(outcome, took_ms=took), look, at=self.around.clock())

    def _hindered(self, procedure: Procedure) -> Outcome | None:
        """Why it need not even look: something under it is down, or it may or can not."""
        for cause in procedure.depends_on:
            if self._outcomes[cause].status in {Status.CRIT, Status.UNKNOWN}:
                return Outcome(
                    procedure, Status.UNKNOWN, f"Not looked at, because of {cause}.", f"See {cause}.", caused_by=cause
                )
        lacks = [lack for need in procedure.needs if (lack := self._needs.lack(need)) is not None]
        for lack in sorted(lacks, key=lambda one: one.status is Status.UNKNOWN):
            return Outcome(procedure, lack.status, f"Not looked at: {lack.says}.", lack.next_step)
        return None

    def _not_confirmed(self, procedure: Procedure, *, mends: bool) -> Outcome | None:
        """A person on the wrong machine types the wrong name."""
        name = self.around.database.get("dbname", "")
        if not (mends and procedure.is_confirmed_by_name) or self._typed.strip() == name:
            return None
        says = f"refused: the name of the database was not typed ({self._typed or 'nothing'} instead of {name})."
        return Outcome(procedure, Status.WARN, says, f"midway ops run {procedure.id} --yes --confirm {name}")

    def _looked(self, procedure: Procedure, *, mends: bool) -> tuple[Look, Outcome]:
        known = self._keeper.known(procedure)
        look, outcome = self._look_once(procedure, known, mends=mends)
        for _ in range(procedure.retries):
            if outcome.status in {Status.OK, Status.SKIPPED}:
                break
            time.sleep(procedure.retry_after_seconds)
            look, outcome = self._look_once(procedure, known, mends=mends)
        return look, outcome

    def _look_once(self, procedure: Procedure, known: Known, *, mends: bool) -> tuple[Look, Outcome]:
        """In a thread of its own, which is left behind when its time is over."""
        look = Look(procedure, self.around, known, mends=mends)
        outcomes: list[Outcome] = []

        def work() -> None:
            from django.db import connections

            try:
                outcomes.append(_outcome_of(look))
            finally:
                look.close()
                connections.close_all()

        thread = threading.Thread(target=work, name=f"look-{procedure.id}", daemon=True)
        thread.start()
        thread.join(procedure.time_limit_seconds)
        if outcomes:
            return look, outcomes[0]
        look.cancel()
        says = f"It took longer than {procedure.time_limit_seconds:g} seconds and was left."
        return Look(procedure, self.around, known), Outcome(
            procedure, Status.UNKNOWN, says, "Look what it waits for, then run it again."
        )

    def _explained(self, outcome: Outcome) -> Outcome:
        """Nobody is told twice: where all that is bad is what others in this run ring for, those are named."""
        bad = [one for one in outcome.findings if one.status not in {Status.OK, Status.SKIPPED}]
        ringing = {name for name, one in self._outcomes.items() if one.status in {Status.CRIT, Status.UNKNOWN}}
        if not bad or not all(one.because in ringing for one in bad):
            return outcome
        return replace(outcome, caused_by=bad[0].because, next_step=f"See {bad[0].because}.")

    def _with_sleepers(self, outcome: Outcome) -> Outcome:
        sleeping = self._keeper.sleeping(outcome.procedure, at=self.around.clock())
        if not sleeping or outcome.status in {Status.OK, Status.SKIPPED}:
            return outcome
        if not outcome.findings and "" in sleeping:
            return replace(outcome, status=Status.SKIPPED, summary=f"Snoozed: {sleeping['']}. {outcome.summary}")
        findings = tuple(
            snoozed(one, why) if one.status is not Status.OK and (why := asleep(one, sleeping)) else one
            for one in outcome.findings
        )
        awake = [one for one in findings if not one.snoozed_because]
        status = worst([one.status for one in awake]) if awake else Status.SKIPPED
        if status is outcome.status:
            return replace(outcome, findings=findings)
        reasons = "; ".join(sorted({one.snoozed_because for one in findings if one.snoozed_because}))
        return replace(outcome, findings=findings, status=status, summary=f"Snoozed: {reasons}. {outcome.summary}")

    @contextmanager
    def _only_one(self, procedure: Procedure) -> Iterator[bool]:
        """Held on a connection of its own; where there is no database to ask, nobody else can run it either."""
        if not self._keeper.is_there:
            yield True
            return
        key = [LOCK_SPACE, crc32(procedure.id.encode()) - 2**31]
        try:
            connection = self.around.connect()
        except (psycopg.Error, OSError):
            yield True
            return
        with connection:
            row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", key).fetchone()
            try:
                yield bool(row and row[0])
            finally:
                # A closed connection lets go only when the server notices.
                with suppress(psycopg.Error):
                    connection.execute("SELECT pg_advisory_unlock(%s, %s)", key)


def _outcome_of(look: Look) -> Outcome:
    procedure = look.procedure
    try:
        procedure.look(look)
    except CannotLook as problem:
        step = problem.next_step or procedure.manual.mend
        return Outcome(procedure, Status.UNKNOWN, problem.says, step, caused_by=problem.because)
    except NothingToLookAt as problem:
        return Outcome(procedure, Status.SKIPPED, str(problem), NOTHING_TO_DO)
    except psycopg.errors.InsufficientPrivilege as problem:
        return _without_the_grant(look, problem)
    except (psycopg.Error, RedisError, OSError) as problem:
        says = f"Could not look ({type(problem).__name__}: {' '.join(str(problem).split())[:200]})."
        return Outcome(procedure, Status.UNKNOWN, says, procedure.manual.mend, evidence=look.evidence)
    except Exception as problem:
        log.exception("upkeep.procedure.failed", procedure=procedure.id)
        says = f"The procedure itself failed ({type(problem).__name__}: {str(problem)[:200]})."
        return Outcome(procedure, Status.UNKNOWN, says, "This is a mistake in Midway: report it.")
    return _judged(look)


_DENIED = re.compile(r"permission denied for (?:table|view|materialized view|relation) (\w+)")


def _without_the_grant(look: Look, problem: psycopg.Error) -> Outcome:
    """Unknown, with the grant that is missing."""
    role = str(look.around.database.get("user", "our role"))
    denied = _DENIED.search(str(problem))
    says = f"Not looked at: the role {role} may not ({' '.join(str(problem).split())[:160]})."
    step = f'GRANT SELECT ON {denied[1]} TO "{role}";' if denied else "midway ops role prints every grant it needs."
    return Outcome(look.procedure, Status.UNKNOWN, says, step, evidence=look.evidence)


def _judged(look: Look) -> Outcome:
    procedure = look.procedure
    evidence = dict(look.evidence)
    findings = list(look.findings)
    if look.steps:
        evidence["steps"] = [vars(step) for step in look.steps[:50]]
        if not look.mends:
            findings += [
                Finding(Status.WARN, f"would {step.says}", step.subject, f"midway ops run {procedure.id} --yes")
                for step in look.steps
            ]
    bad = [finding for finding in findings if finding.status not in {Status.OK, Status.SKIPPED}]
    if look.examined <= 0 and not bad:
        return Outcome(
            procedure, Status.UNKNOWN, "There was nothing to look at, which is not the same as all being well.",
            procedure.manual.mend, evidence=evidence, findings=tuple(findings),
        )  # fmt: skip
    status = worst([finding.status for finding in findings])
    first = next((finding for finding in findings if finding.status is status), None)
    if bad and first is not None:
        others = sum(1 for finding in bad if finding is not first)
        summary = f"{first.says}{f' (and {others} more)' if others else ''}"
        step = first.next_step or procedure.manual.mend
    else:
        done = "; ".join(one.says for one in look.steps) if procedure.kind is Kind.REPAIR else ""
        summary = done or look.summary_when_fine or (findings[0].says if findings else f"{look.examined} looked at")
        step = NOTHING_TO_DO
    return Outcome(procedure, status, summary, step, look.examined, tuple(findings), evidence)
