"""Expand first, contract later: what a migration may take from the releases that were out when it was written.

Between two releases both run for a while, and one may have to go back. So nothing the last release uses is removed,
renamed or tightened, unless an earlier release stopped using it. Such a migration says so: `contract = "0.3.0"` names
the first release whose code does without what it takes away.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from midway.runtime.schema import narrowing

if TYPE_CHECKING:
    from django.db.migrations.migration import Migration
    from django.db.migrations.state import ProjectState


@dataclass(frozen=True)
class Released:
    """A release that is out, and the last migration of each part in it."""

    version: str
    heads: Mapping[str, str]

    def has(self, migration: "Migration") -> bool:
        """Whether it came with this release or an earlier one; migrations of a part are numbered."""
        return migration.name <= self.heads.get(migration.app_label, "")


def too_early(
    migrations: Iterable["Migration"], released: Sequence[Released], state: "ProjectState | None" = None
) -> list[str]:
    """Which of these migrations, in their order, take from the last release what it still uses; and why, in words.

    `state` is the models as the last release has them. Without a release yet, nobody can miss anything.
    """
    if not released:
        return []
    since = [one for one in migrations if not released[-1].has(one)]
    declared = {f"{one.app_label}.{one.name}": str(getattr(one, "contract", "")) for one in since}
    out = {one.version for one in released}
    return [
        f"{name} {'; '.join(reasons)}: {_what_is_missing(declared[name])}"
        for name, reasons in narrowing(since, state).items()
        if declared[name] not in out
    ]


def _what_is_missing(declared: str) -> str:
    if not declared:
        return 'expand first, and contract once a release that does without is out (`contract = "version"`)'
    return f"it is declared as a contract of {declared}, which is not out yet"
