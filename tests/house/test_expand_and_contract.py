"""A migration takes nothing away that the last release still uses: an earlier one did without it, or it waits."""

import json
from pathlib import Path

import pytest
from django.apps import apps
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from tests.house.test_sizes_and_names import ROOT

from midway.runtime.expand_contract import Released, too_early

RECORD = Path(ROOT) / "docs" / "released.json"
OUT = [Released("0.1.0", {"booking": "0001_initial"}), Released("0.2.0", {"booking": "0002_words"})]


def released() -> list[Released]:
    return [Released(one["version"], one["heads"]) for one in json.loads(RECORD.read_text())]


def test_no_migration_takes_what_the_last_release_uses() -> None:
    out = released()
    loader = MigrationLoader(None)
    ours = {app.label for app in apps.get_app_configs() if app.name.startswith("midway.")}
    ordered = [key for leaf in loader.graph.leaf_nodes() for key in loader.graph.forwards_plan(leaf) if key[0] in ours]
    nodes = list(out[-1].heads.items()) if out else []
    state = loader.project_state(nodes) if nodes else None
    assert too_early([loader.disk_migrations[key] for key in dict.fromkeys(ordered)], out, state) == []


def test_the_record_names_migrations_there_are() -> None:
    loader = MigrationLoader(None)
    assert [head for one in released() for head in one.heads.items() if head not in loader.disk_migrations] == []


def migration(*operations: Operation, name: str = "0003_next", **declared: str) -> migrations.Migration:
    made: migrations.Migration = type("Migration", (migrations.Migration,), declared)(name, "booking")
    made.operations = list(operations)
    return made


def as_released() -> ProjectState:
    state = ProjectState()
    fields = [("id", models.AutoField(primary_key=True)), ("note", models.CharField(max_length=40, null=True))]
    state.add_model(ModelState("booking", "Visit", fields))
    return state


TAKES = [
    migrations.RemoveField("visit", "note"),
    migrations.DeleteModel("Visit"),
    migrations.RenameField("visit", "note", "words"),
    migrations.RenameModel("Visit", "Clean"),
    migrations.AlterField("visit", "note", models.CharField(max_length=40)),
    migrations.AlterField("visit", "note", models.CharField(max_length=20, null=True)),
    migrations.AlterField("visit", "note", models.CharField(max_length=40, null=True, unique=True)),
    migrations.AlterField("visit", "note", models.IntegerField(null=True)),
    migrations.AddField("visit", "must", models.TextField(default="")),
    migrations.AddConstraint("visit", models.CheckConstraint(condition=models.Q(id__gt=0), name="counted")),
    migrations.AlterModelTable("visit", "cleans"),
    migrations.AlterUniqueTogether("visit", {("note",)}),
    migrations.RunSQL("ALTER TABLE booking_visit DROP COLUMN note"),
]


@pytest.mark.parametrize("operation", TAKES, ids=lambda one: one.describe())
def test_taking_in_one_step_is_noticed(operation: Operation) -> None:
    found = too_early([migration(operation)], OUT, as_released())
    assert len(found) == 1
    assert "expand first" in found[0]


LEAVES = [
    migrations.AddField("visit", "may", models.TextField(null=True)),
    migrations.AddField("visit", "filled", models.TextField(db_default="")),
    migrations.AlterField("visit", "note", models.CharField(max_length=80, null=True, help_text="Longer")),
    migrations.AlterField("visit", "note", models.CharField(max_length=40, null=True, db_default="", blank=True)),
    migrations.AddIndex("visit", models.Index(fields=["note"], name="by_note")),
    migrations.CreateModel("Thing", fields=[("id", models.AutoField(primary_key=True))]),
]


@pytest.mark.parametrize("operation", LEAVES, ids=lambda one: one.describe())
def test_widening_is_free(operation: Operation) -> None:
    assert too_early([migration(operation)], OUT, as_released()) == []


def test_a_contract_waits_for_the_release_that_does_without() -> None:
    takes = migrations.RemoveField("visit", "note")
    assert too_early([migration(takes, contract="0.2.0")], OUT, as_released()) == []
    assert "0.3.0, which is not out yet" in too_early([migration(takes, contract="0.3.0")], OUT, as_released())[0]


def test_what_came_since_the_release_can_be_changed_freely() -> None:
    made = migration(migrations.CreateModel("Thing", fields=[("id", models.AutoField(primary_key=True))]))
    dropped = migration(migrations.DeleteModel("Thing"), name="0004_no")
    assert too_early([made, dropped], OUT, as_released()) == []


def test_sql_that_says_why_it_only_widens_is_believed_and_nothing_beside_it() -> None:
    sql = migrations.RunSQL("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    assert too_early([migration(sql, widens="A function nobody knew before")], OUT, as_released()) == []
    both = migration(sql, migrations.RemoveField("visit", "note"), widens="A function nobody knew before")
    assert too_early([both], OUT, as_released())


def test_before_the_first_release_and_for_what_it_came_with_anything_goes() -> None:
    takes = migrations.RemoveField("visit", "note")
    assert too_early([migration(takes)], [], as_released()) == []
    assert too_early([migration(takes, name="0002_words")], OUT, as_released()) == []
