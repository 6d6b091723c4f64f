"""A customer's own visits: seen, moved, skipped, cancelled, brought back, and what was done taken back."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from psycopg.types.range import Range
from tests.booking.plans.stage import TUESDAY, start, visit_on
from tests.booking.test_redeem import gift_card
from tests.cast import NOW, TODAY, Cast, at, commit, make_visit, write_calendar
from tests.web.public.my.conftest import FRIDAY_AT_TEN

from midway.booking.actions import cancel_visit, publish_policy, skip_occurrence
from midway.booking.actions.credits import spend_credit
from midway.booking.invariants import broken_invariants
from midway.booking.models import Plan, Visit
from midway.core.actor import SYSTEM
from midway.core.policy import PolicyTerms
from midway.core.visit_states import VisitState
from midway.journal.models import Entry

FRIDAY = TODAY + timedelta(days=4)


def read(client: Client, address: str) -> str:
    return client.get(address).content.decode()


@pytest.fixture
def weekly(cast: Cast) -> Plan:
    for cleaner in cast.cleaners:
        write_calendar(cleaner=cleaner, days=430)
    return start(cast)


def test_home_shows_the_next_visit_and_what_was(cast: Cast, dora: Client, friday: Visit) -> None:
    home = {"premises": cast.flat, "price_list": cast.price_list, "service": cast.regular}
    make_visit(**home, start=at("08:00"), state="done", minutes=30)
    page = read(dora, "/my/")
    assert "Your next visit" in page
    assert "Friday 6 March" in page
    assert "10:00–11:45" in page
    assert "Done" in page


def test_a_visit_for_which_nobody_was_found_yet_says_so(cast: Cast, dora: Client) -> None:
    home = {"premises": cast.flat, "price_list": cast.price_list, "service": cast.regular}
    visit = make_visit(**home, start=FRIDAY_AT_TEN)
    Visit.objects.filter(pk=visit.pk).update(cleaners_missing=1)
    for page in ("/my/", "/my/visits/"):
        assert "Cleaner to be found" in read(dora, page)


def test_without_visits_home_says_how_to_get_one(dora: Client) -> None:
    assert "Book a clean" in read(dora, "/my/")
    assert "No visit yet" in read(dora, "/my/visits/")


def test_all_visits_are_those_to_come_soonest_first_and_those_before(cast: Cast, dora: Client, weekly: Plan) -> None:
    home = {"premises": cast.flat, "price_list": cast.price_list, "service": cast.regular}
    make_visit(**home, start=at("06:00"), state="done", minutes=30)
    to_come, before = read(dora, "/my/visits/"), read(dora, "/my/visits/?before")
    assert to_come.index("Tuesday 3 March") < to_come.index("Tuesday 10 March")
    assert "Monday 2 March" not in to_come
    assert ("Monday 2 March" in before, "Tuesday 3 March" in before) == (True, False)
    assert "Tuesday 5 January 2027" in read(dora, "/my/visits/?page=3")


def test_a_visit_says_who_where_and_for_how_much_but_not_how_we_get_in(dora: Client, friday: Visit) -> None:
    page = read(dora, f"/my/visits/{friday.code}")
    for fact in ("Friday 6 March", "Ana", "12 Calico Street", "$115", "free until Wednesday 4 March, 10:00"):
        assert fact in page
    assert "blue pot" not in page


def test_moving_it_and_taking_the_move_back(dora: Client, friday: Visit) -> None:
    to = at("14:00", on=FRIDAY)
    answer = dora.post(f"/my/visits/{friday.code}/rescheduling", {"start": to.isoformat()})
    friday.refresh_from_db()
    assert (answer["Location"], friday.starts_at) == (f"/my/visits/{friday.code}", to)
    assert "You moved this visit." in read(dora, f"/my/visits/{friday.code}")

    dora.post(f"/my/journal/{Entry.objects.latest('id').code}/undoing")
    friday.refresh_from_db()
    assert friday.starts_at == FRIDAY_AT_TEN
    assert "You took your last change back." in read(dora, f"/my/visits/{friday.code}")
    assert broken_invariants(now=NOW) == []


def test_a_time_taken_meanwhile_is_explained_with_others(cast: Cast, dora: Client, friday: Visit) -> None:
    for cleaner in cast.cleaners:
        commit(cleaner=cleaner, during=Range(at("14:00", on=FRIDAY), at("16:00", on=FRIDAY)))
    to = at("14:00", on=FRIDAY)
    answer = dora.post(f"/my/visits/{friday.code}/rescheduling", {"start": to.isoformat()})
    assert answer.status_code == 409
    assert "Somebody has just taken Friday 6 March at 14:00" in answer.content.decode()
    assert "nearest free times" in answer.content.decode()


def test_cancelling_late_shows_the_fee_first_and_asks_again_when_it_rose(dora: Client, friday: Visit) -> None:
    address = f"/my/visits/{friday.code}/cancellation"
    with time_machine.travel(FRIDAY_AT_TEN - timedelta(hours=5), tick=False):
        assert "Cancel for $57.50" in read(dora, address)
        unseen = dora.post(address, {"fee_cents": "0", "reason": "I am ill"})
        assert unseen.status_code == 409
        assert 'value="I am ill"' in unseen.content.decode()
        dora.post(address, {"fee_cents": "5750", "reason": "I am ill"})
        friday.refresh_from_db()
        assert (friday.state, friday.cancellation.fee_cents) == (VisitState.CANCELLED_LATE, 5750)
        assert friday.charges.get().shown == {"fee_cents": 5750}
        dora.post(f"/my/journal/{Entry.objects.latest('id').code}/undoing")
    friday.refresh_from_db()
    assert friday.state == VisitState.SCHEDULED


@pytest.mark.parametrize("where", ["/my/visits", "/visits"], ids=["signed in", "by the link"])
def test_called_off_late_a_visit_comes_to_its_fee_and_no_more_is_left_to_pay(
    cast: Cast, dora: Client, friday: Visit, where: str
) -> None:
    card = gift_card(cast, 20_000)
    spend_credit(card, friday.pk, at_most=20_000, by=SYSTEM, now=NOW)
    late = FRIDAY_AT_TEN - timedelta(hours=5)
    cancel_visit(visit=friday.code, reason="", by=SYSTEM, now=late, shown_fee_cents=5750)
    with time_machine.travel(late, tick=False):
        page = read(dora, f"{where}/{friday.code}")
    facts = page[page.rindex("<dl") :]
    assert '<dt>Fee</dt><dd class="figure">$57.50</dd>' in page
    assert "<dt>Left to pay</dt><dd>$0</dd>" in facts
    assert "$115" not in page
    assert "choosing your cleaner" not in page


@pytest.mark.parametrize("where", ["/my/visits", "/visits"], ids=["signed in", "by the link"])
def test_a_late_cancellation_that_is_forgiven_says_so(cast: Cast, dora: Client, friday: Visit, where: str) -> None:
    terms = PolicyTerms(grace_per_half_year=1)
    publish_policy(branch=cast.branch, service=None, terms=terms, effective_on=TODAY, by=SYSTEM, now=NOW)
    with time_machine.travel(FRIDAY_AT_TEN - timedelta(hours=5), tick=False):
        page = read(dora, f"{where}/{friday.code}/cancellation")
    assert "but this time we charge nothing" in page
    assert "free of charge until" not in page


def test_a_skipped_visit_is_not_confirmed_by_its_link(dora: Client, weekly: Plan, visitor: Client) -> None:
    visit = visit_on(weekly, TUESDAY + timedelta(days=7))
    skip_occurrence(visit=visit.code, by=SYSTEM, now=NOW)
    page = read(visitor, f"/visits/{visit.code}")
    assert "Skipped" in page
    assert "Confirmed" not in page
    assert "Before we come" not in page


def test_what_cannot_be_undone_any_more_is_explained(cast: Cast, dora: Client, friday: Visit) -> None:
    dora.post(f"/my/visits/{friday.code}/cancellation", {"fee_cents": "0"})
    commit(cleaner=cast.ana, during=Range(FRIDAY_AT_TEN, FRIDAY_AT_TEN + timedelta(hours=1)))
    answer = dora.post(f"/my/journal/{Entry.objects.latest('id').code}/undoing", follow=True)
    assert "That time was taken meanwhile" in answer.content.decode()
    friday.refresh_from_db()
    assert friday.state == VisitState.CANCELLED


def test_skipping_one_date_and_bringing_it_back(dora: Client, weekly: Plan) -> None:
    visit = visit_on(weekly, TUESDAY + timedelta(days=7))
    assert "Only this one is left out" in read(dora, f"/my/visits/{visit.code}/skipping")
    dora.post(f"/my/visits/{visit.code}/skipping")
    visit.refresh_from_db()
    assert visit.state == VisitState.SKIPPED
    assert "Bring it back" in read(dora, f"/my/visits/{visit.code}")
    dora.post(f"/my/visits/{visit.code}/restoring")
    visit.refresh_from_db()
    assert visit.state == VisitState.SCHEDULED


def test_too_late_to_skip_is_said_and_nothing_changes(dora: Client, weekly: Plan) -> None:
    visit = visit_on(weekly, TUESDAY)
    assert "be skipped online any more" in read(dora, f"/my/visits/{visit.code}/skipping")
    answer = dora.post(f"/my/visits/{visit.code}/skipping", follow=True)
    assert "too late to change this visit online" in answer.content.decode()
    visit.refresh_from_db()
    assert visit.state == VisitState.SCHEDULED


def test_a_single_visit_has_nothing_to_skip(dora: Client, friday: Visit) -> None:
    answer = dora.post(f"/my/visits/{friday.code}/skipping", follow=True)
    assert "belongs to no recurring plan" in answer.content.decode()


def test_pages_speak_spanish(dora: Client, friday: Visit) -> None:
    assert "Tu próxima visita" in dora.get("/my/", headers={"accept-language": "es"}).content.decode()
