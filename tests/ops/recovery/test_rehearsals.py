"""Disasters, for real: whatever happens, a whole database is left and nothing that was proved is lost."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from tests.ops.installation import SECRET
from tests.product import SOURCE

from midway.ops.backup.catalogue import State
from midway.ops.backup.create import MadeBackup, create_backup
from midway.ops.backup.drill import drill_backup
from midway.ops.backup.fingerprint import fingerprint, mismatches
from midway.ops.backup.listing import list_backups
from midway.ops.backup.nightly import run_night
from midway.ops.backup.rotate import plan_rotation
from midway.ops.backup.setting import Setting
from midway.ops.backup.store import Store
from midway.ops.gateways.backup_folder import FolderOfBackups
from midway.ops.recovery import restore as work
from midway.ops.recovery.restore import RestoreRefused, Step, begin_restore, go_on, restore_to_resume
from midway.runtime.folder import DataFolder
from midway.runtime.maintenance import maintenance
from midway.runtime.problem import CannotRun

pytestmark = pytest.mark.xdist_group("backup")
Installation = tuple[Setting, MadeBackup]


def differences(installation: Installation) -> list[str]:
    setting, backup = installation
    with setting.server.connection() as session:
        return mismatches(backup.manifest.tables, fingerprint(session))


@contextmanager
def small_disk(path: Path, *, kilobytes: int) -> Iterator[Path]:
    """A disk of this size."""
    path.mkdir()
    arguments = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=711", "tmpfs", str(path)]
    if os.geteuid() != 0 or subprocess.run(arguments, check=False, capture_output=True).returncode:
        pytest.skip("needs root and tmpfs")
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", path], check=True)


def blind_to_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is filled by somebody else after we looked."""
    for module in ("backup.create", "recovery.restore", "backup.verify", "backup.drill"):
        monkeypatch.setattr(f"midway.ops.{module}.refuse_without_room", lambda *args: None)


def test_a_disk_that_fills_during_the_dump_leaves_no_backup(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting, _ = installation
    blind_to_room(monkeypatch)
    with small_disk(tmp_path / "small", kilobytes=64) as disk:
        full = replace(setting, store=Store(disk / "backups"))
        with pytest.raises(CannotRun, match=r"No space left|pg_dump failed"):
            create_backup(full)
        assert full.store.codes() == []
        assert full.catalogue.records() == {}
    assert differences(installation) == []


@pytest.mark.drills
def test_a_disk_that_fills_during_the_restore_changes_nothing(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting, backup = installation
    blind_to_room(monkeypatch)
    (setting.folder.path / "work").mkdir(exist_ok=True)
    with small_disk(tmp_path / "small", kilobytes=64) as disk:
        shutil.rmtree(setting.folder.path / "work")
        (setting.folder.path / "work").symlink_to(disk)
        with pytest.raises(RestoreRefused, match="nothing was changed"):
            go_on(setting, begin_restore(setting, backup.manifest.code))
    (setting.folder.path / "work").unlink()
    assert differences(installation) == []
    assert maintenance(setting.folder.path) is None
    go_on(setting, begin_restore(setting, backup.manifest.code))


@pytest.mark.parametrize(
    "step",
    [
        Step.EXCHANGE,
        pytest.param(Step.CLOSE, marks=pytest.mark.drills),
        pytest.param(Step.LOOK, marks=pytest.mark.drills),
    ],
)
def test_a_disk_that_is_full_at_the_exchange_leads_on(
    installation: Installation, step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting, backup = installation
    deed, written = work._DEEDS[step], work.write_whole

    def no_room(path: Path, text: str) -> None:
        raise OSError(28, "No space left on device")

    def deed_and_full(*arguments: object) -> None:
        deed(*arguments)  # type: ignore[arg-type]
        monkeypatch.setattr(work, "write_whole", no_room)

    monkeypatch.setitem(work._DEEDS, step, deed_and_full)
    with pytest.raises(CannotRun, match="--resume"):
        go_on(setting, begin_restore(setting, backup.manifest.code))
    assert differences(installation) == []
    monkeypatch.setattr(work, "write_whole", written)
    monkeypatch.setitem(work._DEEDS, step, deed)
    go_on(setting, restore_to_resume(setting))
    assert differences(installation) == []
    assert maintenance(setting.folder.path) is None


@pytest.mark.drills
def test_a_bad_migration_is_taken_back(installation: Installation) -> None:
    setting, backup = installation
    with psycopg.connect(setting.server.url) as session:
        session.execute("ALTER TABLE booking_visit DROP COLUMN price_cents CASCADE")
        session.execute("UPDATE customers_customer SET email = code::text || '@example.com'")
        session.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('booking', '9999_bad', now())")
    assert differences(installation)
    go_on(setting, begin_restore(setting, backup.manifest.code))
    assert differences(installation) == []


def test_a_place_for_copies_that_is_away_is_no_loss(installation: Installation, tmp_path: Path) -> None:
    setting, before = installation
    (tmp_path / "unplugged").write_text("not a folder")
    away = replace(setting, place=FolderOfBackups(tmp_path / "unplugged"))
    with pytest.raises(CannotRun, match="MIDWAY_BACKUP_URL"):
        create_backup(away)
    newest = list_backups(away)[0]
    assert newest.state is State.HASHED  # made, and here
    assert newest.code != before.manifest.code
    assert plan_rotation(list_backups(away)).remove == []


def test_a_clock_that_was_wrong_removes_and_hides_nothing(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting, before = installation
    for module in ("backup.create", "backup.nightly", "backup.drill"):
        real: Callable[[], object] = __import__(f"midway.ops.{module}", fromlist=["now"]).now
        monkeypatch.setattr(f"midway.ops.{module}.now", lambda real=real: real() + timedelta(days=400))
    early = create_backup(setting)
    monkeypatch.undo()
    assert early.manifest.code > before.manifest.code
    night = run_night(setting)
    assert night.code not in {early.manifest.code}  # what is of a day to come is not tonight's
    assert night.removed == []
    assert before.manifest.code in setting.store.codes()


BOOK = """
import django
django.setup()
from midway.cli.rehearse import _booking
print("ready", flush=True)
while True:
    print(_booking()[0], flush=True)
"""


@pytest.mark.drills
def test_bookings_at_full_speed_during_the_backup_are_no_difference(installation: Installation, tmp_path: Path) -> None:
    setting, _ = installation
    environment = {
        **os.environ, "DATABASE_URL": setting.server.url, "MIDWAY_DATA": str(tmp_path / "booking"), "REDIS_URL": "",
        "MIDWAY_SECRET_KEY": SECRET, "PYTHONPATH": str(SOURCE), "DJANGO_SETTINGS_MODULE": "midway.config.settings",
        "EMAIL_URL": f"file://{tmp_path / 'mail'}",
    }  # fmt: skip
    DataFolder(tmp_path / "booking").create()
    at_first = _visits(setting)
    with (tmp_path / "booked").open("w+") as told:
        child = subprocess.Popen([sys.executable, "-c", BOOK], env=environment, stdout=told, stderr=subprocess.DEVNULL)
        try:
            for _ in range(3):
                before = _visits(setting)
                while _visits(setting) == before:  # it books now
                    assert child.poll() is None
                acknowledged = (tmp_path / "booked").read_text().count("a visit booked")
                made = create_backup(setting)
                # Nothing that was acknowledged before the snapshot is missing from it.
                assert made.manifest.tables["public.booking_visit"].rows >= at_first + acknowledged
                assert _visits(setting) > made.manifest.tables["public.booking_visit"].rows
                proof = drill_backup(setting, made.manifest.code)
                assert proof.passed, proof.mismatches
                assert 0 < proof.rto_seconds < 600  # back in service, measured
        finally:
            child.kill()
            child.wait()


def _visits(setting: Setting) -> int:
    with psycopg.connect(setting.server.url) as session:
        row = session.execute("SELECT count(*) FROM booking_visit").fetchone()
    return int(row[0]) if row else 0
