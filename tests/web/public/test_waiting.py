"""Nothing suits: the page on which a wish is left, and the one on which it is taken back."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import reverse
from tests.cast import TODAY, Cast, make_quote

from midway.booking.models import WaitingWish
from midway.messaging.letter import letter
from midway.messaging.models import OutboxMessage


def said(**more: Any) -> dict[str, Any]:
    return {
        "weekdays": ["0", "3"],
        "not_before": "08:00",
        "not_after": "12:00",
        "until_on": (TODAY + timedelta(days=20)).isoformat(),
        "name": "Fay",
        "email": "fay@example.com",
        **more,
    }


def test_a_wish_is_left_confirmed_and_taken_back(cast: Cast, visitor: Client) -> None:
    quote = make_quote(price_list=cast.price_list, service=cast.regular)
    place = reverse("public:waiting", args=[quote.code])
    assert place in visitor.get(reverse("public:when", args=[quote.code])).content.decode()
    assert "Put me on the list" in visitor.get(place).content.decode()

    answer = visitor.post(place, said())

    wish = WaitingWish.objects.get()
    assert answer["Location"] == reverse("public:wish", args=[wish.code])
    assert (wish.weekdays, wish.state) == ([0, 3], "waiting")
    mail = letter(OutboxMessage.objects.get(template="waiting_wish"))
    assert mail.subject == "You are on the waiting list: Regular clean"
    assert f"/waiting/{wish.code}" in str(mail.body)
    assert "Monday, Thursday, starting between 8:00 and 12:00" in visitor.get(answer["Location"]).content.decode()
    visitor.post(answer["Location"])
    visitor.post(answer["Location"])
    wish.refresh_from_db()
    assert wish.state == "withdrawn"
    assert visitor.post(reverse("public:wish", args=[uuid4()])).status_code == 404
    assert "You are not on the list any more" in visitor.get(answer["Location"]).content.decode()


def test_what_is_missing_stands_beside_its_field(cast: Cast, visitor: Client) -> None:
    quote = make_quote(price_list=cast.price_list, service=cast.regular)
    place = reverse("public:waiting", args=[quote.code])

    answer = visitor.post(place, said(weekdays=[], not_after="07:00", until_on="2020-01-01"))

    assert answer.status_code == 422
    assert "Choose at least one day." in answer.content.decode()
    assert "The latest start is before the earliest." in answer.content.decode()
    far = visitor.post(place, said(until_on="2030-01-01"))
    assert "within the next three months" in far.content.decode()
    visitor.post(place, said())
    assert "You are on the waiting list for this already" in visitor.post(place, said()).content.decode()
    assert WaitingWish.objects.count() == 1
