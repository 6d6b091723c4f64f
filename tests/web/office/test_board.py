"""The board by day and by week."""

import re
from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.cast import (
    LORD_HOWE,
    NEW_YORK,
    NOW,
    TODAY,
    Cast,
    at,
    make_absence,
    make_branch,
    make_cleaner,
    make_hold,
    make_holiday,
    make_quote,
    make_visit,
    weekly,
)
from tests.web.office.conftest import MakeVisit

from midway.booking.board import board_of
from midway.core.visit_states import VisitState
from midway.web.office.drawing import axis_of, axis_stylesheet, draw_rows


def day(client: Client, on: date = TODAY) -> str:
    return client.get(reverse("office:board"), {"date": on.isoformat()}).content.decode()


def test_every_cleaner_has_a_row_with_visits_in_words(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    promised("13:00", (cast.ana,))

    page = day(dan)

    assert all(cleaner.name in page for cleaner in cast.cleaners)
    assert 'aria-label="13:00–14:45, Dora, Downtown, Regular clean, Planned"' in page
    assert "Ana: 1 visit, 1.8 of 9 hours" in page


def test_a_bar_lies_where_its_time_is_in_steps_of_five_minutes(cast: Cast, promised: MakeVisit) -> None:
    promised("13:05", (cast.ana,), minutes=50)
    board = board_of(branch=cast.branch, first=TODAY, days=1, now=NOW)

    axis = axis_of(board)
    bar = next(row for row in draw_rows(board, axis) if row.row.cleaner == cast.ana).bars[0]

    assert axis.start == at("07:00")
    assert (bar.at, bar.wide, axis.steps) == (73, 10, 144)


def test_the_axis_grows_around_early_and_late_visits(cast: Cast, promised: MakeVisit) -> None:
    promised("05:30", (cast.ana,), minutes=60)
    promised("20:15", (cast.ben,), minutes=60)

    axis = axis_of(board_of(branch=cast.branch, first=TODAY, days=1, now=NOW))

    assert (axis.start, axis.end) == (at("05:00"), at("22:00"))


def test_unassigned_visits_wait_in_the_tray(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    promised("13:00", team_size=1)

    page = day(dan)

    assert "1 visit needs somebody" in page
    assert page.count("Needs somebody</li>") == 1


def test_a_visit_for_two_stands_on_both_rows(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    promised("13:00", (cast.ana, cast.ben), service=cast.deep)

    assert day(dan).count('<span class="people" aria-hidden="true">2/2</span>') == 2


def test_absences_and_holds_are_shown_and_what_ran_out_is_not(cast: Cast, dan: Client) -> None:
    make_absence(cleaner=cast.ben, start=at("08:00"), end=at("17:00"))
    quote = make_quote(price_list=cast.price_list, service=cast.regular)
    make_hold(quote=quote, start=at("10:00"), cleaners=[cast.ana])
    old = make_quote(price_list=cast.price_list, service=cast.regular)
    make_hold(quote=old, start=at("14:00"), cleaners=[cast.ana], now=NOW - timedelta(hours=1))

    page = day(dan)

    assert 'data-busy="Sick"' in page
    assert page.count('data-busy="A customer is booking"') == 1


def test_cancelled_visits_are_gone_from_the_board(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    promised("13:00", (cast.ana,), state=VisitState.CANCELLED)

    assert "Dora" not in day(dan)


def test_lateness_is_news_only_where_the_field_reports(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    promised("08:30", (cast.ana,))
    assert ", Late" not in day(dan)

    promised("05:00", (cast.ben,), state=VisitState.DONE)
    assert ", Late" not in day(dan)

    promised("07:00", (cast.ben,), state=VisitState.IN_PROGRESS)
    assert "8:30–10:15, Dora, Downtown, Regular clean, Late" in day(dan)


@pytest.mark.parametrize("view", ["day", "week"])
def test_more_cleaners_and_visits_cost_no_more_queries(cast: Cast, dan: Client, promised: MakeVisit, view: str) -> None:
    counts = []
    for crew in (24, 60):
        for number in range(crew - len(board_of(branch=cast.branch, first=TODAY, days=1, now=NOW).rows)):
            promised("13:00", (make_cleaner(branch=cast.branch, name=f"C{crew}-{number}", calendar_days=0),))
        with CaptureQueriesContext(connection) as queries:
            dan.get(reverse("office:board"), {"view": view})
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 18


def test_the_week_counts_visits_and_hours_per_cleaner_and_day(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    promised("13:00", (cast.ana,))
    promised(at("09:00", on=TODAY + timedelta(days=2)), (cast.ana,))
    make_holiday(branch=cast.branch, on=TODAY + timedelta(days=3), name="Founders’ day")

    page = dan.get(reverse("office:board"), {"view": "week"}).content.decode()

    assert "Ana, Monday 2 March: 1 visits, 1.8 of 9 hours" in page
    assert "Ana, Wednesday 4 March: 1 visits, 1.8 of 9 hours" in page
    assert "Founders’ day" in page
    assert "Ana, Thursday 5 March: 0 visits, 0 of 0 hours" in page


def test_nonsense_in_the_address_shows_today(dan: Client) -> None:
    page = dan.get(reverse("office:board"), {"date": "yesterday-ish", "view": "decade"})

    assert page.status_code == 200
    assert "Monday 2 March" in page.content.decode()


def test_asked_again_the_board_answers_only_what_changed(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    version = re.search(r'data-version="(\w+)"', day(dan))
    assert version is not None
    asking = {"date": TODAY.isoformat(), "version": version[1]}

    same = dan.get(reverse("office:board"), asking, headers={"hx-request": "true"})
    promised("13:00", (cast.ana,))
    changed = dan.get(reverse("office:board"), asking, headers={"hx-request": "true"})

    assert same.status_code == 204
    assert changed.status_code == 200
    assert "Dora" in changed.content.decode()
    assert "<html" not in changed.content.decode()
    assert "HX-Request" in changed["Vary"]


@pytest.mark.parametrize(
    ("zone", "on", "hours_drawn", "first_labels"),
    [
        (NEW_YORK, date(2026, 3, 8), 18, ["0:00", "1:00", "3:00"]),
        (NEW_YORK, date(2026, 11, 1), 20, ["0:00", "1:00", "1:00"]),
        (LORD_HOWE, date(2026, 4, 5), 19.5, ["0:00", "1:00", "2:00"]),
    ],
)
def test_on_the_day_the_clock_changes_the_axis_follows_the_wall(
    db: None, zone: str, on: date, hours_drawn: float, first_labels: list[str]
) -> None:
    branch = make_branch(zone=zone)
    make_cleaner(branch=branch, shifts=weekly(range(7), time(0), time(6)), calendar_days=0)

    axis = axis_of(board_of(branch=branch, first=on, days=1, now=NOW))
    labels = [text for _at, text in axis.hours]

    assert (axis.end - axis.start) / timedelta(hours=1) == hours_drawn
    assert labels[:3] == first_labels
    assert labels[-1] == "18:00"


def test_a_visit_on_the_changed_day_is_as_wide_as_it_is_long(cast: Cast, promised: MakeVisit) -> None:
    sunday = date(2026, 3, 8)
    promised(at("01:30", on=sunday), (cast.ana,), minutes=90)
    board = board_of(branch=cast.branch, first=sunday, days=1, now=NOW)

    axis = axis_of(board)
    bar = next(row for row in draw_rows(board, axis) if row.row.cleaner == cast.ana).bars[0]

    assert bar.wide == 18
    assert bar.hours == "1:30–4:00"


def test_every_place_on_the_axis_has_its_class() -> None:
    from pathlib import Path

    from midway.web.office import drawing

    kept = Path(drawing.__file__).parent / "static" / "office" / "axis.css"

    assert kept.read_text() == axis_stylesheet()


def test_a_night_visit_is_on_both_days(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    make_visit(
        premises=cast.flat,
        price_list=cast.price_list,
        service=cast.regular,
        start=at("23:00"),
        minutes=180,
        cleaners=[cast.ana],
    )

    assert "23:00–2:00, Dora" in day(dan)
    assert "23:00–2:00, Dora" in day(dan, TODAY + timedelta(days=1))
