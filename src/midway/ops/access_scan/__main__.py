"""`python -m midway.ops.access_scan FILE SINCE UNTIL`: prints the survey of a log as JSON. Asked by `access_survey`."""

import sys
from datetime import datetime
from pathlib import Path

from midway.ops.access_scan.reading import survey_fast
from midway.ops.access_told import as_json
from midway.runtime.process import give_way


def main() -> None:
    """Will read the log politely."""
    path, since, until = sys.argv[1:4]
    give_way(5)
    found = survey_fast(Path(path), since=datetime.fromisoformat(since), until=datetime.fromisoformat(until))
    sys.stdout.buffer.write(as_json(found))


if __name__ == "__main__":
    main()
