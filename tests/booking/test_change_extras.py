"""Other extras for one visit: price and length follow, as shown before; or everything stays."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from tests.booking.deeds import CUSTOMER, events_of, everything_of, told, visit_at, whereabouts
from tests.cast import (
    NOW,
    RATES,
    TODAY,
    Cast,
    at,
    by_user,
    make_booking,
    make_cast,
    make_price_list,
    make_quote,
    make_visit,
)

from midway.booking.actions import change_extras, preview_extras
from midway.booking.actions.reschedule_visit import ChangeTooLate
from midway.booking.actions.visit_lock import VisitNotChangeable, VisitNotFound
from midway.booking.models import Visit
from midway.core.pricing import ExtraRate, PriceError
from midway.core.visit_states import VisitState
from midway.crew.calendar import SlotTaken
from midway.journal.queries import history_of

pytestmark = pytest.mark.django_db
FRIDAY_AT_TEN = at("10:00", on=TODAY + timedelta(days=4))


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def quoted_visit(cast: Cast, *cleaners: object, **fields: object) -> Visit:
    """A visit at the price and for the time it was quoted."""
    quote = make_quote(price_list=cast.price_list, service=cast.regular)
    booking = make_booking(quote=quote, premises=cast.flat)
    return make_visit(
        premises=cast.flat, price_list=cast.price_list, service=cast.regular, start=FRIDAY_AT_TEN, booking=booking,
        cleaners=cleaners, **fields,
    )  # fmt: skip


def test_the_preview_is_what_is_charged(cast: Cast) -> None:
    visit = quoted_visit(cast, cast.ana)
    shown = preview_extras(visit=visit, extras=["oven", "fridge"], now=NOW)
    changed = change_extras(visit=visit.code, extras=["oven", "fridge"], by=CUSTOMER, now=NOW)
    assert (changed.price_cents, changed.duration) == (shown.price_cents, timedelta(minutes=shown.duration_minutes))
    assert (shown.price_before_cents, shown.price_cents) == (11500, 18000)
    assert shown.duration_minutes == shown.duration_before_minutes + 60
    assert sum(line["amount_cents"] for line in changed.working) == changed.price_cents
    assert list(Visit.objects.get(pk=visit.pk).agreed_extras) == ["oven", "fridge"]


def test_the_cleaner_stays_for_longer(cast: Cast) -> None:
    visit = quoted_visit(cast, cast.ben)
    change_extras(visit=visit.code, extras=["oven"], by=CUSTOMER, now=NOW)
    assert whereabouts(cast.ben) == [("visit", "10:00", "12:15")]
    assert whereabouts(cast.ana) == whereabouts(cast.chidi) == []


def test_where_the_cleaner_is_not_free_another_comes(cast: Cast) -> None:
    visit = quoted_visit(cast, cast.ben)
    visit_at(cast, visit.ends_at, cast.ben)
    change_extras(visit=visit.code, extras=["oven"], by=CUSTOMER, now=NOW)
    assert ("visit", "10:00", "12:15") in whereabouts(cast.ana) + whereabouts(cast.chidi)
    assert not Visit.objects.unassigned().exists()


def test_where_nobody_is_free_for_longer_everything_stays(cast: Cast) -> None:
    visit = quoted_visit(cast, cast.ben)
    for cleaner in cast.cleaners:
        visit_at(cast, visit.ends_at, cleaner)
    before = everything_of(visit)
    with pytest.raises(SlotTaken), transaction.atomic():
        change_extras(visit=visit.code, extras=["oven"], by=CUSTOMER, now=NOW)
    assert everything_of(visit) == before


def test_taking_an_extra_off_gives_the_price_and_the_time_back(cast: Cast) -> None:
    visit = quoted_visit(cast, cast.ana)
    price, until = visit.price_cents, visit.ends_at
    change_extras(visit=visit.code, extras=["oven"], by=CUSTOMER, now=NOW)
    back = change_extras(visit=visit.code, extras=[], by=CUSTOMER, now=NOW)
    assert (back.price_cents, back.ends_at, list(back.agreed_extras)) == (price, until, [])


def test_a_price_changed_by_hand_keeps_its_distance(cast: Cast) -> None:
    visit = quoted_visit(cast, cast.ana, price_cents=10_000)
    assert change_extras(visit=visit.code, extras=["oven"], by=CUSTOMER, now=NOW).price_cents == 13_500


def test_an_unassigned_visit_stays_open(cast: Cast) -> None:
    visit = quoted_visit(cast)
    changed = change_extras(visit=visit.code, extras=["oven"], by=CUSTOMER, now=NOW)
    assert changed.cleaners_missing == 1
    assert changed.duration == visit.duration + timedelta(minutes=30)


def test_what_is_sold_since_can_be_added(cast: Cast) -> None:
    newer = replace(RATES, extras=(*RATES.extras, ExtraRate("attic", "The attic", 5000, 60)))
    make_price_list(branch=cast.branch, rates=newer, version=2, effective_on=TODAY)
    visit = quoted_visit(cast, cast.ana)
    assert change_extras(visit=visit.code, extras=["attic"], by=CUSTOMER, now=NOW).price_cents == 16_500


def test_what_is_not_sold_is_refused(cast: Cast) -> None:
    with pytest.raises(PriceError):
        preview_extras(visit=quoted_visit(cast, cast.ana), extras=["piano"], now=NOW)


def test_the_customer_is_bound_by_the_notice_and_the_office_is_not(cast: Cast) -> None:
    visit = quoted_visit(cast, cast.ana)
    late = FRIDAY_AT_TEN - timedelta(hours=47)
    assert not preview_extras(visit=visit, extras=["oven"], now=late).is_allowed
    with pytest.raises(ChangeTooLate):
        change_extras(visit=visit.code, extras=["oven"], by=CUSTOMER, now=late)
    assert change_extras(visit=visit.code, extras=["oven"], by=by_user(cast.dan), now=late).price_cents == 15_000


def test_journal_and_mail_say_so_once_and_nothing_is_said_of_nothing(cast: Cast) -> None:
    visit = quoted_visit(cast, cast.ana)
    change_extras(visit=visit.code, extras=["oven", "oven"], by=CUSTOMER, now=NOW)
    change_extras(visit=visit.code, extras=["oven"], by=CUSTOMER, now=NOW)
    assert events_of(visit.code) == ["booking.visit.extras_changed"]
    assert history_of(visit.code).get().facts == {
        "from": [], "to": ["oven"], "from_cents": 11500, "price_cents": 15000, "minutes": 135,
    }  # fmt: skip
    (mail,) = told("visit_extras_changed")
    assert mail.facts["price_cents"] == 15000


def test_only_a_visit_still_to_come_changes(cast: Cast) -> None:
    done = quoted_visit(cast, cast.ana, state=VisitState.DONE)
    with pytest.raises(VisitNotChangeable):
        change_extras(visit=done.code, extras=["oven"], by=by_user(cast.dan), now=NOW)
    with pytest.raises(VisitNotFound):
        change_extras(visit=uuid4(), extras=[], by=CUSTOMER, now=NOW)
