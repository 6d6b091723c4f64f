"""Why is this time not offered? What the office reads, and that it agrees with what is offered."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import NOW, POSTCODE, TODAY, Cast, at, make_absence, make_exception, make_hold, make_holiday, make_quote
from tests.web.office.conftest import MakeVisit

from midway.booking.queries import Offer, offered_times
from midway.booking.why_not import why_not_offered
from midway.core.why_not import General

TUESDAY = TODAY + timedelta(days=1)


def ask(client: Client, time: str = "09:00", on: Any = TODAY, **more: Any) -> str:
    said = {"service": "regular", "postcode": POSTCODE, "bedrooms": 2, "bathrooms": 1, "on": on.isoformat(), "at": time}
    answer = client.get(reverse("office:why"), {**said, **more})
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_offered_time_says_who_could_come(dan: Client) -> None:
    page = ask(dan, "10:00")

    assert "It is offered: 3 cleaners could come." in page
    assert "Not offered" not in page


def test_each_cleaner_has_a_reason_in_words(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("13:00", (cast.ana,))
    make_absence(cleaner=cast.ben, start=at("08:00"), end=at("17:00"))
    make_hold(
        quote=make_quote(price_list=cast.price_list, service=cast.regular), start=at("13:00"), cleaners=[cast.chidi]
    )

    page = ask(dan, "13:30")

    assert "The visit needs 1 cleaner; 0 could come." in page
    assert "At Dora, 13:00–14:45." in page
    assert reverse("office:visit", args=[visit.code]) in page
    assert "Sick, 8:00–17:00." in page
    assert "Held for a customer who is booking, 13:00–" in page


def test_who_is_away_for_days_is_said_to_be_until_the_last_of_them(cast: Cast, dan: Client) -> None:
    make_absence(cleaner=cast.ben, start=at("00:00"), end=at("00:00", on=TUESDAY + timedelta(days=1)))
    make_absence(cleaner=cast.ana, start=at("00:00", on=TUESDAY), end=at("00:00", on=TUESDAY + timedelta(days=1)))
    page = ask(dan, "13:30", on=TUESDAY)
    assert page.count("Sick up to and including Tuesday 3 March.") == 2
    assert "0:00–0:00" not in page


def test_skill_hours_days_off_and_team(cast: Cast, dan: Client) -> None:
    make_exception(cleaner=cast.ana, on=TUESDAY)

    page = ask(dan, "16:30", on=TUESDAY, service="deep")

    assert "The visit needs 2 cleaners; 0 could come." in page
    assert "Has that day off." in page
    assert "Works 8:00–17:00 that day; the visit does not fit." in page
    assert "Has not learned Deep cleaning." in page


def test_notice_horizon_grid_and_holiday(cast: Cast, dan: Client) -> None:
    cast.branch.notice_minutes = 48 * 60
    cast.branch.save()
    make_holiday(branch=cast.branch, on=TUESDAY, name="Town fair")

    page = ask(dan, "09:10", on=TUESDAY)

    assert "It is too soon: customers book at least 48 h" in page
    assert "Visits start every 30 minutes; this is between." in page
    assert "Closed that day: Town fair." in page
    assert "It is too far" in ask(dan, on=TODAY + timedelta(days=200))


@pytest.mark.parametrize("service", ["regular", "deep"])
def test_it_agrees_with_what_is_offered(cast: Cast, promised: MakeVisit, service: str) -> None:
    promised("10:00", (cast.ana,))
    make_absence(cleaner=cast.ben, start=at("12:10"), end=at("14:20"))
    make_exception(cleaner=cast.chidi, on=TODAY)
    offer = Offer(branch=cast.branch, service=cast.regular if service == "regular" else cast.deep)
    length, size = timedelta(minutes=95), 1 if service == "regular" else 2
    (day,) = offered_times(offer=offer, duration=length, team_size=size, first=TODAY, days=1, now=NOW)
    offered = {slot.start: slot.cleaners_free for slot in day.slots}

    for quarter in range(96):
        start = at("00:00") + timedelta(minutes=15 * quarter)
        answer = why_not_offered(offer=offer, duration=length, team_size=size, start=start, now=NOW)
        assert answer.is_offered == (start in offered)
        assert start not in offered or answer.free == offered[start]
        assert answer.is_offered or answer.general
    assert offered
    assert (
        General.NOTICE
        in why_not_offered(offer=offer, duration=length, team_size=size, start=at("08:00"), now=NOW).general
    )


def test_a_question_that_is_none(dan: Client, outsiders: list[Client]) -> None:
    assert dan.get(reverse("office:why")).status_code == 200
    assert dan.get(reverse("office:why"), {"at": "soon"}).status_code == 422
    assert "We do not clean at this postcode yet" in ask(dan, postcode="99999")
    assert [client.get(reverse("office:why")).status_code for client in outsiders] == [403, 403]


def test_the_new_appointment_leads_here_with_what_was_said(dan: Client) -> None:
    said = {"service": "regular", "postcode": POSTCODE, "bedrooms": 2, "bathrooms": 1, "on": TUESDAY.isoformat()}

    part = dan.get(reverse("office:appointment_offer"), said).content.decode()

    assert f"{reverse('office:why')}?service=regular&amp;postcode={POSTCODE}" in part
