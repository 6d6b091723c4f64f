"""The statements of one real booking, taken down by PostgreSQL's own log, as a pgbench script.

What differs from booking to booking (codes, the time, ids given back) becomes an expression over random
variables, everything else stays as it was sent. Whatever the product changes in how it books, the floor follows.
"""

import json
import re
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.company import QUOTE_IDS, ZONE, new_quotes
from benchmarks.stand import Stand

HOUR = 14  # the recorded booking's; its number in the calendar's cells is seldom anything else's
MARK = "\x1e"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:[+-]\d\d(?::?\d\d)?|Z)")
QUOTES_BEFORE = 900_000_000  # far from the numbers that pgbench counts through
DAY = "(date_trunc('week', current_date)::date + 7 * :week::int + :weekday::int)"
START = f"(({DAY} + :hour::int * interval '1 hour') AT TIME ZONE '{ZONE}')"
END = f"({START} + interval '2 hours')"
HEAD = """\\set week random(1, 52)
\\set weekday random(0, 5)
\\set hour random(4, 8) * 2
\\set done :done + 1
\\set number :client_id * :span + :done
"""


def pgbench_script(stand: Stand, folder: Path) -> Path:
    """Will book once over HTTP, read what was said to PostgreSQL, and write the script."""
    with stand.connect() as connection:
        quotes = new_quotes(stand, 4, first=QUOTES_BEFORE)
        for quote in quotes[:-1]:
            _book(stand, quote)  # a warm connection says nothing but what the booking needs
        for setting in ("log_statement = 'all'", "log_line_prefix = '%p" + MARK + "'", "log_destination = 'stderr'"):
            connection.execute(f"ALTER SYSTEM SET {setting}")  # type: ignore[arg-type]
        connection.execute("SELECT pg_reload_conf()")
        time.sleep(0.5)  # the reload reaches the product's connections between their statements
        log = stand.product.data / "log" / "postgres.log"
        begins = log.stat().st_size
        start = _book(stand, quotes[-1])
        connection.execute("ALTER SYSTEM RESET ALL")
        connection.execute("SELECT pg_reload_conf()")
    said = log.read_bytes()[begins:].decode(errors="replace")
    statements = _statements_of_booking(said)
    script = folder / "booking.sql"
    lines = [_as_pgbench(sql, values, start, quotes[-1]) for sql, values in statements]
    # The product sends the transaction but for its end in one message; so does the floor.
    begins, ends = lines.index("BEGIN;"), lines.index("COMMIT;")
    lines[begins:ends] = ["\\startpipeline", *lines[begins:ends], "\\endpipeline"]
    script.write_text(HEAD + "\n".join(lines))
    return script


def _book(stand: Stand, quote: str) -> datetime:
    today = datetime.now(tz=UTC).astimezone(ZoneInfo(ZONE)).date()
    day = today + timedelta(days=7 - today.weekday() + 7)
    start = datetime(day.year, day.month, day.day, HOUR, tzinfo=ZoneInfo(ZONE))
    body = {
        "quote": quote,
        "start": start.isoformat(),
        "customer": {"name": "Load", "email": f"{quote}@example.com", "phone": "410-555-0100"},
        "property": {"line1": f"{quote} Main Street", "postcode": "BOOK", "city": "Baltimore"},
    }
    request = urllib.request.Request(
        f"{stand.product.url}/api/v1/bookings",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Idempotency-Key": f"bench-{quote}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30):
            return start
    except urllib.error.HTTPError as refused:
        raise SystemExit(f"The booking to copy was refused: {refused.read().decode()}") from refused


def _statements_of_booking(log: str) -> list[tuple[str, list[str | None]]]:
    """Every statement, with its parameters, of the session that booked."""
    entries = [entry for entry in re.split(rf"\n(?=\d+{MARK})", "\n" + log) if MARK in entry]
    found: dict[str, list[tuple[str, list[str | None]]]] = {}
    for entry in entries:
        pid, text = entry.strip().split(MARK, 1)
        said = re.match(r"LOG:\s+(?:execute [^:]+|statement): (.*)", text, re.DOTALL)
        if said:
            found.setdefault(pid, []).append((said.group(1).replace("\n\t", "\n"), []))
        elif text.startswith("DETAIL:") and "arameters: " in text and found.get(pid):
            found[pid][-1] = (found[pid][-1][0], _parameters(text.split("arameters: ", 1)[1]))
    [session] = [each for each in found.values() if any("booking_bookingrequest" in sql for sql, _ in each)]
    return session


def _parameters(text: str) -> list[str | None]:
    values = re.findall(r"\$\d+ = (NULL|'(?:[^']|'')*')", text)
    return [None if value == "NULL" else value[1:-1].replace("''", "'") for value in values]


def _as_pgbench(sql: str, values: list[str | None], start: datetime, quote: str) -> str:
    is_pick = "crew_calendarday" in sql
    for number in range(len(values), 0, -1):
        value = _expression(values[number - 1], start, quote, is_pick=is_pick)
        sql = re.sub(rf"\${number}(?!\d)", lambda _, value=value: value, sql)  # type: ignore[misc]
    return " ".join(sql.split()) + ";"


def _expression(value: str | None, start: datetime, quote: str, *, is_pick: bool) -> str:
    if value is None:
        return "NULL"
    if is_pick and value == str(HOUR * 4 + 1):
        return "(:hour::int * 4 + 1)"
    if value == start.date().isoformat():
        return DAY
    if value[:1] in "[(" and len(MOMENT.findall(value)) == 2:
        return f"tstzrange({START}, {END})"
    if MOMENT.fullmatch(value):
        return _moment(value, start)
    if value.isdecimal() and int(value) >= QUOTE_IDS:
        return f"({QUOTE_IDS} + :number::bigint)"
    if UUID.fullmatch(value):
        return _code(value, quote)
    if UUID.search(value):
        parts = re.split(f"({UUID.pattern})", value)
        text = " || ".join(f"{_code(p, quote)}::text" if UUID.fullmatch(p) else _literal(p) for p in parts if p)
        return f"({text})::jsonb" if value.startswith("{") else f"({text})"
    return _literal(value)


def _moment(value: str, start: datetime) -> str:
    moment = datetime.fromisoformat(re.sub(r"([+-]\d\d)$", r"\1:00", value))
    if moment == start:
        return START
    return END if moment == start + timedelta(hours=2) else "now()"


def _code(value: str, quote: str) -> str:
    # Each code of the recorded booking has a beginning of its own and ends with the transaction's number. The quote
    # is looked up by number, as quotes are made with such codes.
    beginning = "0" * 8 if value == quote else value[:8]
    return f"('{beginning}' || lpad(to_hex(:number::bigint), 24, '0'))::uuid"


def _literal(text: str) -> str:
    if re.search(r":\w", text):
        # pgbench sees its variables everywhere, in "14:00" too.
        return "E'" + text.replace("\\", "\\\\").replace("'", "''").replace(":", "\\x3a") + "'"
    escaped = text.replace("'", "''")
    return f"'{escaped}'"
