"""The manual and its table of the document are what the procedures say, with nothing left open."""

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.ops.upkeep import test_drills

from midway.ops.document import DOCUMENT, covered_by
from midway.ops.manual import manual_pages
from midway.ops.procedure import Cadence, Procedure
from midway.ops.registry import all_procedures, procedure_named

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


def changed(name: str, **facts: Any) -> tuple[Procedure, ...]:
    """All procedures, one of them other than it is."""
    return tuple(replace(one, **facts) if one.id == name else one for one in all_procedures())


RENEW = procedure_named("tls.renew")
REDS: dict[str, tuple[tuple[Procedure, ...], Callable[[], None]]] = {
    "the manual drifts": (
        changed("tls.renew", title="Another title"),
        test_the_committed_manual_is_what_the_procedures_say,
    ),
    "something is to be filled in": (
        changed("tls.renew", manual=replace(RENEW.manual, mend="Call +1-XXX-XXX-XXXX.")),
        test_nothing_is_left_to_be_filled_in,
    ),
    "a line of the document is covered by nobody": (
        changed("manual.complete", document_lines=(300, 302, 305, 306)),
        test_every_line_is_covered,
    ),
    "a procedure has no drill": (
        changed("tls.renew", faults=()),
        test_drills.test_every_procedure_can_be_made_to_ring,
    ),
    "a fault was not drilled": (
        changed("tls.renew", faults=(replace(RENEW.faults[0], id="another"),)),
        test_drills.test_the_kept_results_are_of_these_procedures_and_all_passed,
    ),
}  # fmt: skip


@pytest.mark.parametrize("why", REDS)
def test_the_build_fails_when(why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    procedures, guard = REDS[why]
    for module in (sys.modules[__name__], test_drills):
        monkeypatch.setattr(module, "all_procedures", lambda: procedures)
    with pytest.raises(AssertionError):
        guard()
