"""The lines of a log between two moments, found without reading all of it."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.cast import NOW

from midway.ops import log_window
from midway.ops.log_window import lines_between

SECOND = timedelta(seconds=1)


def written(path: Path, moments: list[datetime]) -> Path:
    lines = [json.dumps({"at": at.isoformat(), "level": "info", "event": f"n{n}"}) for n, at in enumerate(moments)]
    path.write_text("\n".join(lines) + "\n")
    return path


def events(path: Path, since: datetime, until: datetime) -> list[str]:
    return [said["event"] for said in lines_between(path, since, until)]


@pytest.mark.parametrize("first", [0, 1, 4999, 12_000, 19_990])
def test_exactly_those_between_are_found_wherever_they_stand(tmp_path: Path, first: int) -> None:
    log = written(tmp_path / "web.log", [NOW + n * SECOND for n in range(20_000)])
    found = events(log, NOW + first * SECOND, NOW + (first + 5) * SECOND)
    assert found == [f"n{n}" for n in range(first, min(first + 6, 20_000))]


def test_nothing_before_or_after_all_of_it(tmp_path: Path) -> None:
    log = written(tmp_path / "web.log", [NOW + n * SECOND for n in range(3000)])
    assert events(log, NOW - 10 * SECOND, NOW - SECOND) == []
    assert events(log, NOW + 3000 * SECOND, NOW + 3010 * SECOND) == []


def test_lines_a_little_out_of_order_are_not_lost(tmp_path: Path) -> None:
    moments = [NOW + (n + (40 if n % 2 else 0)) * SECOND for n in range(5000)]
    log = written(tmp_path / "web.log", moments)
    since, until = NOW + 2000 * SECOND, NOW + 2100 * SECOND
    assert len(events(log, since, until)) == sum(since <= at <= until for at in moments)


def test_what_rotation_moved_aside_is_read_first_and_other_words_are_passed_over(tmp_path: Path) -> None:
    written(tmp_path / "web.log.1", [NOW])
    log = written(tmp_path / "web.log", [NOW + SECOND])
    log.write_text("Traceback, or whatever it was\n" + log.read_text() + '{"at": "yesterday"}\n[]\n{"at": 5}\n')
    assert events(log, NOW, NOW + SECOND) == ["n0", "n0"]
    assert events(tmp_path / "none.log", NOW, NOW + SECOND) == []


def test_a_log_in_other_words_than_ours_is_nothing(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    log.write_text("2026-03-02 LOG:  checkpoint complete\n" * 20_000)
    assert events(log, NOW, NOW + SECOND) == []


def test_no_more_is_read_than_a_page_can_wait_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_window, "MOST_BYTES", 1000)
    log = written(tmp_path / "web.log", [NOW] * 1000)
    assert 0 < len(events(log, NOW, NOW)) < 30
