import csv
import io

import pytest
from django.db import DatabaseError, connection
from tests.ops.upkeep.procedures import made_up, says

from midway.ops.engine import Engine
from midway.ops.evidence import as_csv, check_chain, check_rows
from midway.ops.models import Evidence
from midway.ops.stage import Stage


def three_rows(stage: Stage) -> list[Evidence]:
    for value in (1, 15, 50):
        Engine(stage.around).run([made_up(says(value))])
    return list(Evidence.objects.order_by("-id")[:3])


def test_each_row_seals_the_one_before(stage: Stage) -> None:
    last, middle, first = three_rows(stage)
    assert (last.previous_hash, middle.previous_hash) == (middle.hash, first.hash)
    assert check_chain().is_whole
    assert (last.status, last.value, last.warn, last.crit, last.unit) == ("crit", 50, 10, 20, "things")


def test_the_database_refuses_to_change_or_empty_it(stage: Stage) -> None:
    row = three_rows(stage)[0]
    for statement in (
        f"UPDATE ops_evidence SET summary = 'fine' WHERE id = {row.pk}",
        f"DELETE FROM ops_evidence WHERE id = {row.pk}",
        "TRUNCATE ops_evidence",
    ):
        with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize("column", ["status = 'ok'", "value = 1", "details = '{}'", "at = at - interval '1 day'"])
def test_what_was_changed_behind_its_back_shows(stage: Stage, column: str) -> None:
    row = three_rows(stage)[1]
    with stage.postgres.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        with connection.transaction(force_rollback=True):
            connection.execute(f"UPDATE ops_evidence SET {column} WHERE id = %s", [row.pk])
            changed = connection.execute(
                "SELECT status, value, details, at FROM ops_evidence WHERE id = %s", [row.pk]
            ).fetchone()
    assert changed is not None
    row.status, row.value, row.details, row.at = changed
    rows = [row if one.pk == row.pk else one for one in Evidence.objects.order_by("id")]
    assert check_rows(rows, begins=rows[0].previous_hash).broken_at == row.pk


def test_a_row_taken_out_shows(stage: Stage) -> None:
    last, _, first = three_rows(stage)
    assert check_rows([first, last], begins=first.previous_hash).broken_at == last.pk


def test_an_auditor_gets_every_row_with_its_hash(stage: Stage) -> None:
    last = three_rows(stage)[0]
    read = list(csv.DictReader(io.StringIO("".join(as_csv(Evidence.objects.order_by("id"))))))
    assert len(read) == Evidence.objects.count()
    assert (read[-1]["hash"], read[-1]["status"]) == (last.hash, "crit")
