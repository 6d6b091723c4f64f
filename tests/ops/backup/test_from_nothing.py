"""With the recovery kit and the copy off-host alone, as on a machine bought this morning."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest
from tests.ops.installation import SECRET, Proved, setting_in

from midway.ops.backup.bring_back import bring_back, copy_again
from midway.ops.backup.catalogue import Note, Record, State
from midway.ops.backup.copies import CopyFailed
from midway.ops.backup.create import MadeBackup, create_backup
from midway.ops.backup.from_nothing import Kit, drill_from_nothing, from_nothing_is_due, kit_of
from midway.ops.backup.nightly import run_night
from midway.ops.backup.server import Server
from midway.ops.backup.setting import Setting
from midway.ops.gateways.backup_folder import FolderOfBackups
from midway.runtime.problem import CannotRun

pytestmark = pytest.mark.xdist_group("backup")
NOW = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)


@pytest.mark.drills
def test_kit_and_copy_are_enough(workshop: tuple[Setting, MadeBackup]) -> None:
    setting, backup = workshop
    shutil.rmtree(backup.path)  # nothing of this machine is needed
    proof = drill_from_nothing(setting)
    assert proof.passed, proof.mismatches
    assert proof.backup == backup.manifest.code
    assert [one for one in proof.tried if "a visit booked" in one]
    assert not from_nothing_is_due(list(setting.catalogue.records().values()), at=proof.at + timedelta(days=29))
    assert list((setting.folder.path / "work").iterdir()) == []  # the kit lies nowhere any more


@pytest.mark.drills
def test_a_new_machine_with_the_owners_key(company: Server, tmp_path: Path) -> None:
    """The server is gone. The kit, with the owner's key added, and an empty data folder."""
    owner = pyrage.x25519.Identity.generate()
    gone = setting_in(tmp_path / "gone", company)
    gone = replace(gone, keys=replace(gone.keys, owner_recipient=str(owner.to_public())))
    code = create_backup(gone).manifest.code
    kit = Kit.read(written(tmp_path / "kit.json", replace(kit_of(gone, {}, opens=False), identity=str(owner))))
    new = replace(setting_in(tmp_path / "new", company), place=FolderOfBackups(tmp_path / "gone" / "elsewhere"))
    cut_off = tmp_path / "gone" / "elsewhere" / "20991231T235959Z-000000"  # newer, and never finished
    cut_off.mkdir()
    (cut_off / ".database.dump.age.partial").write_bytes(b"half")
    assert drill_from_nothing(new, kit=kit).backup == code
    bring_back(new, code)
    assert code in new.store.codes()


def written(path: Path, kit: Kit) -> Path:
    path.write_text(kit.words())
    return path


def test_a_kit_that_does_not_open_it_says_so_and_blames_no_backup(workshop: tuple[Setting, MadeBackup]) -> None:
    setting, backup = workshop
    wrong = Kit(str(setting.folder.path.parent / "elsewhere"), SECRET, str(pyrage.x25519.Identity.generate()))
    with pytest.raises(CannotRun, match="another key"):
        drill_from_nothing(setting, backup.manifest.code, kit=wrong)
    assert setting.catalogue.record(backup.manifest.code).state is State.REREAD


def test_what_is_no_kit_is_said(tmp_path: Path) -> None:
    (tmp_path / "kit").write_text("[]")
    with pytest.raises(CannotRun, match="midway backup kit makes one"):
        Kit.read(tmp_path / "kit")


@pytest.mark.parametrize(("days", "expected"), [(29, False), (30, True)])
def test_it_is_due_monthly(days: int, expected: bool) -> None:
    notes = (
        Note("x", State.PROVED, NOW - timedelta(days=1), {"source": "s3://far"}),
        Note("x", State.PROVED, NOW - timedelta(days=days), {"from_nothing": True}),
    )
    assert from_nothing_is_due([Record("x", notes)], at=NOW) is expected
    assert from_nothing_is_due([], at=NOW)


def test_a_copy_comes_back_and_counts_for_nothing_until_it_is_proved(workshop: tuple[Setting, MadeBackup]) -> None:
    setting, backup = workshop
    code = backup.manifest.code
    with pytest.raises(CannotRun, match="lies here already"):
        bring_back(setting, code)
    shutil.rmtree(backup.path)
    bring_back(setting, code)
    assert sorted(path.name for path in backup.path.iterdir()) == sorted(
        path.name for path in (setting.folder.path.parent / "elsewhere" / code).iterdir()
    )
    assert setting.catalogue.record(code).state is State.REREAD


def test_a_damaged_copy_does_not_come_back(workshop: tuple[Setting, MadeBackup]) -> None:
    setting, backup = workshop
    copy = setting.folder.path.parent / "elsewhere" / backup.manifest.code / "globals.sql.age"
    copy.write_bytes(copy.read_bytes()[:-1])
    shutil.rmtree(backup.path)
    with pytest.raises(CannotRun, match="is damaged"):
        bring_back(setting, backup.manifest.code)
    assert setting.store.codes() == []


def test_what_could_not_be_copied_is_copied_again_and_not_made_twice(company: Server, tmp_path: Path) -> None:
    setting = setting_in(tmp_path, company)
    (tmp_path / "unplugged").write_text("not a folder")
    with pytest.raises(CopyFailed):
        create_backup(replace(setting, place=FolderOfBackups(tmp_path / "unplugged")))
    (code,) = setting.store.codes()
    assert copy_again(setting) == [code]
    assert setting.catalogue.record(code).copies == [str(tmp_path / "elsewhere")]
    assert copy_again(setting) == []


def test_the_night_begins_with_what_was_left(proved: Proved, monkeypatch: pytest.MonkeyPatch) -> None:
    setting, backup = proved
    monkeypatch.setattr("midway.ops.backup.nightly.from_nothing_is_due", lambda records, at: False)
    monkeypatch.setattr("midway.ops.backup.nightly.off_host_is_due", lambda records, at: False)
    assert setting.place is not None
    shutil.copytree(backup.path, setting.store.path / "20200101T000000Z-000001")
    night = run_night(setting)
    assert night.copied_again == []  # another's files under a wrong name are not copied
    assert setting.catalogue.record("20200101T000000Z-000001").state is State.DAMAGED
