import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from tests.ops.upkeep.procedures import NUMBER, made_up, says

from midway.ops import registry
from midway.ops.engine import Engine
from midway.ops.look import Look
from midway.ops.models import Evidence, ProcedureState, Run, Sample, Snooze
from midway.ops.needs import PG_MONITOR
from midway.ops.procedure import Kind, Outcome, Procedure, Status
from midway.ops.stage import Stage


def run(stage: Stage, *procedures: Procedure, mends: bool = False) -> list[Outcome]:
    return list(Engine(stage.around).run(procedures, asked="test", mends=mends).outcomes)


def turn(values: Iterator[float]) -> Callable[[Look], None]:
    """A look that finds the next of these numbers each time."""

    def look(look: Look) -> None:
        says(next(values))(look)

    return look


def run_one(stage: Stage, procedure: Procedure, *, mends: bool = False) -> Outcome:
    return run(stage, procedure, mends=mends)[-1]


@pytest.mark.parametrize(
    ("value", "status"),
    [(10, Status.OK), (10.1, Status.WARN), (20, Status.WARN), (20.1, Status.CRIT)],
)
def test_a_number_is_judged_by_its_threshold(stage: Stage, value: float, status: Status) -> None:
    outcome = run_one(stage, made_up(says(value)))
    assert outcome.status is status
    assert outcome.leading is not None
    assert outcome.leading.value == value
    assert outcome.is_raised is (status is not Status.OK)


def test_nothing_looked_at_is_not_fine(stage: Stage) -> None:
    assert run_one(stage, made_up(lambda look: look.fine("All well."))).status is Status.UNKNOWN


def test_what_goes_wrong_inside_is_unknown_and_the_others_run(stage: Stage) -> None:
    def breaks(look: Look) -> None:
        raise ZeroDivisionError("by mistake")

    first, second = run(stage, made_up(breaks, "test.breaks"), made_up(says(1)))
    assert (first.status, second.status) == (Status.UNKNOWN, Status.OK)
    assert "ZeroDivisionError: by mistake" in first.summary


def test_what_takes_too_long_is_left_and_its_question_cancelled(stage: Stage) -> None:
    ended = threading.Event()

    def sleep(look: Look) -> None:
        with pytest.raises(psycopg.errors.QueryCanceled):
            look.ask("SELECT pg_sleep(600), 'left behind'")
        ended.set()

    sleeps = made_up(sleep, time_limit_seconds=0.3)
    outcome = run_one(stage, sleeps)
    assert outcome.status is Status.UNKNOWN
    assert "longer than 0.3 seconds" in outcome.summary
    assert ended.wait(10)
    with stage.postgres.connect() as watching:
        question = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%left behind%'"
        assert watching.execute(question + " AND pid <> pg_backend_pid()").fetchone() == (0,)


def test_a_repair_whose_time_is_over_mends_nothing_more(stage: Stage) -> None:
    done: list[str] = []
    left, over = threading.Event(), threading.Event()

    def mend(look: Look) -> None:
        look.count(1)
        look.step("wait", left.wait)
        try:
            look.step("go on", lambda: done.append("went on"))
        finally:
            over.set()

    assert run_one(stage, made_up(mend, kind=Kind.REPAIR, time_limit_seconds=0.2), mends=True).status is Status.UNKNOWN
    left.set()
    assert over.wait(30)
    assert done == []


def test_it_is_tried_again_before_it_counts(stage: Stage) -> None:
    answers = iter([50.0, 1.0])
    again = made_up(turn(answers), retries=1, retry_after_seconds=0)
    assert run_one(stage, again).status is Status.OK


def test_a_blip_is_kept_but_not_raised(stage: Stage) -> None:
    bad = made_up(says(50), blips=1)
    first, second = run_one(stage, bad), run_one(stage, bad)
    assert (first.status, first.is_raised) == (Status.CRIT, False)
    assert second.is_raised
    assert ProcedureState.objects.get(procedure=bad.id).bad_in_a_row == 2


def test_what_rang_falls_silent_only_well_below(stage: Stage) -> None:
    from dataclasses import replace

    limit = replace(NUMBER, margin=0.1)
    values: Iterator[float] = iter([9.5, 10.5, 9.5, 8.9, 9.5])
    flutters = made_up(turn(values), limits=(limit,))
    seen = [run_one(stage, flutters).status.value for _ in range(5)]
    assert seen == ["ok", "warn", "warn", "ok", "ok"]


def test_what_lies_under_it_rings_alone(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    cause = made_up(says(50), "test.cause")
    above = [made_up(says(1), f"test.above-{n}", depends_on=("test.cause",)) for n in range(3)]
    monkeypatch.setattr(registry, "procedure_named", lambda name: cause)
    outcomes = run(stage, *above)
    assert [one.procedure.id for one in outcomes if one.is_raised] == ["test.cause"]
    assert {one.status for one in outcomes[1:]} == {Status.UNKNOWN}
    assert outcomes[1].caused_by == "test.cause"


def test_with_the_database_down_one_alarm_rings_and_evidence_waits(stage: Stage) -> None:
    stage.postgres.stop()
    try:
        outcomes = run(stage, *registry.asked_for(("postgres.lock-waits", "postgres.long-transactions")))
    finally:
        stage.postgres.start()
        stage.let_go_of_connections()
    assert {one.procedure.id: one.status.value for one in outcomes} == {
        "postgres.writes": "crit",
        "postgres.lock-waits": "unknown",
        "postgres.long-transactions": "unknown",
    }
    assert [one.procedure.id for one in outcomes if one.is_raised] == ["postgres.writes"]
    waiting = stage.folder / "ops" / "evidence-pending.jsonl"
    assert len(waiting.read_text().splitlines()) == 3
    before = Evidence.objects.count()
    run(stage, made_up(says(1)))
    assert Evidence.objects.count() == before + 4
    assert not waiting.exists()
    assert Run.objects.filter(asked="while the database was away").count() >= 3


def test_a_role_that_may_not_see_says_which_grant_is_missing(stage: Stage) -> None:
    stage.postgres.do("DROP ROLE IF EXISTS nobody_special", "CREATE ROLE nobody_special LOGIN")
    with stage.changed(database=stage.postgres.words(user="nobody_special")):
        outcome = run_one(stage, made_up(says(1), needs=(PG_MONITOR,)))
        assert outcome.status is Status.UNKNOWN
        assert "the role nobody_special lacks pg_monitor" in outcome.summary
        assert outcome.next_step == 'GRANT pg_monitor TO "nobody_special";'
        stage.postgres.do("GRANT pg_monitor TO nobody_special")
        assert run_one(stage, made_up(says(1), needs=(PG_MONITOR,))).status is Status.OK
    stage.postgres.do("DROP ROLE nobody_special")


def sleeping(stage: Stage, **facts: Any) -> Snooze:
    now = stage.clock()
    told = {"reason": "known", "owner": "Dana", "created_at": now - timedelta(minutes=1)}
    return Snooze.objects.create(procedure="test.made-up", expires_at=now + timedelta(days=1), **{**told, **facts})


def test_a_snooze_covers_its_object_only_and_ends(stage: Stage) -> None:
    def two(look: Look) -> None:
        says(15, "table a")(look)
        says(value, "table b")(look)

    value = 1.0
    sleeping(stage, subject="table a")
    quiet = run_one(stage, made_up(two))
    assert (quiet.status, quiet.is_raised) == (Status.OK, False)
    assert "known (Dana" in quiet.summary
    value = 15
    assert run_one(stage, made_up(two)).is_raised
    value = 1.0
    with stage.clock.moved(timedelta(days=2)):
        assert run_one(stage, made_up(two)).is_raised


def test_all_of_it_asleep_is_skipped_not_fine(stage: Stage) -> None:
    sleeping(stage)
    assert run_one(stage, made_up(says(50))).status is Status.SKIPPED


def test_a_series_gives_what_is_usual(stage: Stage) -> None:
    def compares(look: Look) -> None:
        look.count(1)
        look.keep("test.size", 7)
        look.note(usual=look.usual("test.size", days=7))

    seen = [run_one(stage, made_up(compares)).evidence["usual"] for _ in range(5)]
    assert seen == [None, None, None, 7, 7]
    assert Sample.objects.filter(series="test.size").count() == 5


def test_it_runs_once_at_a_time(stage: Stage) -> None:
    inner: list[Outcome] = []

    def inside(look: Look) -> None:
        inner.append(run_one(stage, slow))
        look.count(1)

    slow = made_up(inside, "test.slow")
    assert run_one(stage, slow).status is Status.OK
    assert inner[0].status is Status.SKIPPED
    assert "running elsewhere" in inner[0].summary


def test_a_repair_only_says_what_it_would_do_until_told(stage: Stage) -> None:
    done: list[str] = []

    def mend(look: Look) -> None:
        look.count(1)
        if not done:
            look.step("tidy up", lambda: done.append("tidied"))

    repair = made_up(mend, kind=Kind.REPAIR)
    dry = run_one(stage, repair)
    assert (dry.status, dry.summary, done) == (Status.WARN, "would tidy up", [])
    mended = run_one(stage, repair, mends=True)
    assert (mended.status, mended.summary, done) == (Status.OK, "tidy up", ["tidied"])
    assert run_one(stage, repair).status is Status.OK


def test_of_one_trouble_nobody_is_told_twice(stage: Stage) -> None:
    """Two ring for the same: who is closer to it is told of. Alone, the other one is."""

    def near(look: Look) -> None:
        look.count(1)
        look.alarm(Status.CRIT, "It is gone.")

    def far(look: Look) -> None:
        look.count(1)
        look.alarm(Status.CRIT, "It does not serve.", because="test.near")

    closer, farther = made_up(near, "test.near"), made_up(far, "test.far", after=("test.near",))
    first, second = run(stage, closer, farther)
    assert (first.is_raised, second.is_raised) == (True, False)
    assert (second.status, second.caused_by, second.next_step) == (Status.CRIT, "test.near", "See test.near.")
    (alone,) = run(stage, farther)
    assert alone.is_raised


def test_another_trouble_beside_it_is_told_of(stage: Stage) -> None:
    def near(look: Look) -> None:
        look.count(1)
        look.alarm(Status.CRIT, "It is gone.")

    def far(look: Look) -> None:
        look.count(1)
        look.alarm(Status.CRIT, "It does not serve.", because="test.near")
        look.alarm(Status.WARN, "And it is slow.")

    _, second = run(stage, made_up(near, "test.near"), made_up(far, "test.far", after=("test.near",)))
    assert second.is_raised


def test_who_knows_why_runs_first() -> None:
    chosen = [registry.procedure_named(name) for name in ("health.through-nginx", "health.inside", "redis.writes")]
    ordered = [one.id for one in registry.with_dependencies(chosen)]
    assert ordered == ["redis.writes", "health.inside", "health.through-nginx"]
    assert [one.id for one in registry.with_dependencies(chosen[:1])] == ["health.through-nginx"]
