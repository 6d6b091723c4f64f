"""The manual and its table of the document are what the procedures say, with nothing left open."""

import re
from pathlib import Path

from midway.ops.document import DOCUMENT, covered_by
from midway.ops.manual import manual_pages
from midway.ops.procedure import Cadence
from midway.ops.registry import all_procedures

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "docs" / "runbooks"
PLACEHOLDER = re.compile(
    r"XXX|\bTBD\b|\bTODO\b|\[Internal Link\]|trusted_ip|previous_commit|latest_backup|FIXME|\bN/A\b"
)


def test_the_committed_manual_is_what_the_procedures_say() -> None:
    pages = manual_pages(all_procedures())
    written = {path.name: path.read_text() for path in FOLDER.glob("*.md")}
    assert sorted(written) == sorted(pages)
    stale = [name for name, text in pages.items() if written[name] != text]
    assert stale == [], "run midway manual --out docs/runbooks"


def test_nothing_is_left_to_be_filled_in() -> None:
    found = {name: PLACEHOLDER.findall(text) for name, text in manual_pages(all_procedures()).items()}
    assert {name: words for name, words in found.items() if words} == {}


def test_every_threshold_says_where_it_is_from_and_every_text_is_written() -> None:
    for procedure in all_procedures():
        assert all(limit.source.strip() for limit in procedure.limits), procedure.id
        manual = procedure.manual
        assert all(text.strip() for text in (procedure.title, manual.why, manual.read, manual.mend)), procedure.id


def test_every_line_is_covered() -> None:
    assert {line.number for line in DOCUMENT} - set(covered_by(all_procedures())) == set()


def test_procedures_name_only_lines_of_the_document() -> None:
    known = {line.number for line in DOCUMENT}
    assert [p.id for p in all_procedures() if not set(p.document_lines) <= known] == []


def test_ids_are_an_area_and_a_name() -> None:
    assert [p.id for p in all_procedures() if not re.fullmatch(r"[a-z]+\.[a-z0-9-]+", p.id)] == []
    assert len({p.id for p in all_procedures()}) == len(all_procedures())


def test_what_runs_by_itself_has_a_limit_in_time() -> None:
    assert [p.id for p in all_procedures() if p.cadence is Cadence.DAILY and p.time_limit_seconds > 60] == []
