"""How was it: asked once after a visit, by day, not every week; and the stars that are kept."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from tests.booking.deeds import events_of, told, visit_at
from tests.cast import TODAY, Cast, at, make_cast

from midway.booking.actions.ask_for_ratings import ask_for_ratings
from midway.booking.actions.rate_visit import VisitNotOver, rate_visit
from midway.booking.actions.visit_lock import VisitNotFound
from midway.booking.models import Rating
from midway.core.actor import VISITOR
from midway.customers.models import Customer

pytestmark = pytest.mark.django_db
NOON = at("12:00")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def on(days: int, clock: str) -> datetime:
    return at(clock, on=TODAY + timedelta(days=days))


def test_asked_once_two_hours_after_the_end(cast: Cast) -> None:
    visit = visit_at(cast, NOON, cast.ana)
    assert [ask_for_ratings(now=on(0, clock)) for clock in ("15:59", "16:00", "16:15")] == [0, 1, 0]
    (message,) = told("visit_rating")
    assert message.facts["rating_url"].endswith(f"/visits/{visit.code}/rating")


def test_nobody_is_asked_at_night_but_the_next_morning(cast: Cast) -> None:
    visit_at(cast, at("18:00"), cast.ana)
    assert [ask_for_ratings(now=on(*when)) for when in ((0, "20:00"), (1, "08:59"), (1, "09:00"))] == [0, 0, 1]


@pytest.mark.parametrize("state", ["cancelled", "cancelled_late", "skipped", "locked_out"])
def test_what_did_not_take_place_is_not_asked_about(cast: Cast, state: str) -> None:
    visit_at(cast, NOON, state=state)
    assert ask_for_ratings(now=on(0, "16:00")) == 0


def test_who_comes_every_week_is_asked_every_four_weeks(cast: Cast) -> None:
    for week in range(6):
        visit_at(cast, on(7 * week, "12:00"))
    asked = [ask_for_ratings(now=on(7 * week, "16:00")) for week in range(6)]
    assert asked == [1, 0, 0, 0, 1, 0]


def test_who_does_not_want_to_be_asked_or_has_said_it_is_not(cast: Cast) -> None:
    visit = visit_at(cast, NOON)
    Customer.objects.update(is_asked_for_rating=False)
    assert ask_for_ratings(now=on(0, "16:00")) == 0
    Customer.objects.update(is_asked_for_rating=True)
    rate_visit(visit=visit.code, stars=4, by=VISITOR, now=on(0, "15:00"))
    assert ask_for_ratings(now=on(0, "16:00")) == 0


def test_a_visit_long_ago_is_not_asked_about(cast: Cast) -> None:
    visit_at(cast, NOON)
    assert ask_for_ratings(now=on(3, "12:00")) == 0


def test_stars_are_kept_and_may_be_changed(cast: Cast) -> None:
    visit = visit_at(cast, NOON)
    rate_visit(visit=visit.code, stars=5, by=VISITOR, now=on(0, "15:00"))
    rate_visit(visit=visit.code, stars=3, comment=" Dust ", by=VISITOR, now=on(0, "15:01"))
    rating = Rating.objects.get()
    assert (rating.stars, rating.comment, rating.at) == (3, "Dust", on(0, "15:01"))
    assert events_of(visit.code) == ["booking.visit.rated"] * 2


def test_not_before_the_end_and_not_of_what_was_called_off(cast: Cast) -> None:
    visit = visit_at(cast, NOON)
    with pytest.raises(VisitNotOver):
        rate_visit(visit=visit.code, stars=5, by=VISITOR, now=on(0, "13:59"))
    off = visit_at(cast, at("08:00"), state="cancelled")
    with pytest.raises(VisitNotOver):
        rate_visit(visit=off.code, stars=5, by=VISITOR, now=on(0, "15:00"))
    with pytest.raises(VisitNotFound):
        rate_visit(visit=uuid4(), stars=5, by=VISITOR, now=on(0, "15:00"))


@pytest.mark.parametrize("stars", [0, 6])
def test_the_database_knows_how_many_stars_there_are(cast: Cast, stars: int) -> None:
    visit = visit_at(cast, NOON)
    with pytest.raises(IntegrityError, match="one_to_five"), transaction.atomic():
        rate_visit(visit=visit.code, stars=stars, by=VISITOR, now=on(0, "15:00"))
