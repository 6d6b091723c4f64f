"""Somebody leaves: their page, the promises that break, the mends, and the way back."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import TODAY, Cast, at, write_calendar
from tests.web.office.conftest import MakeVisit

from midway.booking.models import Visit
from midway.crew.models import Cleaner

DAY = timedelta(days=1)
NEXT_MONDAY = TODAY + 7 * DAY
FRIDAY = (TODAY + 4 * DAY).isoformat()


def post(client: Client, deed: str, *args: Any, **said: Any) -> Any:
    return client.post(reverse(f"office:{deed}", args=args), said)


def leave(client: Client, person: Cleaner, last_day: str = FRIDAY) -> Any:
    return post(client, "leaving", person.code, **{"leave-last_day": last_day, "leave-reason": ""})


def with_a_year(cast: Cast) -> None:
    for cleaner in cast.cleaners:
        write_calendar(cleaner=cleaner, days=400)


def who_comes(visit: Visit) -> list[str]:
    return sorted(visit.assignments.filter(active=True).values_list("cleaner__name", flat=True))


def test_a_leaver_leads_to_the_visits_that_need_somebody_else(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    with_a_year(cast)
    promised(at("09:00", on=NEXT_MONDAY), (cast.ana,))

    answer = leave(dan, cast.ana)

    assert answer["Location"] == f"{reverse('office:promises')}?person={cast.ana.code}"
    page = dan.get(answer["Location"]).content.decode()
    assert "1 visit needs a decision" in page
    assert "Ana works here until Friday 6 March" in page
    assert "Same time" in page


def test_one_click_gives_the_visit_somebody_else(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    with_a_year(cast)
    visit = promised(at("09:00", on=NEXT_MONDAY), (cast.ana,))
    leave(dan, cast.ana)
    said = {"revision": visit.revision, "start": visit.starts_at.isoformat(), "cleaners": str(cast.ben.pk)}

    answer = post(dan, "mend", visit.code, person=cast.ana.code, **said)

    assert who_comes(visit) == ["Ben"]
    assert "Every promise is kept" in dan.get(answer["Location"]).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_mend_that_is_gone_says_so_and_changes_nothing(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    with_a_year(cast)
    visit = promised(at("09:00", on=NEXT_MONDAY), (cast.ana,))
    promised(at("09:00", on=NEXT_MONDAY), (cast.ben,))
    said = {"revision": visit.revision, "start": visit.starts_at.isoformat(), "cleaners": str(cast.ben.pk)}

    answer = post(dan, "mend", visit.code, **said)

    assert who_comes(visit) == ["Ana"]
    assert "cannot be done any more" in dan.get(answer["Location"]).content.decode()


def test_somebody_of_another_company_cannot_be_named(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised(at("09:00", on=NEXT_MONDAY), (cast.ana,))

    for cleaners in ("999999", "abc", ""):
        post(dan, "mend", visit.code, revision=0, start=visit.starts_at.isoformat(), cleaners=cleaners)

    assert who_comes(visit) == ["Ana"]


def test_all_that_keep_their_time_are_mended_at_once(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    with_a_year(cast)
    visits = [promised(at("09:00", on=NEXT_MONDAY + n * DAY), (cast.ana,)) for n in range(3)]
    leave(dan, cast.ana)

    answer = post(dan, "mend_all", weeks=52, person=cast.ana.code)

    assert [who_comes(visit) for visit in visits] == [["Ben"]] * 3
    assert "3 visits have their people again" in dan.get(answer["Location"]).content.decode()


def test_who_can_come_stays_on_a_visit_that_loses_one_of_two(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    with_a_year(cast)
    visit = promised(at("09:00", on=NEXT_MONDAY), (cast.ana, cast.chidi))
    leave(dan, cast.ana)

    post(dan, "mend_all", weeks=52, person=cast.ana.code)

    assert who_comes(visit) == ["Ben", "Chidi"]


def test_a_leaver_with_nothing_ahead_only_has_a_last_day(cast: Cast, dan: Client) -> None:
    with_a_year(cast)
    answer = leave(dan, cast.ana)

    page = dan.get(answer["Location"]).content.decode()
    assert "Works here until Friday 6 March" in page
    assert "No visit after that waits" in page


def test_a_last_day_before_the_first_is_refused_in_words(cast: Cast, dan: Client) -> None:
    answer = leave(dan, cast.ana, "2024-01-01")

    assert answer.status_code == 409
    assert "before their first day" in answer.content.decode()


def test_the_last_day_can_be_taken_back(cast: Cast, dan: Client) -> None:
    with_a_year(cast)
    leave(dan, cast.ana)
    answer = post(dan, "staying", cast.ana.code)

    cast.ana.refresh_from_db()
    assert cast.ana.left_on is None
    assert "Ana stays." in dan.get(answer["Location"]).content.decode()


def test_who_has_left_is_listed_and_can_be_taken_on_again(cast: Cast, dan: Client) -> None:
    with_a_year(cast)
    leave(dan, cast.ana, (TODAY - DAY).isoformat())
    assert "Worked here before" in dan.get(reverse("office:people")).content.decode()
    assert "Stays after all" not in dan.get(reverse("office:person", args=[cast.ana.code])).content.decode()

    answer = post(dan, "coming_back", cast.ana.code, from_day=FRIDAY, start4a="09:00", end4a="12:00")

    assert answer.status_code == 302
    cast.ana.refresh_from_db()
    assert cast.ana.left_on is None


def test_nobody_comes_back_before_they_are_gone(cast: Cast, dan: Client) -> None:
    with_a_year(cast)
    leave(dan, cast.ana)
    answer = post(dan, "coming_back", cast.ana.code, from_day=TODAY.isoformat())

    assert answer.status_code == 409
    assert "They still work here on that day" in answer.content.decode()


def test_support_lets_nobody_go(cast: Cast, sue: Client) -> None:
    deeds = ("leaving", "staying", "coming_back")

    assert [post(sue, deed, cast.ana.code).status_code for deed in deeds] == [403, 403, 403]
