"""Skipping by the rules: the fee and the next price are said before, and asked again when they rose."""

from datetime import timedelta

import pytest
from django.test import Client
from tests.booking.plans.stage import TUESDAY, start, visit_on
from tests.cast import NOW, TODAY, Cast, by_user, write_calendar

from midway.booking.actions import publish_policy
from midway.booking.models import Charge, Visit
from midway.core.policy import Fee, PolicyTerms
from midway.core.visit_states import VisitState


def publish(cast: Cast, terms: PolicyTerms) -> None:
    publish_policy(branch=cast.branch, service=None, terms=terms, effective_on=TODAY, by=by_user(cast.olga), now=NOW)


@pytest.fixture
def next_week(cast: Cast) -> Visit:
    for cleaner in cast.cleaners:
        write_calendar(cleaner=cleaner, days=430)
    return visit_on(start(cast), TUESDAY + timedelta(days=7))


FOR_A_FEE = PolicyTerms(skip_fee=Fee(flat_cents=1500), free_skips_per_half_year=0, is_gap_priced=True)


def test_the_fee_and_the_next_price_are_shown_and_charged(cast: Cast, dora: Client, next_week: Visit) -> None:
    publish(cast, FOR_A_FEE)
    address = f"/my/visits/{next_week.code}/skipping"
    page = dora.get(address).content.decode()
    assert "Skipping it costs <strong>$15</strong>" in page
    assert "The visit after it costs" in page
    dora.post(address, {"fee_cents": "1500"})
    next_week.refresh_from_db()
    assert (next_week.state, Charge.objects.get().amount_cents) == (VisitState.SKIPPED, 1500)
    assert Charge.objects.get().shown == {"fee_cents": 1500}


def test_a_fee_that_was_not_shown_is_asked_about(cast: Cast, dora: Client, next_week: Visit) -> None:
    publish(cast, FOR_A_FEE)
    answer = dora.post(f"/my/visits/{next_week.code}/skipping", {"fee_cents": "0"})
    assert answer.status_code == 409
    assert "It costs more now than a moment ago" in answer.content.decode()
    next_week.refresh_from_db()
    assert next_week.state == VisitState.SCHEDULED
    assert not Charge.objects.exists()


def test_as_often_as_allowed_is_said(cast: Cast, dora: Client, next_week: Visit) -> None:
    publish(cast, PolicyTerms(skips_per_half_year=0))
    page = dora.get(f"/my/visits/{next_week.code}/skipping").content.decode()
    assert "skipped as often as our rules allow" in page
    assert "Skip it" not in dora.get(f"/my/visits/{next_week.code}").content.decode()


def test_what_cannot_be_moved_is_offered_to_be_skipped(cast: Cast, dora: Client, next_week: Visit) -> None:
    publish(cast, PolicyTerms(moves_per_visit=0))
    page = dora.get(f"/my/visits/{next_week.code}/rescheduling").content.decode()
    assert "Skip this visit instead" in page
