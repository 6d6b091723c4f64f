import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from tests.cluster import chosen_binaries
from tests.ops.installation import setting_in

from midway.ops.backup.create import create_backup, moment_of
from midway.ops.backup.listing import newest_code
from midway.ops.backup.point_in_time import backup_as_of, make_slot, past_of, receiver, take_base
from midway.ops.backup.server import Server
from midway.ops.backup.setting import Setting
from midway.ops.recovery.restore import begin_restore
from midway.runtime.postgres import PostgresOptions, PostgresServer
from midway.runtime.problem import CannotRun

pytestmark = pytest.mark.xdist_group("backup")


@contextmanager
def keeping(setting: Setting) -> Iterator[None]:
    """While every change is kept as it happens."""
    make_slot(setting)
    environment = setting.server.environment()
    child = subprocess.Popen(receiver(setting, setting.server.binaries()), env=environment)
    try:
        yield
    finally:
        child.terminate()
        child.wait(timeout=30)


@pytest.fixture
def past(tmp_path: Path) -> Iterator[tuple[Setting, Server]]:
    """A server of its own with one base copy, its changes kept since."""
    setting = setting_in(tmp_path, Server("postgresql://x@/x"))
    with (tmp_path / "log").open("ab", buffering=0) as log:
        server = PostgresServer(
            chosen_binaries(), tmp_path / "postgres", sockets=tmp_path / "pg", output=log,
            options=PostgresOptions(max_connections=100),
        )  # fmt: skip
        with server:
            address = Server(server.url("postgres"))
            with address.connection(autocommit=True) as session:
                session.execute("CREATE DATABASE diary")
            setting = replace(setting, server=address.named("diary"), place=None)
            write(
                setting, "CREATE TABLE words (id int PRIMARY KEY, said text)", "INSERT INTO words VALUES (1, 'first')"
            )
            with keeping(setting):
                take_base(setting)
                yield setting, setting.server


def write(setting: Setting, *statements: str) -> datetime:
    """Will commit, and give a moment after it and before whatever comes next."""
    with psycopg.connect(setting.server.url) as session:
        for statement in statements:
            session.execute(statement.encode())
    with psycopg.connect(setting.server.url) as session:
        row = session.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


def received(setting: Setting) -> None:
    """Will wait until the receiver has all that is committed."""
    deadline = time.monotonic() + 30
    with psycopg.connect(setting.server.url, autocommit=True) as session:
        while True:
            row = session.execute(
                "SELECT coalesce(max(flush_lsn) >= pg_current_wal_flush_lsn(), false) FROM pg_stat_replication"
            ).fetchone()
            if row and row[0]:
                return
            assert time.monotonic() < deadline, "the receiver lags behind"


def test_the_moment_before_a_mistake_can_be_restored(past: tuple[Setting, Server], tmp_path: Path) -> None:
    setting, _ = past
    moment = write(setting, "INSERT INTO words VALUES (2, 'second')")
    write(setting, "DELETE FROM words")
    write(setting, "INSERT INTO words VALUES (3, 'too late')")
    received(setting)
    since = create_backup(setting).manifest.code
    backup = backup_as_of(setting, moment)
    assert backup.manifest.tables["public.words"].rows == 2
    assert backup.manifest.snapshot_at == moment
    assert moment_of(backup.manifest.code) == moment.replace(microsecond=0)
    assert newest_code(setting) == since, "what holds the past is older than what was made before it"
    assert begin_restore(setting, backup.manifest.code).code == backup.manifest.code  # restored like any other


def test_a_moment_the_changes_do_not_reach_is_said(past: tuple[Setting, Server]) -> None:
    setting, _ = past
    moment = write(setting, "INSERT INTO words VALUES (2, 'second')")
    received(setting)
    with pytest.raises(CannotRun, match="do not reach that moment"):
        backup_as_of(setting, moment + (datetime.now(tz=UTC) - moment) / 2)


def test_moments_before_the_first_base_copy_or_to_come_are_refused(past: tuple[Setting, Server]) -> None:
    setting, _ = past
    with pytest.raises(CannotRun, match="the earliest is"):
        backup_as_of(setting, datetime.now(tz=UTC) - timedelta(days=1))
    with pytest.raises(CannotRun, match="still to come"):
        backup_as_of(setting, datetime.now(tz=UTC) + timedelta(hours=1))


def test_where_nothing_is_kept_it_says_what_would_keep_it(past: tuple[Setting, Server], tmp_path: Path) -> None:
    setting, _ = past
    elsewhere = setting_in(tmp_path / "elsewhere", setting.server)
    with pytest.raises(CannotRun, match="MIDWAY_POINT_IN_TIME=on"):
        backup_as_of(elsewhere, datetime.now(tz=UTC) - timedelta(days=1))


def test_old_base_copies_and_their_changes_go(past: tuple[Setting, Server]) -> None:
    setting, _ = past
    first = past_of(setting).bases()[0]
    for number in (10, 11):
        write(setting, f"INSERT INTO words VALUES ({number}, 'more')")
        with psycopg.connect(setting.server.url, autocommit=True) as session:
            session.execute("SELECT pg_switch_wal()")
        take_base(setting)
    bases = past_of(setting).bases()
    assert len(bases) == 2
    assert first not in bases
    segments = sorted(path.name for path in past_of(setting).changes.iterdir())
    assert (bases[0] / "backup_label").read_text().find(segments[0][:24]) > 0


def test_two_who_want_a_base_copy_at_once_have_whole_ones(past: tuple[Setting, Server]) -> None:
    setting, _ = past
    first = past_of(setting).bases()
    (past_of(setting).path / "20260101T000000Z.partial").mkdir()  # of somebody who died
    with ThreadPoolExecutor(2) as both:
        taken = list(both.map(lambda number: take_base(setting), range(2)))
    assert set(taken) == set(past_of(setting).bases()) - set(first)  # one for both, or one each
    assert not list(past_of(setting).path.glob("*.partial"))
