"""A cleaner is away: their visits wait for a decision, and nothing else changes."""

from datetime import timedelta

import pytest
from django.db import transaction
from tests.booking.deeds import events_of, everything_of, regular_quote, told, visit_at, whereabouts
from tests.cast import NOW, TODAY, Cast, at, by_user, make_cast, make_hold
from tests.crew.standing import stale_days

from midway.booking.actions import assign_visit, excuse_cleaner
from midway.booking.models import Visit
from midway.core.timespan import Span
from midway.crew.actions import withdraw_absence
from midway.crew.calendar import SlotTaken
from midway.crew.models import Absence, Cleaner

pytestmark = pytest.mark.django_db
REST_OF_DAY = Span(at("10:00"), at("17:00"))


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def excuse(cast: Cast, cleaner: Cleaner, during: Span = REST_OF_DAY) -> tuple[Absence, list[Visit]]:
    with transaction.atomic():
        return excuse_cleaner(cleaner=cleaner, during=during, reason=Absence.Reason.SICK, by=by_user(cast.dan), now=NOW)


def test_the_visits_it_touches_lose_the_cleaner_and_others_keep_them(cast: Cast) -> None:
    before, within, over_the_end, bens = (
        visit_at(cast, "08:00", cast.ana),
        visit_at(cast, "11:00", cast.ana, cast.chidi),
        visit_at(cast, "16:00", cast.ana),
        visit_at(cast, "11:00", cast.ben),
    )
    _, touched = excuse(cast, cast.ana)

    assert [v.pk for v in touched] == [within.pk, over_the_end.pk]
    assert set(Visit.objects.unassigned()) == {within, over_the_end}
    assert [v.cleaners_missing for v in touched] == [1, 1]
    assert whereabouts(cast.ana) == [("visit", "08:00", "10:00"), ("absence", "10:00", "17:00")]
    assert whereabouts(cast.chidi) == [("visit", "11:00", "13:00")]
    assert events_of(within.code) == ["booking.visit.unassigned"]
    assert events_of(before.code) == events_of(bens.code) == []
    assert stale_days(cast.branch) == []


def test_the_customer_still_gets_the_visit_and_hears_nothing_yet(cast: Cast) -> None:
    visit = visit_at(cast, "11:00", cast.ana)
    excuse(cast, cast.ana)
    visit.refresh_from_db()
    assert (visit.state, visit.revision, visit.starts_at) == ("scheduled", 1, at("11:00"))
    assert told("visit_moved") == told("visit_cancelled") == []


def test_somebody_else_can_take_over(cast: Cast) -> None:
    visit = visit_at(cast, "11:00", cast.ana)
    excuse(cast, cast.ana)
    assign_visit(visit=visit.code, cleaners=[], by=by_user(cast.dan), now=NOW)
    assert not Visit.objects.unassigned().exists()
    assert whereabouts(cast.ana) == [("absence", "10:00", "17:00")]


def test_a_slot_held_with_them_is_let_go(cast: Cast) -> None:
    hold = make_hold(quote=regular_quote(cast), start=at("11:00"), cleaners=[cast.ana, cast.ben])
    excuse(cast, cast.ana)
    hold.refresh_from_db()
    assert hold.state == "released"
    assert (whereabouts(cast.ana), whereabouts(cast.ben)) == ([("absence", "10:00", "17:00")], [])


@pytest.mark.parametrize("state", ["en_route", "in_progress", "done"])
def test_a_visit_that_has_begun_keeps_its_cleaner_and_nothing_changes(cast: Cast, state: str) -> None:
    begun, later = visit_at(cast, "09:30", cast.ana, state=state), visit_at(cast, "14:00", cast.ana)
    before = everything_of(begun), everything_of(later)
    with pytest.raises(SlotTaken):
        excuse(cast, cast.ana)
    assert (everything_of(begun), everything_of(later)) == before
    assert not Absence.objects.exists()


def test_several_days_off_and_back_again(cast: Cast) -> None:
    visits = [visit_at(cast, at("11:00", on=TODAY + timedelta(days=n)), cast.ana) for n in range(3)]
    absence, touched = excuse(cast, cast.ana, Span(at("00:00"), at("00:00", on=TODAY + timedelta(days=3))))
    assert touched == visits
    withdraw_absence(absence=absence, by=by_user(cast.dan), now=NOW)
    # The visits wait for a decision; coming back does not take them again by itself.
    assert Visit.objects.unassigned().count() == 3
    assert whereabouts(cast.ana) == []
    assert stale_days(cast.branch) == []


def test_being_excused_twice_for_the_same_time_is_refused(cast: Cast) -> None:
    excuse(cast, cast.ana)
    with pytest.raises(SlotTaken):
        excuse(cast, cast.ana)
    assert Absence.objects.count() == 1
