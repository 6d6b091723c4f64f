"""Is this backup sound? Every byte of every file is read; nothing is restored, and nothing about it is believed."""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from midway.ops.backup.catalogue import CatalogueDamaged, Note, Record, State
from midway.ops.backup.copies import CopyFailed, fetch
from midway.ops.backup.keys import decrypt
from midway.ops.backup.manifest import NAME, SIGNATURE, Manifest, ManifestDamaged, read_manifest
from midway.ops.backup.server import binaries_for, words_of
from midway.ops.backup.setting import Setting
from midway.ops.backup.store import hashed, refuse_without_room
from midway.ops.backup.work import work_folder
from midway.runtime.clock import now
from midway.runtime.problem import CannotRun

# What no backup can be without.
NEEDED = ("database.dump.age", "globals.sql.age", "media.tar.age", "settings.json.age")


@dataclass(frozen=True)
class Verdict:
    """What was found: `wrong` in words, empty when all is sound; `opened` says whether the contents were read too."""

    code: str
    place: str
    files: int
    bytes: int
    opened: bool
    wrong: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.wrong

    def as_json(self) -> dict[str, Any]:
        """The answer of `midway backup verify`."""
        return {
            "code": self.code, "place": self.place, "sound": self.is_sound, "files": self.files, "bytes": self.bytes,
            "opened": self.opened, "wrong": self.wrong,
        }  # fmt: skip


def verify_backup(setting: Setting, code: str, *, off_host: bool = False) -> Verdict:
    """Will read a backup here, or its copy off-host, from end to end, and note damage in the catalogue.

    Raises `UnknownBackup`, or `CopyFailed` when the place cannot be asked.
    """
    with setting.store.held():
        verdict = (
            _verdict_off_host(setting, code) if off_host else verdict_of(setting, setting.store.folder(code), code)
        )
        try:
            record = setting.catalogue.record(code)
            wrong = [*verdict.wrong, *_against_catalogue(setting, verdict, record)]
            verdict = Verdict(code, verdict.place, verdict.files, verdict.bytes, verdict.opened, wrong)
            if not verdict.is_sound:
                facts = {"wrong": wrong[:5], "place": verdict.place}
                setting.catalogue.note(Note(code, State.DAMAGED, now(), facts))
        except CatalogueDamaged as problem:
            wrong = [*verdict.wrong, f"{problem}: midway backup list --rebuild makes it anew from the manifests"]
            verdict = Verdict(code, verdict.place, verdict.files, verdict.bytes, verdict.opened, wrong)
    return verdict


def verdict_of(setting: Setting, folder: Path, code: str) -> Verdict:
    """What is wrong with the backup in this folder, without asking or changing the catalogue."""
    try:
        manifest = read_manifest(folder, setting.keys.verifying_key())
    except (ManifestDamaged, ValueError, KeyError, TypeError) as problem:
        return Verdict(code, str(folder), 0, 0, opened=False, wrong=[str(problem)])
    wrong = names_and_hashes_wrong(manifest, folder, code)
    opened = False
    if not wrong:
        try:
            with work_folder(setting, "verify") as work:
                refuse_without_room(work, sum(f.plain_bytes for f in manifest.files.values()), "Reading a backup")
                wrong += _contents_wrong(setting, manifest, folder, work / "plain")
            opened = True
        except CannotRun as problem:
            wrong.append(str(problem))
    return Verdict(code, str(folder), len(manifest.files), manifest.size_bytes, opened, wrong)


def open_backup(
    setting: Setting, manifest: Manifest, folder: Path, work: Path, identity: Any = None
) -> dict[str, Path]:
    """Will decrypt every file of a backup into `work`, each checked against the manifest, and give the paths by name.

    Raises `CannotRun` for what cannot be opened or is not what it was.
    """
    identity = identity or setting.keys.drill_identity()
    opened = {}
    for name, facts in manifest.files.items():
        plain = work / name.removesuffix(".age")
        decrypt(folder / name, plain, identity)
        if hashed(plain) != (facts.plain_bytes, facts.plain_sha256):
            raise CannotRun(f"{name} opens to something else than was put in")
        opened[plain.name] = plain
    return opened


def _verdict_off_host(setting: Setting, code: str) -> Verdict:
    if setting.place is None:
        raise CopyFailed("No place for copies is set: name a folder or an s3:// bucket in MIDWAY_BACKUP_URL")
    with work_folder(setting, "fetch") as work:
        found = verdict_of(setting, fetch(setting.place, code, work / "plain"), code)
    return Verdict(code, setting.place.words, found.files, found.bytes, found.opened, found.wrong)


def names_and_hashes_wrong(manifest: Manifest, folder: Path, code: str) -> list[str]:
    """What is wrong with the files as they lie there, in words, every byte of them read."""
    return [*_names_wrong(manifest, folder, code), *_hashes_wrong(manifest, folder)]


def _names_wrong(manifest: Manifest, folder: Path, code: str) -> list[str]:
    wrong = []
    if manifest.code != code:
        wrong.append(f"The manifest is that of {manifest.code}: this is another backup under a wrong name")
    wrong += [f"The manifest names no {name}" for name in NEEDED if name not in manifest.files]
    there, listed = {entry.name for entry in folder.iterdir()}, {*manifest.files, NAME, SIGNATURE}
    wrong += [f"{name} is missing" for name in sorted(listed - there)]
    wrong += [f"{name} does not belong to it" for name in sorted(there - listed)]
    return wrong


def _hashes_wrong(manifest: Manifest, folder: Path) -> list[str]:
    wrong = []
    for name, facts in manifest.files.items():
        path = folder / name
        if not path.is_file():
            continue
        size, sha256 = hashed(path)
        if size != facts.bytes:
            wrong.append(f"{name} has {size:,} bytes instead of {facts.bytes:,}")
        elif sha256 != facts.sha256:
            wrong.append(f"{name} is not as it was written: its hash differs")
    return wrong


def _contents_wrong(setting: Setting, manifest: Manifest, folder: Path, work: Path) -> list[str]:
    opened = open_backup(setting, manifest, folder, work)
    binaries = binaries_for(int(manifest.dump_version.split(".")[0]))
    # Reading the whole dump finds what listing its contents does not.
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
        [binaries.folder / "pg_restore", "--file=/dev/null", opened["database.dump"]],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    wrong = [f"The dump cannot be read: {words_of(done.stderr)}"] if done.returncode else []
    if "CREATE ROLE" not in opened["globals.sql"].read_text(errors="replace"):
        wrong.append("globals.sql names no roles")
    try:
        json.loads(opened["settings.json"].read_text())
    except ValueError:
        wrong.append("settings.json cannot be read")
    return wrong


def _against_catalogue(setting: Setting, verdict: Verdict, record: Record) -> list[str]:
    if not record.notes and verdict.is_sound:
        return ["The catalogue does not know it: midway backup list --rebuild takes it up"]
    return []
