"""The fixed cast stands on its feet: its visits are under the constraint and its calendars are written."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from tests.cast import (
    LORD_HOWE,
    NEW_YORK,
    PARIS,
    TODAY,
    at,
    commit,
    make_absence,
    make_cast,
    make_hold,
    make_quote,
    make_visit,
)

from midway.booking.models import Visit
from midway.crew.models import CalendarDay

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("zone", [NEW_YORK, PARIS, LORD_HOWE])
def test_a_visit_clears_its_quarter_hours_on_the_cleaners_day(zone: str) -> None:
    cast = make_cast(zone=zone)
    start = at("09:00", on=TODAY + timedelta(days=1), zone=zone)

    make_visit(
        premises=cast.flat,
        price_list=cast.price_list,
        service=cast.regular,
        start=start,
        cleaners=[cast.ana],
        minutes=90,
    )

    free = CalendarDay.objects.get(cleaner=cast.ana, on=TODAY + timedelta(days=1)).free
    assert free == "0" * 32 + "1" * 4 + "0" * 6 + "1" * 26 + "0" * 28


def test_nobody_of_the_cast_can_be_in_two_places() -> None:
    cast = make_cast()
    make_absence(cleaner=cast.ana, start=at("08:00"), end=at("17:00"))

    with pytest.raises(IntegrityError, match="no_cleaner_in_two_places"), transaction.atomic():
        make_visit(
            premises=cast.flat,
            price_list=cast.price_list,
            service=cast.regular,
            start=at("10:00"),
            cleaners=[cast.ana, cast.ben],
        )


def test_a_cancelled_visit_leaves_the_calendar_free() -> None:
    cast = make_cast()
    visit = make_visit(
        premises=cast.flat,
        price_list=cast.price_list,
        service=cast.regular,
        start=at("10:00"),
        cleaners=[cast.ana],
        state="cancelled",
    )

    commit(cleaner=cast.ana, during=visit.during)

    assert visit.cancellation.by_label == "Dora"
    assert not Visit.objects.kept().exists()


def test_a_hold_takes_the_time_it_promises() -> None:
    cast = make_cast()
    quote = make_quote(price_list=cast.price_list, service=cast.regular)

    hold = make_hold(quote=quote, start=at("10:00"), cleaners=[cast.ben])

    with pytest.raises(IntegrityError, match="no_cleaner_in_two_places"), transaction.atomic():
        commit(cleaner=cast.ben, during=hold.during)
