"""Keeping a visit from planning, and letting it go again: said twice is written down once."""

from tests.cast import NOW, Cast
from tests.dispatch.days import WEST, visit_in

from midway.core.actor import SYSTEM
from midway.dispatch.actions import pin_visit, unpin_visit
from midway.dispatch.models import PinnedVisit
from midway.journal.models import Entry


def test_said_twice_it_is_written_down_once(cast: Cast) -> None:
    visit = visit_in(cast, WEST, "09:00", cast.ana)

    for _again in range(2):
        pin_visit(visit=visit.code, by=SYSTEM, now=NOW)
    assert PinnedVisit.objects.get().visit == visit
    for _again in range(2):
        unpin_visit(visit=visit.code, by=SYSTEM, now=NOW)

    assert not PinnedVisit.objects.exists()
    said = Entry.objects.filter(subject=visit.code).order_by("pk").values_list("event", flat=True)
    assert list(said) == ["dispatch.visit.pinned", "dispatch.visit.unpinned"]
