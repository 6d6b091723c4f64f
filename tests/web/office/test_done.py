"""A visit marked done in the office, with or without minutes; a lock-out taken back."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.booking.deeds import told
from tests.cast import NOW, TODAY, Cast, at
from tests.web.office.conftest import MakeVisit

from midway.booking.actions import publish_policy
from midway.booking.models import ActualTime, Charge, Visit
from midway.core.actor import SYSTEM
from midway.core.policy import Fee, PolicyTerms
from midway.journal.models import Entry


@pytest.fixture
def visit(promised: MakeVisit, cast: Cast) -> Visit:
    """It has begun: at nine the test's clock stands."""
    return promised(at("08:00"), (cast.ana,))


def page(client: Client, visit: Visit) -> str:
    return client.get(reverse("office:visit", args=[visit.code])).content.decode()


def done(client: Client, visit: Visit, minutes: str = "", people: str = "1") -> Any:
    said = {"minutes": minutes, "people": people}
    return client.post(reverse("office:actual_time", args=[visit.code]), said)


def undo(client: Client, event: str) -> None:
    entry = Entry.objects.filter(event=event).latest("at")
    assert client.post(reverse("office:undoing", args=[entry.code])).status_code == 302


def test_marked_done_with_its_minutes_told_in_the_journal_and_undone(dan: Client, visit: Visit) -> None:
    assert "Mark as done" in page(dan, visit)
    assert done(dan, visit, "95").status_code == 302
    shown = page(dan, visit)
    assert "Dora: done, 95 minutes × 1" in shown
    assert "Mark as done" not in shown
    assert ActualTime.objects.get().labour_minutes == 95
    assert Visit.objects.get().state == "done"

    undo(dan, "fieldwork.visit.finished")
    assert (Visit.objects.get().state, ActualTime.objects.count()) == ("scheduled", 0)


def test_nobody_knows_how_long(dan: Client, visit: Visit) -> None:
    assert done(dan, visit).status_code == 302
    assert (Visit.objects.get().state, ActualTime.objects.count()) == ("done", 0)
    assert done(dan, visit).status_code == 422
    assert done(dan, visit, "80").status_code == 302
    assert ActualTime.objects.get().labour_minutes == 80


def test_who_may_not_change_visits_marks_nothing(outsiders: list[Client], visit: Visit) -> None:
    assert [done(client, visit).status_code for client in outsiders] == [403, 403]
    assert Visit.objects.get().state == "scheduled"


def test_a_lock_out_is_taken_back_with_its_fee_and_the_customer_hears(cast: Cast, dan: Client, visit: Visit) -> None:
    terms = PolicyTerms(lock_out_fee=Fee(percent=50))
    publish_policy(branch=cast.branch, service=None, terms=terms, effective_on=TODAY, by=SYSTEM, now=NOW)
    dan.post(reverse("office:lock_out", args=[visit.code]), {"reason": "Rang twice"})
    charge = Charge.objects.get()
    assert charge.withdrawn_at is None

    undo(dan, "booking.visit.locked_out")
    charge.refresh_from_db()
    assert charge.withdrawn_at is not None
    assert Visit.objects.get().state == "scheduled"
    assert [m.subject_code for m in told("visit_let_in")] == [visit.code]
