"""GET /availability over HTTP beside pgbench: the plain query of the same answer, and the product's own read."""

import json
import tempfile
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.company import visits_in
from benchmarks.stand import Load, Stand, middle

# The same answer from shifts and commitments alone, written for a company without exceptions, holidays and skills:
# nothing in it that this answer does not need. Its index is commitments_in_order; starts are laid only into spans
# that are free, not tried one by one; the window is written out where the index needs it (joined from another row it
# would read each cleaner's whole history).
PLAIN = """\\set ahead random(1, 60)
WITH bounds AS (
    SELECT (current_date + :ahead::int)::timestamp AT TIME ZONE 'America/New_York' AS opens,
           (current_date + :ahead::int + 14)::timestamp AT TIME ZONE 'America/New_York' AS closes
), busy AS (
    SELECT c.id AS cleaner_id, (
        SELECT range_agg(k.during) FROM crew_commitment k WHERE k.cleaner_id = c.id AND k.active
        AND lower(k.during) >= (current_date + :ahead::int - 1)::timestamp AT TIME ZONE 'America/New_York'
        AND lower(k.during) < (current_date + :ahead::int + 14)::timestamp AT TIME ZONE 'America/New_York') AS spans
    FROM crew_cleaner c WHERE c.branch_id = {branch}
), working AS (
    SELECT s.cleaner_id, range_agg(tstzrange((d.day + s.start) AT TIME ZONE 'America/New_York',
        (d.day + s."end") AT TIME ZONE 'America/New_York')) AS spans
    FROM crew_cleaner c JOIN crew_shift s ON s.cleaner_id = c.id JOIN (
        SELECT current_date + :ahead::int + n AS day FROM generate_series(0, 13) n
    ) d ON extract(isodow FROM d.day)::int - 1 = s.weekday
    WHERE c.branch_id = {branch} GROUP BY 1
), free AS (
    SELECT unnest(w.spans - coalesce(b.spans, '{{}}')) AS span FROM working w LEFT JOIN busy b USING (cleaner_id)
)
SELECT start, start + interval '2 hours', count(*) FROM free, bounds, LATERAL generate_series(
    date_bin('30 min', lower(span) + interval '30 min' - interval '1 us', '2000-01-01Z'),
    upper(span) - interval '2 hours', interval '30 min') start
WHERE start >= opens AND start < closes GROUP BY 1 ORDER BY 1;
"""


def run(stand: Stand) -> list[dict[str, Any]]:
    """Will measure the branch of twenty, one client and many, then the branch of two hundred."""
    return [
        _measure(stand, "twenty", stand.connections, targets=True),
        _measure(stand, "twenty", 1, targets=False),
        _measure(stand, "hundreds", stand.connections, targets=False),
    ]


def _measure(stand: Stand, branch: str, connections: int, *, targets: bool) -> dict[str, Any]:
    loads: dict[str, list[Load]] = {"http": [], "plain": [], "own": []}
    with tempfile.TemporaryDirectory() as folder:
        plain, own = scripts(stand, branch, Path(folder))
        check_same_answer(stand, branch, plain.read_text())
        stand.http("availability.lua", connections, POSTCODE=branch.upper())  # warms both sides
        for _ in range(stand.rounds):
            loads["http"].append(stand.http("availability.lua", connections, POSTCODE=branch.upper()))
            loads["plain"].append(stand.sql(plain, connections))
            loads["own"].append(stand.sql(own, connections))
    found = {kind: middle(each) for kind, each in loads.items()}
    rate = found["http"]["per_second"]
    figure: dict[str, Any] = {
        "kind": "availability",
        "title": f"Availability, 14 days × {200 if branch == 'hundreds' else 20} cleaners, {connections} connections",
        "visits": visits_in(stand, branch),
        **found,
        "ratio_to_plain": round(rate / found["plain"]["per_second"], 2),
        "ratio_to_own": round(rate / found["own"]["per_second"], 2),
        "cpu_ms": round(sum(found["http"]["cpu_ms"].values()), 3),
    }
    if targets:
        figure["targets"] = [
            ("at least 1.5 × the plain query in pgbench", figure["ratio_to_plain"], figure["ratio_to_plain"] >= 1.5),
            ("at least 0.25 × the own read in pgbench", figure["ratio_to_own"], figure["ratio_to_own"] >= 0.25),
            ("at most 0.6 ms CPU an answer, app and database", figure["cpu_ms"], figure["cpu_ms"] <= 0.6),
        ]
    return figure


def scripts(stand: Stand, branch: str, folder: Path, days: int = 14) -> tuple[Path, Path]:
    """The two pgbench scripts for a branch: the plain query, and the product's own read."""
    from midway.crew.queries import FREE_BITS

    with stand.connect() as connection:
        row = connection.execute("SELECT id FROM crew_branch WHERE code = %s", [branch]).fetchone()
    branch_id = str(row[0]) if row else ""
    own = FREE_BITS.replace("$1", branch_id)
    own = own.replace("$2", "current_date + :ahead::int").replace("$3", f"current_date + :ahead::int + {days}")
    plain_file, own_file = folder / "plain.sql", folder / "own.sql"
    plain_file.write_text(PLAIN.format(branch=branch_id))
    own_file.write_text(f"\\set ahead random(1, 60)\n{own.strip()};\n")
    return plain_file, own_file


def check_same_answer(stand: Stand, branch: str, plain: str, ahead: int = 9) -> None:
    """Will stop the run unless the plain query and the product say the same."""
    query = plain.split("\n", 1)[1].replace(":ahead", str(ahead))
    with stand.connect() as connection:
        day = connection.execute("SELECT current_date + %s", [ahead]).fetchone()
        rows = connection.execute(query).fetchall()  # type: ignore[arg-type]
    url = f"{stand.product.url}/api/v1/availability?service=regular&days=14&postcode={branch.upper()}&from={day[0]}"  # type: ignore[index]
    with urllib.request.urlopen(url, timeout=30) as answer:
        days = json.load(answer)["days"]
    said = {datetime.fromisoformat(slot["start"]): slot["cleaners_free"] for each in days for slot in each["slots"]}
    if said != {start: count for start, _, count in rows}:
        raise SystemExit("The plain query and the product do not give the same answer: nothing was measured.")
