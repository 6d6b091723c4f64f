"""Which reader counts a log: the plain one here, the compiled one elsewhere, and the plain one where that fails."""

import gzip
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.ops.logs.sample import combined, nginx_json

from midway.ops import access_survey
from midway.ops.access_log import OTHERS, SHOWN, Request, Survey
from midway.ops.access_survey import survey_of
from midway.ops.access_told import as_json, from_json

SPAN = {"since": datetime(2026, 3, 1, tzinfo=UTC), "until": datetime(2027, 3, 1, tzinfo=UTC)}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "access.log"
    path.write_text("".join([*combined(200), *nginx_json(200)]))
    return path


def test_a_small_log_is_read_here(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_survey, "_by_a_process", None)
    found = survey_of(log, **SPAN)
    assert (found.requests, found.unparsed) == (400, 0)
    assert found.by_visitor.total() == found.by_route.total() == found.by_status.total() == 400
    assert found.all.count == 200, "the combined format tells no time"


def test_where_no_process_can_read_it_the_plain_reader_does(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_survey, "LARGE_BYTES", 1)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert survey_of(log, **SPAN).requests == 400


@pytest.mark.parametrize(
    "aside", ["access.log.1", "access.log.2.gz", "access.log-20260301", "access.log.20260301T120000.gz"]
)
def test_what_was_rotated_away_is_read_too(log: Path, aside: str) -> None:
    path = log.with_name(aside)
    text = "".join(combined(50)).encode()
    path.write_bytes(gzip.compress(text) if aside.endswith(".gz") else text)
    assert survey_of(log, **SPAN).requests == 450


def test_what_was_rotated_away_before_the_span_and_what_is_another_file_is_not(log: Path) -> None:
    for name, text in (("access.log.3", combined(50)), ("access.log.bak", combined(9)), ("access.log2", combined(9))):
        log.with_name(name).write_text("".join(text))
    before = SPAN["since"].timestamp() - 1
    os.utime(log.with_name("access.log.3"), (before, before))
    assert survey_of(log, **SPAN).requests == 400


def test_a_log_that_is_just_being_packed_counts_once(log: Path) -> None:
    text = "".join(combined(50)).encode()
    log.with_name("access.log.2").write_bytes(text)
    log.with_name("access.log.2.gz").write_bytes(gzip.compress(text)[:200])
    assert survey_of(log, **SPAN).requests == 450


def test_of_a_packed_log_that_is_cut_what_can_be_read_counts(log: Path) -> None:
    packed = gzip.compress("".join(combined(5000)).encode())
    log.with_name("access.log.2.gz").write_bytes(packed[: len(packed) // 2])
    assert 400 < survey_of(log, **SPAN).requests < 5400


def test_who_scans_fails_and_works_in_the_office_is_known(log: Path) -> None:
    found = survey_of(log, **SPAN)
    assert found.scans.total() > 0
    assert found.refused.total() >= found.scans.total()
    assert found.office.total() >= found.night
    assert 0 < found.visits.total() < 400


def test_what_a_survey_tells_is_what_it_was(log: Path) -> None:
    found = survey_of(log, **SPAN)
    again = from_json(as_json(found))
    for name in ("requests", "by_status", "by_route", "times_by_route", "by_visitor", "scans", "office", "visits"):
        assert getattr(again, name) == getattr(found, name)


def test_the_rarest_of_very_many_are_counted_together() -> None:
    found = Survey()
    for n in range(4 * SHOWN + 10):
        found.by_visitor[f"visitor {n}"] += 1
    found.by_visitor["often"] += 50
    total = found.by_visitor.total()
    found.forget_the_rarest()
    assert found.by_visitor.total() == total
    assert found.by_visitor["often"] == 50
    assert len(found.by_visitor) == SHOWN + 1
    assert OTHERS in found.by_visitor


def test_a_visitor_who_comes_back_the_same_day_is_one_visit() -> None:
    found = Survey()
    for hour in (1, 5, 23):
        found.add(Request(datetime(2026, 3, 2, hour, tzinfo=UTC), "203.0.113.7", "GET", "/", 200, 0.1, "Firefox"))
    found.add(Request(datetime(2026, 3, 3, 1, tzinfo=UTC), "203.0.113.7", "GET", "/", 200, 0.1, "Firefox"))
    assert sorted(found.visits.values()) == [1, 1]
