"""What `midway upgrade` would do, looked at before anything is begun. Needs Django set up on the living database."""

from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

import midway
from midway.ops.recovery.releases import releases
from midway.ops.recovery.upgrade import UpgradeRefused
from midway.runtime.folder import DataFolder
from midway.runtime.migrate import state_before, unknown_migrations
from midway.runtime.schema import narrowing, read_sign


@dataclass(frozen=True)
class UpgradePlan:
    """From which release to which, the migrations that are missing, and what they take from the release before."""

    from_release: str
    to_release: str
    migrations: list[str]
    narrowed: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.migrations) or self.from_release != self.to_release

    def as_json(self) -> dict[str, Any]:
        """The dry run's answer."""
        return {
            "from": self.from_release, "to": self.to_release, "migrations": self.migrations,
            "narrowed": self.narrowed, "done": False,
        }  # fmt: skip

    def words(self) -> str:
        """The dry run for people."""
        if not self.is_needed:
            return f"The database is of Midway {self.to_release} already: nothing to do."
        lines = [f"From Midway {self.from_release} to {self.to_release}, {len(self.migrations)} migrations:"]
        lines += [f"  {name}" for name in self.migrations]
        lines.append(
            "A backup is made and proved, and all of it tried on what was restored from it. Then Midway closes for as\n"
            "long as it takes to copy and migrate the database; the one of before is kept."
        )
        if self.narrowed:
            taken = "\n".join(f"  {name} {why}" for name, reasons in self.narrowed.items() for why in reasons)
            lines.append(f"Afterwards Midway {self.from_release} could not run on it any more:\n{taken}")
        else:
            lines.append(f"Afterwards Midway {self.from_release} could still run on it: midway recover app --back.")
        lines.append("Nothing was changed: say --yes to do it.")
        return "\n".join(lines)


def plan_upgrade(folder: DataFolder) -> UpgradePlan:
    """What an upgrade to this release would do. Raises `UpgradeRefused` for a database it cannot upgrade."""
    executor = MigrationExecutor(connection)
    if not executor.loader.applied_migrations:
        raise UpgradeRefused("The database is empty: midway up fills it, and midway recover database leads back")
    unknown = unknown_migrations(executor.loader)
    with connection.cursor() as cursor:
        sign = read_sign(cursor)
    if unknown:
        maker = f"Midway {sign.release}" if sign else "a newer Midway"
        raise UpgradeRefused(
            f"The database is of {maker} already ({unknown[0]}), and this is {midway.__version__}: install that one. "
            "midway recover app --back says whether one can go back"
        )
    plan = [migration for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    narrowed = narrowing(plan, state_before(executor.loader))
    known = releases(folder)
    before = sign.release if sign else known[-1].version if known else "an earlier release"
    names = [f"{one.app_label}.{one.name}" for one in plan]
    return UpgradePlan(before, midway.__version__, names, narrowed)
