"""The office's view of the waiting list."""

from datetime import time, timedelta

from django.test import Client
from django.urls import reverse
from tests.cast import NOW, TODAY, Cast, make_quote

from midway.booking.actions.waiting_list import Wish, fill_from_waiting_list, leave_wish
from midway.core.actor import VISITOR
from midway.customers.actions import Contact


def test_who_waits_what_was_offered_and_off_the_list(
    cast: Cast, dan: Client, sue: Client, outsiders: list[Client]
) -> None:
    assert "Nobody waits" in dan.get(reverse("office:waiting")).content.decode()
    wish = leave_wish(
        quote=make_quote(price_list=cast.price_list, service=cast.regular),
        contact=Contact("Fay", "fay@example.com", ""),
        language="en",
        wish=Wish(frozenset({0, 1}), time(9), time(12), TODAY, TODAY + timedelta(days=7)),
        by=VISITOR,
        now=NOW,
    )
    fill_from_waiting_list(now=NOW)

    page = dan.get(reverse("office:waiting")).content.decode()

    assert "fay@example.com" in page
    assert "Mon, Tue" in page
    assert "Monday 2 March, 9:00" in page
    removal = reverse("office:off_the_list", args=[wish.code])
    assert [client.post(removal).status_code for client in outsiders] == [403, 403]
    assert sue.post(removal).status_code == 302
    assert "Nobody waits" in dan.get(reverse("office:waiting")).content.decode()
    assert dan.post(removal).status_code == 302
