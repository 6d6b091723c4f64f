"""Our own PostgreSQL: starts, serves whom it should, and survives what happens to processes."""

import os
import signal
import stat
from pathlib import Path

import psutil
import psycopg
import pytest

from midway.runtime.postgres import PostgresOptions, PostgresServer
from midway.runtime.postgres_binaries import PostgresBinaries
from midway.runtime.problem import CannotRun

QUICK = PostgresOptions(durable=False)


def server(binaries: PostgresBinaries, place: Path, options: PostgresOptions = QUICK) -> PostgresServer:
    return PostgresServer(binaries, place / "postgres", sockets=place / "run", options=options)


def ask(url: str, statement: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(statement).fetchone()
        assert row is not None
        return row[0]


def test_an_empty_folder_becomes_a_server_with_what_the_product_needs(
    binaries: PostgresBinaries, shallow: Path
) -> None:
    with server(binaries, shallow, PostgresOptions()) as running:
        url = running.url("postgres")
        assert ask(url, "SHOW server_version").split()[0] == binaries.version  # type: ignore[attr-defined]
        assert ask(url, "SHOW data_checksums") == "on"
        assert ask(url, "SHOW fsync") == "on"
        assert ask(url, "SHOW synchronous_commit") == "on"
        assert ask(url, "SHOW server_encoding") == "UTF8"
        assert ask(url, "SHOW shared_preload_libraries") == "pg_stat_statements"
        assert ask(url, "SELECT count(*) FROM pg_available_extensions WHERE name = 'btree_gist'") == 1


def test_it_listens_on_no_network(binaries: PostgresBinaries, shallow: Path) -> None:
    with server(binaries, shallow) as running:
        assert running.child is not None
        postmaster = psutil.Process(running.child.pid)
        assert postmaster.net_connections(kind="inet") == []
        assert stat.S_IMODE(running.socket_folder.stat().st_mode) == 0o700


def test_over_loopback_it_wants_the_password(binaries: PostgresBinaries, shallow: Path, free_port: int) -> None:
    with server(binaries, shallow, PostgresOptions(durable=False, port=free_port)) as running:
        assert ask(running.loopback_url("postgres"), "SELECT 1") == 1
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            ask(f"postgresql://midway:guess@127.0.0.1:{free_port}/postgres", "SELECT 1")


def test_what_was_committed_is_there_after_a_kill(binaries: PostgresBinaries, shallow: Path) -> None:
    first = server(binaries, shallow, PostgresOptions())
    child = first.start()
    with psycopg.connect(first.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE promise (id int)")
        connection.execute("INSERT INTO promise VALUES (1)")
        child.kill()
        child.wait()
        with server(binaries, shallow, PostgresOptions()) as second:
            assert ask(second.url("postgres"), "SELECT count(*) FROM promise") == 1


def test_a_lock_file_with_a_strangers_number_does_not_stop_it(binaries: PostgresBinaries, shallow: Path) -> None:
    with server(binaries, shallow) as running:
        lock = running.data / "postmaster.pid"
        lines = lock.read_text().splitlines()
    lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with server(binaries, shallow) as running:
        assert ask(running.url("postgres"), "SELECT 1") == 1


def test_a_cluster_half_made_is_made_again(binaries: PostgresBinaries, shallow: Path) -> None:
    growing = shallow / "postgres.new"
    growing.mkdir()
    (growing / "PG_VERSION").write_text("15\n")
    with server(binaries, shallow) as running:
        assert ask(running.url("postgres"), "SELECT 1") == 1


def test_a_folder_too_deep_for_a_socket_works_too(binaries: PostgresBinaries, shallow: Path) -> None:
    deep = shallow.joinpath(*["a-folder-somebody-likes"] * 6)
    deep.mkdir(parents=True)
    with server(binaries, deep) as running:
        assert ask(running.url("postgres"), "SELECT 1") == 1
        assert not running.socket_folder.is_relative_to(deep)
        assert stat.S_IMODE(running.socket_folder.stat().st_mode) == 0o700
    running.socket_folder.rmdir()


def test_what_an_operator_set_survives_a_restart(binaries: PostgresBinaries, shallow: Path) -> None:
    with server(binaries, shallow) as running:
        ask(running.url("postgres"), "SELECT 1")
        with psycopg.connect(running.url("postgres"), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET work_mem = '5MB'")
    with server(binaries, shallow) as running:
        assert ask(running.url("postgres"), "SHOW work_mem") == "5MB"


def test_a_server_that_will_not_start_says_why_in_one_line(binaries: PostgresBinaries, shallow: Path) -> None:
    with server(binaries, shallow):
        pass
    with (shallow / "postgres" / "postgresql.auto.conf").open("a") as file:
        file.write("shared_buffers = 'much'\n")
    with (shallow / "log").open("ab", buffering=0) as log:
        broken = PostgresServer(binaries, shallow / "postgres", sockets=shallow / "run", output=log, options=QUICK)
        with pytest.raises(CannotRun, match=r"^PostgreSQL did not start: .*[^\n]+$"):
            broken.start()
    assert broken.child is None


def test_it_shuts_down_cleanly_when_its_starter_is_killed(binaries: PostgresBinaries, shallow: Path) -> None:
    starter = os.fork()
    if starter == 0:
        server(binaries, shallow).start()
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(starter, 0)
    lock = shallow / "postgres" / "postmaster.pid"
    if lock.exists():
        psutil.wait_procs([psutil.Process(int(lock.read_text().split()[0]))], timeout=20)
    with server(binaries, shallow) as running:
        assert ask(running.url("postgres"), "SELECT 1") == 1
