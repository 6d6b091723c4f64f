"""POST /bookings over HTTP beside pgbench running the same statements, taken down from one real booking."""

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.company import QUOTE_IDS, ZONE, new_quotes, tidy, visits_in
from benchmarks.stand import Load, Stand, middle
from benchmarks.statements import pgbench_script

QUOTES = 60_000


def run(stand: Stand) -> list[dict[str, Any]]:
    """Will measure one client and many."""
    with tempfile.TemporaryDirectory() as folder:
        script = pgbench_script(stand, Path(folder))
        return [
            _measure(stand, Path(folder), script, stand.connections, targets=True),
            _measure(stand, Path(folder), script, 1, targets=False),
        ]


def _measure(stand: Stand, folder: Path, script: Path, connections: int, *, targets: bool) -> dict[str, Any]:
    loads: dict[str, list[Load]] = {"http": [], "pgbench": []}
    for _ in range(stand.rounds):
        empty(stand, folder)
        settings = {"QUOTES": str(folder / "quotes"), "STARTS": str(folder / "starts")}
        loads["http"].append(stand.http("booking.lua", connections, **settings))
        empty(stand, folder)
        loads["pgbench"].append(stand.sql(script, connections, done=0, span=QUOTES // connections))
        _check_booked(stand, loads["pgbench"][-1])
    found = {kind: middle(each) for kind, each in loads.items()}
    ratio = round(found["http"]["per_second"] / found["pgbench"]["per_second"], 2)
    tail = round(found["http"]["p99_ms"] / found["http"]["p50_ms"], 1)
    figure: dict[str, Any] = {
        "kind": "booking",
        "title": f"Booking, all committed, {connections} connections",
        **found,
        "ratio_to_pgbench": ratio,
        "p99_to_p50": tail,
        "cpu_ms": round(sum(found["http"]["cpu_ms"].values()), 3),
    }
    if targets:
        figure["targets"] = [
            ("at least 0.5 × the same statements in pgbench", ratio, ratio >= 0.5),
            ("p99 within 5 × p50", tail, tail <= 5),
        ]
    return figure


def _check_booked(stand: Stand, load: Load) -> None:
    """Will stop the run unless the script has booked: one whose slots are all taken would be quick."""
    booked = visits_in(stand, "book")
    if booked < 0.95 * load.done:
        raise SystemExit(f"{load.done} runs of the script booked {booked} visits: it does not do what it stands for.")


def empty(stand: Stand, folder: Path, days: int = 384) -> None:
    """Will free the branch's calendar and lay out new quotes, so that every round begins alike."""
    with stand.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            # Not TRUNCATE, whose lock would meet those of the product's worker.
            "DELETE FROM booking_assignment; DELETE FROM booking_bookingrequest; DELETE FROM messaging_outboxmessage;"
            "DELETE FROM journal_entry;"
            "DELETE FROM crew_commitment k USING crew_cleaner c, crew_branch b"
            " WHERE c.id = k.cleaner_id AND b.id = c.branch_id AND b.code = 'book';"
            "DELETE FROM booking_visit v USING crew_branch b WHERE b.id = v.branch_id AND b.code = 'book';"
            # Those of the loads alone: the customers the company had before stay.
            f"DELETE FROM booking_booking WHERE quote_id >= {QUOTE_IDS};"
            f"DELETE FROM booking_quote WHERE id >= {QUOTE_IDS};"
            "DELETE FROM customers_property h USING customers_customer c"
            " WHERE c.id = h.customer_id AND c.name LIKE 'Load%';"
            "DELETE FROM customers_customer WHERE name LIKE 'Load%'"
        )
        connection.execute(
            "SELECT count(crew_write_days(c.id, current_date - 2, current_date + 395)) FROM crew_cleaner c"
            " JOIN crew_branch b ON b.id = c.branch_id WHERE b.code = 'book'"
        )
    codes = new_quotes(stand, QUOTES)
    tidy(stand)
    (folder / "quotes").write_text("\n".join(codes))
    (folder / "starts").write_text("\n".join(start.isoformat() for start in starts(days)))


def starts(ahead: int) -> list[datetime]:
    """Every time a two-hour visit may begin so that days are filled without gaps, over as many days ahead."""
    today = datetime.now(tz=UTC).astimezone(ZoneInfo(ZONE)).date()
    days: list[date] = [today + timedelta(days=n) for n in range(2, ahead + 1)]
    return [
        datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(ZONE))
        for day in days
        if day.weekday() < 6
        for hour in (8, 10, 12, 14, 16)
    ]
