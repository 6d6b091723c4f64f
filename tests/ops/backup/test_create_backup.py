import json
import os
import stat
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from pyrage import x25519
from tests.ops.installation import setting_in

from midway.ops.backup.catalogue import State
from midway.ops.backup.create import MadeBackup, create_backup
from midway.ops.backup.keys import Keys, decrypt
from midway.ops.backup.server import Server, ToolFailed
from midway.ops.backup.setting import Setting
from midway.ops.gateways.backup_folder import FolderOfBackups
from midway.runtime.problem import CannotRun

pytestmark = pytest.mark.xdist_group("backup")


def test_a_backup_is_whole_signed_copied_and_read_again(made: tuple[Setting, MadeBackup]) -> None:
    setting, backup = made
    assert backup.state is State.REREAD
    assert backup.copies == [str(setting.folder.path.parent / "elsewhere")]
    assert sorted(entry.name for entry in backup.path.iterdir()) == [
        "database.dump.age", "globals.sql.age", "manifest.json", "manifest.sig", "media.tar.age", "settings.json.age",
    ]  # fmt: skip
    assert backup.manifest.tables["public.booking_visit"].rows > 100
    assert backup.manifest.migrations["booking"] >= "0002"


def test_nobody_else_can_read_it(made: tuple[Setting, MadeBackup]) -> None:
    setting, backup = made
    for path in [setting.store.path, backup.path, *backup.path.iterdir(), setting.keys.drill_file]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_nothing_in_it_can_be_read_without_a_key(made: tuple[Setting, MadeBackup], tmp_path: Path) -> None:
    _, backup = made
    stranger = x25519.Identity.generate()
    for path in backup.path.glob("*.age"):
        with pytest.raises(CannotRun, match="cannot be opened"):
            decrypt(path, tmp_path / "plain", stranger)
        assert not (tmp_path / "plain").exists()


def test_the_owners_key_opens_it_when_the_server_is_gone(company: Server, tmp_path: Path) -> None:
    owner = x25519.Identity.generate()
    setting = setting_in(tmp_path, company)
    keys = Keys(setting.keys.drill_file, setting.keys.secret, owner_recipient=str(owner.to_public()))
    backup = create_backup(replace(setting, keys=keys, place=None))
    decrypt(backup.path / "globals.sql.age", tmp_path / "roles.sql", owner)
    assert "CREATE ROLE" in (tmp_path / "roles.sql").read_text()
    assert not [warning for warning in backup.warnings if "RECIPIENT" in warning]


def test_secrets_are_named_and_not_told(company: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_live_do_not_tell")
    monkeypatch.setenv("MIDWAY_WEB_WORKERS", "3")
    setting = setting_in(tmp_path, company)
    backup = create_backup(setting)
    decrypt(backup.path / "settings.json.age", tmp_path / "settings.json", setting.keys.drill_identity())
    told = json.loads((tmp_path / "settings.json").read_text())["environment"]
    assert told["STRIPE_SECRET_KEY"] == "(set)"
    assert told["MIDWAY_WEB_WORKERS"] == "3"


def test_without_a_place_for_copies_it_says_so(company: Server, tmp_path: Path) -> None:
    backup = create_backup(replace(setting_in(tmp_path, company), place=None))
    assert backup.state is State.HASHED
    assert any("MIDWAY_BACKUP_URL" in warning for warning in backup.warnings)


def test_a_lock_nobody_lets_go_of_ends_it_and_leaves_nothing(
    company: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("midway.ops.backup.create.LOCK_WAIT", "200ms")
    setting = setting_in(tmp_path, company)
    with psycopg.connect(company.url) as session:
        session.execute("LOCK TABLE booking_visit IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(CannotRun, match="lock"):
            create_backup(setting)
        session.rollback()
    assert setting.store.codes() == []
    assert setting.catalogue.records() == {}
    create_backup(setting)  # and the remains of the first are no hindrance
    assert len(list(setting.store.path.glob("*.partial"))) == 0


@pytest.mark.slow
def test_it_does_not_wait_for_ever(company: Server, tmp_path: Path) -> None:
    setting = setting_in(tmp_path, company)
    with psycopg.connect(company.url) as session:
        session.execute("LOCK TABLE pg_catalog.pg_authid IN ACCESS EXCLUSIVE MODE")
        with pytest.raises((ToolFailed, CannotRun)):
            create_backup(setting, longest=1)
        session.rollback()
    assert setting.store.codes() == []


def test_two_at_once_do_not_meet(company: Server, tmp_path: Path) -> None:
    setting = setting_in(tmp_path, company)
    with setting.store.held():
        refused: list[str] = []

        def second() -> None:
            try:
                create_backup(setting)
            except CannotRun as problem:
                refused.append(str(problem))

        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert "wait until it is done" in refused[0]


def test_a_copy_that_is_not_what_was_sent_is_noticed(company: Server, tmp_path: Path) -> None:
    class Forgetful(FolderOfBackups):
        def put(self, code: str, name: str, source: Path) -> None:
            super().put(code, name, source)
            if name.startswith("database"):
                kept = tmp_path / "elsewhere" / code / name
                kept.write_bytes(kept.read_bytes()[:-1] + b"\0")

    setting = replace(setting_in(tmp_path, company), place=Forgetful(tmp_path / "elsewhere"))
    with pytest.raises(CannotRun, match="is not what was sent"):
        create_backup(setting)
    (record,) = setting.catalogue.records().values()
    assert record.state is State.COPIED  # never re-read


def test_no_room_is_said_before_anything_is_written(company: Server, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small], check=False, capture_output=True
        ).returncode
    ):
        pytest.skip("needs root and tmpfs")
    try:
        setting = setting_in(small / "one", company)
        with pytest.raises(CannotRun, match="are free"):
            create_backup(setting)
    finally:
        subprocess.run(["umount", "-l", small], check=True)


def test_a_server_that_is_gone_is_said_in_one_line(tmp_path: Path) -> None:
    setting = setting_in(tmp_path, Server("postgresql://nobody@/nothing?host=/nowhere"))
    with pytest.raises(CannotRun, match="cannot be reached"):
        create_backup(setting)
