from datetime import UTC, datetime, timedelta

import pytest
from tests.ops.upkeep.procedures import made_up, says

from midway.ops.look import Look
from midway.ops.models import Run, ScheduledJob
from midway.ops.procedure import Cadence, Kind, Outcome, Status
from midway.ops.schedule import MONTH, WEEK, ScheduledEntry, latest_turn
from midway.ops.stage import Stage
from midway.ops.upkeep import due_procedures, entry_of, note_turns, scheduled

NIGHT = made_up(says(1), "test.night")


@pytest.mark.parametrize(
    ("cadence", "now", "turn"),
    [
        (Cadence.DAILY, datetime(2026, 3, 4, 9, tzinfo=UTC), datetime(2026, 3, 4, 8, 45, tzinfo=UTC)),
        (Cadence.DAILY, datetime(2026, 3, 4, 8, tzinfo=UTC), datetime(2026, 3, 3, 8, 45, tzinfo=UTC)),
        (Cadence.WEEKLY, datetime(2026, 3, 4, 9, tzinfo=UTC), datetime(2026, 3, 2, 8, 45, tzinfo=UTC)),
        (Cadence.WEEKLY, datetime(2026, 3, 2, 8, tzinfo=UTC), datetime(2026, 2, 23, 8, 45, tzinfo=UTC)),
        (Cadence.MONTHLY, datetime(2026, 3, 1, 8, tzinfo=UTC), datetime(2026, 2, 1, 8, 45, tzinfo=UTC)),
        (Cadence.MONTHLY, datetime(2024, 2, 29, 9, tzinfo=UTC), datetime(2024, 2, 1, 8, 45, tzinfo=UTC)),
    ],
)
def test_turns_are_a_day_a_monday_and_a_first(cadence: Cadence, now: datetime, turn: datetime) -> None:
    assert latest_turn(entry_of(made_up(says(1), cadence=cadence)), now=now) == turn


def test_a_job_without_an_hour_has_its_turn_by_the_time_passed() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert latest_turn(ScheduledEntry("x", WEEK, ""), now=now) == now - WEEK
    assert timedelta(days=30) == MONTH


def test_it_is_due_once_after_a_week_off_and_not_again(stage: Stage) -> None:
    now = stage.clock()
    assert due_procedures(now=now, procedures=[NIGHT]) == [NIGHT]
    note_turns([Outcome(NIGHT, Status.WARN, "bad, but measured")], started_at=now)
    assert due_procedures(now=now, procedures=[NIGHT]) == []
    assert due_procedures(now=now + timedelta(days=7), procedures=[NIGHT]) == [NIGHT]


def test_what_could_not_be_measured_stays_due_with_patience(stage: Stage) -> None:
    now = stage.clock()
    for _ in range(12):
        note_turns([Outcome(NIGHT, Status.UNKNOWN, "could not look")], started_at=now)
    assert due_procedures(now=now + timedelta(hours=5), procedures=[NIGHT]) == []
    assert due_procedures(now=now + timedelta(hours=7), procedures=[NIGHT]) == [NIGHT]
    assert ScheduledJob.objects.get(name="procedure:test.night").last_error == "could not look"


def test_repairs_and_what_a_person_asks_for_are_never_scheduled() -> None:
    repair = made_up(says(1), kind=Kind.REPAIR)
    asked = made_up(says(1), cadence=Cadence.DEMAND)
    assert scheduled([repair, asked, NIGHT]) == [NIGHT]


def test_the_job_of_the_schedule_measures_what_is_due_in_one_run(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from midway.ops import upkeep

    def broken(look: Look) -> None:
        raise OSError("no")

    both = (made_up(broken, "test.broken"), NIGHT)
    monkeypatch.setattr(upkeep, "all_procedures", lambda: both)
    report = upkeep.run_due(stage.around, clock=stage.clock)
    assert report is not None
    assert {one.procedure.id: one.status.value for one in report.outcomes} == {
        "test.broken": "unknown",
        "test.night": "ok",
    }
    assert Run.objects.get(code=report.code).worst == "unknown"
    assert upkeep.run_due(stage.around, clock=stage.clock) is None


def test_names_fit_into_the_schedule() -> None:
    from midway.ops.registry import all_procedures

    names = [entry_of(procedure).name for procedure in scheduled()]
    assert len(set(names)) == len(names)
    assert all(len(f"procedure:{p.id}") <= 60 for p in all_procedures())
