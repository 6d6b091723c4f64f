"""`midway rehearse`: is this database usable? What a drill asks of a restored one; not meant to be called by people."""

import io
import json
import secrets
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import click

_MOST_DAYS = 60


@click.command(hidden=True)
@click.option("--books", is_flag=True, help="Also book a visit.")
@click.option("--upgrades", is_flag=True, help="First bring the database to this version.")
@click.option("--waits", is_flag=True, help="Get ready, and ask the database nothing until a line comes in.")
def rehearse(*, books: bool, upgrades: bool, waits: bool) -> None:
    """Print as JSON whether this version can work on the database, what is broken in it, and what was tried."""
    import django

    django.setup()
    if waits:
        _get_ready()
        if not sys.stdin.readline():
            sys.exit(1)  # whoever would have said so is gone
    wrong: list[str] = []
    tried: list[str] = []
    for attempt in [
        *([_upgrade] if upgrades else []),
        _migrations,
        _promises,
        _protected_texts,
        *([_booking] if books else []),
    ]:
        try:
            outcome, problems = attempt()
        except Exception as problem:
            outcome, problems = (
                f"{attempt.__name__.strip('_')} could not be tried",
                [f"{type(problem).__name__}: {problem}"],
            )
        tried.append(outcome)
        wrong += problems
        if problems and attempt in (_upgrade, _migrations):
            break
    print(json.dumps({"wrong": wrong, "tried": tried}))


def _get_ready() -> None:
    """Will load what is needed later: the database is being restored meanwhile."""
    from django.urls import get_resolver

    import midway.booking.invariants
    import midway.config.wsgi  # noqa: F401 - loaded, not used

    assert get_resolver().url_patterns


def _upgrade() -> tuple[str, list[str]]:
    from midway.runtime.migrate import bring_up_to_date

    done = bring_up_to_date(at_once=True, tell=lambda line: print(line, flush=True))
    return f"{len(done.applied)} migrations applied", []


def _migrations() -> tuple[str, list[str]]:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    import midway
    from midway.runtime.migrate import unknown_migrations
    from midway.runtime.schema import read_sign

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    unknown = unknown_migrations(executor.loader)
    with connection.cursor() as cursor:
        sign = read_sign(cursor)
    applied = [".".join(key) for key in executor.loader.applied_migrations]
    is_carried = sign is not None and sign.carries(midway.__version__, applied)
    wrong = [f"It lacks the migration {plan[0][0]}: restore it with the version that made it"] if plan else []
    wrong += [f"It was made by a newer version ({unknown[0]})"] if unknown and not is_carried else []
    return "migrations are this version's", wrong


def _promises() -> tuple[str, list[str]]:
    from midway.booking.invariants import findings
    from midway.runtime.clock import now

    found = findings(now=now())
    broken = [f"Broken promise: {one.promise} ({one.broken} of {one.examined})" for one in found if not one.holds]
    return f"{len(found)} promises looked at", broken


def _protected_texts() -> tuple[str, list[str]]:
    from midway.customers.models import Property
    from midway.runtime.sealing import Unreadable

    try:
        sample = list(Property.objects.exclude(access_notes="").order_by("?")[:20])
    except Unreadable as problem:
        return "protected texts", [str(problem)]
    return f"{len(sample)} protected texts read", []


def _booking() -> tuple[str, list[str]]:
    from midway.crew.models import Area

    area = Area.objects.order_by("id").first()
    status, offered = _ask("GET", "/api/v1/services")
    if status >= 500:
        return "what is offered", [f"The services were answered with {status}"]
    services = offered.get("services", [])
    if area is None or not services:
        return "no booking: nothing is offered yet", []
    quoted = {
        "service": services[0]["code"], "bedrooms": 1, "bathrooms": 1, "square_feet": 800, "extras": [],
        "frequency": "once", "postcode": area.postcode,
    }  # fmt: skip
    status, quote = _ask("POST", "/api/v1/quotes", quoted)
    if status >= 400:
        return "a quote", [f"A quote was refused with {status}: {quote.get('detail', '')}"]
    for start in _free_starts(services[0]["code"], area.postcode, quote["duration_minutes"]):
        status, answer = _ask("POST", "/api/v1/bookings", _order(quote["code"], start, area.postcode))
        if status == 201:
            return f"a visit booked for {start}", []
        return "a booking", [f"A booking was refused with {status}: {answer.get('detail', '')}"]
    return "no booking: no time is free in 60 days", []


def _free_starts(service: str, postcode: str, minutes: int) -> list[str]:
    from midway.runtime.clock import now

    day: datetime = now()
    for _ in range(0, _MOST_DAYS, 14):
        question = f"service={service}&from={day:%Y-%m-%d}&days=14&duration_minutes={minutes}&postcode={postcode}"
        _, answer = _ask("GET", f"/api/v1/availability?{question}")
        starts = [str(slot["start"]) for found in answer.get("days", []) for slot in found["slots"]]
        if starts:
            return starts
        day += timedelta(days=14)
    return []


def _order(quote: str, start: str, postcode: str) -> dict[str, Any]:
    return {
        "quote": quote, "start": start, "frequency": "once",
        "customer": {"name": "Restore Drill", "email": "drill@example.com", "phone": "+14105550100"},
        "property": {"line1": "1 Drill Street", "postcode": postcode, "city": "Drill"}, "notes": "",
    }  # fmt: skip


def _ask(method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    """One request to the application, in this process, through everything it passes in life."""
    from wsgiref.util import setup_testing_defaults

    from midway.config.wsgi import application

    words = json.dumps(body).encode() if body is not None else b""
    route, _, query = path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method, "PATH_INFO": route, "QUERY_STRING": query, "HTTP_HOST": "127.0.0.1",
        "REMOTE_ADDR": "127.0.0.1", "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(words)),
        "wsgi.input": io.BytesIO(words), "HTTP_IDEMPOTENCY_KEY": secrets.token_hex(16),
    }  # fmt: skip
    setup_testing_defaults(environ)
    status: list[str] = []
    answer = b"".join(application(environ, lambda line, headers, exc_info=None: status.append(line)))
    return int(status[0].split()[0]), json.loads(answer)
