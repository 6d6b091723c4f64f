"""`midway up`, `status` and `down`: one command runs everything, and says in one line why it cannot."""

import json
import os
import pwd
import signal
import socket
import stat
from pathlib import Path

import psutil
import psycopg
import pytest
from tests.runtime.running import midway_up, run_midway

from midway.runtime.postgres import PostgresOptions, PostgresServer
from midway.runtime.postgres_binaries import PostgresBinaries, choose_postgres
from midway.runtime.probe import web_answers
from midway.runtime.process import Account

ORDINARY = "daemon"  # an account every system has, and nobody uses


def one_line(text: str) -> str:
    """The refusal, checked to be one line and no traceback."""
    lines = text.strip().splitlines()
    assert len(lines) == 1, text
    assert lines[0].startswith("midway: ")
    return lines[0]


@pytest.mark.parametrize("binaries", ["system", pytest.param("embedded", marks=pytest.mark.slow)], indirect=True)
def test_everything_starts_is_asked_and_stops_in_order(
    shallow: Path, free_port: int, binaries: PostgresBinaries
) -> None:
    data = shallow / "var"
    with midway_up(data, free_port, environ={"MIDWAY_POSTGRES_BIN": str(binaries.folder)}) as running:
        running.until("Ready in")
        for step in (
            "PostgreSQL",
            "Database up to date",
            "Static files collected",
            f"Web on http://127.0.0.1:{free_port}",
        ):
            assert step in running.output

        told = run_midway("status", "--data", str(data), "--json")
        found = json.loads(told.stdout)
        assert told.returncode == 0
        assert found["pid"] == running.process.pid
        assert {part["name"]: part["ready"] for part in found["parts"]} == dict.fromkeys(
            [part["name"] for part in found["parts"]], True
        )
        assert {"postgres", "redis", "web"} <= {part["name"] for part in found["parts"]}
        if os.geteuid() == 0:  # the servers refuse to be root, and are nobody
            assert {psutil.Process(running.pid(part)).username() for part in ("postgres", "redis")} == {"nobody"}
        assert found["memory_bytes"] < 260 * 1024**2

        second = run_midway("up", "--data", str(data), "--port", str(free_port))
        assert second.returncode == 1
        assert f"is held by process {running.process.pid} since" in one_line(second.stderr)

        everything = running.everything()
        stopped = run_midway("down", "--data", str(data))
        assert (stopped.returncode, stopped.stdout) == (0, f"Stopped what ran on {data}.\n")
        assert running.ended() == 0
        order = [running.output.index(f"{part} stopped") for part in ("web", "redis", "postgres")]
        assert order == sorted(order)
        assert not [one for one in everything if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]

    told = run_midway("status", "--data", str(data))
    assert (told.returncode, told.stdout) == (1, f"Nothing runs on {data}. Start it with midway up.\n")
    assert run_midway("down", "--data", str(data)).stdout == f"Nothing runs on {data}.\n"


@pytest.mark.slow
def test_a_second_start_does_nothing_twice(shallow: Path, free_port: int) -> None:
    for expected in ("Static files collected", "(0 migrations applied)"):
        with midway_up(shallow / "var", free_port) as running:
            running.until("Ready in")
            assert expected in running.output
    assert "Static files collected" not in running.output


def test_ctrl_c_in_the_middle_of_starting_leaves_nothing(shallow: Path, free_port: int) -> None:
    with midway_up(shallow / "var", free_port) as running:
        running.until("PostgreSQL")
        everything = running.everything()
        running.process.send_signal(signal.SIGINT)
        assert running.ended() == 0
        _, alive = psutil.wait_procs(everything, timeout=5)
        assert not alive


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_can_run_it(shallow: Path, free_port: int) -> None:
    entry = pwd.getpwnam(ORDINARY)
    data = shallow / "var"
    data.mkdir()
    os.chown(data, entry.pw_uid, entry.pw_gid)
    with midway_up(data, free_port, account=Account(ORDINARY, entry.pw_uid, entry.pw_gid)) as running:
        running.until("Ready in")
        assert {process.uids().effective for process in running.everything()} == {entry.pw_uid}
        assert stat.S_IMODE(data.stat().st_mode) == 0o700


def test_a_taken_port_is_said_before_anything_starts(shallow: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = run_midway("up", "--data", str(shallow / "var"), "--port", str(port))
    assert told.returncode == 1
    assert f"Port {port} is taken by process {os.getpid()}" in one_line(told.stderr)
    assert not (shallow / "var" / "postgres").exists()


def test_a_newer_data_folder_is_refused(shallow: Path, free_port: int) -> None:
    (shallow / "midway.json").write_text('{"format": 1, "midway": "99.0"}')
    told = run_midway("up", "--data", str(shallow), "--port", str(free_port))
    assert told.returncode == 1
    assert "belongs to Midway 99.0" in one_line(told.stderr)


@pytest.mark.slow
def test_a_newer_database_is_refused(shallow: Path, free_port: int) -> None:
    data = shallow / "var"
    with midway_up(data, free_port) as running:
        running.until("Ready in")
        with psycopg.connect(running.database_url()) as connection:
            connection.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES ('booking', '9999_tomorrow', now())"
            )
    told = run_midway("up", "--data", str(data), "--port", str(free_port))
    assert told.returncode == 1
    assert "changed by a newer Midway (booking.9999_tomorrow)" in one_line(told.stderr)


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("DATABASE_URL", "mysql://host/name", "DATABASE_URL starts with 'mysql': write it like postgresql://"),
        ("DATABASE_URL", "postgresql://host", "DATABASE_URL names no database: end it with /name"),
        ("DATABASE_URL", "postgresql://127.0.0.1:1/midway", "at 127.0.0.1:1 cannot be reached (Connection refused)"),
        ("REDIS_URL", "http://host", "REDIS_URL starts with 'http'"),
        ("MIDWAY_RATE_LIMITS", "sometimes", "MIDWAY_RATE_LIMITS is 'sometimes': write on or off"),
        ("MIDWAY_SECRET_KEY", "short", "MIDWAY_SECRET_KEY is too short"),
    ],
)
def test_a_wrong_setting_is_said(shallow: Path, free_port: int, setting: str, value: str, expected: str) -> None:
    told = run_midway("up", "--data", str(shallow / "var"), "--port", str(free_port), environ={setting: value})
    assert told.returncode == 1
    assert expected in one_line(told.stderr)


@pytest.mark.slow
def test_an_external_database_is_used_or_its_refusal_said(shallow: Path, free_port: int) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        database_port = probe.getsockname()[1]
    options = PostgresOptions(durable=False, port=database_port)
    with PostgresServer(choose_postgres(), shallow / "pg", sockets=shallow / "run", options=options) as server:
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE company")
        data = shallow / "var"
        url = server.loopback_url("company")

        def refusal(wrong: str) -> str:
            told = run_midway("up", "--data", str(data), "--port", str(free_port), environ={"DATABASE_URL": wrong})
            assert told.returncode == 1
            return one_line(told.stderr)

        assert "refuses user midway" in refusal(f"postgresql://midway:wrong@127.0.0.1:{database_port}/company")
        assert "has no database nothing: createdb nothing" in refusal(url.replace("/company", "/nothing"))

        # A Redis that does not answer is no reason not to start.
        with midway_up(data, free_port, environ={"DATABASE_URL": url, "REDIS_URL": "redis://127.0.0.1:1/0"}) as running:
            running.until("Redis at REDIS_URL does not answer")
            running.until("Ready in")
            assert {"postgres", "redis", "web"} <= set(running.state()["parts"])
            assert running.state()["parts"]["postgres"]["title"] == "external"
            assert server.password not in (data / "run" / "state.json").read_text()
            assert web_answers("127.0.0.1", free_port)
        assert not (data / "postgres").exists()
