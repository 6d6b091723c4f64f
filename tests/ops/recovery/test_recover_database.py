"""What is wrong is named, and the way out leads out: also into a server made anew after its files were deleted."""

import shutil
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from midway.ops.backup.create import MadeBackup, create_backup
from midway.ops.backup.drill import drill_backup
from midway.ops.backup.fingerprint import fingerprint, mismatches
from midway.ops.backup.setting import Setting
from midway.ops.recovery.database import Trouble, diagnose
from midway.ops.recovery.restore import begin_restore, go_on
from midway.runtime.postgres import PostgresServer

pytestmark = pytest.mark.xdist_group("backup")
Installation = tuple[Setting, MadeBackup]


def restored(setting: Setting, backup: MadeBackup) -> list[str]:
    found = diagnose(setting)
    assert found.can_restore
    assert found.backup == backup.manifest.code
    go_on(setting, begin_restore(setting, backup.manifest.code))
    with setting.server.connection() as session:
        return mismatches(backup.manifest.tables, fingerprint(session))


def test_nothing_is_wrong_and_says_so(installation: Installation) -> None:
    found = diagnose(installation[0])
    assert found.trouble is Trouble.NONE
    assert not found.can_restore
    assert "recover rows" in found.next_step


def test_a_dropped_database_is_brought_back(installation: Installation) -> None:
    setting, backup = installation
    with setting.server.named("postgres").connection(autocommit=True) as session:
        session.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(setting.server.database)))
    assert diagnose(setting).trouble is Trouble.NO_DATABASE
    assert restored(setting, backup) == []


def test_a_damaged_table_is_named_and_brought_back(installation: Installation) -> None:
    setting, backup = installation
    copy = setting.server.named(f"{setting.server.database}_x")
    question = "CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy"  # so that no page of it is in the server's memory
    with setting.server.named("postgres").connection(autocommit=True) as session:
        session.execute(
            sql.SQL(question).format(sql.Identifier(copy.database), sql.Identifier(setting.server.database))
        )
    with psycopg.connect(copy.url) as session:
        path = session.execute(
            "SELECT current_setting('data_directory') || '/' || pg_relation_filepath('customers_customer')"
        ).fetchone()
    assert path
    Path(path[0]).write_bytes(b"\xff" * Path(path[0]).stat().st_size)
    setting = replace(setting, server=copy)
    found = diagnose(setting)
    assert found.trouble is Trouble.DAMAGED
    assert "customers_customer" in found.says
    assert restored(setting, backup) == []


def test_server_down_is_no_reason_to_restore(installation: Installation, own_server: PostgresServer) -> None:
    setting, _ = installation
    own_server.start()
    own_server.stop()
    found = diagnose(replace(setting, server=replace(setting.server, url=own_server.url())))
    assert found.trouble is Trouble.DOWN
    assert not found.can_restore
    assert "midway up" in found.next_step


@pytest.mark.drills
def test_deleted_files_are_noticed_and_a_new_server_is_filled(
    installation: Installation, own_server: PostgresServer
) -> None:
    setting, backup = installation
    setting = replace(setting, server=replace(setting.server, url=own_server.url()))
    own_server.start()
    own_server.stop()
    shutil.rmtree(setting.folder.postgres)
    found = diagnose(setting)
    assert found.trouble is Trouble.FILES_GONE
    assert "midway up" in found.next_step
    own_server.start()  # as midway up does: new and empty
    assert diagnose(setting).trouble is Trouble.NO_DATABASE
    assert restored(setting, backup) == []


@pytest.mark.drills
def test_a_server_made_anew_is_empty_though_its_tables_are_there(installation: Installation) -> None:
    setting, backup = installation
    with psycopg.connect(setting.server.url) as session:  # as midway up leaves it, whose migrations have run
        session.execute("TRUNCATE crew_branch CASCADE")
    assert diagnose(setting).trouble is Trouble.EMPTY
    night = create_backup(setting).manifest.code
    assert drill_backup(setting, night).passed
    assert diagnose(setting).backup == backup.manifest.code, "not the one of the empty night"
    assert restored(setting, backup) == []
    assert diagnose(setting).trouble is Trouble.NONE


def test_an_interrupted_restore_comes_first(installation: Installation) -> None:
    setting, backup = installation
    begin_restore(setting, backup.manifest.code)
    found = diagnose(setting)
    assert found.trouble is Trouble.RESTORING
    assert "--resume" in found.next_step


def test_a_catalogue_nobody_can_trust_is_said(installation: Installation) -> None:
    setting, _ = installation
    setting.store.catalogue_file.write_text("nonsense\n")
    with setting.server.named("postgres").connection(autocommit=True) as session:
        session.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(setting.server.database)))
    found = diagnose(setting)
    assert not found.can_restore
    assert "--rebuild" in found.next_step
