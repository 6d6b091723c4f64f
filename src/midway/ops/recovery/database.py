"""What is wrong with the database, and which way leads out: looked at from outside, before anything is touched."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import psycopg
from psycopg import sql

from midway.ops.backup.catalogue import CatalogueDamaged
from midway.ops.backup.listing import Listed, list_backups
from midway.ops.backup.manifest import ManifestDamaged, read_manifest
from midway.ops.backup.point_in_time import past_of
from midway.ops.backup.server import Server
from midway.ops.backup.setting import Setting
from midway.ops.recovery import upgrade
from midway.ops.recovery.restore import Step, restore_under_way
from midway.ops.recovery.restore import kept_databases as kept_by_restores
from midway.ops.recovery.steps import is_worked_on

_UNKNOWN_DATABASE = "3D000"
_COMPANY = "crew_branch"
"""Whoever has set up a company has a branch."""
_ANY = sql.SQL("SELECT 1 FROM {} LIMIT 1")


class Trouble(StrEnum):
    """What can be wrong, the furthest from serving first."""

    DOWN = "down"
    FILES_GONE = "files gone"
    NO_DATABASE = "no database"
    EMPTY = "empty"
    DAMAGED = "damaged"
    RESTORING = "restoring"
    UPGRADING = "upgrading"
    NONE = "none"


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong, in words, which backup would be used, and what to do."""

    trouble: Trouble
    says: str
    backup: str | None
    backup_of: datetime | None
    next_step: str

    @property
    def can_restore(self) -> bool:
        """Whether a server is there to restore into, and a backup to restore."""
        wanted = {Trouble.NO_DATABASE, Trouble.EMPTY, Trouble.DAMAGED}
        return self.trouble in wanted and self.backup is not None

    def as_json(self) -> dict[str, Any]:
        """The dry run's answer."""
        moment = self.backup_of.isoformat() if self.backup_of else None
        return {
            "trouble": self.trouble.value, "says": self.says, "backup": self.backup, "as_of": moment,
            "next_step": self.next_step,
        }  # fmt: skip

    def words(self) -> str:
        """For people."""
        of = (
            f"\nNewest proved backup: {self.backup}, of {self.backup_of:%Y-%m-%d %H:%M:%S} UTC"
            if self.backup_of
            else ""
        )
        return f"{self.says}{of}\nNext: {self.next_step}"


def diagnose(setting: Setting) -> Diagnosis:
    """What is wrong with the database and what to do. Only looks. Raises `CannotRun` for an unreadable note."""
    trouble, says = _trouble(setting)
    try:
        proved = (row for row in list_backups(setting) if row.is_here and row.is_proved)
        # After a night on an empty database its backup is the newest, and of no use.
        best = next((row for row in proved if trouble is not Trouble.EMPTY or _holds_a_company(setting, row)), None)
        missing = "no proved backup lies here: midway backup list, midway backup verify --off-host"
    except CatalogueDamaged as problem:
        best, missing = None, f"{problem}: midway backup list --rebuild, then midway backup drill"
    return Diagnosis(
        trouble, says, best.code if best else None, best.made_at if best else None,
        _next_step(setting, trouble, best, missing),
    )  # fmt: skip


def unfinished(setting: Setting) -> Diagnosis | None:
    """The restore or upgrade that was begun and is not done. Raises `CannotRun` for an unreadable note."""
    restoring = restore_under_way(setting)
    if restoring is not None and restoring.step is not Step.DONE:
        says = f"A restore of {restoring.code} {_stands(setting)} at its step {restoring.step}."
        return Diagnosis(Trouble.RESTORING, says, None, None, _next_step(setting, Trouble.RESTORING, None, ""))
    upgrading = upgrade.upgrade_under_way(setting)
    if upgrading is not None and upgrading.step is not upgrade.Step.DONE:
        says = f"The upgrade to {upgrading.to_release} {_stands(setting)} at its step {upgrading.step}."
        return Diagnosis(Trouble.UPGRADING, says, None, None, _next_step(setting, Trouble.UPGRADING, None, ""))
    return None


def _stands(setting: Setting) -> str:
    return "is" if is_worked_on(setting) else "stopped"


def kept_databases(setting: Setting) -> list[tuple[str, str]]:
    """The databases from before, kept beside the living one, each with the command that drops it."""
    upgraded = upgrade.upgrade_under_way(setting)
    kept = [(name, "midway backup sign-off") for name in kept_by_restores(setting)]
    if upgraded is not None and upgraded.step is upgrade.Step.DONE:
        kept.append((upgraded.aside, "midway upgrade --sign-off"))
    return kept


def _trouble(setting: Setting) -> tuple[Trouble, str]:
    left = unfinished(setting)
    if left is not None:
        return left.trouble, left.says
    if not setting.server.url:
        return _nothing_runs(setting)
    try:
        with psycopg.connect(setting.server.url, connect_timeout=5, autocommit=True) as session:
            return _inside(setting, session)
    except psycopg.OperationalError as problem:
        return _outside(setting, problem)
    except psycopg.Error as problem:
        return Trouble.DAMAGED, f"The database cannot be read: {str(problem).splitlines()[0]}"


def _inside(setting: Setting, session: "psycopg.Connection[tuple[Any, ...]]") -> tuple[Trouble, str]:
    (is_made,) = session.execute("SELECT to_regclass('public.django_migrations') IS NOT NULL").fetchone() or (False,)
    if not is_made:
        return Trouble.EMPTY, "The server runs and the database is empty: none of Midway's tables is there."
    names = session.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"
    ).fetchall()
    for (name,) in names:
        try:
            # Every column is read to its end: a count alone would not touch what is kept beside the table.
            session.execute(sql.SQL("SELECT sum(length({0}::text)) FROM {0}").format(sql.Identifier(name)))
        except psycopg.Error as problem:
            return Trouble.DAMAGED, f"The table {name} cannot be read: {str(problem).splitlines()[0]}"
    if setting.store.codes() and not session.execute(_ANY.format(sql.Identifier(_COMPANY))).fetchone():
        return Trouble.EMPTY, "The server runs, and no company is in its tables: it was made anew, or all was deleted."
    return Trouble.NONE, f"The server runs, and all of {len(names)} tables can be read to the end."


def _outside(setting: Setting, problem: psycopg.OperationalError) -> tuple[Trouble, str]:
    if _is_unknown(setting.server, problem):
        return Trouble.NO_DATABASE, f"The server runs and has no database {setting.server.database}."
    first = (str(problem).strip().splitlines() or ["no reason given"])[-1]
    is_ours = f"?host={setting.folder.run}" in setting.server.url or "?host=/" in setting.server.url
    if is_ours and _are_files_gone(setting):
        return Trouble.FILES_GONE, f"The server does not run, and its files in {setting.folder.postgres} are gone."
    return Trouble.DOWN, f"The server does not answer: {first.strip()}"


def _holds_a_company(setting: Setting, row: Listed) -> bool:
    try:
        manifest = read_manifest(setting.store.folder(row.code), setting.keys.verifying_key())
    except ManifestDamaged:
        return False
    branches = manifest.tables.get(f"public.{_COMPANY}")
    return branches is not None and branches.rows > 0


def _nothing_runs(setting: Setting) -> tuple[Trouble, str]:
    if _are_files_gone(setting):
        return Trouble.FILES_GONE, f"Nothing runs here, and the server's files in {setting.folder.postgres} are gone."
    return Trouble.DOWN, f"Nothing runs on {setting.folder.path}."


def _are_files_gone(setting: Setting) -> bool:
    return not (setting.folder.postgres / "PG_VERSION").exists() and bool(setting.store.codes())


def _is_unknown(server: Server, problem: psycopg.OperationalError) -> bool:
    if problem.sqlstate == _UNKNOWN_DATABASE:
        return True
    try:
        with psycopg.connect(server.named("postgres").url, connect_timeout=5, autocommit=True) as session:
            found = session.execute("SELECT 1 FROM pg_database WHERE datname = %s", [server.database]).fetchone()
            return found is None
    except psycopg.Error:
        return False


def _next_step(setting: Setting, trouble: Trouble, best: Listed | None, missing: str) -> str:
    if trouble is Trouble.NONE:
        past = past_of(setting).bases()
        moment = "; to a moment: midway backup as-of MOMENT" if past else ""
        return (
            "nothing. If rows are wrong: midway recover rows BACKUP --customer CODE; all of it: midway backup restore "
            f"BACKUP{moment}"
        )
    if trouble in (Trouble.RESTORING, Trouble.UPGRADING) and is_worked_on(setting):
        return "nothing. A command is at it just now: wait until it is done"
    if trouble is Trouble.RESTORING:
        return "midway backup restore --resume goes on, --abandon goes back to the database of before"
    if trouble is Trouble.UPGRADING:
        return f"{upgrade.RESUME} goes on, midway upgrade --abandon goes back to the database of before"
    if trouble is Trouble.DOWN:
        return "see log/postgres.log and start the server: midway up. Nothing must be restored for this"
    if trouble is Trouble.FILES_GONE:
        return "midway up makes a new, empty server; then midway recover database --yes fills it from the backup"
    if best is None:
        return missing
    return f"midway recover database --yes restores {best.code} beside it, compares every table, then exchanges"
