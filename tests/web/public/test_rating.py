"""The page of stars: a link that records nothing by being opened, one tap that does."""

import time_machine
from django.test import Client
from tests.cast import Cast, at, make_visit

from midway.booking.models import Rating, Visit


def past_visit(cast: Cast) -> Visit:
    return make_visit(premises=cast.flat, price_list=cast.price_list, service=cast.regular, start=at("08:00"))


def test_opening_the_link_records_nothing(cast: Cast, visitor: Client) -> None:
    page = visitor.get(f"/visits/{past_visit(cast).code}/rating?stars=5")
    assert page.status_code == 200
    assert 'data-tapped="5"' in page.content.decode()
    assert not Rating.objects.exists()


def test_a_tap_is_kept_and_a_word_may_be_added(cast: Cast, visitor: Client) -> None:
    address = f"/visits/{past_visit(cast).code}/rating"
    with time_machine.travel(at("12:00"), tick=False):
        thanks = visitor.post(address, {"stars": "2"}, follow=True)
        assert "You gave us 2 stars of 5." in thanks.content.decode()
        assert "data-tapped" not in thanks.content.decode()
        visitor.post(address, {"stars": "2", "comment": "The oven"})
    assert (Rating.objects.get().stars, Rating.objects.get().comment) == (2, "The oven")


def test_nonsense_and_impatience_are_answered(cast: Cast, visitor: Client) -> None:
    address = f"/visits/{past_visit(cast).code}/rating"
    assert visitor.post(address, {"stars": "11"}).status_code == 422
    early = visitor.post(address, {"stars": "5"})
    assert early.status_code == 409
    assert "not over yet" in early.content.decode()
    assert visitor.get("/visits/00000000-0000-4000-8000-000000000000/rating").status_code == 404
    assert not Rating.objects.exists()
