"""What a migration takes from the code before it, and the sign on the schema: who made it, and who can run on it.

The sign is a comment on the table of migrations, because it goes wherever the schema goes: into every backup and copy,
through every exchange, to every host. Code of a release it names may run although it does not know every migration.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.migrations.migration import Migration
    from django.db.migrations.operations.base import Operation
    from django.db.migrations.state import ProjectState

_WIDENS = {
    "CreateModel", "AddIndex", "AddIndexConcurrently", "RemoveIndex", "RemoveIndexConcurrently", "RemoveConstraint",
    "AlterModelOptions", "AlterModelManagers", "AlterModelTableComment", "ValidateConstraint", "RenameIndex",
    "CreateExtension", "BtreeGistExtension", "TrigramExtension", "UnaccentExtension",
}  # fmt: skip
_OPAQUE = {"RunSQL", "RunPython"}
# What only Python and people see of a column.
_WORDS_OF_A_FIELD = {
    "choices", "help_text", "verbose_name", "validators", "blank", "default", "error_messages", "editable",
    "db_comment", "related_name", "related_query_name", "on_delete", "limit_choices_to",
}  # fmt: skip
_READ = "SELECT obj_description(to_regclass('django_migrations'), 'pg_class')"


@dataclass
class Since:
    """What has come since the code we ask for: it cannot miss what it never knew."""

    models: set[tuple[str, str]] = field(default_factory=set)
    fields: set[tuple[str, str, str]] = field(default_factory=set)

    def note(self, app: str, operation: "Operation") -> None:
        """Will remember what this operation makes."""
        kind = type(operation).__name__
        if kind == "CreateModel":
            self.models.add((app, operation.name_lower))  # type: ignore[attr-defined]
        elif kind == "AddField":
            self.fields.add((app, operation.model_name_lower, operation.name_lower))  # type: ignore[attr-defined]

    def knows(self, app: str, operation: "Operation") -> bool:
        """Whether it is about a table or a column that came since."""
        model = getattr(operation, "model_name_lower", None) or getattr(operation, "name_lower", "")
        column = getattr(operation, "name_lower", "")
        return (app, model) in self.models or (app, model, column) in self.fields


def narrowing(migrations: Iterable["Migration"], state: "ProjectState | None" = None) -> dict[str, list[str]]:
    """Each of these migrations that takes something from the code before them, and what; in their order.

    `state` is the models before them, and is changed. A migration may say in `widens` why its SQL or Python, which
    nobody can judge, leaves alone what code of before uses; it says nothing about its other operations.
    """
    since, found = Since(), {}
    for migration in migrations:
        reasons = []
        for operation in migration.operations:
            is_explained = type(operation).__name__ in _OPAQUE and bool(getattr(migration, "widens", ""))
            if not is_explained:
                reasons += narrows(operation, app=migration.app_label, since=since, state=state)
            since.note(migration.app_label, operation)
            if state is not None:
                operation.state_forwards(migration.app_label, state)
        if reasons:
            found[f"{migration.app_label}.{migration.name}"] = reasons
    return found


def narrows(
    operation: "Operation", *, app: str = "", since: Since | None = None, state: "ProjectState | None" = None
) -> list[str]:
    """Why code from before this operation could fail after it; nothing when it only widens."""
    kind = type(operation).__name__
    facts: Any = operation
    if kind in _WIDENS or (since is not None and since.knows(app, operation)):
        return []
    if kind == "SeparateDatabaseAndState":
        inside = facts.database_operations
        return [why for one in inside for why in narrows(one, app=app, since=since, state=state)]
    if kind == "AddField":
        column = facts.field
        if column.null or column.many_to_many or column.generated or column.has_db_default():
            return []
        return [f"adds {facts.model_name_lower}.{facts.name}, which must be filled"]
    if kind == "AlterField" and state is not None:
        before = state.models[app, facts.model_name_lower].fields[facts.name]
        if not _tightens(before, facts.field):
            return []
        return [f"tightens {facts.model_name_lower}.{facts.name}"]
    return [f"does more than widen ({operation.describe()})"]


def _tightens(before: Any, after: Any) -> bool:
    _, was_class, _, was = before.deconstruct()
    _, is_class, _, now = after.deconstruct()
    changed = {name for name in {*was, *now} if was.get(name) != now.get(name)} - _WORDS_OF_A_FIELD
    if now.get("null"):
        changed.discard("null")
    if "db_default" in now:
        changed.discard("db_default")
    longer = (now.get("max_length") or 0) > (was.get("max_length") or 0)
    if longer:
        changed.discard("max_length")
    return was_class != is_class or bool(changed)


@dataclass(frozen=True)
class SchemaSign:
    """Which release made the schema, the earlier ones whose code can run on it, and what it was made of."""

    release: str
    fits: tuple[str, ...]
    migrations: str

    def carries(self, release: str, applied: Iterable[str]) -> bool:
        """Whether code of this release may run; not when something was applied since the sign was written."""
        return (release == self.release or release in self.fits) and self.migrations == digest_of(applied)

    def words(self) -> str:
        """The sign as it is written."""
        return json.dumps({"release": self.release, "fits": list(self.fits), "migrations": self.migrations})


def sign_after(
    before: SchemaSign | None, *, release: str, narrowed: Mapping[str, Any], applied: Iterable[str]
) -> SchemaSign:
    """The sign once a release has migrated: who could run before still can, if nothing was narrowed. Pure."""
    carried: list[str] = []
    if before is not None and not narrowed:
        carried = [one for one in dict.fromkeys((*before.fits, before.release)) if one != release]
    return SchemaSign(release, tuple(carried), digest_of(applied))


def digest_of(applied: Iterable[str]) -> str:
    """A short word for exactly these migrations."""
    return hashlib.sha256("\n".join(sorted(applied)).encode()).hexdigest()[:16]


def read_sign(cursor: Any) -> SchemaSign | None:
    """The sign on this database; none on one from before there were signs, or that cannot be read."""
    cursor.execute(_READ)
    row = cursor.fetchone()
    try:
        facts = json.loads(row[0])
        return SchemaSign(str(facts["release"]), tuple(facts["fits"]), str(facts["migrations"]))
    except (TypeError, ValueError, KeyError):
        return None


def write_sign(cursor: Any, sign: SchemaSign) -> None:
    """Will hang the sign on the database."""
    quoted = sign.words().replace("'", "''")
    cursor.execute(f"COMMENT ON TABLE django_migrations IS '{quoted}'")
