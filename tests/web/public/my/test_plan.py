"""A customer's plan: its year, a pause, another day from now on, the end, and taking each of them back."""

from datetime import date, time, timedelta

import pytest
from django.test import Client
from psycopg.types.range import Range
from tests.booking.plans.stage import TUESDAY, start, visit_on
from tests.booking.undo.agreement import everything_agreed
from tests.cast import Cast, commit, write_calendar

from midway.booking.models import Plan, Visit
from midway.journal.models import Entry


@pytest.fixture
def weekly(cast: Cast) -> Plan:
    for cleaner in cast.cleaners:
        write_calendar(cleaner=cleaner, days=430)
    return start(cast)


def read(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def undo_last(client: Client) -> None:
    client.post(f"/my/journal/{Entry.objects.latest('id').code}/undoing")


def test_the_year_is_a_picture_and_a_list(dora: Client, weekly: Plan) -> None:
    visit = visit_on(weekly, TUESDAY + timedelta(days=7))
    dora.post(f"/my/visits/{visit.code}/skipping")
    page = read(dora, f"/my/plans/{weekly.code}")
    assert "Every week on Tuesday, 9:00" in page
    assert 'aria-label="51 visits to come, 1 skipped"' in page
    assert page.count('class="kept" cx="8"') == 1
    assert "Tuesday 10 March" in page
    assert "Every week on Tuesday" in read(dora, "/my/")


def test_a_new_price_that_was_told_of_stands_beside_the_present_one(dora: Client, weekly: Plan) -> None:
    weekly.announce_prices([(date(2026, 5, 5), 10_120)])
    weekly.save()
    assert "From Tuesday 5 May: $101.20" in read(dora, f"/my/plans/{weekly.code}")


def test_pausing_and_going_on(dora: Client, weekly: Plan) -> None:
    before = everything_agreed()
    address = f"/my/plans/{weekly.code}"
    dora.post(f"{address}/pausing", {"from_on": "2026-03-09", "resumes_on": "2026-03-30"})
    page = read(dora, address)
    assert "Paused from Monday 9 March on" in page
    assert "It goes on from Monday 30 March." in page
    assert Visit.objects.filter(plan=weekly, state="skipped").count() == 3
    dora.post(f"{address}/resuming")
    assert everything_agreed() == before | {"plans": everything_agreed()["plans"]}


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"from_on": ""}, "Choose a day."),
        ({"from_on": "2026-03-01"}, "This day has gone by."),
        ({"from_on": "2026-03-09", "resumes_on": "2026-03-09"}, "only go on after it has paused"),
    ],
)
def test_a_pause_that_makes_no_sense_is_told_beside_the_field(
    dora: Client, weekly: Plan, said: dict[str, str], problem: str
) -> None:
    answer = dora.post(f"/my/plans/{weekly.code}/pausing", said)
    assert answer.status_code == 422
    assert problem in answer.content.decode()


@pytest.mark.parametrize("deed", ["pausing", "ending"])
def test_too_near_is_explained_and_nothing_typed_is_lost(dora: Client, weekly: Plan, deed: str) -> None:
    answer = dora.post(f"/my/plans/{weekly.code}/{deed}", {"from_on": "2026-03-02", "reason": "Moving away"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "too near to be changed this way" in page
    assert 'value="2026-03-02"' in page
    weekly.refresh_from_db()
    assert weekly.state == "active"


def test_ending_and_taking_it_back(dora: Client, weekly: Plan) -> None:
    before = everything_agreed()
    dora.post(f"/my/plans/{weekly.code}/ending", {"from_on": "2026-04-01", "reason": "Moving away"})
    assert "You ended this regular clean." in read(dora, f"/my/plans/{weekly.code}")
    undo_last(dora)
    assert everything_agreed() == before


def test_another_day_is_shown_before_it_is_done_and_can_be_taken_back(dora: Client, weekly: Plan) -> None:
    before = everything_agreed()
    address = f"/my/plans/{weekly.code}/change"
    wanted = {"weekday": "3", "clock": "10:30", "from_on": "2026-03-16"}
    assert "Every visit of the year fits." in dora.get(address, wanted).content.decode()
    assert everything_agreed() == before

    done = dora.post(address, {**wanted, "to_decide": "0"})
    successor = Plan.objects.get(state="active")
    assert done["Location"] == f"/my/plans/{successor.code}"
    assert (successor.weekdays, successor.local_time, successor.starts_on) == ([3], time(10, 30), date(2026, 3, 16))
    assert dora.get(f"/my/plans/{weekly.code}")["Location"] == f"/my/plans/{successor.code}"
    assert "You changed this regular clean." in read(dora, f"/my/plans/{successor.code}")

    undo_last(dora)
    assert everything_agreed() == before
    assert dora.get(f"/my/plans/{successor.code}")["Location"] == f"/my/plans/{weekly.code}"


def test_dates_nobody_is_free_for_are_said_before(cast: Cast, dora: Client, weekly: Plan) -> None:
    thursday = TUESDAY + timedelta(days=30)
    start_at, end_at = visit_on(weekly, TUESDAY + timedelta(days=28)).during.lower, None
    for cleaner in cast.cleaners:
        begins = start_at + (thursday - TUESDAY - timedelta(days=28))
        end_at = begins + timedelta(hours=3)
        commit(cleaner=cleaner, during=Range(begins, end_at))
    address = f"/my/plans/{weekly.code}/change"
    wanted = {"weekday": "3", "clock": "09:00", "from_on": "2026-03-16"}
    assert "For 1 visit nobody is free then" in dora.get(address, wanted).content.decode()
    unseen = dora.post(address, {**wanted, "to_decide": "0"})
    assert unseen.status_code == 409
    assert Plan.objects.count() == 1
    assert dora.post(address, {**wanted, "to_decide": "1"}).status_code == 302
