"""Writing a calendar day for the first time while somebody else changes what it is worked out from.

Two real connections: the one writes days and has not committed, the other works and is seen to wait for it.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import time, timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from psycopg.types.range import Range
from tests.cast import NOW, TODAY, at, make_branch, make_cleaner, make_holiday, make_shift, weekly
from tests.crew.standing import stale_days

from midway.core.timespan import Span
from midway.crew.calendar import SlotTaken, Wanted, take
from midway.crew.models import Branch, CalendarDay, Cleaner, Commitment, Shift

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("races")]
EDGE = TODAY + timedelta(days=10)
"""The last written day; the next one is being written."""


@pytest.fixture
def branch() -> Branch:
    return make_branch()


@pytest.fixture
def cleaner(branch: Branch) -> Cleaner:
    always = weekly(range(7), start=time(0), end=time(0))
    return make_cleaner(branch=branch, shifts=always, calendar_days=11)


def write_one_day_more(cleaner: Cleaner) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT crew_write_days(%s::bigint, %s::date, %s::date)",
            [cleaner.pk, TODAY - timedelta(days=1), EDGE + timedelta(days=1)],
        )


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees who was there at its first look
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])


@contextmanager
def meanwhile(deed: Callable[[], object]) -> Iterator[list[BaseException]]:
    """The deed runs on a connection of its own, begun inside our transaction and finished after it."""
    problems: list[BaseException] = []

    def run() -> None:
        try:
            with transaction.atomic():
                deed()
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        yield problems
        thread.start()
        while thread.is_alive() and not somebody_waits():
            thread.join(0.01)
    thread.join(30)
    assert not thread.is_alive()


def is_true_to_the_end(branch: Branch, cleaner: Cleaner) -> bool:
    assert CalendarDay.objects.filter(cleaner=cleaner, on=EDGE + timedelta(days=1)).exists()
    return stale_days(branch) == []


def test_time_taken_over_the_edge_of_the_calendar_is_taken_on_both_sides(branch: Branch, cleaner: Cleaner) -> None:
    over_the_edge = Range(at("20:00", on=EDGE), at("04:00", on=EDGE + timedelta(days=1)))

    with meanwhile(
        lambda: Commitment.objects.create(cleaner=cleaner, during=over_the_edge, kind="absence", reference=uuid4())
    ) as problems:
        write_one_day_more(cleaner)

    assert problems == []
    assert is_true_to_the_end(branch, cleaner)


def test_time_given_back_beyond_the_edge_is_free_there(branch: Branch, cleaner: Cleaner) -> None:
    beyond = Range(at("09:00", on=EDGE + timedelta(days=1)), at("11:00", on=EDGE + timedelta(days=1)))
    kept = Commitment.objects.create(cleaner=cleaner, during=beyond, kind="absence", reference=uuid4())

    with meanwhile(lambda: Commitment.objects.filter(pk=kept.pk).update(active=False)) as problems:
        write_one_day_more(cleaner)

    assert problems == []
    assert is_true_to_the_end(branch, cleaner)


def test_hours_taken_away_meanwhile_are_not_sold_beyond_the_edge(branch: Branch, cleaner: Cleaner) -> None:
    only_that_day = Shift.objects.filter(cleaner=cleaner, weekday=(EDGE + timedelta(days=1)).weekday())

    with meanwhile(only_that_day.delete) as problems:
        write_one_day_more(cleaner)

    assert problems == []
    assert is_true_to_the_end(branch, cleaner)
    # What is left is the end of the shift from the day before: none, as it ends at midnight.
    assert "1" not in CalendarDay.objects.get(cleaner=cleaner, on=EDGE + timedelta(days=1)).free


def test_a_holiday_added_meanwhile_holds_for_a_cleaner_not_yet_to_be_seen(branch: Branch) -> None:
    on = TODAY + timedelta(days=3)

    with meanwhile(lambda: make_holiday(branch=branch, on=on)) as problems:
        newcomer = make_cleaner(branch=branch, shifts=weekly(), calendar_days=11)

    assert problems == []
    assert stale_days(branch) == []
    assert "1" not in CalendarDay.objects.get(cleaner=newcomer, on=on).free


def test_a_new_shift_waits_for_the_writer_and_is_on_the_new_day(branch: Branch) -> None:
    cleaner = make_cleaner(branch=branch, shifts=[], calendar_days=11)

    weekday = (EDGE + timedelta(days=1)).weekday()

    with meanwhile(lambda: make_shift(cleaner=cleaner, weekday=weekday)) as problems:
        write_one_day_more(cleaner)

    assert problems == []
    assert is_true_to_the_end(branch, cleaner)


def test_who_loses_a_night_cleaner_to_somebody_else_gets_the_next(branch: Branch) -> None:
    nights = weekly(range(7), start=time(20), end=time(6))
    first, second = (make_cleaner(branch=branch, name=name, shifts=nights) for name in ("Nia", "Noa"))
    night = Span(at("22:00"), at("02:00", on=TODAY + timedelta(days=1)))

    def wanted() -> Wanted:
        return Wanted(branch.pk, branch.zoneinfo, night, Commitment.Kind.VISIT, uuid4())

    with meanwhile(lambda: take(wanted(), now=NOW)) as problems:
        take(wanted(), now=NOW)

    assert problems == []
    assert set(Commitment.objects.values_list("cleaner_id", flat=True)) == {first.pk, second.pk}
    with pytest.raises(SlotTaken), transaction.atomic():
        take(wanted(), now=NOW)
