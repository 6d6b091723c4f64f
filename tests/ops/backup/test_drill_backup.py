import threading
from dataclasses import replace
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from tests.ops.installation import setting_in

from midway.ops.backup.catalogue import State
from midway.ops.backup.create import MadeBackup, create_backup
from midway.ops.backup.drill import drill_backup
from midway.ops.backup.keys import Keys
from midway.ops.backup.server import Server
from midway.ops.backup.setting import Setting
from midway.ops.backup.store import UnknownBackup

pytestmark = pytest.mark.xdist_group("backup")


@pytest.fixture
def busy(company: Server, tmp_path: Path) -> Server:
    """A copy of the company that a test may change."""
    server = company.named(f"midway_busy_{tmp_path.name[-12:]}".replace("-", "_").lower())
    with company.named("postgres").connection(autocommit=True) as session:
        session.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'midway_company'")
        session.execute(f'CREATE DATABASE "{server.database}" TEMPLATE midway_company')
    return server


def test_a_backup_is_proved_from_its_copy(workshop: tuple[Setting, MadeBackup]) -> None:
    setting, backup = workshop
    proof = drill_backup(setting, off_host=True)
    assert proof.passed, proof.mismatches
    assert proof.tables == len(backup.manifest.tables)
    assert any("booked for" in line for line in proof.tried)
    assert proof.rto_seconds > 0
    assert setting.catalogue.record(backup.manifest.code).is_proved
    assert list((setting.folder.path / "work").iterdir()) == []


@pytest.mark.slow
def test_what_is_written_during_the_backup_is_no_difference(busy: Server, tmp_path: Path) -> None:
    setting = replace(setting_in(tmp_path, busy), place=None)
    enough = threading.Event()

    def write(statement: LiteralString) -> None:
        with psycopg.connect(busy.url, autocommit=True) as session:
            while not enough.is_set():
                session.execute(statement)

    statements: tuple[LiteralString, ...] = (
        "INSERT INTO ops_heartbeat (name, at, pid, version) VALUES (md5(random()::text), now(), 1, '')",
        "UPDATE customers_customer SET notes = notes || 'x' WHERE id % 7 = 0",
    )
    writers = [threading.Thread(target=write, args=[statement]) for statement in statements]
    for writer in writers:
        writer.start()
    try:
        backup = create_backup(setting)
    finally:
        enough.set()
        for writer in writers:
            writer.join()
    proof = drill_backup(setting)
    assert proof.passed, proof.mismatches
    assert backup.manifest.tables["public.customers_customer"].rows == 40


@pytest.mark.slow
def test_a_row_that_changed_in_the_dump_is_named(
    workshop: tuple[Setting, MadeBackup], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dump restores without an error and is wrong all the same: only the fingerprint can tell."""
    from midway.ops.backup import drill

    loaded = drill.restore_dump

    def load_and_spoil(dump: Path, server: Server, binaries: object) -> None:
        loaded(dump, server, binaries)  # type: ignore[arg-type]
        with psycopg.connect(server.url) as session:
            session.execute(
                "UPDATE customers_customer SET phone = '+1' WHERE id = (SELECT min(id) FROM customers_customer)"
            )

    monkeypatch.setattr(drill, "restore_dump", load_and_spoil)
    setting, backup = workshop
    proof = drill_backup(setting)
    assert proof.mismatches == ["public.customers_customer has 40 rows, but not the same ones"]
    assert setting.catalogue.record(backup.manifest.code).state is State.DAMAGED


@pytest.mark.slow
def test_the_wrong_secret_key_is_found(busy: Server, tmp_path: Path) -> None:
    setting = replace(setting_in(tmp_path, busy), place=None)
    wrong = replace(setting, keys=Keys(setting.keys.drill_file, "not-the-key-the-texts-were-sealed-with"))
    create_backup(wrong)
    proof = drill_backup(wrong)
    assert any("MIDWAY_SECRET_KEY" in line for line in proof.mismatches)


def test_nothing_to_drill_is_said(company: Server, tmp_path: Path) -> None:
    with pytest.raises(UnknownBackup, match="backup create"):
        drill_backup(setting_in(tmp_path, company))
