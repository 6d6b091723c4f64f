"""When which procedure is due. They have their places in the same schedule as the jobs: due is what has not been
measured since it should have been."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from midway.ops.engine import Engine, RunReport
from midway.ops.models import ScheduledJob
from midway.ops.procedure import Cadence, Kind, Outcome, Procedure, Status
from midway.ops.registry import all_procedures
from midway.ops.schedule import DAY, MONTH, WEEK, ScheduledEntry, latest_turn
from midway.ops.scheduler import due_entries
from midway.ops.surroundings import Surroundings

_EVERY = {Cadence.DAILY: DAY, Cadence.WEEKLY: WEEK, Cadence.MONTHLY: MONTH}
_TROUBLED = {Status.WARN, Status.CRIT}
# What could not be measured is tried again, but does not fill the evidence with the same words all day.
LAST_RETRY = timedelta(hours=6)


@dataclass(frozen=True)
class Turn:
    """A procedure's place in the schedule: when it last was measured, and when it should have been."""

    procedure: Procedure
    last_success_at: datetime | None
    turn_at: datetime
    is_due: bool


def scheduled(procedures: Sequence[Procedure] | None = None) -> list[Procedure]:
    """Those that run by themselves: repairs never do."""
    found = procedures if procedures is not None else all_procedures()
    return [p for p in found if p.cadence in _EVERY and p.kind is not Kind.REPAIR]


def entry_of(procedure: Procedure) -> ScheduledEntry:
    """Its place in the schedule."""
    return ScheduledEntry(
        f"procedure:{procedure.id}"[:60], _EVERY[procedure.cadence], "", at=procedure.at, last_retry=LAST_RETRY
    )


def due_procedures(*, now: datetime, procedures: Sequence[Procedure] | None = None) -> list[Procedure]:
    """What must be measured now."""
    by_entry = {entry_of(procedure): procedure for procedure in scheduled(procedures)}
    return [by_entry[entry] for entry in due_entries(now=now, schedule=list(by_entry))]


def next_turn(*, now: datetime) -> datetime:
    """When something is due at the earliest: now, or at the first turn that comes. What failed may be due before."""
    if due_procedures(now=now):
        return now
    # No month is shorter; where one is longer, somebody looks a day or two too early.
    steps = {DAY: DAY, WEEK: WEEK, MONTH: timedelta(days=28)}
    entries = [entry_of(procedure) for procedure in scheduled()]
    return min((latest_turn(entry, now=now) + steps[entry.every] for entry in entries), default=now + DAY)


def turns(*, now: datetime) -> list[Turn]:
    """Every scheduled procedure with its turn, the longest overdue first."""
    due = {procedure.id for procedure in due_procedures(now=now)}
    rows = {row.name: row for row in ScheduledJob.objects.filter(name__startswith="procedure:")}
    found = []
    for procedure in scheduled():
        entry = entry_of(procedure)
        row = rows.get(entry.name)
        last = row.last_success_at if row else None
        found.append(Turn(procedure, last, latest_turn(entry, now=now), procedure.id in due))
    return sorted(found, key=lambda turn: (not turn.is_due, turn.turn_at, turn.procedure.id))


def run_due(around: Surroundings, *, clock: Callable[[], datetime]) -> RunReport | None:
    """Will measure what is due, in one run; None when nothing was."""
    due = due_procedures(now=clock())
    if not due:
        return None
    report = Engine(around).run(due, asked="what was due")
    note_turns([outcome for outcome in report.outcomes if outcome.procedure in due], started_at=report.started_at)
    return report


def note_turns(outcomes: Sequence[Outcome], *, started_at: datetime) -> None:
    """Will note in the schedule what was measured. What could not be looked at stays due."""
    for outcome in outcomes:
        if outcome.procedure.cadence not in _EVERY:
            continue
        name = entry_of(outcome.procedure).name
        row = ScheduledJob.objects.filter(name=name).first() or ScheduledJob(name=name)
        took = timedelta(milliseconds=outcome.took_ms)
        if outcome.status is Status.UNKNOWN:
            row.fail(started_at=started_at, at=started_at + took, error=outcome.summary)
        else:
            if outcome.status in _TROUBLED:  # it may have waited for what it found
                took = timedelta(milliseconds=row.took_ms or outcome.took_ms)
            row.succeed(started_at=started_at, took=took)
        row.save()
