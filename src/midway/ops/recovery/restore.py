"""Restore the living database from a backup: into a new one, compared, then exchanged, the old one kept.

Each step is written down before it is begun, in a file beside the database, and may be begun again: whatever
interrupts a restore, the old database or the new one is whole, and `midway backup restore --resume` or `--abandon` goes
on from there. What goes wrong by itself, rather than by a kill, is taken back at once.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from midway.ops.backup.drill import drill_backup
from midway.ops.backup.fingerprint import fingerprint, mismatches, sequences_behind
from midway.ops.backup.load import load_dump, load_roles
from midway.ops.backup.manifest import Manifest, read_manifest
from midway.ops.backup.rehearsal import finished_rehearsal, start_rehearsal
from midway.ops.backup.server import binaries_for
from midway.ops.backup.setting import Setting
from midway.ops.backup.store import refuse_without_room
from midway.ops.backup.verify import names_and_hashes_wrong, open_backup
from midway.ops.backup.work import work_folder
from midway.ops.recovery.steps import Way, alone, take_steps
from midway.ops.recovery.swap import (
    MayNot,
    database_names,
    drop_database,
    exchange,
    name_beside,
    named_beside,
    refuse_who_may_not,
)
from midway.runtime.clock import now
from midway.runtime.folder import write_whole
from midway.runtime.maintenance import begin_maintenance, end_maintenance
from midway.runtime.problem import CannotRun

_ROOM = 2.5
RESUME = "midway backup restore --resume"


class Step(StrEnum):
    """What a restore does, in order. The first two leave the living database alone."""

    PROVE = "prove"
    LOAD = "load"
    CLOSE = "close"
    EXCHANGE = "exchange"
    LOOK = "look"
    OPEN = "open"
    DONE = "done"


class RestoreRefused(CannotRun):
    """The restore was not done and nothing has changed. The message says why and what to do."""


@dataclass(frozen=True)
class Restore:
    """A restore under way or done: which backup, how far, and the names of the databases.

    `taken_up` says that Midway went on with it by itself, which it does once.
    """

    code: str
    step: Step
    begun_at: datetime
    incoming: str
    aside: str
    taken_up: bool = False

    def at(self, step: Step) -> "Restore":
        """The same restore at another step."""
        return replace(self, step=step)

    def write(self, setting: Setting) -> None:
        """Will write down how far it is, whole or not at all."""
        facts = {**asdict(self), "begun_at": self.begun_at.isoformat()}
        write_whole(restore_file(setting), json.dumps(facts) + "\n")


@dataclass(frozen=True)
class RestorePlan:
    """What a restore would do and what would be lost by it: looked at, nothing changed."""

    code: str
    database: str
    snapshot_at: datetime
    rows: int
    lost: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """The dry run's answer."""
        return {
            "code": self.code, "database": self.database, "snapshot_at": self.snapshot_at.isoformat(),
            "rows": self.rows, "lost": self.lost, "done": False,
        }  # fmt: skip

    def words(self) -> str:
        """The dry run for people."""
        lost = "".join(f"\n  {what}: {count:,}" for what, count in self.lost.items() if count) or (
            "\n  nothing" if self.lost else "\n  the database of now could not say"
        )
        return (
            f"Would put {self.database} back to {self.snapshot_at:%Y-%m-%d %H:%M:%S} UTC ({self.rows:,} rows).\n"
            f"What has come since and would be lost:{lost}\n"
            f"The database of now is kept beside it until you sign off. Nothing was changed: say --yes to do it."
        )


# What people would ask about first.
_SINCE = {
    "bookings": "SELECT count(*) FROM booking_booking WHERE created_at > %s",
    "visits": "SELECT count(*) FROM booking_visit WHERE created_at > %s",
    "customers": "SELECT count(*) FROM customers_customer WHERE created_at > %s",
    "changes in the journal": "SELECT count(*) FROM journal_entry WHERE at > %s",
}


def restore_file(setting: Setting) -> Path:
    """Where the restore under way is written down."""
    return setting.folder.path / "restore.json"


def restore_under_way(setting: Setting) -> Restore | None:
    """The restore that is under way or was the last. Raises `CannotRun` when its note cannot be read."""
    try:
        facts = json.loads(restore_file(setting).read_text())
        return Restore(**{**facts, "step": Step(facts["step"]), "begun_at": datetime.fromisoformat(facts["begun_at"])})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise CannotRun(
            f"{restore_file(setting)} cannot be read ({problem}): compare it with the databases"
        ) from problem


def plan_restore(setting: Setting, code: str) -> RestorePlan:
    """What restoring this backup would do, and what would be lost. Raises `UnknownBackup` or `ManifestDamaged`."""
    manifest = read_manifest(setting.store.folder(code), setting.keys.verifying_key())
    lost: dict[str, int] = {}
    try:
        with setting.server.connection(autocommit=True) as session:
            for what, question in _SINCE.items():
                row = session.execute(question.encode(), [manifest.snapshot_at]).fetchone()
                lost[what] = int(row[0]) if row else 0
    except Exception:  # a damaged database cannot always say
        lost = {}
    return RestorePlan(code, setting.server.database, manifest.snapshot_at, manifest.rows, lost)


def begin_restore(setting: Setting, code: str) -> Restore:
    """Will write down a new restore. Raises `RestoreRefused` while another one is under way."""
    with alone(setting):
        return _begun(setting, code)


def _begun(setting: Setting, code: str) -> Restore:
    under_way = restore_under_way(setting)
    if under_way is not None and under_way.step is not Step.DONE:
        raise RestoreRefused(
            f"The restore of {under_way.code} stopped at {under_way.step}: go on with {RESUME}, or give it up with "
            "midway backup restore --abandon"
        )
    _refuse_while_upgrading(setting)
    setting.store.folder(code)
    try:
        refuse_who_may_not(setting.server, "a restore works beside the living database")
    except MayNot as problem:
        raise RestoreRefused(str(problem)) from problem
    live, at = setting.server.database, now()
    restore = Restore(code, Step.PROVE, at, name_beside(live, "incoming", at=at), name_beside(live, "before", at=at))
    restore.write(setting)
    return restore


def _refuse_while_upgrading(setting: Setting) -> None:
    from midway.ops.recovery import upgrade  # which knows us

    under_way = upgrade.upgrade_under_way(setting)
    if under_way is not None and under_way.step is not upgrade.Step.DONE:
        raise RestoreRefused(f"An upgrade is under way: {upgrade.RESUME}, or midway upgrade --abandon")


def restore_to_resume(setting: Setting) -> Restore:
    """The restore that was interrupted. Raises `RestoreRefused` when there is none."""
    restore = restore_under_way(setting)
    if restore is None or restore.step is Step.DONE:
        raise RestoreRefused("No restore is under way")
    return restore


def go_on(setting: Setting, restore: Restore, *, tell: Callable[[str], None] = lambda line: None) -> Restore:
    """Will do every step that is left.

    Raises `RestoreRefused` when a step could not be done: then everything is as before the restore. Raises `CannotRun`
    when even that cannot be written down (a full disk): then it waits to be resumed.
    """
    way = Way("restore", RESUME, (Step.PROVE, Step.LOAD), _taken_back, RestoreRefused)
    with alone(setting):
        return take_steps(setting, _still(setting, restore), _DEEDS, way=way, tell=tell)


def abandon(setting: Setting, restore: Restore) -> str:
    """Will go back to the database from before, wherever the restore stopped, and say which one serves."""
    with alone(setting):
        return _taken_back(setting, _still(setting, restore))


def _still(setting: Setting, restore: Restore) -> Restore:
    """The same restore as it stands now that nobody else is at it."""
    left = restore_to_resume(setting)
    if left.incoming != restore.incoming:
        raise RestoreRefused("Another restore was begun meanwhile: midway recover database says how far it is")
    return left


def _taken_back(setting: Setting, restore: Restore) -> str:
    if restore.aside in database_names(setting.server) and restore.step is not Step.DONE:
        begin_maintenance(setting.folder, reason="restore", next_step=RESUME, now=now())
        exchange(setting.server, put_aside=restore.incoming, bring_in=restore.aside)
    drop_database(setting.server, restore.incoming, never=setting.server.database)
    end_maintenance(setting.folder)
    restore_file(setting).unlink(missing_ok=True)
    return f"{setting.server.database} is the database from before the restore"


def kept_databases(setting: Setting) -> list[str]:
    """The databases from before finished restores that still lie beside the living one, oldest first."""
    from midway.ops.recovery import upgrade  # which knows us

    needed = {one.aside for one in (upgrade.upgrade_under_way(setting),) if one is not None}
    under_way = restore_under_way(setting)
    if under_way is not None and under_way.step is not Step.DONE:
        needed.add(under_way.aside)
    name = named_beside(setting.server.database, "before")
    return sorted(one for one in database_names(setting.server) if name.fullmatch(one) and one not in needed)


def sign_off(setting: Setting, *, only: str | None = None) -> str:
    """Will drop the databases from before finished restores, or one of them. Raises `RestoreRefused` without any."""
    with alone(setting):
        restore = restore_under_way(setting)
        kept = [name for name in kept_databases(setting) if only in (None, name)]
        if not kept or (restore is not None and restore.step is not Step.DONE):
            raise RestoreRefused("No finished restore waits for a sign-off")
        for name in kept:
            drop_database(setting.server, name, never=setting.server.database)
        if restore is not None and restore.aside in kept:
            restore_file(setting).unlink(missing_ok=True)
    return f"{', '.join(kept)} {'is' if len(kept) == 1 else 'are'} gone"


def _prove(setting: Setting, restore: Restore, tell: Callable[[str], None]) -> None:
    """Only what is proved is restored; what was not yet is proved now."""
    if setting.catalogue.record(restore.code).is_proved and not _wrong(setting, restore.code):
        return
    proof = drill_backup(setting, restore.code, tell=tell)
    if not proof.passed:
        raise RestoreRefused(proof.words())


def _load(setting: Setting, restore: Restore, tell: Callable[[str], None]) -> None:
    folder = setting.store.folder(restore.code)
    manifest = read_manifest(folder, setting.keys.verifying_key())
    drop_database(setting.server, restore.incoming, never=setting.server.database)  # of an interrupted attempt
    with setting.store.held(), work_folder(setting, "restore") as work:
        refuse_without_room(work, int(manifest.database_bytes * _ROOM), "The restore")
        opened = open_backup(setting, manifest, folder, work / "plain")
        incoming = setting.server.named(restore.incoming)
        binaries = binaries_for(int(manifest.server_version.split(".")[0]))
        with setting.server.named("postgres").connection(autocommit=True) as session:
            session.execute(f'CREATE DATABASE "{restore.incoming}" TEMPLATE template0'.encode())
        load_roles(opened["globals.sql"], incoming, binaries)
        load_dump(opened["database.dump"], incoming, binaries)
        tell(f"Restored beside the living database, as {restore.incoming}")
        with incoming.connection() as session:
            wrong = [*mismatches(manifest.tables, fingerprint(session)), *sequences_behind(session)]
    if wrong:
        raise RestoreRefused(f"The restored database is not what was backed up ({'; '.join(wrong[:3])})")
    tell(f"Compared {len(manifest.tables)} tables: identical")


def _close(setting: Setting, restore: Restore, tell: Callable[[str], None]) -> None:
    begin_maintenance(setting.folder, reason="restore", next_step=RESUME, now=now())
    tell("Closed for customers and office; the worker stops")


def _exchange(setting: Setting, restore: Restore, tell: Callable[[str], None]) -> None:
    names = database_names(setting.server)
    if restore.aside in names and restore.incoming not in names:
        return  # it was done, and interrupted before that was written down
    exchange(setting.server, put_aside=restore.aside, bring_in=restore.incoming)
    tell(f"Exchanged: the database of before is kept as {restore.aside}")


def _look(setting: Setting, restore: Restore, tell: Callable[[str], None]) -> None:
    with work_folder(setting, "look") as work:
        found = finished_rehearsal(
            start_rehearsal(setting.server.url, setting.keys.secret, work / "plain", books=False)
        )
    if found.wrong:
        raise RestoreRefused(f"The restored database does not serve ({'; '.join(found.wrong[:3])})")
    tell("Looked at by the application: fine")


def _open(setting: Setting, restore: Restore, tell: Callable[[str], None]) -> None:
    end_maintenance(setting.folder)
    tell("Open again")


def _wrong(setting: Setting, code: str) -> list[str]:
    folder = setting.store.folder(code)
    manifest: Manifest = read_manifest(folder, setting.keys.verifying_key())
    return names_and_hashes_wrong(manifest, folder, code)


_DEEDS: dict[Step, Callable[[Setting, Restore, Callable[[str], None]], None]] = {
    Step.PROVE: _prove,
    Step.LOAD: _load,
    Step.CLOSE: _close,
    Step.EXCHANGE: _exchange,
    Step.LOOK: _look,
    Step.OPEN: _open,
}
