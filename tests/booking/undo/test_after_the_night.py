"""A change of a plan undone after the nightly job went on with the plan as it was changed."""

from datetime import timedelta

import pytest
from tests.booking.plans.stage import year_cast
from tests.booking.undo.test_undo_change import changed_from_a_day, last_entry, undo
from tests.cast import NOW

from midway.booking import actions
from midway.booking.invariants import broken_invariants
from midway.booking.models import Visit
from midway.core.actor import SYSTEM
from midway.core.visit_states import VisitState
from midway.crew.before import ChangedSince

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _plans_are_filled_for_a_quarter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("midway.booking.plan_queries.WEEKS_AHEAD", 12)


def test_what_the_night_added_since_is_settled_too() -> None:
    cast = year_cast(days=110)
    [*changed_from_a_day(cast)]
    entry = last_entry()
    tomorrow = NOW + timedelta(hours=20)
    actions.top_up_plans(now=tomorrow + timedelta(days=6))
    again = undo(entry, now=tomorrow)
    assert broken_invariants(now=tomorrow) == []
    undo(again, now=tomorrow)
    assert broken_invariants(now=tomorrow) == []


def test_a_visit_the_night_added_and_somebody_changed_is_not_taken_away() -> None:
    cast = year_cast(days=110)
    [*changed_from_a_day(cast)]
    entry = last_entry()
    tomorrow = NOW + timedelta(hours=20)
    known = set(Visit.objects.values_list("pk", flat=True))
    actions.top_up_plans(now=tomorrow + timedelta(days=6))
    added = Visit.objects.exclude(pk__in=known).latest("during")
    actions.override_price(visit=added.code, price_cents=1, reason="Sorry", by=SYSTEM, now=tomorrow)
    with pytest.raises(ChangedSince):
        undo(entry, now=tomorrow)
    added.refresh_from_db()
    assert (added.state, added.price_cents) == (VisitState.SCHEDULED, 1)
