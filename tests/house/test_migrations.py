"""Migrations: none missing, none that breaks the version still running."""

import io

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, migrations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

LOSING = (migrations.RemoveField, migrations.DeleteModel, migrations.RenameField, migrations.RenameModel)


def of_ours() -> list[migrations.Migration]:
    labels = {app.label for app in apps.get_app_configs() if app.name.startswith("midway.")}
    loader = MigrationLoader(None)
    return [migration for (label, _), migration in sorted(loader.disk_migrations.items()) if label in labels]


def what_would_lose(migration: migrations.Migration) -> list[str]:
    """Steps that the version still serving cannot live with. They belong in a migration whose name ends in
    `_after_deploy`, which runs when nobody reads the column any more."""
    if migration.name.endswith("_after_deploy"):
        return []
    return [operation.describe() for operation in migration.operations if isinstance(operation, LOSING)]


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, stdout=io.StringIO())


def test_nothing_is_dropped_while_the_old_version_still_serves() -> None:
    assert of_ours()
    assert [what for migration in of_ours() for what in what_would_lose(migration)] == []


@pytest.mark.parametrize("operation", [migrations.RemoveField("visit", "state"), migrations.DeleteModel("Visit")])
def test_dropping_in_one_step_is_noticed(operation: Operation) -> None:
    one_step = type("Migration", (migrations.Migration,), {"operations": [operation]})
    assert what_would_lose(one_step("0002_drop", "booking"))
    assert not what_would_lose(one_step("0002_drop_after_deploy", "booking"))


def test_every_migration_can_be_taken_back() -> None:
    stuck = [
        f"{migration.app_label}.{migration.name}: {operation.describe()}"
        for migration in of_ours()
        for operation in migration.operations
        if not operation.reversible
    ]
    assert stuck == []


@pytest.mark.django_db
def test_the_calendars_functions_and_triggers_come_and_go_whole() -> None:
    from importlib import import_module

    calendar = import_module("midway.crew.migrations.0002_calendar")
    quicker = import_module("midway.crew.migrations.0004_quicker_bits")

    def made() -> tuple[list[str], list[str]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT proname FROM pg_proc WHERE proname LIKE 'crew!_%' ESCAPE '!' ORDER BY 1")
            functions = [row[0] for row in cursor.fetchall()]
            cursor.execute(
                "SELECT tgname FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid"
                " WHERE NOT tgisinternal AND relname LIKE 'crew%' ORDER BY 1"
            )
            return functions, [row[0] for row in cursor.fetchall()]

    before = made()
    assert len(before[0]) == 12
    assert len(before[1]) == 6
    with connection.cursor() as cursor:
        cursor.execute(quicker.BACKWARD)
        cursor.execute(calendar.BACKWARD)
        assert made() == ([], [])
        cursor.execute(calendar.FORWARD)
        cursor.execute(quicker.FORWARD)
    assert made() == before
