"""A cleaner falls ill at the moment at which somebody books them: that visit waits for a decision as others do."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction
from tests.cast import NOW, Cast, at, by_user, make_cast, make_hold, make_quote
from tests.races.crowd import days_with_wrong_bits, overlapping_pairs
from tests.races.test_one_slot_many_buyers import NINE, TOMORROW, order

from midway.booking.actions import book_visit, excuse_cleaner
from midway.booking.models import Hold, Visit
from midway.core.actor import VISITOR
from midway.core.timespan import Span
from midway.crew.models import Absence, Cleaner

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
ALL_DAY = Span(at("06:00", on=TOMORROW), at("22:00", on=TOMORROW))


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    for cleaner in (cast.ben, cast.chidi):  # only Ana can be sent
        excuse(cast, cleaner)
    return cast


def excuse(cast: Cast, cleaner: Cleaner) -> list[Visit]:
    _, touched = excuse_cleaner(
        cleaner=cleaner, during=ALL_DAY, reason=Absence.Reason.SICK, by=by_user(cast.dan), now=NOW
    )
    return touched


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees who waited at its first look
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])


@contextmanager
def waited_for_by(deed: Callable[[], object]) -> Iterator[list[object]]:
    """What is done inside is committed when the deed, begun on another connection, has come to wait for it."""
    came_of_it: list[object] = []

    def run() -> None:
        try:
            came_of_it.append(deed())
        except BaseException as problem:
            came_of_it.append(problem)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        yield came_of_it
        thread.start()
        while thread.is_alive() and not somebody_waits():
            thread.join(0.01)
    thread.join(30)
    assert not thread.is_alive()


def waits_for_somebody(cast: Cast, came_of_it: list[object]) -> None:
    visit = Visit.objects.get()
    assert came_of_it == [[visit]]
    assert visit.cleaners_missing == 1
    assert not Hold.objects.filter(state=Hold.State.OPEN).exists()
    assert Absence.objects.filter(cleaner=cast.ana, withdrawn_at=None).count() == 1
    assert overlapping_pairs() == days_with_wrong_bits() == 0


def test_a_booking_that_commits_meanwhile_loses_its_cleaner_too(cast: Cast) -> None:
    quote = make_quote(price_list=cast.price_list, service=cast.regular)
    with waited_for_by(lambda: excuse(cast, cast.ana)) as came_of_it:
        book_visit(order=order(quote), by=VISITOR, now=NOW)
    waits_for_somebody(cast, came_of_it)


def test_so_does_one_of_time_that_was_held(cast: Cast) -> None:
    quote = make_quote(price_list=cast.price_list, service=cast.regular)
    hold = make_hold(quote=quote, start=NINE, cleaners=[cast.ana])
    with waited_for_by(lambda: excuse(cast, cast.ana)) as came_of_it:
        book_visit(order=order(quote, hold=hold), by=VISITOR, now=NOW + timedelta(minutes=1))
    waits_for_somebody(cast, came_of_it)
    assert Hold.objects.get().state == Hold.State.BOOKED
