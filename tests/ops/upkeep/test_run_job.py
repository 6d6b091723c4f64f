"""The job behind "Look now": it runs as whoever asked, keeps the evidence, and notes the turn."""

from contextlib import ExitStack
from datetime import timedelta

from midway.ops.jobs import clear_samples, run_procedure
from midway.ops.models import Evidence, Sample, ScheduledJob
from midway.ops.stage import Stage


def test_it_looks_and_says_who_asked(stage: Stage) -> None:
    run_procedure(procedure="postgres.connections", mends=False, by="Olga")
    row = Evidence.objects.filter(procedure="postgres.connections").latest("id")
    assert (row.status, row.run.by_label, row.run.asked) == ("ok", "Olga", "postgres.connections")
    assert ScheduledJob.objects.get(name="procedure:postgres.connections").last_success_at == row.run.started_at


def test_a_repair_mends_only_when_told(stage: Stage) -> None:
    with ExitStack() as stack:
        stack.callback(stage.postgres.do, "DROP INDEX IF EXISTS outbox_waiting", definition(stage))
        stage.postgres.do("DROP INDEX outbox_waiting")
        run_procedure(procedure="indexes.create", mends=False, by="Olga")
        assert not definition(stage)
        run_procedure(procedure="indexes.create", mends=True, by="Olga")
        assert "outbox_waiting" in definition(stage)


def test_the_most_dangerous_repair_does_nothing_without_the_name_of_the_database(stage: Stage) -> None:
    run_procedure(procedure="tables.rewrite", mends=True, by="Olga", typed="another")
    row = Evidence.objects.filter(procedure="tables.rewrite").latest("id")
    assert "the name of the database was not typed (another instead of midway)" in row.summary
    assert row.next_step == "midway ops run tables.rewrite --yes --confirm midway"


def test_points_of_series_go_after_a_year_and_a_month(stage: Stage) -> None:
    now = stage.clock()
    for days in (401, 399):
        Sample.objects.create(series="test", at=now - timedelta(days=days), value=days)
    clear_samples()
    clear_samples()
    assert list(Sample.objects.filter(series="test").values_list("value", flat=True)) == [399]


def definition(stage: Stage) -> str:
    with stage.postgres.connect() as connection:
        row = connection.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'outbox_waiting'").fetchone()
    return str(row[0]) if row else ""
