"""Is a restored database usable? Asked in a process of its own: `python -m midway.ops.backup.rehearsal`.

The environment names the restored database and no outside service. It prints one JSON object: whether the code of this
version can work on it, which promises are broken, whether protected texts can be read, and the visit it booked through
the application, as a customer would.
"""

import io
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from midway.runtime.problem import CannotRun

_OUTSIDE = ("REDIS_URL", "SENTRY_DSN", "SEGMENT_WRITE_KEY", "SMS_URL", "STRIPE_SECRET_KEY", "MIDWAY_ROUTER_URL")
_LONGEST_SECONDS = 900
_MOST_DAYS = 60


@dataclass(frozen=True)
class Rehearsal:
    """What was tried and what went wrong, in words."""

    wrong: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)


def start_rehearsal(url: str, secret: str, work: Path, *, books: bool = True) -> "subprocess.Popen[str]":
    """Will start the process on this database, with no outside service in reach; without `books` it only looks."""
    environment = {name: value for name, value in os.environ.items() if name not in _OUTSIDE}
    environment |= {
        "DATABASE_URL": url,
        "MIDWAY_DATA": str(work / "data"),
        "MIDWAY_SECRET_KEY": secret,
        "EMAIL_URL": f"file://{work / 'mail'}",
        "MIDWAY_PUBLIC_URL": "",
        "MIDWAY_LOG_LEVEL": "error",
        "DJANGO_SETTINGS_MODULE": "midway.config.settings",
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")]).rstrip(":"),
    }
    return subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", "midway.ops.backup.rehearsal", *(["--books"] if books else [])],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def finished_rehearsal(child: "subprocess.Popen[str]") -> Rehearsal:
    """Will wait for the process and give what it found. Raises `CannotRun` when it could not be tried."""
    try:
        told, errors = child.communicate(timeout=_LONGEST_SECONDS)
    except subprocess.TimeoutExpired as problem:
        child.kill()
        child.communicate()
        raise CannotRun(
            f"The application on the restored database was not done after {_LONGEST_SECONDS} s"
        ) from problem
    try:
        return Rehearsal(**json.loads(told.strip().splitlines()[-1]))
    except (IndexError, ValueError, TypeError) as problem:
        last = (errors.strip().splitlines() or ["no reason given"])[-1]
        raise CannotRun(f"The application could not start on the restored database: {last}") from problem


def main() -> None:
    """Will try everything and print what came of it."""
    import django

    django.setup()
    wrong: list[str] = []
    tried: list[str] = []
    attempts = [_migrations, _promises, _protected_texts, *([_booking] if "--books" in sys.argv else [])]
    for attempt in attempts:
        try:
            outcome, problems = attempt()
        except Exception as problem:
            outcome, problems = (
                f"{attempt.__name__.strip('_')} could not be tried",
                [f"{type(problem).__name__}: {problem}"],
            )
        tried.append(outcome)
        wrong += problems
        if problems and attempt is _migrations:
            break
    sys.stdout.write(json.dumps({"wrong": wrong, "tried": tried}) + "\n")


def _migrations() -> tuple[str, list[str]]:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    unknown = set(executor.loader.applied_migrations) - set(executor.loader.disk_migrations)
    wrong = [f"It lacks the migration {plan[0][0]}: restore it with the version that made it"] if plan else []
    wrong += [f"It was made by a newer version ({'.'.join(sorted(unknown)[0])})"] if unknown else []
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
    services = _ask("GET", "/api/v1/services")[1]["services"]
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


if __name__ == "__main__":
    main()
