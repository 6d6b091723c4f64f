"""A cleaner's own day on a phone: their stops in order, and at each what is needed there."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from tests.cast import NOW, TODAY, Cast, at, make_user
from tests.dispatch.days import EAST, TOMORROW, WEST, crossed_day, proposed, visit_in

from midway.accounts.models import Role
from midway.booking.models import Visit
from midway.core.actor import SYSTEM
from midway.core.visit_states import VisitState
from midway.crew.models import Cleaner
from midway.dispatch.actions import publish_plan
from midway.journal.models import Entry

Phone = Callable[[Cleaner], Client]


def phone_of(cleaner: Cleaner, language: str = "en") -> Client:
    cleaner.user = make_user(role=Role.CLEANER, name=cleaner.name)
    cleaner.language = language
    cleaner.save()
    client = Client(headers={"accept-language": "en"})
    client.force_login(cleaner.user)
    return client


def today(client: Client) -> str:
    answer = client.get(reverse("field:today"))
    assert answer.status_code == 200
    return answer.content.decode()


def test_todays_stops_stand_in_order_and_the_days_after_below(cast: Cast) -> None:
    visit_in(cast, EAST, "14:00", cast.ana, on=TODAY)
    visit_in(cast, WEST, "09:30", cast.ana, on=TODAY)
    visit_in(cast, WEST, "10:00", cast.ana)
    visit_in(cast, WEST, "11:00", cast.ben, on=TODAY)

    shown = today(phone_of(cast.ana))

    assert "2 visits today" in shown
    assert shown.index("9:30") < shown.index("14:00") < shown.index("Tuesday 3 March")
    assert "11:00" not in shown


def test_times_are_those_of_the_published_plan(cast: Cast) -> None:
    crossed_day(cast)
    plan, _settled = publish_plan(plan=proposed(cast).code, by=SYSTEM, now=NOW)
    route = plan.routes[0]
    cleaner = Cleaner.objects.get(code=route["crew"])

    with time_machine.travel(NOW + timedelta(hours=20), tick=False):
        shown = today(phone_of(cleaner))

    start, leave = (f"{round(route_at) // 60}:{round(route_at) % 60:02d}" for route_at in (
        route["stops"][0]["start"], route["leave"],
    ))  # fmt: skip
    assert f"Set out at {leave}, be there at {start}." in shown


def test_whoever_has_set_out_already_is_told_when_to_set_out_for_the_next(cast: Cast) -> None:
    begun, _other, *_rest = crossed_day(cast)
    plan, _settled = publish_plan(plan=proposed(cast).code, by=SYSTEM, now=NOW)
    cleaner = begun.assignments.get(active=True).cleaner
    route = next(route for route in plan.routes if route["crew"] == str(cleaner.code))
    first = Visit.objects.get(code=route["stops"][0]["visit"])
    Visit.objects.filter(pk=first.pk).update(state=VisitState.EN_ROUTE)
    client = phone_of(cleaner)

    with time_machine.travel(first.starts_at + timedelta(minutes=30), tick=False):
        shown = today(client)
        here = client.get(reverse("field:visit", args=[first.code])).content.decode()

    leave, start = (f"{round(m) // 60}:{round(m) % 60:02d}" for m in (
        route["stops"][0]["end"], route["stops"][1]["start"],
    ))  # fmt: skip
    assert f"Set out at {leave}, be there at {start}." in shown
    assert "Set out at" not in here


def test_a_visit_says_where_when_what_and_with_whom(cast: Cast) -> None:
    visit = visit_in(cast, WEST, "09:30", cast.ana, cast.ben, on=TODAY, extras=["oven"])

    shown = phone_of(cast.ana).get(reverse("field:visit", args=[visit.code])).content.decode()

    assert "12 Calico Street" in shown
    assert "with Ben" in shown
    assert "Inside the oven" in shown
    assert "https://www.google.com/maps/dir/?api=1&amp;destination=39.29" in shown
    assert "Key under the blue pot" not in shown


def test_the_way_in_is_shown_on_the_day_and_the_look_written_down(cast: Cast) -> None:
    visit = visit_in(cast, WEST, "09:30", cast.ana, on=TODAY)
    client = phone_of(cast.ana)

    shown = client.post(reverse("field:way_in", args=[visit.code])).content.decode()

    assert "Key under the blue pot" in shown
    entry = Entry.objects.get(event="customers.access_notes.shown")
    assert (entry.actor_label, entry.subject) == ("Ana", visit.customer.code)


@pytest.mark.parametrize("case", ["tomorrow", "done", "of somebody else"])
def test_at_any_other_time_the_way_in_stays_hidden(cast: Cast, case: str) -> None:
    on = TOMORROW if case == "tomorrow" else TODAY
    state = VisitState.DONE if case == "done" else VisitState.SCHEDULED
    who = cast.ben if case == "of somebody else" else cast.ana
    visit = visit_in(cast, WEST, "09:30", who, on=on, state=state)
    client = phone_of(cast.ana)

    answer = client.post(reverse("field:way_in", args=[visit.code]))

    assert answer.status_code == 404
    assert not Entry.objects.filter(event="customers.access_notes.shown").exists()
    if case == "tomorrow":
        page = client.get(reverse("field:visit", args=[visit.code])).content.decode()
        assert "Shown here on the day of the visit." in page
    if case == "done":
        assert 'id="way-in"' not in client.get(reverse("field:visit", args=[visit.code])).content.decode()


def test_who_left_the_visit_sees_it_no_more(cast: Cast) -> None:
    visit = visit_in(cast, WEST, "09:30", cast.ana, on=TODAY)
    visit.assignments.update(active=False)

    assert phone_of(cast.ana).get(reverse("field:visit", args=[visit.code])).status_code == 404


def test_it_speaks_the_cleaners_language_unless_they_chose_another(cast: Cast) -> None:
    visit_in(cast, WEST, "09:30", cast.ana, on=TODAY)
    client = phone_of(cast.ana, "es")

    assert "1 visita hoy" in today(client)
    client.cookies["django_language"] = "en"
    assert "1 visit today" in today(client)


def test_an_empty_day_says_so(cast: Cast) -> None:
    assert "No visits today" in today(phone_of(cast.ana))


def test_only_cleaners_come_in_and_signing_in_leads_there(cast: Cast) -> None:
    office = Client()
    office.force_login(cast.dan)
    stray = Client()
    stray.force_login(make_user(role=Role.CLEANER, name="Nobody's"))

    assert office.get(reverse("field:today")).status_code == 403
    assert stray.get(reverse("field:today")).status_code == 404
    answer = Client().get(reverse("field:today"))
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/field/")


def test_on_another_day_an_old_link_is_gone(cast: Cast) -> None:
    visit = visit_in(cast, WEST, "09:30", cast.ana, on=TODAY)
    client = phone_of(cast.ana)

    with time_machine.travel(at("09:00", on=TODAY + timedelta(days=3)), tick=False):
        assert client.get(reverse("field:visit", args=[visit.code])).status_code == 404
