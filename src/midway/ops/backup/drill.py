"""Prove a backup: restore it from nothing, compare every table, let the application work on it, drop it again."""

import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from midway.ops.backup.catalogue import Note, State
from midway.ops.backup.copies import CopyFailed, fetch
from midway.ops.backup.fingerprint import fingerprint, mismatches, sequences_behind
from midway.ops.backup.listing import newest_code
from midway.ops.backup.load import analyse, load_roles, restore_dump
from midway.ops.backup.manifest import Manifest, ManifestDamaged, read_manifest
from midway.ops.backup.rehearsal import (
    Rehearsal,
    begin_rehearsal,
    end_waiting,
    finished_rehearsal,
    start_rehearsal,
)
from midway.ops.backup.server import Server, binaries_for
from midway.ops.backup.setting import Setting
from midway.ops.backup.store import UnknownBackup, refuse_without_room
from midway.ops.backup.verify import names_and_hashes_wrong, open_backup
from midway.ops.backup.work import scratch_cluster, work_folder
from midway.runtime.clock import now
from midway.runtime.problem import CannotRun

# The opened dump, the database restored from it, and its log.
_ROOM = 2.5


@dataclass(frozen=True)
class Proof:
    """What a drill found. `mismatches` names everything that is not as it was; empty when the backup is proved."""

    backup: str
    source: str
    tables: int
    rows: int
    mismatches: list[str]
    tried: list[str]
    rpo_seconds: float
    rto_seconds: float
    at: datetime
    upgrade: Rehearsal | None = None

    @property
    def passed(self) -> bool:
        """Whether everything was restored and works."""
        return not self.mismatches

    def as_json(self) -> dict[str, Any]:
        """The answer of `midway backup drill`."""
        return {
            "backup": self.backup, "source": self.source, "tables": self.tables, "rows": self.rows,
            "mismatches": self.mismatches, "tried": self.tried, "rpo_seconds": round(self.rpo_seconds, 1),
            "rto_seconds": round(self.rto_seconds, 1), "passed": self.passed, "at": self.at.isoformat(),
        }  # fmt: skip

    def words(self) -> str:
        """The proof for people."""
        if self.passed:
            return (
                f"{self.backup} is proved: {self.rows:,} rows of {self.tables} tables identical, the application works "
                f"on it. Back in service in {self.rto_seconds:.0f} s, as of {_span(self.rpo_seconds)} ago."
            )
        wrong = "\n".join(f"  {line}" for line in self.mismatches)
        return f"{self.backup} is NOT proved:\n{wrong}\nMake a new one: midway backup create"


def drill_backup(
    setting: Setting,
    code: str | None = None,
    *,
    off_host: bool = False,
    upgrades: bool = False,
    tell: Callable[[str], None] = lambda line: None,
) -> Proof:
    """Will prove a backup, the newest if none is named, and note the outcome in the catalogue.

    The restored server is one of its own, which nothing else uses, and goes afterwards in any case. With `upgrades` the
    restored database is brought to this version once it was compared, and what came of that is the proof's `upgrade`.
    Raises `UnknownBackup`, or `CannotRun` when it could not be tried, which says nothing about the backup.
    """
    code = code or newest_code(setting)
    if code is None:
        raise UnknownBackup("There is no backup yet: make one with midway backup create")
    began = time.monotonic()
    with setting.store.held(), work_folder(setting, "drill") as work:
        folder = _source(setting, code, work, off_host=off_host, tell=tell)
        try:
            manifest = read_manifest(folder, setting.keys.verifying_key())
        except ManifestDamaged as problem:
            return _noted(setting, _failed(code, folder, [str(problem)]))
        wrong = names_and_hashes_wrong(manifest, folder, code)
        if wrong:
            return _noted(setting, _failed(code, folder, wrong))
        refuse_without_room(work, int(manifest.database_bytes * _ROOM), "The drill")
        mismatched, tried, upgrade = _restored_and_compared(setting, manifest, folder, work, upgrades, tell)
        at = now()
        rpo = (at - manifest.snapshot_at).total_seconds() - (time.monotonic() - began)
        proof = Proof(
            backup=code, source=setting.place.words if off_host and setting.place else str(folder),
            tables=len(manifest.tables), rows=manifest.rows, mismatches=mismatched, tried=tried,
            rpo_seconds=max(rpo, 0.0), rto_seconds=time.monotonic() - began, at=at, upgrade=upgrade,
        )  # fmt: skip
        return _noted(setting, proof)


def _source(setting: Setting, code: str, work: Path, *, off_host: bool, tell: Callable[[str], None]) -> Path:
    if not off_host:
        return setting.store.folder(code)
    if setting.place is None:
        raise CopyFailed("No place for copies is set: name a folder or an s3:// bucket in MIDWAY_BACKUP_URL")
    tell(f"Fetching {code} from {setting.place.words}")
    return fetch(setting.place, code, work / "plain")


_Compared = tuple[list[str], list[str], Rehearsal | None]


def _restored_and_compared(
    setting: Setting, manifest: Manifest, folder: Path, work: Path, upgrades: bool, tell: Callable[[str], None]
) -> _Compared:
    binaries = binaries_for(int(manifest.server_version.split(".")[0]))
    children: list[subprocess.Popen[str]] = []
    with ThreadPoolExecutor(1) as beside, ExitStack() as leaving:
        opening = beside.submit(open_backup, setting, manifest, folder, work / "plain")

        def get_ready(address: Server) -> None:
            children.append(leaving.enter_context(_application(setting, address, work, upgrades=upgrades)))

        scratch = leaving.enter_context(scratch_cluster(binaries, work, meanwhile=get_ready))
        opened = opening.result()
        tell("Opened, and every file is what was put in")
        try:
            load_roles(opened["globals.sql"], scratch, binaries)
            restore_dump(opened["database.dump"], scratch, binaries)
        except CannotRun as problem:
            return [f"It could not be restored: {problem}"], [], None
        tell(f"Restored into a new server ({binaries})")
        if upgrades:
            return _compared_then_upgraded(manifest, scratch, children[0], tell)
        return _compared(manifest, scratch, children[0], tell)


@contextmanager
def _application(setting: Setting, scratch: Server, work: Path, *, upgrades: bool) -> "Iterator[subprocess.Popen[str]]":
    """The application, which gets ready while the server is made and filled, and goes afterwards in any case."""
    child = start_rehearsal(scratch.url, setting.keys.secret, work / "plain", upgrades=upgrades, waits=True)
    try:
        yield child
    finally:
        end_waiting(child)
        if child.poll() is None:
            child.kill()
        for pipe in (child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()
        child.wait()


def _compared_then_upgraded(
    manifest: Manifest, scratch: Server, child: "subprocess.Popen[str]", tell: Callable[[str], None]
) -> _Compared:
    """One after the other: a migration would wait for whoever still compares."""
    analyse(scratch)
    with scratch.connection() as session:
        wrong = [*sequences_behind(session), *mismatches(manifest.tables, fingerprint(session))]
    tell(f"Compared {len(manifest.tables)} tables: {'identical' if not wrong else f'{len(wrong)} differ'}")
    if wrong:
        return wrong, [], None
    begin_rehearsal(child)
    found = finished_rehearsal(child, tell=tell)
    for line in found.tried:
        tell(f"Tried on the copy: {line}")
    return [], found.tried, found


def _compared(
    manifest: Manifest, scratch: Server, child: "subprocess.Popen[str]", tell: Callable[[str], None]
) -> _Compared:
    """The fingerprints are taken in a snapshot from before the application begins to work on it."""

    def work_on_it() -> None:
        analyse(scratch)
        begin_rehearsal(child)

    with ThreadPoolExecutor(1) as beside, scratch.connection() as session:
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        wrong = sequences_behind(session)
        working = beside.submit(work_on_it)
        try:
            wrong += mismatches(manifest.tables, fingerprint(session))
            tell(f"Compared {len(manifest.tables)} tables: {'identical' if not wrong else f'{len(wrong)} differ'}")
            working.result()
            tried = finished_rehearsal(child)
        except psycopg.Error as problem:
            return [*wrong, f"The restored tables cannot be read: {problem}"], [], None
    for line in tried.tried:
        tell(f"Tried: {line}")
    return [*wrong, *tried.wrong], tried.tried, None


def _failed(code: str, folder: Path, wrong: list[str]) -> Proof:
    return Proof(code, str(folder), 0, 0, wrong, [], 0.0, 0.0, now())


def _noted(setting: Setting, proof: Proof) -> Proof:
    facts = {**proof.as_json(), "mismatches": proof.mismatches[:5], "wrong": proof.mismatches[:5]}
    if proof.passed:
        setting.catalogue.note(Note(proof.backup, State.RESTORED, proof.at, {"source": proof.source}))
        if proof.upgrade is None or not proof.upgrade.wrong:  # else nobody has worked on it
            setting.catalogue.note(Note(proof.backup, State.PROVED, proof.at, facts))
    else:
        setting.catalogue.note(Note(proof.backup, State.DAMAGED, proof.at, facts))
    return proof


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
