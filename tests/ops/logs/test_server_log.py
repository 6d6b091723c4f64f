"""Reading the logs of PostgreSQL and Nginx: what is an error, what is critical, and what only looks like one."""

import gzip
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from midway.ops.app_log import LogReading
from midway.ops.server_log import NGINX, POSTGRES, Kind, read_server_log

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def in_new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's clock is that of New York."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def read(path: Path, kind: Kind, *lines: str) -> LogReading:
    path.write_text("".join(f"{line}\n" for line in lines))
    return read_server_log(path, kind, since=NOW - timedelta(days=1))


@pytest.mark.parametrize(
    ("line", "errors", "critical"),
    [
        ('2026-03-02 11:00:00.123 UTC [7] midway ERROR:  relation "x" does not exist', 1, 0),
        ("2026-03-02 11:00:00.123 UTC [7] midway ERROR:  invalid page in block 3 of relation base/1/2", 1, 1),
        ("2026-03-02 11:00:00 UTC [7] LOG:  server process (PID 8) was terminated by signal 9: Killed", 1, 1),
        ("2026-03-02 11:00:00 UTC [7] PANIC:  could not locate a valid checkpoint record", 1, 1),
        ("2026-03-02 11:00:00 UTC [7] LOG:  checkpoint complete", 0, 0),
        ('2026-03-02 11:00:00 UTC [7] a ERROR:  duplicate key value violates unique constraint "one"', 0, 0),
        ('2026-03-02 11:00:00 UTC [7] a ERROR:  conflicting key value violates exclusion constraint "two"', 0, 0),
        ("2026-03-02 11:00:00 UTC [7] a FATAL:  terminating connection due to administrator command", 0, 0),
        ('2026-03-02 11:00:00 UTC [7] midway ops ERROR:  relation "x" does not exist', 0, 0),
        ("2026-03-02 11:00:00 UTC [7] midway ops ERROR:  invalid page in block 3 of relation base/1/2", 1, 1),
        ('2026-02-28 11:00:00 UTC [7] a ERROR:  relation "x" does not exist', 0, 0),
    ],
)
def test_postgresql(tmp_path: Path, line: str, errors: int, critical: int) -> None:
    found = read(tmp_path / "postgres.log", POSTGRES, line)
    assert (found.errors, found.critical, found.unparsed) == (errors, critical, 0)


@pytest.mark.parametrize(
    ("line", "errors", "critical"),
    [
        ("2026/03/02 11:00:00 [error] 9#9: *7 upstream timed out (110), client: 203.0.113.9", 1, 0),
        ("2026/03/02 11:00:00 [alert] 9#9: 512 worker_connections are not enough", 1, 1),
        ("2026/03/02 11:00:00 [error] 9#9: *7 no live upstreams while connecting, client: 203.0.113.9", 1, 1),
        ("2026/03/02 11:00:00 [notice] 9#9: signal process started", 0, 0),
        ('2026/03/02 11:00:00 [error] 9#9: *4 open() "/srv/x" failed (2: No such file or directory)', 0, 0),
    ],
)
def test_nginx(tmp_path: Path, line: str, errors: int, critical: int) -> None:
    found = read(tmp_path / "error.log", NGINX, line)
    assert (found.errors, found.critical, found.unparsed) == (errors, critical, 0)


def test_the_same_mistake_has_one_fingerprint_and_nobodys_address(tmp_path: Path) -> None:
    lines = [f"2026/03/02 11:00:0{n} [error] {n}#9: *{n}7 upstream timed out, client: 203.0.113.{n}" for n in range(5)]
    found = read(tmp_path / "error.log", NGINX, *lines)
    assert list(found.by_fingerprint.values()) == [5]
    assert list(found.examples.values()) == ["error: ### # upstream timed out"]


def test_lines_that_go_on_are_no_lines_of_their_own(tmp_path: Path) -> None:
    first = "2026-03-02 11:00:00 UTC [7] a ERROR:  syntax error"
    found = read(tmp_path / "postgres.log", POSTGRES, first, "\tSELECT 1", "\tFROM 2")
    assert (found.lines, found.errors, found.unparsed) == (1, 1, 2)


def test_nginx_writes_in_the_time_of_its_machine(tmp_path: Path, in_new_york: None) -> None:
    """Twenty past noon of the day before in UTC: within the day that is looked at."""
    line = "2026/03/01 07:20:00 [error] 9#9: *7 upstream timed out (110), client: 203.0.113.9"
    assert read(tmp_path / "error.log", NGINX, line).errors == 1
    assert read(tmp_path / "error.log", NGINX, line.replace("07:20", "06:40")).errors == 0


@pytest.mark.parametrize("name", ["app.log.1.gz", "app.log-20260302", "app.log-20260302.gz", "app.log.1"])
def test_what_rotation_put_aside_within_the_day_is_read_too(tmp_path: Path, name: str) -> None:
    aside, path = tmp_path / name, tmp_path / "app.log"
    text = b"2026-03-02 02:00:00 UTC [7] a ERROR:  syntax error\n"
    aside.write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    os.utime(aside, (NOW.timestamp(),) * 2)
    assert read(path, POSTGRES).errors == 1
    os.utime(aside, ((NOW - timedelta(days=2)).timestamp(),) * 2)
    assert read(path, POSTGRES).errors == 0


def test_a_packed_log_that_is_cut_off_counts_as_far_as_it_goes(tmp_path: Path) -> None:
    lines = "".join(f"2026-03-02 02:00:00 UTC [{n}] a ERROR:  syntax error\n" for n in range(30_000))
    aside = tmp_path / "app.log.1.gz"
    aside.write_bytes(gzip.compress(lines.encode())[:-2000])
    os.utime(aside, (NOW.timestamp(),) * 2)
    assert 0 < read(tmp_path / "app.log", POSTGRES).errors < 30_000
