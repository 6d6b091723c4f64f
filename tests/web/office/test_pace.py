"""Learned pace in the office: minutes on a visit's page, the suggestion with its working, yes and no."""

from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from tests.cast import Cast, at
from tests.web.office.conftest import MakeVisit

from midway.booking.models import ActualTime, Pace, Visit

PAGE = "office:pace"


def time_it(client: Client, visit: Visit, minutes: str = "150", people: str = "1") -> Any:
    said = {"minutes": minutes, "people": people}
    return client.post(reverse("office:actual_time", args=[visit.code]), said)


def past(promised: MakeVisit, cast: Cast) -> list[Visit]:
    return [promised(at("09:00") - timedelta(weeks=n), (cast.ana,)) for n in (1, 2, 3)]


def test_minutes_are_noted_and_the_suggestion_is_approved_and_taken_back(
    cast: Cast, dan: Client, olga: Client, promised: MakeVisit
) -> None:
    assert "The price list is right" in dan.get(reverse(PAGE)).content.decode()
    visits = past(promised, cast)
    for visit in visits:
        assert time_it(dan, visit).status_code == 302
    assert "2 h 30 min of work" in dan.get(reverse("office:visit", args=[visits[0].code])).content.decode()

    page = olga.get(reverse(PAGE)).content.decode()
    for words in ("12 Calico Street", "160 % of the list", "The middle one of 3 visits", "1 h 35 min"):
        assert words in page
    where = [cast.flat.code, "regular"]
    assert olga.post(reverse("office:pace_approval", args=where), {"percent": "150"}).status_code == 302
    assert not Pace.objects.exists()
    olga.post(reverse("office:pace_approval", args=where), {"percent": "160"})
    assert "Back to the list" in olga.get(reverse(PAGE)).content.decode()
    olga.post(reverse("office:pace_withdrawal", args=where))
    assert Pace.objects.get().withdrawn_at is not None


def test_impossible_minutes_are_refused_beside_the_field(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = past(promised, cast)[0]
    assert [time_it(dan, visit, minutes, people).status_code for minutes, people in (("0", "1"), ("60", "x"))] == [
        422,
        422,
    ]
    coming = promised("13:00")
    assert time_it(dan, coming).status_code == 409
    assert 'id="time"' not in dan.get(reverse("office:visit", args=[coming.code])).content.decode()
    assert not ActualTime.objects.exists()


def test_who_may_not_change_prices_approves_nothing(cast: Cast, dan: Client, outsiders: list[Client]) -> None:
    addresses = [
        reverse(f"office:pace_{deed}", args=[cast.flat.code, "regular"]) for deed in ("approval", "withdrawal")
    ]
    for client in (dan, *outsiders):
        assert [client.post(address, {"percent": "150"}).status_code for address in addresses] == [403, 403]
    assert [client.get(reverse(PAGE)).status_code for client in outsiders] == [403, 403]


def test_a_home_or_service_that_is_not_there_is_not_found(cast: Cast, olga: Client) -> None:
    assert olga.post(reverse("office:pace_approval", args=[cast.flat.code, "none"])).status_code == 404
    assert olga.post(reverse("office:pace_withdrawal", args=[cast.dora.code, "regular"])).status_code == 404
