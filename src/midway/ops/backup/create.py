"""Make a backup: one snapshot, dumped and fingerprinted together, encrypted, hashed, signed, copied, read again."""

import hashlib
import json
import os
import subprocess
import tarfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

import midway
from midway.ops.backup.catalogue import Note, State
from midway.ops.backup.copies import CopyPlace
from midway.ops.backup.fingerprint import TableFingerprint, fingerprint
from midway.ops.backup.keys import encrypt
from midway.ops.backup.manifest import NAME, SIGNATURE, FileFacts, Manifest
from midway.ops.backup.server import ToolFailed, run_tool, words_of
from midway.ops.backup.setting import Setting
from midway.ops.backup.store import hashed, new_code, refuse_without_room
from midway.runtime.clock import now
from midway.runtime.postgres_binaries import PostgresBinaries
from midway.runtime.problem import CannotRun

LONGEST_SECONDS = 4 * 3600
LOCK_WAIT = "60s"
# A dump is smaller than its database; sealing it needs the same again for a while.
_ROOM = 1.5
Tell = Callable[[str], None]


class CopyDiffers(CannotRun):
    """The copy that was read again is not what was sent."""


@dataclass(frozen=True)
class MadeBackup:
    """What was made and where it lies; `warnings` say what would make it safer."""

    manifest: Manifest
    path: Path
    state: State
    copies: list[str]
    warnings: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The answer of `midway backup create`."""
        return {
            "code": self.manifest.code,
            "path": str(self.path),
            "copies": self.copies,
            "state": self.state.value,
            "bytes": self.manifest.size_bytes,
            "rows": self.manifest.rows,
            "tables": len(self.manifest.tables),
            "snapshot_at": self.manifest.snapshot_at.isoformat(),
            "warnings": self.warnings,
        }


@dataclass(frozen=True)
class _Snapshot:
    """One moment of the database, as several programs see it together."""

    at: datetime
    wal_position: str
    server_version: str
    migrations: dict[str, str]
    tables: dict[str, TableFingerprint]
    bytes: int


def create_backup(
    setting: Setting,
    *,
    tell: Tell = lambda line: None,
    longest: float = LONGEST_SECONDS,
    as_of: datetime | None = None,
) -> MadeBackup:
    """Will make a backup of the whole installation and copy it off-host where a place is set.

    Interrupted at any moment it leaves no backup, and nothing that looks like one. One of a server of the past is
    named and dated `as_of` the moment it stands still at: among the others it is as old as what it holds.
    Raises `CannotRun` in one of its kinds: no server, no room, a lock nobody lets go of, a copy that cannot be read.
    """
    with setting.store.held():
        for left in setting.store.clear_partials():
            tell(f"Removed {left}, which was never finished")
        manifest, folder = _make(setting, tell=tell, deadline=time.monotonic() + longest, as_of=as_of)
        facts = {"bytes": manifest.size_bytes} | ({"as_of": as_of.isoformat()} if as_of else {})
        setting.catalogue.note(Note(manifest.code, State.CREATED, now(), facts))
        setting.catalogue.note(Note(manifest.code, State.HASHED, now(), {"files": len(manifest.files)}))
        if setting.place is not None:
            copy_off_host(setting, setting.place, folder, manifest, tell=tell)
        record = setting.catalogue.record(manifest.code)
    return MadeBackup(manifest, folder, record.state, record.copies, _warnings(setting))


def copy_off_host(setting: Setting, place: CopyPlace, folder: Path, manifest: Manifest, *, tell: Tell) -> None:
    """Will send a backup to the place for copies, read all of it there again, and note both. Raises `CopyFailed`."""
    names = [*manifest.files, SIGNATURE, NAME]  # the manifest last: a copy without it is not one
    for name in names:
        place.put(manifest.code, name, folder / name)
    setting.catalogue.note(Note(manifest.code, State.COPIED, now(), {"copy": place.words}))
    tell(f"Copied to {place.words}")
    for name in names:
        digest = hashlib.sha256()
        for piece in place.read(manifest.code, name):
            digest.update(piece)
        if digest.hexdigest() != hashed(folder / name)[1]:
            raise CopyDiffers(
                f"{name} in {place.words} is not what was sent: look at that disk or service, then copy again"
            )
    setting.catalogue.note(Note(manifest.code, State.REREAD, now(), {"copy": place.words}))
    tell(f"Read again in {place.words}: identical")


def _make(setting: Setting, *, tell: Tell, deadline: float, as_of: datetime | None) -> tuple[Manifest, Path]:
    before = os.umask(0o077)
    try:
        binaries = setting.server.binaries()
        code = new_code(as_of, taken=setting.catalogue.records()) if as_of else new_code(now())
        growing = setting.store.partial(code)
        snapshot = _dump(setting, binaries, growing, tell=tell, deadline=deadline)
        _write_globals(setting, binaries, growing, seconds=deadline - time.monotonic())
        _write_media(setting, growing)
        _write_settings(setting, growing)
        files = _seal(setting, growing, tell=tell)
        manifest = Manifest(
            code=code,
            database=setting.server.database,
            snapshot_at=as_of or snapshot.at,
            wal_position=snapshot.wal_position,
            finished_at=now(),
            server_version=snapshot.server_version,
            dump_version=binaries.version,
            app_version=midway.__version__,
            migrations=snapshot.migrations,
            files=files,
            tables=snapshot.tables,
            recipients=setting.keys.recipient_words(),
            database_bytes=snapshot.bytes,
        )
        manifest.write(growing, setting.keys)
        folder = setting.store.keep(code)
    except psycopg.Error as problem:
        raise CannotRun(f"The backup was not finished: {words_of(str(problem))}") from problem
    except OSError as problem:
        raise CannotRun(f"The backup was not finished ({problem.strerror}): mend that and start it again") from problem
    finally:
        os.umask(before)
    tell(f"Hashed and signed: {manifest.size_bytes / 1e6:,.1f} MB")
    return manifest, folder


def _dump(setting: Setting, binaries: PostgresBinaries, growing: Path, *, tell: Tell, deadline: float) -> _Snapshot:
    """The dump and the fingerprints see the same snapshot, and run side by side."""
    with setting.server.connection() as session:
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        exported, position, size, version = _row(
            session,
            "SELECT pg_export_snapshot(), CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()"
            " ELSE pg_current_wal_lsn() END::text, pg_database_size(current_database()), version()",
        )
        at = now()
        refuse_without_room(growing, int(size * _ROOM), "The backup")
        tell(f"Snapshot of {setting.server.database} taken, {size / 1e6:,.0f} MB")
        child = subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
            [
                binaries.folder / "pg_dump",
                *("--format=custom", f"--snapshot={exported}", f"--lock-wait-timeout={LOCK_WAIT}"),
                f"--file={growing / 'database.dump'}",
            ],
            env=setting.server.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            # Whatever the dump waits for, the fingerprints would too.
            session.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
            migrations = _migration_heads(session)
            tables = fingerprint(session, tell=lambda name, done, of: tell(f"Fingerprint {done}/{of} {name}"))
            told = child.communicate(timeout=max(deadline - time.monotonic(), 1))[1]
        except subprocess.TimeoutExpired as problem:
            raise ToolFailed(
                "pg_dump was not done in time and was stopped: see what holds locks, then again"
            ) from problem
        finally:
            if child.poll() is None:
                child.kill()
                child.communicate()
        if child.returncode != 0:
            raise ToolFailed(f"pg_dump failed: {words_of(told)}")
    tell(f"Dumped {sum(table.rows for table in tables.values()):,} rows of {len(tables)} tables")
    return _Snapshot(at, position, version.split()[1], migrations, tables, size)


def _row(session: "psycopg.Connection[tuple[Any, ...]]", question: str) -> tuple[Any, ...]:
    row = session.execute(question.encode()).fetchone()
    assert row is not None
    return row


def _migration_heads(session: "psycopg.Connection[tuple[Any, ...]]") -> dict[str, str]:
    if _row(session, "SELECT to_regclass('django_migrations') IS NULL")[0]:
        return {}
    return dict(session.execute("SELECT app, max(name) FROM django_migrations GROUP BY app").fetchall())


def _write_globals(setting: Setting, binaries: PostgresBinaries, growing: Path, *, seconds: float) -> None:
    """Roles and their memberships. Without the right to read passwords, all but those."""
    target = growing / "globals.sql"
    asked: Sequence[str] = ("--globals-only", "--no-tablespaces", f"--file={target}")
    try:
        run_tool(binaries, "pg_dumpall", asked, server=setting.server, seconds=max(seconds, 10))
    except ToolFailed:
        run_tool(
            binaries, "pg_dumpall", [*asked, "--no-role-passwords"], server=setting.server, seconds=max(seconds, 10)
        )


def _write_media(setting: Setting, growing: Path) -> None:
    with tarfile.open(growing / "media.tar", "w") as tar:
        if setting.media.is_dir():
            tar.add(setting.media, arcname="media")


def _write_settings(setting: Setting, growing: Path) -> None:
    """What this installation is set to. Addresses may hold passwords and keys are secrets: only their names go in."""
    secret = ("URL", "DSN", "KEY", "TOKEN", "SECRET", "PASSWORD")
    facts = {
        name: "(set)" if any(word in name for word in secret) else value
        for name, value in sorted(os.environ.items())
        if name.startswith(("MIDWAY_", "SENTRY_", "SEGMENT_", "STRIPE_", "EMAIL_", "DATABASE_", "REDIS_"))
    }
    (growing / "settings.json").write_text(json.dumps({"midway": midway.__version__, "environment": facts}, indent=1))


def _seal(setting: Setting, growing: Path, *, tell: Tell) -> dict[str, FileFacts]:
    recipients, files = setting.keys.recipients(), {}
    for plain in sorted(growing.iterdir()):
        plain_bytes, plain_sha256 = hashed(plain)
        sealed = plain.with_name(f"{plain.name}.age")
        encrypt(plain, sealed, recipients)
        plain.unlink()
        size, sha256 = hashed(sealed)
        files[sealed.name] = FileFacts(size, sha256, plain_bytes, plain_sha256)
    tell(f"Encrypted for {len(recipients)} {'key' if len(recipients) == 1 else 'keys'}")
    return files


def _warnings(setting: Setting) -> list[str]:
    words = []
    if setting.place is None:
        words.append("It lies on this machine only: set MIDWAY_BACKUP_URL to a folder elsewhere or an s3:// bucket")
    if not setting.keys.owner_recipient:
        words.append(
            "Only this machine can open it: make a key with midway backup keygen, keep it elsewhere, and set "
            "MIDWAY_BACKUP_RECIPIENT"
        )
    return words


def moment_of(code: str) -> datetime:
    """When a backup was begun, by its name."""
    return datetime.strptime(code.split("-", maxsplit=1)[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
