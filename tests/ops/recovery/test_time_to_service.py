"""How long until a clean can be booked again by the commands an owner types, counted from the disaster."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg
import pytest
from tests.ops.installation import SECRET
from tests.product import SOURCE, RunningProduct, database_address, running_product

from midway.ops.backup.create import MadeBackup
from midway.ops.backup.setting import Setting
from midway.runtime.folder import DataFolder

pytestmark = [pytest.mark.xdist_group("backup"), pytest.mark.drills]
Installation = tuple[Setting, MadeBackup]


def midway(where: Mapping[str, str], *words: str, expected: int = 0) -> str:
    """A command as it is typed."""
    ours = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    environment = {**ours, "PYTHONPATH": str(SOURCE), "MIDWAY_BACKUP_URL": "", **where}
    command = [sys.executable, "-m", "midway", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == expected, done.stdout + done.stderr
    return done.stdout


def attached(url: str, data: DataFolder, secret: str) -> dict[str, str]:
    """An environment that names this database."""
    return {
        "DATABASE_URL": url, "MIDWAY_DATA": str(data.path), "REDIS_URL": "", "MIDWAY_SECRET_KEY": secret,
        "DJANGO_SETTINGS_MODULE": "midway.config.settings", "EMAIL_URL": f"file://{data.path / 'mail'}",
    }  # fmt: skip


def until_booked(where: Mapping[str, str], began: float, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(midway(where, "rehearse", "--books").splitlines()[-1])
    took = time.monotonic() - began
    assert found["wrong"] == []
    assert any("a visit booked" in line for line in found["tried"]), found
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
    where = attached(setting.server.url, setting.folder, SECRET)
    disaster(setting)
    began = time.monotonic()
    midway(where, "backup", "restore", backup.manifest.code, "--yes")
    until_booked(where, began, disaster.__name__.replace("_", " "), capsys)


def visits(product: RunningProduct) -> int:
    with psycopg.connect(database_address(product)) as session:
        row = session.execute("SELECT count(*) FROM booking_visit").fetchone()
    return int(row[0]) if row else 0


def test_what_deleted_files_take(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole product dies and the database's files are gone; what an owner types brings it back."""
    data = DataFolder(tmp_path / "data")
    where = {"MIDWAY_DATA": str(data.path)}
    with running_product(data.path, "--empty") as product:
        midway(where, "demo", "load", "--cleaners", "4", "--customers", "40", "--months", "1")
        midway(where, "backup", "create")
        midway(where, "backup", "drill")
        before = visits(product)
        product.kill_everything()
    shutil.rmtree(data.postgres)

    began = time.monotonic()
    assert json.loads(midway(where, "recover", "database", "--json", expected=1))["trouble"] == "files gone"
    with running_product(data.path) as product:
        assert visits(product) == 0, "a new server, with tables and without a company"
        assert json.loads(midway(where, "recover", "database", "--json", expected=1))["trouble"] == "empty"
        midway(where, "recover", "database", "--yes")
        assert visits(product) == before
        back = attached(database_address(product), data, data.secret_key())
        until_booked(back, began, "database files deleted", capsys)
