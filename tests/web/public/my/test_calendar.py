"""The customer's calendar address, and a cleaner's at the office."""

from django.test import Client
from django.urls import reverse
from tests.cast import Cast
from tests.web.office.conftest import browser_of as office_browser

from midway.booking.models import CalendarFeed, Visit


def test_an_address_is_made_on_asking_read_and_ended(dora: Client, visitor: Client, friday: Visit) -> None:
    place = reverse("public:my_calendar")
    assert "/calendar/" not in dora.get(place).content.decode()

    dora.post(place)

    page = dora.get(place).content.decode()
    path = "/calendar/" + page.split("/calendar/")[1].split('"')[0]
    assert str(friday.code) in visitor.get(path).content.decode()
    dora.post(place, {"deed": "end"})
    assert visitor.get(path).status_code == 404
    assert visitor.get(place).status_code == 302


def test_the_office_makes_a_cleaners_address(cast: Cast, visitor: Client, friday: Visit) -> None:
    dan, place = office_browser(cast.dan), reverse("office:person_calendar", args=[cast.ana.code])

    dan.post(place)

    page = dan.get(place).content.decode()
    path = "/calendar/" + page.split("/calendar/")[1].split('"')[0]
    assert "Dora · Downtown" in visitor.get(path).content.decode()
    dan.post(place, {"deed": "end"})
    assert not CalendarFeed.objects.filter(revoked_at__isnull=True).exists()
