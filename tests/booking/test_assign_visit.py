"""Giving an unassigned visit its cleaners."""

from uuid import uuid4

import pytest
from django.db import transaction
from tests.booking.deeds import CUSTOMER, everything_of, set_rules, told, visit_at, whereabouts
from tests.cast import NOW, Cast, by_user, make_cast, make_exception
from tests.cast import TODAY as MONDAY
from tests.crew.standing import stale_days

from midway.booking.actions import assign_visit
from midway.booking.actions.visit_lock import VisitNotChangeable, VisitNotFound
from midway.booking.models import Visit
from midway.crew.calendar import SlotTaken
from midway.crew.models import Cleaner
from midway.journal.queries import history_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def give(cast: Cast, visit: Visit, *cleaners: Cleaner) -> Visit:
    with transaction.atomic():
        return assign_visit(visit=visit.code, cleaners=[c.pk for c in cleaners], by=by_user(cast.dan), now=NOW)


def test_named_cleaners_get_the_visit(cast: Cast) -> None:
    visit = visit_at(cast, "13:00", team_size=2)
    give(cast, visit, cast.ana, cast.chidi)
    visit.refresh_from_db()
    assert (visit.cleaners_missing, visit.revision) == (0, 1)
    assert whereabouts(cast.ana) == whereabouts(cast.chidi) == [("visit", "13:00", "15:00")]
    entry = history_of(visit.code).get()
    assert (entry.event, entry.facts) == ("booking.visit.assigned", {"cleaners": [cast.ana.pk, cast.chidi.pk]})
    assert told("visit_moved") == []
    assert stale_days(cast.branch) == []


def test_without_names_whoever_is_free_comes_and_who_was_there_stays(cast: Cast) -> None:
    visit = visit_at(cast, "13:00", cast.chidi, team_size=2)
    give(cast, visit)
    visit.refresh_from_db()
    assert visit.cleaners_missing == 0
    assert whereabouts(cast.chidi) == [("visit", "13:00", "15:00")]
    assert visit.assignments.filter(active=True).count() == 2


def test_fewer_than_needed_leave_the_rest_missing(cast: Cast) -> None:
    visit = visit_at(cast, "13:00", team_size=2)
    give(cast, visit, cast.ana)
    assert Visit.objects.unassigned().get().cleaners_missing == 1


def test_the_pad_is_kept_behind_the_visit(cast: Cast) -> None:
    set_rules(cast, pad_minutes=30)
    give(cast, visit_at(cast, "13:00"), cast.ana)
    assert whereabouts(cast.ana) == [("visit", "13:00", "15:30")]


def test_when_somebody_is_busy_everything_stays_as_it_was(cast: Cast) -> None:
    visit = visit_at(cast, "13:00", cast.chidi, team_size=2)
    visit_at(cast, "14:00", cast.ana)
    before = everything_of(visit)
    with pytest.raises(SlotTaken):
        give(cast, visit, cast.ben, cast.ana)
    for cleaner in (cast.ben, cast.ana):
        make_exception(cleaner=cleaner, on=MONDAY)
    with pytest.raises(SlotTaken):
        give(cast, visit)
    assert everything_of(visit) == before
    assert stale_days(cast.branch) == []


def test_only_a_visit_still_to_come_is_assigned(cast: Cast) -> None:
    with pytest.raises(VisitNotChangeable):
        give(cast, visit_at(cast, "13:00", state="cancelled"), cast.ana)
    with pytest.raises(VisitNotFound):
        assign_visit(visit=uuid4(), cleaners=[cast.ana.pk], by=CUSTOMER, now=NOW)
