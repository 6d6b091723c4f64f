"""Holidays on which the branch works, at the holiday price."""

from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from tests.cast import TODAY, Cast, make_holiday

from midway.booking.models import OpenHoliday
from midway.journal.models import Entry

LABOR_DAY = TODAY + timedelta(days=10)


def add(client: Client, **instead: Any) -> Any:
    return client.post(reverse("office:add_open_holiday"), {"on": LABOR_DAY.isoformat(), "name": "Labor Day"} | instead)


def test_a_holiday_is_added_told_and_removed(cast: Cast, olga: Client) -> None:
    assert add(olga).status_code == 302
    assert "Labor Day" in olga.get(reverse("office:prices")).content.decode()
    assert Entry.objects.get(event="booking.open_holiday.added").facts["name"] == "Labor Day"
    assert "Holiday price on Thursday 12 March: Labor Day" in olga.get(reverse("office:today")).content.decode()

    olga.post(reverse("office:remove_open_holiday", args=[LABOR_DAY.isoformat()]))
    assert not OpenHoliday.objects.exists()


def test_a_day_is_added_once_and_not_while_we_are_closed(cast: Cast, olga: Client) -> None:
    add(olga)
    again = add(olga)
    make_holiday(branch=cast.branch, on=LABOR_DAY + timedelta(days=1))
    closed = add(olga, on=(LABOR_DAY + timedelta(days=1)).isoformat())

    assert (again.status_code, closed.status_code) == (422, 422)
    assert "has the holiday price already" in again.content.decode()
    assert "We are closed on this day" in closed.content.decode()
    assert OpenHoliday.objects.count() == 1


def test_who_may_not_change_prices_adds_no_holiday(cast: Cast, dan: Client, outsiders: list[Client]) -> None:
    assert [add(client).status_code for client in (dan, *outsiders)] == [403, 403, 403]
    assert not OpenHoliday.objects.exists()
