"""Reviews that must not be fooled by how others count: plans of statements, and events of a problem."""

from contextlib import closing

import pytest
from tests.ops.upkeep.test_guards import run

from midway.ops.look import Known, Look
from midway.ops.procedure import Status
from midway.ops.procedures import errors
from midway.ops.procedures.postgres_load import plan_of
from midway.ops.registry import procedure_named
from midway.ops.stage import Stage


def test_a_statement_without_a_plan_is_not_in_the_way_of_the_next(stage: Stage) -> None:
    with closing(Look(procedure_named("postgres.slow-statements"), stage.around, Known())) as look:
        assert plan_of(look, "SELECT count(*) FROM booking_visit WHERE id = $1")
        # It can be prepared, and its plan not be asked for.
        assert plan_of(look, "SELECT 1 / 0 + $1::int") == []
        assert plan_of(look, "SELECT $1::no_type") == []
        assert plan_of(look, "SELECT 1 FROM generate_series(1, $1::int) n WHERE n = ANY ($2::int[])")
        long = "SELECT " + ", ".join(f"{n} AS number_{n}" for n in range(80))
        assert plan_of(look, f"{long} FROM booking_visit WHERE id = $1"), "and no statement is too long"
        many = " + ".join(f"${n}::int" for n in range(1, 45))
        assert plan_of(look, f"SELECT {many}"), "forty-four arguments are none too many"


@pytest.mark.parametrize("tells_hours", [True, False])
def test_an_old_problem_that_comes_more_often_today_is_told_of(stage: Stage, *, tells_hours: bool) -> None:
    """The number beside it counts all its life, and hardly moves."""

    def issues(total: int, today: int) -> list[dict[str, object]]:
        stats = {"24h": [[0, today]]} if tells_hours else {}
        return [{**errors._issue("1", "Old one", days=300, count=1), "count": str(total), "stats": stats}]

    with errors._collector(stage):
        collector = stage.parts["collector"]
        for total in (9000, 9005, 9010, 9015):
            collector.issues = issues(total, 5)
            assert run(stage, "errors.issues").status is Status.OK
        collector.issues = issues(9115, 100)
        outcome = run(stage, "errors.issues")
    assert outcome.status is Status.CRIT
    assert "100 times instead of 5" in outcome.summary


def test_long_statements_get_their_plans_and_leave_no_error_in_the_servers_log(stage: Stage) -> None:
    """A statement cut off for the evidence cannot be planned, and each try was an error for the next day's review."""
    columns = ", ".join(f"'{n}' AS a_long_name_of_a_column_{n}" for n in range(12))
    log = stage.folder / "postgres.log"
    stage.postgres.do("SELECT pg_stat_statements_reset()")
    with stage.postgres.connect() as connection:
        for _ in range(3):
            connection.execute(f"SELECT {columns}, count(*), pg_sleep(0.05) FROM booking_visit")
    began = log.stat().st_size
    outcome = run(stage, "postgres.slow-statements")
    kept = next(one for one in outcome.evidence["statements"] if "a_long_name_of_a_column" in one["query"])
    assert kept["plan"]
    assert len(kept["query"]) <= 300
    assert b"ERROR" not in log.read_bytes()[began:]
