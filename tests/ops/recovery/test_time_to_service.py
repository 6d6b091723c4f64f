"""How long until a clean can be booked again by the commands an owner types, counted from the disaster."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest
from tests.ops.installation import SECRET
from tests.product import SOURCE

from midway.ops.backup.create import MadeBackup
from midway.ops.backup.setting import Setting
from midway.runtime.postgres import PostgresServer

pytestmark = [pytest.mark.xdist_group("backup"), pytest.mark.drills]
Installation = tuple[Setting, MadeBackup]
LONGEST_SECONDS = 300
"""A generous bound for a busy machine; the numbers themselves are printed."""


def midway(setting: Setting, *words: str, expected: int = 0) -> str:
    """A command as it is typed."""
    environment = {
        **os.environ, "DATABASE_URL": setting.server.url, "MIDWAY_DATA": str(setting.folder.path), "REDIS_URL": "",
        "MIDWAY_SECRET_KEY": SECRET, "PYTHONPATH": str(SOURCE), "MIDWAY_BACKUP_URL": "",
        "DJANGO_SETTINGS_MODULE": "midway.config.settings", "EMAIL_URL": f"file://{setting.folder.path / 'mail'}",
    }  # fmt: skip
    command = [sys.executable, "-m", "midway", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == expected, done.stdout + done.stderr
    return done.stdout


def until_booked(setting: Setting, began: float, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(midway(setting, "rehearse", "--books").splitlines()[-1])
    took = time.monotonic() - began
    assert found["wrong"] == []
    assert any("a visit booked" in line for line in found["tried"]), found
    assert took < LONGEST_SECONDS
    with capsys.disabled():
        sys.stdout.write(f" {what}: a clean booked again after {took:.1f} s ")


def delete_without_where(setting: Setting) -> None:
    with psycopg.connect(setting.server.url) as session:
        session.execute("SET session_replication_role = replica")
        for table in ("booking_assignment", "booking_visit", "customers_customer"):
            session.execute(f"DELETE FROM {table}".encode())


def bad_migration(setting: Setting) -> None:
    with psycopg.connect(setting.server.url) as session:
        session.execute("ALTER TABLE booking_visit DROP COLUMN price_cents CASCADE")
        session.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('booking', '9999_bad', now())")


@pytest.mark.parametrize("disaster", [delete_without_where, bad_migration])
def test_what_a_restore_takes(
    installation: Installation, disaster: Callable[[Setting], None], capsys: pytest.CaptureFixture[str]
) -> None:
    setting, backup = installation
    disaster(setting)
    began = time.monotonic()
    midway(setting, "backup", "restore", backup.manifest.code, "--yes")
    until_booked(setting, began, disaster.__name__.replace("_", " "), capsys)


def test_what_deleted_files_take(
    installation: Installation, own_server: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    setting = replace(installation[0], server=replace(installation[0].server, url=own_server.url()))
    own_server.start()
    own_server.stop()
    shutil.rmtree(setting.folder.postgres)
    began = time.monotonic()
    assert "files gone" in midway(setting, "recover", "database", "--json", expected=1)
    own_server.start()  # as midway up does
    midway(setting, "recover", "database", "--yes")
    until_booked(setting, began, "database files deleted", capsys)
