"""Bringing a database to this version, and the sign on it that says which earlier versions can run on it too."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

import midway
from midway.runtime.problem import CannotRun
from midway.runtime.schema import SchemaSign, narrowing, read_sign, sign_after, write_sign


@dataclass(frozen=True)
class Migrated:
    """What was done to the schema, and the sign it carries now."""

    applied: list[str]
    sign: SchemaSign
    is_newer: bool = False

    def words(self) -> str:
        """In one line."""
        if self.is_newer:
            return f"Database is of Midway {self.sign.release}, which only widened it"
        return f"Database up to date ({len(self.applied)} migrations applied)"


def bring_up_to_date(
    *, version: str = midway.__version__, at_once: bool = False, tell: Callable[[str], None] = lambda line: None
) -> Migrated:
    """Will apply what is missing and hang the sign on the schema.

    What takes something from the release before is only done `at_once`, as `midway upgrade` does it, on a copy.
    Raises `CannotRun`.
    """
    executor = MigrationExecutor(connection)
    applied = [".".join(key) for key in executor.loader.applied_migrations]
    with connection.cursor() as cursor:
        before = read_sign(cursor)
    unknown = unknown_migrations(executor.loader)
    plan = [migration for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    if unknown:
        # What both lack of the other cannot have been released one after the other.
        if plan or before is None or not before.carries(version, applied):
            raise CannotRun(
                f"The database was changed by a newer Midway ({unknown[0]}): run that version, or use another database"
            )
        return Migrated([], before, is_newer=True)
    narrowed = narrowing(plan, state_before(executor.loader)) if before is not None else {}
    if narrowed and before is not None and before.release != version and not at_once:
        raise CannotRun(
            f"This release takes from the database what Midway {before.release} uses ({next(iter(narrowed))}): "
            "midway upgrade does it with a proved backup and a way back"
        )
    if plan:
        _refuse_while_only_reading()
        call_command("migrate", verbosity=1, interactive=False, stdout=_Lines(tell))
    everything = [".".join(key) for key in MigrationRecorder(connection).applied_migrations()]
    sign = sign_after(before, release=version, narrowed=narrowed, applied=everything)
    if sign != before and not _only_reads():
        with connection.cursor() as cursor:
            write_sign(cursor, sign)
    return Migrated([f"{one.app_label}.{one.name}" for one in plan], sign)


def unknown_migrations(loader: MigrationLoader) -> list[str]:
    """What is applied to our parts of the database and not ours."""
    applied, disk = set(loader.applied_migrations), set(loader.disk_migrations)
    ours = {app for app, _ in disk}
    replaced = {(one[0], one[1]) for found in loader.disk_migrations.values() for one in found.replaces}
    return sorted(f"{app}.{name}" for app, name in applied - disk - replaced if app in ours)


def state_before(loader: MigrationLoader) -> ProjectState:
    """The models as the applied migrations left them."""
    nodes = [key for key in loader.applied_migrations if key in loader.graph.nodes]
    return loader.project_state(nodes)


def _only_reads() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        return bool(cursor.fetchone() == ("on",))


def _refuse_while_only_reading() -> None:
    if _only_reads():
        raise CannotRun(
            "The database only takes reads, as an upgrade that was interrupted leaves it: midway upgrade --resume goes "
            "on, --abandon goes back"
        )


class _Lines:
    """Where `migrate` writes; each whole line is told."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._begun = ""

    def write(self, text: str) -> int:
        """Will tell what is complete."""
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            if line.strip().startswith("Applying"):
                self._tell(line.strip())
        return len(text)

    def flush(self) -> None:
        """Nothing is kept back."""
