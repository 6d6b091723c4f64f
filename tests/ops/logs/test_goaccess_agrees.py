"""An established analyser counts the same: by status, by route, by visitor, and visits by day."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.ops.logs.goaccess import analyse, as_both_see_it, find_goaccess
from tests.ops.logs.sample import combined, nginx_json

from midway.ops.access_log import Survey, survey
from midway.ops.access_scan.reading import survey_fast

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_goaccess() is None, reason="goaccess is not installed"),
]
SPAN = {"since": datetime(2000, 1, 1, tzinfo=UTC), "until": datetime(2100, 1, 1, tzinfo=UTC)}
FORMATS = {"combined": combined, "json": nginx_json}


@pytest.mark.parametrize("reader", [survey, survey_fast])
@pytest.mark.parametrize("kind", FORMATS)
def test_goaccess_counts_the_same(tmp_path: Path, kind: str, reader: object) -> None:
    log = tmp_path / "access.log"
    log.write_text("".join(FORMATS[kind](5000)))
    ours: Survey = reader(log, **SPAN)  # type: ignore[operator]
    theirs = analyse(log, kind, tmp_path)
    assert (ours.requests, ours.unparsed) == (theirs.requests, theirs.failed) == (5000, 0)
    assert ours.by_status == theirs.by_status
    assert as_both_see_it(ours.by_route) == as_both_see_it(theirs.by_route)
    assert ours.by_visitor == theirs.by_visitor
    days = Counter({(date(1970, 1, 1) + timedelta(day)).isoformat(): count for day, count in ours.visits.items()})
    assert days == theirs.visits
