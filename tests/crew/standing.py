"""Random companies put into PostgreSQL, and a calendar looked at from every side."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from psycopg.types.range import Range
from tests.cast import make_branch, make_holiday, make_service
from tests.companies import Company

from midway.api.v1.slots_json import days_of
from midway.booking.queries import Offer, offered_times
from midway.core.availability import offered_slots
from midway.crew.models import Branch, Cleaner, Commitment, Shift, ShiftException
from midway.crew.queries import cleaner_calendars, free_starts_by_multirange

MINUTE = timedelta(minutes=1)
Answer = list[tuple[datetime, int]]


@contextmanager
def forgotten() -> Iterator[None]:
    """Whatever happens inside is rolled back, so that examples do not see each other."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def put_up(company: Company) -> Branch:
    """Will write a company's branch, cleaners, hours and commitments, and their calendars."""
    rules = company.rules
    branch = make_branch(
        zone=rules.zone.key,
        start_grid_minutes=rules.grid_minutes,
        pad_minutes=rules.pad // MINUTE,
        notice_minutes=rules.notice // MINUTE,
        horizon_days=rules.horizon.days,
    )
    for on in sorted(rules.holidays):
        make_holiday(branch=branch, on=on)
    for calendar in company.calendars:
        cleaner = Cleaner.objects.create(
            branch=branch, name="Ana", employed_from=calendar.employed_from, left_on=calendar.left_on
        )
        Shift.objects.bulk_create(
            Shift(cleaner=cleaner, weekday=s.weekday, start=s.start, end=s.end, valid_from=s.valid_from,
                  valid_to=s.valid_to)
            for s in calendar.shifts
        )  # fmt: skip
        ShiftException.objects.bulk_create(
            ShiftException(cleaner=cleaner, on=e.on, start=e.start, end=e.end) for e in calendar.exceptions
        )
        write_days(cleaner, company)
        # Half of the commitments come after the days are written, half were there before.
        for index, span in enumerate(calendar.commitments):
            Commitment.objects.create(
                cleaner=cleaner, during=Range(span.start, span.end), kind="visit", reference=uuid4()
            )
            if index == len(calendar.commitments) // 2:
                write_days(cleaner, company)
    return branch


def days_to_write(company: Company) -> tuple[date, date]:
    """The days whose calendar a question can touch."""
    today = company.now.astimezone(company.rules.zone).date()
    return min(company.first, today) - timedelta(days=1), company.first + timedelta(days=company.days + 2)


def write_days(cleaner: Cleaner, company: Company) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT crew_write_days(%s::bigint, %s::date, %s::date)", [cleaner.pk, *days_to_write(company)])


def all_answers(company: Company, branch: Branch) -> tuple[Answer, Answer, Answer, Answer]:
    """The company's question answered by the bits, to programs, by a query over ranges, and by the oracle."""
    rules = company.rules
    asked: dict[str, Any] = {"first": company.first, "days": company.days, "now": company.now}
    offer = Offer(branch=branch, service=make_service(code=f"service-{branch.pk}"))
    days = offered_times(offer=offer, duration=rules.duration, team_size=rules.team_size, **asked)
    by_bits = [(slot.start, slot.cleaners_free) for day in days for slot in day.slots]
    told = json.loads(days_of(offer=offer, minutes=rules.duration // MINUTE, team_size=rules.team_size, **asked))
    to_programs = [
        (datetime.fromisoformat(slot["start"]).astimezone(UTC), slot["cleaners_free"])
        for day in told["days"]
        for slot in day["slots"]
    ]
    assert [day["date"] for day in told["days"]] == [str(day.on) for day in days]
    assert [len(day["slots"]) for day in told["days"]] == [len(day.slots) for day in days]
    by_ranges = free_starts_by_multirange(branch_id=branch.pk, skill_id=None, rules=rules, **asked)
    calendars = cleaner_calendars(branch=branch, skill_id=None, first=company.first, days=company.days)
    by_rule = [(slot.start, slot.cleaners_free) for slot in offered_slots(calendars, rules=rules, **asked)]
    return by_bits, to_programs, by_ranges, by_rule


def stale_days(*branches: Branch) -> list[tuple[int, date, str, str]]:
    """Every calendar day that is not what working it out anew gives: cleaner, day, kept, worked out."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT d.cleaner_id, d."on", d.free::text, f.free::text FROM crew_calendarday d'
            ' JOIN crew_cleaner c ON c.id = d.cleaner_id, crew_free_days(d.cleaner_id, d."on", d."on") f'
            " WHERE c.branch_id = ANY(%s) AND d.free IS DISTINCT FROM f.free",
            [[branch.pk for branch in branches]],
        )
        return list(cursor.fetchall())
