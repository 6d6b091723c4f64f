"""Back to any moment: a base copy of the whole server, and every change since, as PostgreSQL's own tools keep them.

`pg_receivewal` writes every change beside the database as it happens; `pg_basebackup` takes the whole server now and
then. Going back never touches the living database: a server of the past is started beside it, a backup like any other
is made of that, and this one is proved and restored like any other.
"""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from midway.ops.backup.create import MadeBackup, create_backup
from midway.ops.backup.server import Server, ToolFailed, run_tool
from midway.ops.backup.setting import Setting
from midway.ops.backup.store import refuse_without_room
from midway.ops.backup.work import work_folder
from midway.runtime import process
from midway.runtime.clock import now
from midway.runtime.folder import DataFolder
from midway.runtime.postgres import PostgresOptions, PostgresServer
from midway.runtime.postgres_binaries import PostgresBinaries
from midway.runtime.problem import CannotRun

KEPT_BASES = 2
BASE_EVERY = timedelta(days=7)
SLOT = "midway_wal"
_BASE = re.compile(r"\d{8}T\d{6}(\d{6})?Z")
_SEGMENT = re.compile(r"[0-9A-F]{24}")
_LONGEST_SECONDS = 4 * 3600


@dataclass(frozen=True)
class Past:
    """Where the base copies and the changes lie."""

    path: Path

    @property
    def changes(self) -> Path:
        """What `pg_receivewal` writes."""
        return self.path / "wal"

    def bases(self) -> list[Path]:
        """The base copies, oldest first."""
        if not self.path.is_dir():
            return []
        return sorted(entry for entry in self.path.iterdir() if _BASE.fullmatch(entry.name))

    def base_before(self, moment: datetime) -> Path:
        """The newest base copy that was whole before this moment. Raises `CannotRun`."""
        bases = self.bases()
        if not bases:
            raise CannotRun(
                "Nothing is kept here to go back to a moment with: only whole backups (midway backup list). From the "
                "start with MIDWAY_POINT_IN_TIME=on and midway backup base, there will be"
            )
        fitting = [base for base in bases if _finished_at(base) < moment]
        if not fitting:
            raise CannotRun(
                f"No base copy from before that moment (the earliest is {_finished_at(bases[0]):%Y-%m-%d %H:%M:%S} "
                "UTC): choose a later moment, or a backup (midway backup list)"
            )
        return fitting[-1]


def past_of(setting: Setting) -> Past:
    """The past of this installation."""
    return Past(setting.folder.path / "past")


def base_is_due(folder: DataFolder, *, at: datetime) -> bool:
    """Whether our own server has no base copy of this week. Another's is its keeper's to look after."""
    if not (folder.postgres / "PG_VERSION").exists():
        return False
    bases = Past(folder.path / "past").bases()
    return not bases or at - _finished_at(bases[-1]) >= BASE_EVERY


def take_base(setting: Setting, *, tell: Callable[[str], None] = lambda line: None) -> Path:
    """Will copy the whole server as it is, check the copy, and let go of what only older copies needed.

    One at a time: whoever comes while another copies waits for it, and has the same copy: it holds all that was there
    when they came. Raises `ToolFailed` or `CannotRun`; what was there before stays.
    """
    past = past_of(setting)
    past.changes.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (past.path / ".lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("Another base copy is being taken: waiting until it is done")
            known = past.bases()
            fcntl.flock(lock, fcntl.LOCK_EX)
            if (theirs := past.bases()) and theirs[-1] not in known:
                return theirs[-1]
        return _take_base(setting, tell)


def _take_base(setting: Setting, tell: Callable[[str], None]) -> Path:
    past, binaries = past_of(setting), setting.server.binaries()
    for left in past.path.glob("*.partial"):  # by somebody who died
        shutil.rmtree(left)
    with setting.server.connection(autocommit=True) as session:
        row = session.execute("SELECT sum(pg_database_size(oid)) FROM pg_database").fetchone()
    refuse_without_room(past.path, int(row[0]) if row else 0, "A base copy")
    growing = past.path / f"{now():%Y%m%dT%H%M%S%fZ}.partial"
    try:
        arguments = [f"--pgdata={growing}", "--checkpoint=fast", "--wal-method=stream", "--no-password"]
        run_tool(binaries, "pg_basebackup", arguments, server=setting.server, seconds=_LONGEST_SECONDS)
        run_tool(binaries, "pg_verifybackup", ["--quiet", growing], server=None, seconds=_LONGEST_SECONDS)
        (growing / "finished_at").write_text(now().isoformat())
        base = growing.rename(past.path / growing.stem)
    finally:
        shutil.rmtree(growing, ignore_errors=True)
    tell(f"Base copy {base.name} taken and checked")
    for old in past.bases()[:-KEPT_BASES]:
        shutil.rmtree(old)
    _let_go(past)
    return base


def receiver(setting: Setting, binaries: PostgresBinaries) -> list[str | Path]:
    """The command that keeps every change as it happens, to be kept running by whoever supervises."""
    past_of(setting).changes.mkdir(parents=True, exist_ok=True, mode=0o700)
    return [
        binaries.folder / "pg_receivewal",
        f"--directory={past_of(setting).changes}", f"--slot={SLOT}", "--synchronous", "--no-password", "--no-loop",
    ]  # fmt: skip


def keep_receiving(setting: Setting) -> None:
    """Will become the receiver."""
    binaries = setting.server.binaries()
    make_slot(setting)
    command = [str(word) for word in receiver(setting, binaries)]
    os.execve(command[0], command, setting.server.environment())  # noqa: S606 - PostgreSQL's own program


def make_slot(setting: Setting) -> None:
    """Will have the server keep changes until the receiver has them, within `max_slot_wal_keep_size`."""
    with setting.server.connection(autocommit=True) as session:
        session.execute(
            "SELECT pg_create_physical_replication_slot(%s, true) WHERE NOT EXISTS ("
            " SELECT 1 FROM pg_replication_slots WHERE slot_name = %s)",
            [SLOT, SLOT],
        )


def backup_as_of(setting: Setting, moment: datetime, *, tell: Callable[[str], None] = lambda line: None) -> MadeBackup:
    """Will make a backup of the database as it was just before `moment`: what was committed then and nothing later.

    Raises `CannotRun` when the kept changes do not reach that far, or begin later.
    """
    if moment > now():
        raise CannotRun("That moment is still to come: choose one that has been")
    with _server_of_the_past(setting, moment, tell) as then:
        return create_backup(replace(setting, server=then), tell=tell, as_of=moment)


@contextmanager
def _server_of_the_past(setting: Setting, moment: datetime, tell: Callable[[str], None]) -> Iterator[Server]:
    past = past_of(setting)
    base = past.base_before(moment)
    binaries = setting.server.binaries()
    with work_folder(setting, "past") as work:
        size = sum(path.stat().st_size for path in base.rglob("*") if path.is_file())
        refuse_without_room(work, int(size * 1.5), "A server of the past")
        cluster = work / "postgres"
        shutil.copytree(base, cluster, symlinks=True)
        changes = shutil.copytree(past.changes, work / "wal")
        _aim(cluster, changes, moment)
        _give_away(cluster, changes)
        (work / "postgres.password").write_text(secrets.token_urlsafe(24) + "\n")
        tell(f"Starting a server of {moment:%Y-%m-%d %H:%M:%S} UTC from the base copy {base.name}")
        with (work / "postgres.log").open("ab", buffering=0) as log:
            server = PostgresServer(
                binaries, cluster, sockets=work / "pg", output=log, options=PostgresOptions(max_connections=100)
            )
            try:
                server.start()
            except CannotRun as problem:
                raise CannotRun(_why_not(work / "postgres.log", str(problem))) from problem
            try:
                yield Server(server.url(setting.server.database))
            finally:
                server.stop()


def _aim(cluster: Path, changes: Path, moment: datetime) -> None:
    """The past is replayed up to the moment, without it, and then the server opens for reading and writing."""
    conf = cluster / "postgresql.conf"
    if not conf.exists():  # Debian keeps it elsewhere
        conf.write_text("include_if_exists = 'midway.conf'\n")
    take = f'cp "{changes}/%f" "%p" || cp "{changes}/%f.partial" "%p"'
    with (cluster / "postgresql.auto.conf").open("a") as file:
        file.write(
            f"\nrestore_command = '{take}'\nrecovery_target_time = '{moment.isoformat()}'\n"
            "recovery_target_inclusive = off\nrecovery_target_action = 'promote'\narchive_mode = off\n"
            "primary_slot_name = ''\nhot_standby = off\nshared_preload_libraries = ''\n"
        )
    (cluster / "recovery.signal").touch()
    (cluster / "finished_at").unlink()


def _give_away(*folders: Path) -> None:
    """The server runs as its own account when we are root."""
    account = process.server_account()
    for folder in folders:
        folder.chmod(0o700)
        if account is not None:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _why_not(log: Path, otherwise: str) -> str:
    told = log.read_text(errors="replace")
    if "recovery ended before configured recovery target was reached" in told:
        reached = re.findall(r"last completed transaction was at log time (\S+ \S+)", told)
        until = f" (they end at {reached[-1]})" if reached else ""
        return f"The kept changes do not reach that moment{until}: choose an earlier one"
    return otherwise


def _finished_at(base: Path) -> datetime:
    return datetime.fromisoformat((base / "finished_at").read_text())


def _let_go(past: Past) -> None:
    """Changes from before the oldest base copy are of no use any more."""
    oldest = past.bases()[0]
    found = re.search(r"START WAL LOCATION: \S+ \(file ([0-9A-F]{24})\)", (oldest / "backup_label").read_text())
    if found is None:
        raise ToolFailed(f"{oldest / 'backup_label'} does not say where it begins: take another base copy")
    for path in past.changes.iterdir():
        if _SEGMENT.fullmatch(path.name.split(".")[0]) and path.name[:24] < found[1]:
            path.unlink()
