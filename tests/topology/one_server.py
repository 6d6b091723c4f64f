"""One PostgreSQL anybody of this machine may enter, with what may stand beside it: a copy, or a pooler before it."""

import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from tests.product import free_port

from midway.ops.stage.postgres import DATABASE, StagePostgres, Standby
from midway.runtime import process
from midway.runtime.postgres import OWNER

NAME = "reports"
PATIENCE_SECONDS = 30
POOLER = """
[databases]
{database} = host={sockets} dbname={database} user={owner}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
server_round_robin = {in_turns}
default_pool_size = 20
"""


@contextmanager
def one_server(folder: Path) -> Iterator[StagePostgres]:
    """The server with an empty database."""
    folder.chmod(0o755)
    with (folder / "postgres.log").open("ab") as log, StagePostgres(folder, log) as server:
        server.do(f"CREATE DATABASE {DATABASE}", dbname="postgres")
        yield server


@contextmanager
def copy_of(server: StagePostgres, folder: Path) -> Iterator[Standby]:
    """A copy that follows it and has everything."""
    with (folder / "copy.log").open("ab") as log:
        copy = Standby(server, folder, NAME, log)
        try:
            copy.start()
            wait_until_it_has_all(server)
            yield copy
        finally:
            copy.stop()


def wait_until_it_has_all(server: StagePostgres) -> None:
    """Will return when the copy has what the server has."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    question = "SELECT bool_and(replay_lsn >= pg_current_wal_insert_lsn()) FROM pg_stat_replication"
    while time.monotonic() < deadline:
        with server.connect() as connection:
            if connection.execute(question).fetchone() == (True,):
                return
        time.sleep(0.05)
    raise AssertionError("the copy does not follow")


def copy_url(copy: Standby) -> str:
    """Its address."""
    return f"postgresql://{OWNER}@/{DATABASE}?host={copy.sockets}"


@contextmanager
def pooler_before(server: StagePostgres, folder: Path, *, mode: str, in_turns: bool = False) -> Iterator[str]:
    """A PgBouncer before it; the address that leads through it."""
    binary = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin")
    if binary is None:
        pytest.skip("no pgbouncer here")
    port = free_port()
    words = {"database": DATABASE, "owner": OWNER, "sockets": server.socket_folder, "port": port}
    config = folder / f"pgbouncer-{mode}.ini"
    config.write_text(POOLER.format(mode=mode, in_turns=int(in_turns), **words))
    config.chmod(0o644)
    url = f"postgresql://{OWNER}@127.0.0.1:{port}/{DATABASE}"
    with (folder / "pgbouncer.log").open("ab") as log:
        child = process.start(
            [binary, config],
            env={"PATH": "/usr/bin:/bin"},
            output=log,
            account=process.server_account(),
            dies_with_us=signal.SIGKILL,
            needs=[config],
        )
        try:
            _wait_for(url)
            yield url
        finally:
            process.stop(child, (signal.SIGTERM, 5))


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            psycopg.connect(url, connect_timeout=3).close()
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, "PgBouncer does not answer"
            time.sleep(0.05)
        else:
            return
