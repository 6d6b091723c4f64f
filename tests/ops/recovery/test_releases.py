"""One goes back to a release only where its code can run on the database as it is."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

from midway.ops.recovery.releases import Release, note_release, releases, way_back
from midway.runtime.folder import DataFolder
from midway.runtime.problem import CannotRun
from midway.runtime.schema import narrows

NOW = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)


def migration(*operations: Operation) -> migrations.Migration:
    made = migrations.Migration("0002", "booking")
    made.operations = list(operations)
    return made


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (migrations.CreateModel("Thing", fields=[("id", models.AutoField(primary_key=True))]), True),
        (migrations.AddField("visit", "note", models.TextField(null=True)), True),
        (migrations.AddField("visit", "note", models.TextField(db_default="")), True),
        (migrations.AddField("visit", "note", models.TextField(default="")), False),  # the default is Python's alone
        (migrations.AddIndex("visit", models.Index(fields=["id"], name="by_id")), True),
        (migrations.RemoveField("visit", "note"), False),
        (migrations.RenameField("visit", "note", "words"), False),
        (migrations.DeleteModel("Thing"), False),
        (migrations.RunSQL("SELECT 1"), False),
        (migrations.AddConstraint("visit", models.CheckConstraint(condition=models.Q(id__gt=0), name="x")), False),
        (migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Thing")]), True),
        (migrations.SeparateDatabaseAndState(database_operations=[migrations.RunSQL("SELECT 1")]), False),
    ],
)
def test_what_only_widens_is_known(operation: Operation, expected: bool) -> None:
    assert (narrows(operation) == []) is expected


WIDE = migration(migrations.AddField("visit", "note", models.TextField(null=True)))
NARROW = migration(migrations.RemoveField("visit", "note"))
BEFORE = [Release("1.0", "", ["booking.0001"]), Release("1.1", "", ["booking.0001", "booking.0002"])]


def test_the_way_is_open_when_the_schema_was_only_widened() -> None:
    found = way_back(BEFORE, version="1.1", applied=BEFORE[1].migrations, disk={"booking.0002": WIDE})
    assert found.is_open
    assert found.release == BEFORE[0]
    assert "1.0 can run" in found.words()


@pytest.mark.parametrize(
    ("applied", "disk", "why"),
    [
        (["booking.0001", "booking.0002"], {"booking.0002": NARROW}, "does more than widen"),
        (["booking.0001", "booking.0002"], {}, "of neither release"),
        (["booking.0002"], {"booking.0002": WIDE}, "is missing"),
    ],
)
def test_the_way_is_refused_with_the_reason(
    applied: list[str], disk: dict[str, migrations.Migration], why: str
) -> None:
    found = way_back(BEFORE, version="1.1", applied=applied, disk=disk)
    assert not found.is_open
    assert why in found.words()


def test_the_first_release_has_none_before() -> None:
    assert not way_back(BEFORE[:1], version="1.0", applied=[], disk={}).is_open


def test_each_release_is_recorded_once_with_its_latest_migrations(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    for version, applied in (("1.0", ["a.1"]), ("1.0", ["a.1"]), ("1.1", ["a.1", "a.2"]), ("1.1", ["a.3", "a.1"])):
        note_release(folder, version=version, migrations=applied, at=NOW)
    assert [(one.version, one.migrations) for one in releases(folder)] == [("1.0", ["a.1"]), ("1.1", ["a.1", "a.3"])]


def test_a_record_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "releases.json").write_text("{")
    with pytest.raises(CannotRun, match=r"releases\.json cannot be read"):
        releases(DataFolder(tmp_path))
