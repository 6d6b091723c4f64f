"""Reading the logs of PostgreSQL and Nginx: what is an error, what is critical, and what only looks like one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from midway.ops.app_log import LogReading
from midway.ops.server_log import NGINX, POSTGRES, Kind, read_server_log

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


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
