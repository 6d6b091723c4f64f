"""From the running product: a visit is booked, the time noted, rows are destroyed, and one goes back to just before."""

import json
import os
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from tests.product import SOURCE, RunningProduct, database_address, running_product, state

pytestmark = [pytest.mark.xdist_group("backup"), pytest.mark.drills]


def said(data: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "MIDWAY_DATA": str(data), "PYTHONPATH": str(SOURCE), "DATABASE_URL": "",
                   "REDIS_URL": "", "MIDWAY_BACKUP_URL": "", "MIDWAY_POINT_IN_TIME": "on"}  # fmt: skip
    command = [sys.executable, "-m", "midway", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def asked(product: RunningProduct, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database_address(product), autocommit=True) as session:
        return session.execute(question.encode()).fetchall()


def wait_until(product: RunningProduct, question: str) -> None:
    deadline = time.monotonic() + 120
    while asked(product, question) != [(True,)]:
        assert time.monotonic() < deadline, product.said


NEXT_SECOND = (
    "SELECT to_char(date_trunc('second', clock_timestamp() AT TIME ZONE 'UTC') + interval '1 second',"
    " 'YYYY-MM-DD\"T\"HH24:MI:SS+0000')"
)
RECEIVED = "SELECT coalesce(max(flush_lsn) >= pg_current_wal_flush_lsn(), false) FROM pg_stat_replication"


def booked(data: Path, product: RunningProduct) -> str:
    """A visit booked through the application; its id."""
    environment = {**os.environ, "MIDWAY_DATA": str(data), "PYTHONPATH": str(SOURCE), "REDIS_URL": "",
                   "DATABASE_URL": database_address(product), "DJANGO_SETTINGS_MODULE": "midway.config.settings",
                   "MIDWAY_SECRET_KEY": (data / "secret.key").read_text().strip()}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "midway", "rehearse", "--books"],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "a visit booked" in done.stdout, done.stdout
    return str(asked(product, "SELECT max(id) FROM booking_visit")[0][0])


def test_back_to_just_before_rows_were_destroyed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running_product(data, "--empty", MIDWAY_POINT_IN_TIME="on") as running:
        assert "receive" in state(running)["parts"]
        said(data, "demo", "load", "--cleaners", "4", "--customers", "40", "--months", "1")
        said(data, "backup", "base")
        visit = booked(data, running)
        moment = str(asked(running, NEXT_SECOND)[0][0])
        wait_until(running, f"SELECT clock_timestamp() > '{moment}'::timestamptz")
        asked(running, "WITH gone AS (DELETE FROM booking_assignment RETURNING 1) SELECT count(*) FROM gone")
        assert asked(running, "SELECT count(*) FROM booking_assignment") == [(0,)]
        booked(data, running)  # after the moment
        wait_until(running, RECEIVED)

        made = json.loads(said(data, "backup", "as-of", moment, "--json").stdout)
        assert made["lost"]["bookings"] == 1
        assert datetime.fromisoformat(made["snapshot_at"]) == datetime.fromisoformat(moment)
        shown = said(data, "backup", "restore", made["code"])
        assert "would be lost" in shown.stdout
        assert "bookings: 1\n" in shown.stdout
        said(data, "backup", "restore", made["code"], "--yes")

        assert asked(running, f"SELECT count(*) FROM booking_assignment WHERE visit_id = {visit}") != [(0,)]
        asked(running, "SELECT pg_switch_wal()")
        wait_until(running, RECEIVED)  # changes are kept from here on too
