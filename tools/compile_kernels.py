"""Compiles what plans days and reads logs, so that no test waits for it; a moment when it is compiled already."""

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def main() -> None:
    """Will plan a day of five visits and a page of the textbook's, and read a log of two lines."""
    from benchmarks.cleaning_world import cleaning_day
    from benchmarks.routing import warm_up

    from midway.core.routing.solve import iterations, solve
    from midway.ops.access_scan.reading import survey_fast

    began = time.perf_counter()
    solve(cleaning_day(0, 5, 2), seed=1, deadline=iterations(5))
    warm_up()
    with tempfile.NamedTemporaryFile() as log:
        log.write(b'203.0.113.9 - - [01/Jan/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "curl/8"\n')
        log.write(b'203.0.113.9 - - [1/Jan/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 12 "-" "curl/8"\n')  # with care
        log.flush()
        survey_fast(Path(log.name), since=datetime(2026, 1, 1, tzinfo=UTC), until=datetime(2026, 1, 2, tzinfo=UTC))
    took = time.perf_counter() - began
    if took > 5:
        print(f"Compiled in {took:.0f} s what plans days and reads logs; it is kept until its source changes")


if __name__ == "__main__":
    main()
