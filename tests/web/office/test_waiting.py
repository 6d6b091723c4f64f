"""The office's view of the waiting list."""

from datetime import time, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from tests.cast import NOW, TODAY, Cast, make_quote

from midway.booking.actions.waiting_list import Wish, fill_from_waiting_list, leave_wish
from midway.booking.models import WaitingWish
from midway.core.actor import VISITOR
from midway.customers.actions import Contact
from midway.messaging.models import OutboxMessage


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


ADD = {
    "name": "Fay",
    "email": "fay@example.com",
    "language": "es",
    "service": "regular",
    "postcode": "21201",
    "bedrooms": "2",
    "bathrooms": "1",
    "half_baths": "1",
    "square_feet": "900",
    "weekdays": ["0", "1"],
    "not_before": "09:00",
    "not_after": "12:00",
    "until_on": (TODAY + timedelta(days=7)).isoformat(),
}


def add(client: Client, **instead: Any) -> Any:
    return client.post(reverse("office:add_to_waiting_list"), ADD | instead)


def test_the_office_puts_a_caller_on_the_list_who_is_told_and_offered_a_time(cast: Cast, sue: Client) -> None:
    assert "Add to the waiting list" in sue.get(reverse("office:add_to_waiting_list")).content.decode()
    assert add(sue)["Location"] == reverse("office:waiting")

    wish = WaitingWish.objects.select_related("quote").get()
    assert (wish.name, wish.language, wish.weekdays, wish.quote.half_baths) == ("Fay", "es", [0, 1], 1)
    assert OutboxMessage.objects.get().template == "waiting_wish"
    assert "Fay waits for a time until Monday 9 March" in sue.get(reverse("office:today")).content.decode()
    assert fill_from_waiting_list(now=NOW) == 1
    assert "Fay was offered Monday 2 March, 9:00" in sue.get(reverse("office:today")).content.decode()


def test_nobody_waits_twice_for_the_same(cast: Cast, dan: Client) -> None:
    add(dan)
    again = add(dan, email="FAY@example.com")

    assert again.status_code == 422
    assert "They wait for this service already." in again.content.decode()
    assert WaitingWish.objects.count() == 1


def test_what_cannot_be_is_refused_beside_its_field(cast: Cast, dan: Client) -> None:
    wrong = [
        ({"postcode": "99999"}, "postcode"),
        ({"until_on": "2026-12-01"}, "until_on"),
        ({"weekdays": []}, "weekdays"),
        ({"not_after": "08:00"}, "not_after"),
        ({"square_feet": "9000"}, "square_feet"),
    ]
    for instead, field in wrong:
        answer = add(dan, **instead)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert not WaitingWish.objects.exists()


def test_outsiders_add_nobody(cast: Cast, outsiders: list[Client]) -> None:
    assert [add(client).status_code for client in outsiders] == [403, 403]
