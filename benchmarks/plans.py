"""Recurring plans: judging one against 52 weeks for many cleaners, and the nightly top-up of thousands.

`python -m benchmarks.plans [check|sell|top-up ...] [--quick]` runs on a throw-away PostgreSQL with fsync on and prints
what it measured. Unless it was a quick one, that is kept in benchmarks/results/<date>-plans.json, beside what the day's
other pieces left there; as soon as the file is whole, the section of docs/benchmarks.md is written from it.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import plans_report

RESULTS = Path(__file__).parent / "results"


@contextmanager
def database() -> Iterator[None]:
    """A server of our own, with Midway's tables, that Django is pointed at."""
    from midway.runtime.postgres import PostgresOptions, PostgresServer
    from midway.runtime.postgres_binaries import available_postgres

    folder = Path(tempfile.mkdtemp(prefix="midway-bench-"))
    folder.chmod(0o711)
    try:
        with (folder / "postgres.log").open("ab", buffering=0) as log:
            server = PostgresServer(
                next(iter(available_postgres())),
                folder / "postgres",
                sockets=folder / "pg",
                output=log,
                options=PostgresOptions(durable=True),
            )
            with server:
                os.environ["DATABASE_URL"] = server.url("postgres")
                os.environ.setdefault("MIDWAY_DATA", str(folder / "data"))
                os.environ.setdefault("DJANGO_SETTINGS_MODULE", "midway.config.settings")
                import django
                from django.core.management import call_command

                django.setup()
                call_command("migrate", verbosity=0)
                yield
                from django.db import connections

                connections["default"].close()
                connections["default"].close_pool()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def timed(deed: Callable[[], Any]) -> float:
    """Milliseconds it took."""
    begun = time.perf_counter()
    deed()
    return (time.perf_counter() - begun) * 1000


def spread(milliseconds: list[float]) -> dict[str, float]:
    """The middle and the slow end."""
    ordered = sorted(milliseconds)
    return {
        "p50_ms": round(statistics.median(ordered), 2),
        "p95_ms": round(ordered[int(len(ordered) * 0.95) - 1], 2),
        "runs": len(ordered),
    }


def company(cleaners: int) -> Any:
    """A branch with so many cleaners, their year written, and about half of it sold."""
    from django.db import connection
    from tests.cast import make_branch, make_cleaner, make_price_list, make_service, write_calendar

    from midway.booking.models import Service

    branch = make_branch(code=f"bench-{cleaners}")
    service = Service.objects.filter(code="regular").first() or make_service()
    prices = make_price_list(branch=branch)
    crew = [make_cleaner(branch=branch, name=f"Cleaner {n}", calendar_days=0) for n in range(cleaners)]
    with connection.cursor() as cursor:
        # Each works two of four two-hour turns on a working day, others each day.
        cursor.execute(
            "INSERT INTO crew_commitment (cleaner_id, during, kind, active, reference)"
            " SELECT c, tstzrange(s, s + interval '2 hours'), 'training', true, gen_random_uuid()"
            " FROM unnest(%s::bigint[]) c, generate_series(0, 400) d, generate_series(0, 3) turn,"
            " LATERAL (SELECT ((%s::date + d)::timestamp + interval '8 hours' + turn * interval '2 hours')"
            " AT TIME ZONE %s AS s) moment WHERE (c * 7 + d * 3 + turn * 5) %% 4 < 2",
            [[cleaner.pk for cleaner in crew], NOW.date(), branch.zone],
        )
    for cleaner in crew:
        write_calendar(cleaner=cleaner, now=NOW, days=430)
    return branch, service, prices


def judge(cleaners: int, runs: int) -> dict[str, Any]:
    """How long it takes to judge a weekly plan against 52 weeks; the floor is reading the same bits."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from tests.cast import at, make_quote

    from midway.booking.plan_queries import check_plan, plan_horizon, terms_of_quote
    from midway.core.plan_fit import stretch_of
    from midway.core.pricing import Home
    from midway.crew.queries import free_time_by_cleaner

    branch, service, prices = company(cleaners)
    home = Home(service="regular", bedrooms=2, bathrooms=1, frequency="weekly")
    quote = make_quote(price_list=prices, service=service, home=home)
    terms = terms_of_quote(quote, start=at("09:00", on=date(2026, 3, 3)))
    with CaptureQueriesContext(connection) as queries:
        found = check_plan(terms=terms, now=NOW)
    days = (plan_horizon(branch, now=NOW) - NOW.date()).days + 5
    cells = stretch_of(branch.zoneinfo, NOW.date(), days).cells

    def read() -> None:
        free_time_by_cleaner(branch_id=branch.pk, skill_id=None, first=NOW.date(), cells=cells)

    return {
        "cleaners": cleaners,
        "fitting": found.fitting,
        "of": found.taking_place,
        "queries": len(queries),
        **spread([timed(lambda: check_plan(terms=terms, now=NOW)) for _ in range(runs)]),
        "floor_reading_the_bits": spread([timed(read) for _ in range(runs)]),
    }


def sell(cleaners: int, runs: int) -> dict[str, Any]:
    """How long it takes to sell a weekly plan: 52 visits with their cleaners in one transaction."""
    from tests.cast import POSTCODE, at, make_quote

    from midway.booking.actions import Address, BookingOrder, Contact, PlanOrder, start_plan
    from midway.booking.models import PriceList, Service
    from midway.core.actor import VISITOR
    from midway.core.pricing import Home
    from midway.crew.models import Branch

    branch = Branch.objects.filter(code=f"bench-{cleaners}").first() or company(cleaners)[0]
    service, prices = Service.objects.get(code="regular"), PriceList.objects.get(branch=branch)
    home = Home(service="regular", bedrooms=2, bathrooms=1, frequency="weekly")
    took = []
    for n in range(runs):
        quote = make_quote(price_list=prices, service=service, home=home)
        order = BookingOrder(
            quote=quote,
            start=at("09:00", on=date(2026, 3, 3) + timedelta(days=n % 4)),
            contact=Contact("Bench", f"bench{n}@example.com", "410-555-0199"),
            address=Address(f"{n} Calico Street", POSTCODE),
        )
        took.append(timed(lambda order=order: start_plan(order=PlanOrder(order), by=VISITOR, now=NOW)))  # type: ignore[misc]
    return {"cleaners": cleaners, **spread(took)}


_PLANS = """
    WITH made AS (
        INSERT INTO booking_plan (code, lineage, branch_id, customer_id, premises_id, service_id, quote_id, every,
            weekdays, local_time, anchor_on, starts_on, duration_minutes, team_size, price_cents, currency, state,
            holiday_rule, filled_until_on, revision, created_at)
        SELECT gen_random_uuid(), gen_random_uuid(), %(branch)s, %(customer)s, %(premises)s, %(service)s, %(quote)s,
            2 + n %% 2 * 2, ARRAY[n %% 5]::smallint[], time '08:00' + n %% 4 * interval '2 hours',
            %(today)s::date - n %% 28, %(today)s::date - n %% 28, 105, 1, 10000, 'USD', 'active', 'after',
            %(filled)s, 0, %(now)s
        FROM generate_series(1, %(plans)s) n RETURNING id
    ), visits AS (
        INSERT INTO booking_visit (code, branch_id, booking_id, customer_id, premises_id, service_id, plan_id,
            occurrence_on, during, state, team_size, cleaners_missing, price_cents, currency, revision, created_at)
        SELECT gen_random_uuid(), %(branch)s, %(booking)s, %(customer)s, %(premises)s, %(service)s, m.id,
            %(today)s::date - w * 14, tstzrange(d, d + interval '105 minutes'), 'done', 1, 0, 10000, 'USD', 0, %(now)s
        FROM made m, generate_series(1, 20) w, LATERAL (SELECT (%(today)s::date - w * 14)::timestamptz AS d) x
        RETURNING id, code, plan_id, during
    ), taken AS (
        INSERT INTO crew_commitment (cleaner_id, during, kind, active, reference)
        SELECT (%(crew)s::bigint[])[1 + plan_id %% %(size)s], during, 'visit', false, code FROM visits
        RETURNING id, cleaner_id, reference
    )
    INSERT INTO booking_assignment (visit_id, cleaner_id, commitment_id, active)
    SELECT v.id, t.cleaner_id, t.id, true FROM taken t JOIN visits v ON v.code = t.reference
"""


def top_up(plans: int, cleaners: int = 150) -> dict[str, Any]:
    """A usual night for so many plans; for the fewest also the night after four weeks without one."""
    from django.db import connection
    from tests.cast import make_booking, make_customer, make_property, make_quote

    from midway.booking.actions import top_up_plans
    from midway.booking.models import Visit
    from midway.booking.plan_queries import plan_horizon

    connection.cursor().execute("TRUNCATE crew_branch, booking_visit, booking_plan, booking_quote CASCADE")
    branch, service, prices = company(cleaners)
    premises = make_property(customer=make_customer(name="Bench"))
    quote = make_quote(price_list=prices, service=service)
    booking = make_booking(quote=quote, premises=premises)
    crew = list(branch.cleaners.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            _PLANS,
            {
                "branch": branch.pk, "customer": premises.customer_id, "premises": premises.pk, "service": service.pk,
                "quote": quote.pk, "booking": booking.pk, "today": NOW.date(), "now": NOW, "plans": plans,
                "filled": plan_horizon(branch, now=NOW), "crew": crew, "size": len(crew),
            },
        )  # fmt: skip
        cursor.execute("ANALYZE")
    made = Visit.objects.filter(plan__isnull=False).count()
    nights = []
    for night in range(1, 4):
        nights.append(timed(lambda night=night: top_up_plans(now=NOW + timedelta(days=night))))  # type: ignore[misc]
    usual = Visit.objects.filter(plan__isnull=False).count() - made
    again = timed(lambda: top_up_plans(now=NOW + timedelta(days=3)))
    result = {
        "plans": plans,
        "cleaners": cleaners,
        "usual_night_seconds": round(statistics.median(nights) / 1000, 2),
        "slowest_of_three_seconds": round(max(nights) / 1000, 2),
        "visits_a_night": round(usual / 3),
        "again_the_same_night_seconds": round(again / 1000, 3),
        "needing_a_decision": Visit.objects.filter(plan__isnull=False, cleaners_missing__gt=0).count(),
    }
    if plans <= CATCH_UP_PLANS:
        before = Visit.objects.filter(plan__isnull=False).count()
        late = timed(lambda: top_up_plans(now=NOW + timedelta(days=31)))
        caught_up = Visit.objects.filter(plan__isnull=False).count() - before
        result["after_four_weeks_off"] = {
            "seconds": round(late / 1000, 2),
            "visits": caught_up,
            "ms_a_visit": round(late / max(1, caught_up), 1),
        }
    return result


CATCH_UP_PLANS = 1000
NOW = datetime.fromisoformat("2026-03-02T09:00:00-05:00")


PARTS: dict[str, tuple[str, Callable[[bool], Any]]] = {
    "check": (
        "check_plan",
        lambda quick: [judge(n, 5 if quick else 40) for n in ((15,) if quick else (15, 30, 60, 120))],
    ),
    "sell": ("start_plan", lambda quick: sell(15 if quick else 60, 5 if quick else 20)),
    "top-up": (
        "top_up_plans",
        lambda quick: [top_up(n, 20 if quick else 150) for n in ((200,) if quick else (1000, 2500, 5000))],
    ),
}


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m benchmarks.plans", description=__doc__)
    asked.add_argument("only", nargs="*", choices=[[], *PARTS], help="these alone [all]")
    asked.add_argument("--quick", action="store_true", help="small sizes only, and nothing kept")
    chosen = asked.parse_args()
    at = datetime.now().astimezone().isoformat(timespec="seconds")
    found: dict[str, Any] = {"at": at, "machine": {"cores": os.cpu_count(), "python": platform.python_version()}}
    with database():
        for part in chosen.only or PARTS:
            name, run = PARTS[part]
            before = os.getloadavg()[0]
            found[name] = run(chosen.quick)
            found.setdefault("load", {})[name] = [round(before, 1), round(os.getloadavg()[0], 1)]
    if not chosen.quick:
        keep(found)
    print(json.dumps(found, indent=2))


def keep(found: dict[str, Any]) -> None:
    """Will add the piece to the day's file, and write the document once all of them are in it."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{found['at'][:10]}-plans.json"
    known = json.loads(file.read_text()) if file.exists() else {}
    whole = {**known, **found, "load": {**known.get("load", {}), **found["load"]}}
    file.write_text(json.dumps(whole, indent=2) + "\n")
    if all(name in whole for name, _ in PARTS.values()):
        plans_report.write(whole, file.name)


if __name__ == "__main__":
    main()
