"""`python -m benchmarks.recovery`: what a drill costs beside bare pg_dump and pg_restore of the same database.

It starts the product with its demo company, adds visits until there are as many as wanted, and measures in turns. The
bare way has the same server to restore into, and what stands beside it: that server is started before its clock runs,
while the drill starts its own, opens what is encrypted, compares every table and lets the application work on it.
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from tests import product

from benchmarks.stand import machine
from midway.ops.backup.create import create_backup
from midway.ops.backup.drill import drill_backup
from midway.ops.backup.keys import Keys
from midway.ops.backup.server import Server, run_tool
from midway.ops.backup.setting import Setting
from midway.ops.backup.store import Store
from midway.ops.backup.work import scratch_cluster
from midway.runtime.folder import DataFolder

ROOT = Path(__file__).resolve().parent
TARGET = 1.5
MANY = 500_000
# The company's past, lived again and again before it began: every visit that was done, with who did it and when, so
# that what they hold differs as it does in life and every promise the drill asks for is kept.
LIVED = (
    """CREATE TEMP TABLE past AS
    SELECT v.id AS of, gen_random_uuid() AS code, make_interval(secs => n * span.seconds) AS ago
    FROM (SELECT ceil(extract(epoch FROM max(upper(during)) - min(lower(during))) / 86400 + 1) * 86400 AS seconds,
            count(*) AS there FROM booking_visit WHERE state = 'done') span,
    booking_visit v, generate_series(1, {number} / span.there + 1) n
    WHERE v.state = 'done' ORDER BY n, v.id LIMIT {number}""",
    "INSERT INTO booking_visit ({columns}) SELECT {values} FROM past p JOIN booking_visit o ON o.id = p.of",
    "INSERT INTO crew_commitment (cleaner_id, during, kind, active, reference)"
    " SELECT k.cleaner_id, tstzrange(lower(k.during) - p.ago, upper(k.during) - p.ago), k.kind, true, p.code"
    " FROM past p JOIN booking_assignment a ON a.visit_id = p.of AND a.active"
    " JOIN crew_commitment k ON k.id = a.commitment_id",
    "INSERT INTO booking_assignment (visit_id, cleaner_id, commitment_id, active)"
    " SELECT v.id, k.cleaner_id, k.id, true FROM past p JOIN booking_visit v ON v.code = p.code"
    " JOIN crew_commitment k ON k.reference = p.code",
    "DROP TABLE past",
    "VACUUM ANALYZE",
)
OTHERWISE = {
    "code": "p.code", "plan_id": "NULL", "occurrence_on": "NULL", "created_at": "o.created_at - p.ago",
    "during": "tstzrange(lower(o.during) - p.ago, upper(o.during) - p.ago)",
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recovery", description=__doc__)
    parser.add_argument("--visits", type=int, action="append", help="how many; may be given several times [60000]")
    parser.add_argument(
        "--rounds", type=int, default=3, help="rounds, whose median counts; one where there are many [3]"
    )
    chosen = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="midway-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # as root, the restored servers are somebody else and must pass through
        product.START_SECONDS = 900  # the demo company is loaded too
        running = product.start_product(folder / "data")
        try:
            running.wait_until_ready()
            setting = _setting(folder, Server(product.database_address(running)))
            for wanted in sorted(chosen.visits or [60_000]):
                there = _grow(setting.server, wanted)
                rows.append(_measure(setting, folder, there, chosen.rounds if wanted < MANY else 1))
                print(json.dumps(rows[-1]), flush=True)
        finally:
            running.stop()
    at = datetime.now(tz=UTC)
    result = {"at": at.isoformat(timespec="seconds"), "machine": machine(), "target": TARGET, "rows": rows}
    file = ROOT / "results" / f"{at:%Y-%m-%d}-recovery.json"
    file.write_text(json.dumps(result, indent=2) + "\n")
    return 0 if all(row["ratio"] < TARGET for row in rows) else 1


def _setting(folder: Path, server: Server) -> Setting:
    data = DataFolder(folder / "backups")
    data.create()
    keys = Keys(data.path / "keys" / "drill.key", DataFolder(folder / "data").secret_key())
    return Setting(folder=data, server=server, store=Store(data.path / "backups"), keys=keys, place=None)


def _grow(server: Server, wanted: int) -> int:
    """Will add visits until there are as many, and give how many there are: the demo company brings its own."""
    with psycopg.connect(server.url, autocommit=True) as session:
        session.execute("SET session_replication_role = replica")
        names = [
            row[0]
            for row in session.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = 'booking_visit'"
                " AND table_schema = 'public' AND is_generated = 'NEVER' AND column_name <> 'id'"
            )
        ]
        (there,) = session.execute("SELECT count(*) FROM booking_visit").fetchone() or (0,)
        said = {
            "number": max(wanted - there, 0),
            "columns": ", ".join(f'"{name}"' for name in names),
            "values": ", ".join(OTHERWISE.get(name, f'o."{name}"') for name in names),
        }
        for statement in LIVED:
            session.execute(statement.format(**said).encode())
    return max(wanted, int(there))


def _measure(setting: Setting, folder: Path, visits: int, rounds: int) -> dict[str, Any]:
    bare, drilled, made = [], [], []
    steps: list[dict[str, float]] = []
    for _ in range(rounds):
        bare.append(_bare(setting, folder))
        made.append(_timed(lambda: create_backup(setting)))
        drilled.append(_timed(lambda: steps.append(_drilled(setting))))
    middle = [statistics.median(times) for times in (bare, made, drilled)]
    names = ("bare_seconds", "backup_seconds", "drill_seconds")
    return {
        "visits": visits, "rounds": rounds, **dict(zip(names, [round(one, 2) for one in middle], strict=True)),
        "ratio": round(middle[2] / middle[0], 2),
        "ratios": [round(d / b, 2) for d, b in zip(drilled, bare, strict=True)],
        "drill_steps": steps[drilled.index(sorted(drilled)[len(drilled) // 2])],
    }  # fmt: skip


def _bare(setting: Setting, folder: Path) -> float:
    """Seconds of what one would type: dump, and restore with two jobs into a server that runs already."""
    work = Path(tempfile.mkdtemp(dir=folder))
    work.chmod(0o711)
    binaries, dump = setting.server.binaries(), work / "dump"
    with scratch_cluster(binaries, work) as scratch:
        arguments = ["--jobs=2", "--no-owner", "--no-privileges", f"--dbname={scratch.database}", str(dump)]
        began = time.monotonic()
        run_tool(binaries, "pg_dump", ["--format=custom", f"--file={dump}"], server=setting.server, seconds=3600)
        run_tool(binaries, "pg_restore", arguments, server=scratch, seconds=3600)
        took = time.monotonic() - began
    shutil.rmtree(work)
    return took


def _drilled(setting: Setting) -> dict[str, float]:
    """Seconds from the beginning at which each thing was told."""
    began, told = time.monotonic(), {}
    proof = drill_backup(
        setting, tell=lambda line: told.update({line.split(":")[0][:40]: round(time.monotonic() - began, 2)})
    )
    if not proof.passed:
        raise SystemExit(f"Not proved: {proof.mismatches}")
    return told


def _timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
