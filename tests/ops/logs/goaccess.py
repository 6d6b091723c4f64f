"""What GoAccess counts in a log, in our words, so that both can be compared."""

import json
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from midway.ops.access_log import route_of

JSON_FORMAT = (
    '{"at":"%dT%t+%^","visitor":"%h","method":"%m","uri":"%U","status":"%s","bytes":"%b","seconds":"%T",'
    '"upstream_seconds":"%^","agent":"%u","request_id":"%^"}'
)
FORMATS = {
    "combined": ["--log-format=COMBINED"],
    "json": [f"--log-format={JSON_FORMAT}", "--date-format=%Y-%m-%d", "--time-format=%H:%M:%S"],
}

COMPARED = 60


@dataclass(frozen=True)
class Analysed:
    """Its counts."""

    requests: int
    failed: int
    by_status: "Counter[int]"
    by_route: "Counter[str]"
    by_visitor: "Counter[str]"
    visits: "Counter[str]"


def find_goaccess() -> str | None:
    """Where GoAccess is on this machine, if it is."""
    return shutil.which("goaccess")


def analyse(log: Path, kind: str, folder: Path) -> Analysed:
    """Will let GoAccess read the log."""
    out = folder / "goaccess.json"
    program = find_goaccess()
    assert program is not None
    command = [program, str(log), *FORMATS[kind], "-o", str(out), "--no-global-config", "--no-progress"]
    command += ["--no-query-string", "--max-items=1000000", "--no-ip-validation"]
    command += ["--4xx-to-unique-count"]  # who is refused visits too
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    said = json.loads(out.read_text(errors="replace"))
    general = said["general"]
    routes: Counter[str] = Counter()
    for panel in ("requests", "static_requests", "not_found"):
        for row in _rows(said, panel):
            routes[route_of(row["data"])] += row["hits"]["count"]
    statuses = [row for group in _rows(said, "status_codes") for row in group.get("items", [])]
    return Analysed(
        requests=general["valid_requests"],
        failed=general["failed_requests"],
        by_status=Counter({int(row["data"][:3]): row["hits"]["count"] for row in statuses}),
        by_route=routes,
        by_visitor=Counter({row["data"]: row["hits"]["count"] for row in _rows(said, "hosts")}),
        visits=Counter({_day(row["data"]): row["visitors"]["count"] for row in _rows(said, "visitors")}),
    )


def as_both_see_it(routes: "Counter[str]") -> "Counter[str]":
    """Routes in the words of both: GoAccess decodes and trims paths, and we cut long ones before they are decoded."""
    found: Counter[str] = Counter()
    for route, count in routes.items():
        found[unquote(route).strip()[:COMPARED]] += count
    return found


def _rows(said: dict[str, Any], panel: str) -> list[dict[str, Any]]:
    return list(said.get(panel, {}).get("data", []))


def _day(text: str) -> str:
    return datetime.strptime(text, "%Y%m%d").date().isoformat()  # noqa: DTZ007 - a day without a time
