"""The compiled reader counts what the plain one counts, line for line, however a log is cut into parts and blocks."""

import dataclasses
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.ops.logs.sample import combined, nginx_json

from midway.ops import access_survey
from midway.ops.access_log import Survey, survey
from midway.ops.access_survey import survey_of
from midway.ops.access_told import as_json, from_json

pytestmark = pytest.mark.slow  # the reader is compiled first
SPAN = {"since": datetime(2026, 3, 1, tzinfo=UTC), "until": datetime(2027, 3, 1, tzinfo=UTC)}


def counts(found: Survey) -> dict[str, object]:
    """All but the numbers it knows visits by."""
    return {field.name: getattr(found, field.name) for field in dataclasses.fields(found) if field.name != "met"}


def fast(path: Path, *, parts: int | None = None, **span: datetime) -> Survey:
    from midway.ops.access_scan.reading import survey_fast

    return survey_fast(path, parts=parts, **{**SPAN, **span})


def written(path: Path, lines: Iterable[str | bytes]) -> Path:
    path.write_bytes(b"".join(line.encode() if isinstance(line, str) else line for line in lines))
    return path


LINES = [*combined(300), *nginx_json(300)]
GOOD = '203.0.113.7 - - [02/Mar/2026:11:59:00 +0000] "GET /my/visits/12345?x=1 HTTP/1.1" 200 512 "-" "Firefox"\n'
JSON = LINES[-1]
STRANGE = [
    "\n",
    " \n",
    "not a request at all\n",
    '203.0.113.7 - - [02/Mar/2026:11:59:00 +0000] "\\x16\\x03\\x01" 400 150 "-" "-"\n',
    GOOD.replace("02/Mar", "2/Mar"),
    GOOD.replace("Mar", "mar"),
    GOOD.replace("+0000", "-0530"),
    GOOD.replace("+0000", "Z"),
    GOOD.replace("11:59", "25:59"),
    GOOD.replace("02/Mar", "30/Feb"),
    GOOD.replace("512", "-"),
    GOOD.replace('"Firefox"', '"Fire\\"fox"'),
    GOOD.replace(' "-" "Firefox"', ""),
    GOOD.replace("GET", "get"),
    GOOD.replace("/my/visits/12345", "/caf\u00e9/1"),
    GOOD.replace("/my/visits/12345", "/a/\t/b"),
    GOOD.replace("/my/visits/12345", "/" + "a" * 23 + "/" + "b" * 24 + "/" + "c/" * 80),
    GOOD.replace("/my/visits/12345?x=1", "/accounts/login/").replace(" 200 ", " 401 "),
    GOOD.replace("/my/visits/12345?x=1", "/x?next=/login").replace(" 200 ", " 404 "),
    GOOD.replace("/my/visits/12345?x=1", "/.env").replace(" 200 ", " 404 "),
    GOOD.replace("/my/visits/12345?x=1", "/office/").replace("11:59", "07:59"),
    GOOD.replace("\n", "\r\n"),
    GOOD.replace("2026", "2031"),
    JSON.replace('"status":', '"status": '),
    JSON.replace('"seconds":', '"seconds":1'),
    JSON.replace('"seconds":0', '"seconds":00'),
    JSON.replace('"visitor":"', '"visitor":"\\u0041'),
    JSON.replace('"agent":"', '"agent":"say \\"no\\" '),
    JSON.replace('"agent":"', '"agent":"\u00e9'),
    JSON.replace('"uri":', '"path":'),
    JSON.replace("+00:00", "Z"),
    JSON.replace("+00:00", ".250000+02:00"),
    JSON.replace('"bytes":', '"bytes":-'),
    JSON.replace('"bytes":', '"more":{"a":1},"bytes":'),
    JSON.replace('"uri":"', '"uri":"/wp-admin'),
    '{"at":"2026-03-02T12:00:00+00:00","event":"request","method":"GET","route":"office/","status":200,"ms":250}\n',
    '{"at":"2026-03-02T12:00:00+00:00","event":"scheduler.job.failed"}\n',
    '{"broken\n',
    b"\xff\xfe - - [\n",
    GOOD.encode().replace(b"Firefox", b"\xff\xfe"),
    GOOD.encode().replace(b"203.0.113.7", b"\xff\xfe"),
    GOOD[:-1],
]  # fmt: skip


def test_a_day_of_both_formats_is_counted_alike(tmp_path: Path) -> None:
    log = written(tmp_path / "access.log", LINES)
    assert counts(fast(log)) == counts(survey(log, **SPAN))
    assert fast(log).requests == 600


@pytest.mark.parametrize("line", STRANGE)
def test_a_strange_line_is_read_alike(tmp_path: Path, line: str | bytes) -> None:
    log = written(tmp_path / "access.log", [*LINES[:3], line])
    assert counts(fast(log)) == counts(survey(log, **SPAN))


lines = st.lists(st.sampled_from([*LINES[:20], *LINES[-20:], *STRANGE[:-1]]) | st.binary(max_size=80), max_size=40)


@settings(max_examples=60)
@given(lines, st.integers(1, 5))
@example([JSON] * 3, 2)
def test_however_it_is_cut_it_is_counted_alike(tmp_path_factory: pytest.TempPathFactory, found: list[str | bytes],
                                               parts: int) -> None:  # fmt: skip
    log = written(tmp_path_factory.getbasetemp() / "cut.log", found)
    assert counts(fast(log, parts=parts)) == counts(survey(log, **SPAN))


def test_who_comes_by_plain_and_by_strange_lines_is_one_visitor(tmp_path: Path) -> None:
    """The short day, the escaped name and the accent are for the careful reader; who comes is the same."""
    plain = [GOOD, GOOD.replace("02/Mar", "2/Mar"), JSON, JSON.replace('"method"', '"metho\\u0064"')]
    agents = [line.replace("Firefox", agent) for line in plain[:2] for agent in ("Caf\u00e9", "Fire\\u0022fox")]
    log = written(tmp_path / "access.log", [*plain, *agents])
    assert counts(fast(log)) == counts(survey(log, **SPAN))
    assert fast(log).visits.total() == 4


@settings(max_examples=60)
@given(st.sampled_from([GOOD, JSON]), st.integers(0, 300), st.binary(min_size=1, max_size=3))
def test_a_line_damaged_anywhere_is_read_alike(
    tmp_path_factory: pytest.TempPathFactory, line: str, place: int, damage: bytes
) -> None:
    text = line.encode()
    place %= len(text)
    log = written(tmp_path_factory.getbasetemp() / "hurt.log", [text[:place] + damage + text[place + len(damage) :]])
    assert counts(fast(log)) == counts(survey(log, **SPAN))


def test_blocks_are_cut_between_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from midway.ops.access_scan import reading

    log = written(tmp_path / "access.log", [*LINES, "x" * 5000 + "\n", *LINES])
    monkeypatch.setattr(reading, "BLOCK", 1500)
    monkeypatch.setattr(reading, "HARD_LINES", 3)
    assert counts(fast(log, parts=3)) == counts(survey(log, **SPAN))


def test_only_the_span_is_counted_and_the_file_rotated_away_is_read_too(tmp_path: Path) -> None:
    written(tmp_path / "access.log.1", LINES[:300])
    log = written(tmp_path / "access.log", LINES[300:])
    span = {"since": SPAN["since"] + timedelta(hours=1), "until": SPAN["since"] + timedelta(hours=2)}
    found = fast(log, **span)
    assert 0 < found.requests < 600
    assert counts(found) == counts(survey(log, **span))


def test_packed_logs_are_read_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from midway.ops.access_scan import reading

    written(tmp_path / "access.log.2.gz", [gzip.compress("".join([*LINES, "x" * 5000 + "\n", *LINES]).encode())])
    log = written(tmp_path / "access.log", LINES)
    monkeypatch.setattr(reading, "BLOCK", 1500)
    assert counts(fast(log)) == counts(survey(log, **SPAN))
    assert fast(log).requests == 1800


def test_of_a_packed_log_that_is_cut_what_comes_before_is_read(tmp_path: Path) -> None:
    written(tmp_path / "access.log.2.gz", [gzip.compress("".join(LINES * 9).encode())[:-5000]])
    log = written(tmp_path / "access.log", LINES)
    assert fast(log).by_status == survey(log, **SPAN).by_status
    assert 600 < fast(log).requests < 6000


def test_with_very_many_visitors_the_sums_stay_right_and_the_busiest_are_known(tmp_path: Path) -> None:
    def many() -> Iterable[str]:
        for n in range(120_000):
            yield GOOD.replace("203.0.113.7", f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}")
            if n % 100 == 0:
                yield GOOD

    found = fast(written(tmp_path / "access.log", many()))
    assert found.requests == found.by_visitor.total() == 121_200
    assert found.by_visitor["203.0.113.7"] == 1200
    assert len(found.by_visitor) < 50_000
    assert found.visits.total() <= 121_200


def test_a_large_log_is_read_by_a_process_of_its_own_with_the_same_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = written(tmp_path / "access.log", LINES)
    plain = survey_of(log, **SPAN)
    monkeypatch.setattr(access_survey, "LARGE_BYTES", 1)
    monkeypatch.setattr(access_survey, "survey", None)
    assert counts(survey_of(log, **SPAN)) == counts(plain)


def test_a_survey_is_told_whole(tmp_path: Path) -> None:
    found = survey(written(tmp_path / "access.log", LINES), **SPAN)
    assert counts(from_json(as_json(found))) == counts(found)


def test_what_was_compiled_is_kept_and_run_without_the_compiler(tmp_path: Path) -> None:
    log, kept = written(tmp_path / "access.log", LINES), tmp_path / "kept"
    told = [read_by_itself(log, kept) for _ in range(2)]
    assert [bool(one["numba"]) for one in told] == [True, False]
    assert told[0]["requests"] == told[1]["requests"] == 600
    for one in kept.glob("access-*.o"):
        one.write_bytes(one.read_bytes()[:-9] + b"\x00" * 9)
    assert read_by_itself(log, kept) == {"numba": True, "requests": 600}, "what is damaged is compiled anew"


def read_by_itself(log: Path, kept: Path) -> dict[str, object]:
    """What a process of its own counts, and whether it took the compiler for it."""
    asked = (
        "import sys, json; from pathlib import Path; from datetime import datetime, UTC;"
        "from midway.ops.access_scan.reading import survey_fast;"
        f"found = survey_fast(Path({str(log)!r}), since=datetime(2026, 3, 1, tzinfo=UTC),"
        " until=datetime(2027, 3, 1, tzinfo=UTC));"
        "print(json.dumps({'numba': 'numba' in sys.modules, 'requests': found.requests}))"
    )
    told = subprocess.run(
        [sys.executable, "-c", asked], env={**os.environ, "NUMBA_CACHE_DIR": str(kept)},
        check=True, capture_output=True,
    )  # fmt: skip
    return dict(json.loads(told.stdout))
