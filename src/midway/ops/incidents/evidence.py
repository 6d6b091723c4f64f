"""What is frozen when an incident opens: the finding, numbers before and after, the log, what changed, who is touched.

What cannot be gathered says so; it never stands in the way of the opening.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Sum

import midway
from midway.booking.models import Visit
from midway.core.visit_states import OCCUPIES_CALENDAR
from midway.journal.models import Entry
from midway.ops.incidents.prevention import tests_of_checkout
from midway.ops.manual import kept_results
from midway.ops.models import Evidence
from midway.ops.recovery.releases import releases
from midway.runtime.folder import DataFolder

log = structlog.get_logger("midway.incidents")
WINDOW = timedelta(hours=2)
LATELY = timedelta(days=7)
TOUCHED = timedelta(hours=24)
LOG_LINES, LOG_BYTES = 60, 200_000
_LOUD = re.compile(rb'"level": ?"(warning|error|critical)"|\b(ERROR|WARNING|CRITICAL|Traceback)\b')


def evidence_now(*, procedure: str, facts: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """All of it, from the database and the log."""
    return {
        "facts": dict(facts),
        "version": midway.__version__,
        "gathered_at": now.isoformat(),
        "finding": _tried("finding", lambda: finding(procedure)),
        "numbers": _tried("numbers", lambda: numbers(now=now)),
        "log": log_excerpt(log_file()),
        "releases": _tried("releases", lambda: releases_between(settings.ENVIRONMENT.data, now - LATELY, now)),
        "migrations": _tried("migrations", lambda: migrations_since(now - LATELY)),
        "deeds": _tried("deeds", lambda: deeds(now - WINDOW, now)),
        "touched": _tried("touched", lambda: touched(now=now)),
        "faults_known": sorted(kept_results()),
        "tests_known": tests_of_checkout(),
    }


def _tried(what: str, gather: Callable[[], Any]) -> Any:
    try:
        with transaction.atomic():
            return gather()
    except Exception as problem:  # whatever it is, the incident must open
        log.warning("incident.evidence.missing", what=what, error=type(problem).__name__)
        return f"could not be gathered ({type(problem).__name__})"


def finding(procedure: str) -> dict[str, Any]:
    """The latest evidence of the procedure that rang."""
    row = Evidence.objects.filter(procedure=procedure).order_by("-at", "-id").first() if procedure else None
    if row is None:
        return {}
    names = ("procedure", "status", "value", "unit", "warn", "crit", "examined", "summary", "next_step", "hash")
    return {
        **{name: getattr(row, name) for name in names},
        "at": row.at.isoformat(),
        "details": orjson.loads(row.details),
    }


def numbers(*, now: datetime) -> dict[str, dict[str, Any]]:
    """Every number upkeep judged in the last day, before and now, where both are known."""
    rows = Evidence.objects.filter(at__gte=now - timedelta(days=2), value__isnull=False).order_by("at", "id")
    found: dict[str, dict[str, Any]] = {}
    for name, value, unit, status in rows.values_list("procedure", "value", "unit", "status"):
        known = found.get(name, {})
        found[name] = {"before": known.get("now"), "now": value, "unit": unit, "status": status}
    return found


def log_file() -> Path:
    """Where Midway's own lines are."""
    return settings.UPKEEP.app_log or settings.ENVIRONMENT.data / "log" / "web.log"


def log_files() -> list[Path]:
    """The logs of all parts of Midway on this machine, or the one its operator named."""
    if settings.UPKEEP.app_log:
        return [settings.UPKEEP.app_log]
    return sorted((settings.ENVIRONMENT.data / "log").glob("*.log"))


def log_excerpt(path: Path) -> list[str]:
    """The last loud lines: warnings, errors and what broke."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LOG_BYTES))
            lines = [line for line in file.read().splitlines() if _LOUD.search(line)]
    except OSError as problem:
        return [f"The log could not be read ({type(problem).__name__})."]
    return [line.decode(errors="replace")[:600] for line in lines[-LOG_LINES:]]


def releases_between(data: Path, since: datetime, until: datetime) -> list[dict[str, str]]:
    """The releases that began to run here in that time, the latest first."""
    known = [one for one in releases(DataFolder(data)) if since <= datetime.fromisoformat(one.at) <= until]
    return [{"version": one.version, "at": one.at} for one in reversed(known)]


def migrations_since(since: datetime) -> list[dict[str, str]]:
    """The migrations applied since then, the latest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT app, name, applied FROM django_migrations WHERE applied >= %s ORDER BY applied DESC LIMIT 30",
            [since],
        )
        return [{"app": app, "name": name, "applied_at": at.isoformat()} for app, name, at in cursor.fetchall()]


def deeds(since: datetime, until: datetime) -> dict[str, Any]:
    """What people and programs did in the window: how often each, and the last changes of the system itself."""
    entries = Entry.objects.filter(at__gte=since, at__lte=until)
    counts = entries.values_list("event").annotate(n=Count("id")).order_by("-n")[:20]
    own = entries.filter(event__startswith="ops.").order_by("-at")[:20]
    return {
        "counts": dict(counts),
        "system": [{"event": one.event, "at": one.at.isoformat(), "by": one.actor_label} for one in own],
    }


def touched(*, now: datetime) -> dict[str, Any]:
    """The visits of the next day, whose customers feel it first: how many, of how many customers, worth what."""
    ahead = Visit.objects.filter(
        during__startswith__lt=now + TOUCHED, during__endswith__gt=now, state__in=OCCUPIES_CALENDAR
    )
    money = ahead.order_by().values_list("currency").annotate(cents=Sum("price_cents"))
    return {
        "visits": ahead.count(),
        "customers": ahead.order_by().values("customer").distinct().count(),
        "money_cents": dict(money),
        "until": (now + TOUCHED).isoformat(),
        "first": [str(code) for code in ahead.order_by("during").values_list("code", flat=True)[:10]],
    }
