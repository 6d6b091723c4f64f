"""Repairs refuse where a guard stands, and looks that cannot judge say so."""

from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from midway.ops.engine import Engine
from midway.ops.host import Host, Share
from midway.ops.models import LimitChange
from midway.ops.procedure import Outcome, Status
from midway.ops.procedures.backup import three_nights
from midway.ops.procedures.web import ordinary_day
from midway.ops.registry import procedure_named
from midway.ops.stage import Stage


def run(stage: Stage, name: str, *, mends: bool = False, typed: str = "") -> Outcome:
    outcomes = Engine(stage.around, typed=typed).run([procedure_named(name)], mends=mends).outcomes
    return next(one for one in outcomes if one.procedure.id == name)


class FullDisk(Host):
    def disk(self, path: Any) -> Share:
        return Share(99.9, 100.0)


def test_a_table_is_not_rewritten_without_room_for_it_twice(stage: Stage) -> None:
    stage.postgres.do(
        "CREATE TABLE drill_air WITH (autovacuum_enabled = off) AS SELECT n, md5(n::text)"
        " FROM generate_series(1, 50000) n",
        "DELETE FROM drill_air WHERE n % 10 > 0",
        "VACUUM drill_air",
    )
    LimitChange.objects.create(
        procedure="tables.rewrite", name="size", warn=0.001, crit=None, owner="test", reason="a small table",
        created_at=stage.clock(),
    )  # fmt: skip
    try:
        with three_nights(stage), stage.changed(quiet_hours=(0, 24)):
            with stage.changed(host=FullDisk()):
                refused = run(stage, "tables.rewrite", mends=True, typed="midway")
            assert refused.status is Status.WARN
            assert refused.summary.startswith("refused: public.drill_air needs")
            assert run(stage, "tables.rewrite").summary.startswith("would rewrite public.drill_air")
            wrong = run(stage, "tables.rewrite", mends=True, typed="production")
            assert "the name of the database was not typed (production instead of midway)" in wrong.summary
            assert run(stage, "tables.rewrite").summary.startswith("would rewrite public.drill_air")
    finally:
        stage.postgres.do("DROP TABLE drill_air")


def test_a_backup_inside_its_transaction_is_never_ended(stage: Stage) -> None:
    from datetime import timedelta

    with ExitStack() as stack:
        dump = stack.enter_context(stage.postgres.connect(application_name="pg_dump"))
        stack.enter_context(stage.clock.moved(timedelta(hours=1)))
        dump.execute("BEGIN")
        dump.execute("SELECT 1")
        outcome = run(stage, "postgres.end-stuck-transactions", mends=True)
        assert outcome.summary.startswith("refused")
        assert dump.execute("SELECT 1").fetchone() == (1,)


def test_too_few_requests_are_no_verdict(stage: Stage) -> None:
    with ordinary_day(stage):
        path = stage.around.nginx_access_log
        assert path is not None
        path.write_text("\n".join(path.read_text().splitlines()[:9]) + "\n")
        outcome = run(stage, "web.response-times")
    assert outcome.status is Status.SKIPPED
    assert "too few" in outcome.summary


def test_a_cache_that_was_restarted_or_hardly_asked_is_no_verdict(stage: Stage) -> None:
    with stage.changed(redis_url=stage.redis.url):
        assert "First count kept" in run(stage, "cache.hits").summary
        assert "too few" in run(stage, "cache.hits").summary
        with stage.redis.client() as client:
            client.get("something")
            client.config_resetstat()
        assert run(stage, "cache.hits").status is Status.SKIPPED


@pytest.mark.parametrize("name", ["redis.writes", "tls.certificates", "firewall.listeners", "errors.issues"])
def test_what_is_not_here_by_decision_is_skipped_with_what_to_set(stage: Stage, name: str) -> None:
    outcome = run(stage, name)
    assert outcome.status is Status.SKIPPED
    assert not outcome.is_raised
    assert "Set " in outcome.next_step


def test_a_log_that_was_moved_without_the_writer_following_is_put_back(stage: Stage) -> None:
    from midway.ops.procedures.files import ROTATE_AT

    log = stage.nginx.access_log
    log.write_bytes(b"{}\n" * (ROTATE_AT // 3 + 10))
    try:
        with stage.changed(nginx_access_log=log, nginx_url="http://127.0.0.1:9", reopen_command=("false",)):
            outcome = run(stage, "logs.rotate", mends=True)
        assert outcome.status is Status.WARN
        assert "did not follow" in outcome.summary
        assert log.stat().st_size > ROTATE_AT
    finally:
        log.write_text("")


def test_a_backup_that_copies_for_an_hour_is_no_forgotten_transaction(stage: Stage) -> None:
    from datetime import timedelta

    with ExitStack() as stack:
        dump = stack.enter_context(stage.postgres.connect(application_name="pg_dump"))
        dump.execute("BEGIN")
        dump.execute("SELECT 1")
        for hours, status in ((1, Status.OK), (3, Status.WARN)):
            with stage.clock.moved(timedelta(hours=hours)):
                assert run(stage, "postgres.long-transactions").status is status


def test_nothing_is_said_of_growth_before_there_was_time_to_grow(stage: Stage) -> None:
    outcome = run(stage, "limits.growth")
    assert outcome.status is Status.OK
    assert "too early to tell" in outcome.summary


def test_a_log_none_of_whose_lines_can_be_read_is_not_a_quiet_one(stage: Stage) -> None:
    """PostgreSQL wrote them in the time of New York, and the wrong one of Nginx's logs was named."""
    path = stage.file("strange.log", "2026-03-02 11:00:00.123 EST [7] a ERROR:  invalid page in block 3\n" * 3)
    with stage.changed(postgres_log=path, nginx_error_log=path):
        for name, step in (("logs.postgres", "log_timezone"), ("logs.nginx", "access_log")):
            outcome = run(stage, name)
            assert outcome.status is Status.UNKNOWN
            assert step in outcome.next_step


def test_that_there_is_no_backup_is_said_once(stage: Stage) -> None:
    assert stage.postgres
    names = ("backup.completed", "backup.restored", "backup.sound", "backup.rotated", "recovery.rows")
    with stage.changed(data=stage.folder / "files" / "never-backed-up"):
        outcomes = Engine(stage.around).run([procedure_named(name) for name in names]).outcomes
    assert [one.procedure.id for one in outcomes if one.is_raised] == ["backup.completed"]
    assert {one.caused_by for one in outcomes if one.procedure.id in names[1:]} == {"backup.completed"}


def test_a_redis_that_hangs_is_one_finding_and_its_slowness_no_other(stage: Stage) -> None:
    from midway.ops.models import ScheduledJob
    from midway.ops.procedures.health import everybody_lives
    from midway.ops.upkeep import note_turns

    names = ("redis.writes", "redis.memory", "health.inside", "health.through-nginx", "cache.keys")
    around = [procedure_named(name) for name in names]
    with everybody_lives(stage), stage.changed(**{**stage.changes, "redis_url": stage.redis.url}):
        note_turns((well := Engine(stage.around).run(around)).outcomes, started_at=stage.clock())
        assert [one.summary for one in well.outcomes if one.is_raised] == []
        before = ScheduledJob.objects.get(name="procedure:redis.writes").took_ms
        stage.redis.stop()
        try:
            report = Engine(stage.around).run(around)
        finally:
            stage.redis.start()
        assert [one.procedure.id for one in report.outcomes if one.is_raised] == ["redis.writes"]
        slow = [replace(one, took_ms=60_000) for one in report.outcomes]
        note_turns(slow, started_at=stage.clock())
        assert ScheduledJob.objects.get(name="procedure:redis.writes").took_ms == before


def test_the_log_of_a_product_that_has_just_begun_is_no_trouble(stage: Stage) -> None:
    with stage.changed(app_log=stage.file("young.log")):
        assert run(stage, "logs.errors").status is Status.SKIPPED
        stage.postgres.do("UPDATE django_migrations SET applied = applied - interval '2 hours'")
        try:
            assert run(stage, "logs.errors").status is Status.UNKNOWN
        finally:
            stage.postgres.do("UPDATE django_migrations SET applied = applied + interval '2 hours'")


def test_a_critical_line_is_told_of_once(stage: Stage) -> None:
    ordinary = "2026-03-02 11:00:00 UTC [7] a LOG:  checkpoint complete\n"
    path = stage.file("once.log", ordinary)
    with stage.changed(postgres_log=path):
        run(stage, "logs.postgres")
        path.write_text(f"{ordinary}{stage.clock():%Y-%m-%d %H:%M:%S} UTC [7] a ERROR:  invalid page in block 3\n")
        outcome = run(stage, "logs.postgres")
    assert (outcome.status, len(outcome.findings)) == (Status.CRIT, 1)
    assert "invalid page" in outcome.summary


def test_that_it_was_not_ready_is_no_error_a_customer_met(stage: Stage) -> None:
    from midway.ops.procedures.web import adds

    with ordinary_day(stage), adds(count=60, uri="/readyz", status=503)(stage):
        outcome = run(stage, "web.response-times")
    assert outcome.status is Status.OK, outcome.summary
