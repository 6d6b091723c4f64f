"""The cleaner's one big button: arrived, done, and that was a mistake."""

import time_machine
from django.test import Client
from django.urls import reverse
from tests.cast import TODAY, Cast, at, make_user
from tests.dispatch.days import WEST, visit_in
from tests.web.test_field_day import phone_of, today

from midway.accounts.models import Role
from midway.booking.models import ActualTime, Visit


def tap(client: Client, what: str, visit: Visit) -> str:
    answer = client.post(reverse(f"field:{what}", args=[visit.code]), follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_arrived_done_and_taken_back_with_one_tap_each(cast: Cast) -> None:
    visit = visit_in(cast, WEST, "09:30", cast.ana, on=TODAY)
    client = phone_of(cast.ana)
    with time_machine.travel(at("09:34"), tick=False):
        page = client.get(reverse("field:visit", args=[visit.code])).content.decode()
        assert "We have arrived" in page
        assert "We are done" not in page
        there = tap(client, "started", visit)
        assert "You are there since 9:34" in there
        assert "We have arrived" not in there
        assert "You are there" in today(client)
    with time_machine.travel(at("10:40"), tick=False):
        done = tap(client, "finished", visit)
        assert "9:34–10:40" in done
        assert "That was a mistake" in done
        assert "You are there since 9:34" in tap(client, "taking_back", visit)
        tap(client, "finished", visit)
    with time_machine.travel(at("11:30"), tick=False):
        assert "That was a mistake" not in client.get(reverse("field:visit", args=[visit.code])).content.decode()
        assert "That was a while ago" in tap(client, "taking_back", visit)
    assert Visit.objects.get(pk=visit.pk).state == "done"
    assert ActualTime.objects.get().finished_at == at("10:40")


def test_on_the_way_is_the_big_button_before_its_time(cast: Cast) -> None:
    visit = visit_in(cast, WEST, "09:30", cast.ana, on=TODAY)
    client = phone_of(cast.ana)
    with time_machine.travel(at("09:05"), tick=False):
        page = client.get(reverse("field:visit", args=[visit.code])).content.decode()
        assert "We are on our way" in page
        assert "The customer is told." in page
        gone = tap(client, "on_the_way", visit)
        assert "On the way" in gone
        assert "We are on our way" not in gone
        assert "On the way" in today(client)
        assert "We are on our way" in tap(client, "taking_back", visit)


def test_before_its_day_there_is_no_button_and_a_tap_is_refused_in_words(cast: Cast) -> None:
    visit = visit_in(cast, WEST, "10:00", cast.ana)
    client = phone_of(cast.ana)
    page = client.get(reverse("field:visit", args=[visit.code])).content.decode()
    assert "We have arrived" not in page
    assert 'id="on-site"' not in page  # no empty box
    assert "Nobody can be there now" in tap(client, "started", visit)


def test_in_spanish(cast: Cast) -> None:
    visit = visit_in(cast, WEST, "09:30", cast.ana, on=TODAY)
    client = phone_of(cast.ana, language="es")
    with time_machine.travel(at("09:34"), tick=False):
        assert "Vamos de camino" in client.get(reverse("field:visit", args=[visit.code])).content.decode()
        assert "Ya llegamos" in client.get(reverse("field:visit", args=[visit.code])).content.decode()
        assert "Ya terminamos" in tap(client, "started", visit)


def test_it_is_for_those_who_come_alone(cast: Cast) -> None:
    visit = visit_in(cast, WEST, "09:30", cast.ana, on=TODAY)
    with time_machine.travel(at("09:34"), tick=False):
        for what in ("on_the_way", "started", "finished", "taking_back"):
            address = reverse(f"field:{what}", args=[visit.code])
            assert phone_of(cast.ben).post(address).status_code == 404
            customer = Client()
            customer.force_login(make_user(role=Role.CUSTOMER))
            assert customer.post(address).status_code == 403
            assert Client().post(address).status_code == 302
            assert phone_of(cast.ana).get(address).status_code == 405
    assert Visit.objects.get(pk=visit.pk).state == "scheduled"
