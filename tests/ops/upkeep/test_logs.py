"""Reading logs: requests of Nginx in both formats, Midway's own lines, and what is an error."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from midway.ops.access_log import Times, requests, route_of, survey
from midway.ops.app_log import fingerprint, read_app_log

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY_BEFORE = NOW - timedelta(days=1)
COMBINED = (
    '203.0.113.7 - - [02/Mar/2026:11:59:00 +0000] "GET /book/when/?x=1 HTTP/1.1" 200 512 "-" "Firefox"\n'
    '203.0.113.8 - dora [02/Mar/2026:11:59:30 +0000] "POST /my/visit/12345 HTTP/2.0" 500 - "-" "curl"\n'
    '198.51.100.1 - - [02/Mar/2026:11:59:40 +0000] "\\x16\\x03\\x01" 400 150 "-" "-"\n'
    "not a request at all\n"
)


def test_combined_lines_are_read_and_strange_ones_counted(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_text(COMBINED)
    found = list(requests(path, since=DAY_BEFORE))
    assert [one and (one.visitor, one.method, one.status) for one in found] == [
        ("203.0.113.7", "GET", 200), ("203.0.113.8", "POST", 500), ("198.51.100.1", "-", 400), None,
    ]  # fmt: skip
    counted = survey(path, since=NOW - timedelta(hours=1), until=NOW)
    assert (counted.requests, counted.unparsed, counted.server_errors) == (3, 1, 1)


def test_json_lines_of_nginx_and_of_midway_are_read_and_others_left_out(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    nginx = {
        "at": NOW.isoformat(),
        "visitor": "203.0.113.7",
        "method": "GET",
        "uri": "/",
        "status": 200,
        "seconds": 0.1,
    }
    ours = {"at": NOW.isoformat(), "event": "request", "method": "GET", "route": "office/", "status": 200, "ms": 250}
    other = {"at": NOW.isoformat(), "event": "scheduler.job.failed"}
    path.write_text("\n".join(json.dumps(one) for one in (nginx, ours, other)) + '\n{"broken\n')
    found = list(requests(path, since=DAY_BEFORE))
    assert [one and (one.path, one.seconds) for one in found] == [("/", 0.1), ("/office/", 0.25), None]


def test_what_was_rotated_away_just_now_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "access.log.1").write_text(COMBINED)
    (tmp_path / "access.log").write_text(COMBINED)
    assert len(list(requests(tmp_path / "access.log", since=DAY_BEFORE))) == 8


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/my/visit/12345?x=1", "/my/visit/…"),
        ("/v/6f1c2d1e-0000-4000-8000-000000000000/", "/v/…/"),
        ("/static/app.a1b2.css", "/static/"),
        ("/book/when/", "/book/when/"),
    ],
)
def test_routes_hold_nothing_of_anybody(path: str, route: str) -> None:
    assert route_of(path) == route


def test_percentiles_are_right_to_a_tenth() -> None:
    times = Times()
    for n in range(1, 1001):
        times.add(n / 1000)
    for share in (0.5, 0.95, 0.99):
        assert times.percentile(share) == pytest.approx(share, rel=0.11)
    assert times.slower_than(0.9) == pytest.approx(100, abs=60)


def test_an_error_is_one_by_its_level_not_by_its_letters(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    lines = [
        {"at": NOW.isoformat(), "level": "info", "event": "request", "route": "api/errors/summary", "errors": 0},
        {"at": NOW.isoformat(), "level": "critical", "event": "payment declined"},
        {"at": NOW.isoformat(), "level": "error", "event": "job 17 failed", "exception": "Traceback\nKeyError: 'dora'"},
        {"at": NOW.isoformat(), "level": "error", "event": "job 18 failed", "exception": "Traceback\nKeyError: 'ben'"},
        {"at": (NOW - timedelta(days=2)).isoformat(), "level": "error", "event": "old"},
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\nTraceback (most recent call last):\n")
    found = read_app_log(path, since=NOW - timedelta(days=1))
    assert (found.lines, found.errors, found.critical, found.unparsed) == (5, 3, 1, 1)
    assert Counter(found.by_fingerprint.values()) == Counter([1, 2])


def test_a_fingerprint_holds_nobodys_name() -> None:
    _, words = fingerprint(
        {"event": "visit 6f1c2d1e-0000-4000-8000-000000000000 lost", "exception": "ValueError: 'dora'"}
    )
    assert words == "visit # lost ValueError"
