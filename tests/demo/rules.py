"""What must be true of any demo company, asked of the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db import connection, transaction
from tests.cast import NEW_YORK, NOW

from midway.demo.actions import DemoReport, DemoSize, load_demo_company

SMALL = DemoSize(cleaners=8, customers=90, months=2)


@contextmanager
def loaded(size: DemoSize, *, now: datetime = NOW, seed: int = 1) -> Iterator[DemoReport]:
    """A company that is gone afterwards; ids begin at 1 as in a new database."""
    with transaction.atomic():
        begin_ids_at_one()
        yield load_demo_company(size=size, seed=seed, now=now)
        transaction.set_rollback(True)


def rows(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


OVERLAPS = """
    SELECT * FROM (
        SELECT cleaner_id, during, lead(during) OVER (PARTITION BY cleaner_id ORDER BY lower(during)) AS next
        FROM crew_commitment WHERE active) k
    WHERE during && next
"""
OUTSIDE_WORKING_HOURS = """
    SELECT k.cleaner_id, k.during FROM crew_cleaner c
    CROSS JOIN LATERAL crew_working(c.id, %s::date - 1, %s::date + 1) hours
    JOIN crew_commitment k ON k.cleaner_id = c.id
    WHERE k.kind = 'visit' AND k.active AND NOT k.during <@ hours
"""
WRONGLY_STAFFED = """
    SELECT v.id, v.state, v.team_size, v.cleaners_missing, count(a.id), count(k.id) FROM booking_visit v
    LEFT JOIN booking_assignment a ON a.visit_id = v.id AND a.active
    LEFT JOIN crew_commitment k ON k.id = a.commitment_id AND k.active AND k.cleaner_id = a.cleaner_id
        AND k.reference = v.code AND k.during = tstzrange(lower(v.during), upper(v.during) + interval '15 minutes')
    GROUP BY v.id
    HAVING count(a.id) <> count(k.id) OR count(a.id) <> CASE
        WHEN v.state IN ('scheduled', 'en_route', 'in_progress', 'done', 'locked_out')
        THEN v.team_size - v.cleaners_missing ELSE 0 END
"""
ACTIVE_WITHOUT_ASSIGNMENT = """
    SELECT k.id FROM crew_commitment k LEFT JOIN booking_assignment a ON a.commitment_id = k.id
    WHERE k.kind = 'visit' AND (a.id IS NULL OR a.active <> k.active)
"""
WRONG_BITS = """
    SELECT c.id, f."on" FROM crew_cleaner c
    CROSS JOIN LATERAL crew_free_days(c.id, %s::date, %s::date) f
    LEFT JOIN crew_calendarday d ON d.cleaner_id = c.id AND d."on" = f."on"
    WHERE d.free IS DISTINCT FROM f.free
"""
WITHOUT_SKILL = """
    SELECT a.id FROM booking_assignment a JOIN booking_visit v ON v.id = a.visit_id
    JOIN booking_service s ON s.id = v.service_id
    WHERE s.skill_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM crew_cleaner_skills k WHERE k.cleaner_id = a.cleaner_id AND k.skill_id = s.skill_id)
"""
IMPOSSIBLE_MOMENTS = """
    SELECT 'journal in the future', code FROM journal_entry WHERE at > %(now)s
    UNION ALL SELECT 'visit not booked, or booked later', v.code FROM booking_visit v
        LEFT JOIN journal_entry e ON e.subject = v.code AND e.event = 'booking.visit.booked'
        WHERE e.at IS DISTINCT FROM v.created_at OR v.created_at >= lower(v.during)
    UNION ALL SELECT 'changed before booked', v.code FROM booking_visit v
        JOIN journal_entry e ON e.subject = v.code WHERE e.at < v.created_at
    UNION ALL SELECT 'cancelled after it began', v.code FROM booking_visit v
        JOIN booking_cancellation c ON c.visit_id = v.id WHERE c.at >= lower(v.during) OR c.at > %(now)s
    UNION ALL SELECT 'state of another time', code FROM booking_visit WHERE NOT CASE state
        WHEN 'done' THEN upper(during) <= %(now)s WHEN 'locked_out' THEN upper(during) <= %(now)s
        WHEN 'scheduled' THEN lower(during) > %(now)s
        WHEN 'en_route' THEN lower(during) > %(now)s
        WHEN 'in_progress' THEN lower(during) <= %(now)s AND %(now)s < upper(during)
        ELSE true END
    UNION ALL SELECT 'customer of the future', code FROM customers_customer WHERE created_at > %(now)s
    UNION ALL SELECT 'booked before they came', b.code FROM booking_booking b
        JOIN customers_customer c ON c.id = b.customer_id WHERE b.created_at < c.created_at
"""


def broken_rules(report: DemoReport, now: datetime) -> list[tuple[Any, ...]]:
    today = now.astimezone(ZoneInfo(NEW_YORK)).date()
    with connection.cursor() as cursor:
        cursor.execute(IMPOSSIBLE_MOMENTS, {"now": now})
        moments = cursor.fetchall()
    return [
        *rows(OVERLAPS),
        *rows(OUTSIDE_WORKING_HOURS, report.first, today + timedelta(days=371)),
        *rows(WRONGLY_STAFFED),
        *rows(ACTIVE_WITHOUT_ASSIGNMENT),
        *rows(WRONG_BITS, today - timedelta(days=1), today + timedelta(days=420)),
        *rows(WITHOUT_SKILL),
        *moments,
    ]


def fingerprint() -> dict[str, str]:
    """A hash of each table's rows, as the application reads them: access notes are encrypted anew each time."""
    return {
        model._meta.db_table: sha256(
            repr([tuple(row) for row in model._default_manager.order_by("pk").values_list()]).encode()
        ).hexdigest()
        for model in apps.get_models()
        if model.__module__.startswith("midway.")
    }


def begin_ids_at_one() -> None:
    # Not those of Django's own tables, whose rows stay as migrating made them.
    ours = (
        "SELECT format('%%I.%%I', schemaname, sequencename) FROM pg_sequences WHERE sequencename !~ '^(django|auth)_'"
    )
    for (sequence,) in rows(ours):
        rows("SELECT setval(%s, 1, false)", sequence)
