"""Bring a backup back from where its copy lies, and copy again what was not copied."""

import shutil
from collections.abc import Callable

from midway.ops.backup.catalogue import Note, State
from midway.ops.backup.copies import CopyFailed, fetch
from midway.ops.backup.create import copy_off_host
from midway.ops.backup.listing import list_backups
from midway.ops.backup.manifest import ManifestDamaged, read_manifest
from midway.ops.backup.setting import Setting
from midway.ops.backup.store import CODE, PARTIAL
from midway.ops.backup.verify import names_and_hashes_wrong
from midway.ops.backup.work import work_folder
from midway.runtime.clock import now
from midway.runtime.problem import CannotRun

Tell = Callable[[str], None]


def bring_back(setting: Setting, code: str, *, tell: Tell = lambda line: None) -> None:
    """Will put a copy from off-host among the backups here, every byte compared with its signed manifest.

    It must be proved like any other. Raises `CopyFailed`, or `CannotRun` for one that is damaged or here already.
    """
    place = setting.place
    if place is None:
        raise CopyFailed("No place for copies is set: name a folder or an s3:// bucket in MIDWAY_BACKUP_URL")
    if not CODE.fullmatch(code):
        raise CannotRun(f"{code} is no backup's code: it looks like 20261126T030000Z-00000a")
    with setting.store.held(), work_folder(setting, "fetch") as work:
        if code in setting.store.codes():
            raise CannotRun(f"{code} lies here already: midway backup drill {code} proves it")
        folder = fetch(place, code, work / "plain")
        try:
            manifest = read_manifest(folder, setting.keys.verifying_key())
        except ManifestDamaged as problem:
            raise CannotRun(f"{code} in {place.words}: {problem}") from problem
        wrong = names_and_hashes_wrong(manifest, folder, code)
        if wrong:
            raise CannotRun(f"{code} in {place.words} is damaged: {'; '.join(wrong[:3])}")
        shutil.move(folder, setting.store.path / f"{code}{PARTIAL}")
        setting.store.keep(code)
        for state in (State.CREATED, State.HASHED, State.COPIED, State.REREAD):
            setting.catalogue.note(Note(code, state, now(), {"copy": place.words}))
        tell(f"{code} lies here again, as it was signed")


def copy_again(setting: Setting, *, tell: Tell = lambda line: None) -> list[str]:
    """Will copy what lies here, is sound as far as known and was not copied; gives their codes. Raises `CopyFailed`."""
    place = setting.place
    if place is None:
        return []
    with setting.store.held():
        left = [one for one in list_backups(setting) if one.is_here and not one.copies]
        done = []
        for one in reversed(left):
            if one.state is State.DAMAGED:
                continue
            folder = setting.store.folder(one.code)
            try:
                manifest = read_manifest(folder, setting.keys.verifying_key())
                wrong = names_and_hashes_wrong(manifest, folder, one.code)
            except ManifestDamaged as problem:
                wrong = [str(problem)]
            if wrong:  # a damaged backup is not spread
                setting.catalogue.note(Note(one.code, State.DAMAGED, now(), {"wrong": wrong[:5]}))
                continue
            tell(f"Copying {one.code}, which was not copied")
            copy_off_host(setting, place, folder, manifest, tell=tell)
            done.append(one.code)
    return done
