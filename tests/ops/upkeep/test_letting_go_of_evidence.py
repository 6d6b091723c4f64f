import csv
import gzip
import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connection
from tests.ops.upkeep.procedures import made_up, says

from midway.ops.engine import Engine
from midway.ops.evidence import check_chain, signature_of
from midway.ops.letting_go import let_go_of_evidence
from midway.ops.models import Evidence, EvidenceMark, Run
from midway.ops.stage import Stage

KEEP = timedelta(days=105)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _afresh(stage: Stage) -> Iterator[None]:
    """Evidence of nobody before, and none left behind."""
    clear = ("SET session_replication_role = replica", "DELETE FROM ops_evidence", "DELETE FROM ops_evidencemark")
    stage.postgres.do(*clear)
    yield
    stage.postgres.do(*clear)


def evidence_of(stage: Stage, days: int, *, each: int = 10) -> None:
    """A row every ten days, the last of them now."""
    stage.clock.ahead -= timedelta(days=days)
    for _ in range(0, days, each):
        Engine(stage.around).run([made_up(says(1))])
        stage.clock.ahead += timedelta(days=each)
    Engine(stage.around).run([made_up(says(1))])


def let_go(stage: Stage, folder: Path, *, keep: timedelta = KEEP) -> int:
    return let_go_of_evidence(keep=keep, data=folder, now=stage.clock())


def test_old_evidence_goes_into_a_file_and_what_is_left_is_still_proved(stage: Stage, tmp_path: Path) -> None:
    evidence_of(stage, 200)
    hashes = list(Evidence.objects.order_by("id").values_list("hash", flat=True))
    assert let_go(stage, tmp_path) == 10
    mark = EvidenceMark.objects.get()
    assert (mark.rows, mark.last_hash) == (10, hashes[9])
    assert list(Evidence.objects.order_by("id").values_list("hash", flat=True)) == hashes[10:]
    assert Run.objects.filter(started_at__lt=stage.clock() - KEEP).count() == 0
    assert check_chain().is_whole
    (packed,) = (tmp_path / "evidence").iterdir()
    assert (packed.stat().st_mode & 0o777, packed.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert hashlib.sha256(packed.read_bytes()).hexdigest() == mark.archive_hash
    with gzip.open(packed, "rt", newline="") as file:
        assert [row["hash"] for row in csv.DictReader(file)] == hashes[:10]


def test_it_goes_a_month_at_a_time_and_marks_follow_each_other(stage: Stage, tmp_path: Path) -> None:
    evidence_of(stage, 200)
    assert let_go(stage, tmp_path) == 10
    assert let_go(stage, tmp_path) == 0
    stage.clock.ahead += 20 * DAY
    assert let_go(stage, tmp_path) == 0
    stage.clock.ahead += 16 * DAY
    assert let_go(stage, tmp_path) == 4
    assert check_chain().is_whole
    Engine(stage.around).run([made_up(says(1))])
    assert check_chain().is_whole


def test_the_newest_row_stays_however_old(stage: Stage, tmp_path: Path) -> None:
    evidence_of(stage, 20)
    stage.clock.ahead += timedelta(days=1000)
    assert let_go(stage, tmp_path) == 2
    assert Evidence.objects.count() == 1
    Engine(stage.around).run([made_up(says(1))])
    assert check_chain().is_whole


def test_young_evidence_stays(stage: Stage, tmp_path: Path) -> None:
    evidence_of(stage, 90)
    assert let_go(stage, tmp_path) == 0
    assert not EvidenceMark.objects.exists()
    assert not (tmp_path / "evidence").exists()


def test_what_is_left_cannot_be_changed_or_begun_later_unnoticed(stage: Stage, tmp_path: Path) -> None:
    evidence_of(stage, 200)
    let_go(stage, tmp_path)
    first, second = Evidence.objects.order_by("id")[:2]
    behind(stage, f"UPDATE ops_evidence SET status = 'ok', value = 7 WHERE id = {second.pk}")
    assert check_chain().broken_at == second.pk
    behind(stage, f"DELETE FROM ops_evidence WHERE id IN ({first.pk}, {second.pk})")
    assert check_chain().broken_at == Evidence.objects.order_by("id")[0].pk


def test_a_mark_nobody_signed_is_found(stage: Stage) -> None:
    """Who may write to the database can take rows away with a mark of their own; they cannot sign it."""
    evidence_of(stage, 40)
    last = Evidence.objects.order_by("id")[2]
    forged = EvidenceMark(
        last_id=last.pk, last_hash=last.hash, rows=3, begins_at=last.at, ends_at=last.at, archive_hash="0" * 64,
        dropped_at=last.at, signature="0" * 64,
    )  # fmt: skip
    forged.save()
    Evidence.objects.filter(id__lte=last.pk).delete()
    assert check_chain().forged_mark == forged.pk


@pytest.mark.parametrize(
    "change", ["rows = rows - 1", "archive_hash = repeat('0', 64)", "ends_at = ends_at - interval '1 day'"]
)
def test_a_changed_mark_is_found(stage: Stage, tmp_path: Path, change: str) -> None:
    evidence_of(stage, 200)
    let_go(stage, tmp_path)
    behind(stage, f"UPDATE ops_evidencemark SET {change}")
    assert check_chain().forged_mark == EvidenceMark.objects.get().pk


def test_a_mark_taken_away_is_found(stage: Stage, tmp_path: Path) -> None:
    evidence_of(stage, 200)
    let_go(stage, tmp_path)
    behind(stage, "DELETE FROM ops_evidencemark")
    assert check_chain().broken_at == Evidence.objects.order_by("id")[0].pk


def test_a_mark_of_another_installation_is_not_ours(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence_of(stage, 200)
    let_go(stage, tmp_path)
    monkeypatch.setattr(settings, "SECRET_KEY", "another secret of another installation")
    assert signature_of(EvidenceMark.objects.get()) != EvidenceMark.objects.get().signature
    assert not check_chain().is_whole


def test_what_is_not_whole_stays_for_a_person_to_look_at(stage: Stage, tmp_path: Path) -> None:
    evidence_of(stage, 200)
    behind(stage, f"UPDATE ops_evidence SET value = 7 WHERE id = {Evidence.objects.order_by('id')[3].pk}")
    assert let_go(stage, tmp_path) == 0
    assert Evidence.objects.count() == 21


def test_the_database_lets_go_of_nothing_else(stage: Stage, tmp_path: Path) -> None:
    evidence_of(stage, 200)
    let_go(stage, tmp_path)
    for statement in (
        "DELETE FROM ops_evidence",
        "UPDATE ops_evidencemark SET rows = 1",
        "DELETE FROM ops_evidencemark",
        "TRUNCATE ops_evidencemark",
    ):
        with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
            cursor.execute(statement)


def behind(stage: Stage, statement: str) -> None:
    """As somebody would who owns the database."""
    stage.postgres.do("SET session_replication_role = replica", statement)
