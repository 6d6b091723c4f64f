"""A home of another size or at another address: visits to come follow, by the list of their quote, as was shown."""

from datetime import timedelta

import pytest
from django.db import transaction
from tests.booking.deeds import CUSTOMER, told
from tests.booking.plans.stage import start, year_cast
from tests.booking.test_redeem import FRIDAY_AT_TEN, booked, gift_card, quoted
from tests.cast import NOW, TODAY, Cast, by_user, make_area, make_branch, make_cast, make_property, make_visit

from midway.booking.actions.change_home import EffectChanged, ServedElsewhere, change_home, preview_home
from midway.booking.invariants import broken_invariants
from midway.booking.models import Plan, Visit
from midway.booking.queries import NotServed
from midway.core.actor import Actor
from midway.core.pricing import PriceError
from midway.core.visit_states import VisitState
from midway.customers.home import HomeDetails
from midway.customers.models import Property
from midway.journal.models import Entry

pytestmark = pytest.mark.django_db
NEXT_WEEK = FRIDAY_AT_TEN + timedelta(days=7)


def wanted(home: Property, **fields: object) -> HomeDetails:
    names = ("line1", "line2", "city", "postcode", "bedrooms", "bathrooms", "half_baths", "square_feet")
    return HomeDetails(**{name: getattr(home, name) for name in names} | fields)  # type: ignore[arg-type]


def visit_of(cast: Cast, start: object = NEXT_WEEK, **fields: object) -> Visit:
    return make_visit(
        premises=cast.flat,
        price_list=cast.price_list,
        service=cast.regular,
        start=start,
        **fields,  # type: ignore[arg-type]
    )


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_what_was_shown_is_what_happens(cast: Cast) -> None:
    visit = visit_of(cast, cleaners=[cast.ana])
    asked = wanted(cast.flat, bedrooms=3)
    shown = preview_home(premises=cast.flat.code, wanted=asked, by=CUSTOMER, now=NOW)
    visit.refresh_from_db()
    assert visit.price_cents == 11_500
    done = change_home(premises=cast.flat.code, wanted=asked, by=CUSTOMER, now=NOW, shown=shown.shown)
    visit.refresh_from_db()
    [effect] = done.visits
    assert (effect.before_cents, effect.more_cents, visit.price_cents) == (11_500, 2000, 13_500)
    assert visit.duration == timedelta(minutes=effect.minutes) > timedelta(minutes=effect.minutes_before)
    assert sum(line["amount_cents"] for line in visit.working) == visit.price_cents
    assert visit.booking.quote.bedrooms == Property.objects.get(pk=cast.flat.pk).bedrooms == 3
    assert len(told("visit_repriced")) == 1
    assert broken_invariants(now=NOW) == []


def test_what_took_place_or_is_near_stays_as_agreed(cast: Cast) -> None:
    before = visit_of(cast, NOW - timedelta(days=3), state=VisitState.DONE)
    near = visit_of(cast, NOW + timedelta(hours=20))
    effect = change_home(premises=cast.flat.code, wanted=wanted(cast.flat, bedrooms=3), by=CUSTOMER, now=NOW)
    assert (effect.visits, effect.stay) == ([], 1)
    for visit in (before, near):
        visit.refresh_from_db()
        assert (visit.price_cents, visit.booking.quote.bedrooms) == (11_500, 2)


def test_the_office_is_not_bound_by_the_notice(cast: Cast) -> None:
    near = visit_of(cast, NOW + timedelta(hours=20))
    change_home(premises=cast.flat.code, wanted=wanted(cast.flat, bedrooms=3), by=by_user(cast.olga), now=NOW)
    near.refresh_from_db()
    assert near.price_cents == 13_500


def test_a_price_changed_by_hand_keeps_its_distance(cast: Cast) -> None:
    visit = visit_of(cast, price_cents=10_000)
    change_home(premises=cast.flat.code, wanted=wanted(cast.flat, bedrooms=3), by=CUSTOMER, now=NOW)
    visit.refresh_from_db()
    assert visit.price_cents == 12_000
    assert sum(line["amount_cents"] for line in visit.working) == 12_000


def test_another_house_is_another_home_and_its_way_in_is_asked_anew(cast: Cast) -> None:
    before = visit_of(cast, NOW - timedelta(days=3), state=VisitState.DONE)
    visit = visit_of(cast, cleaners=[cast.ana])
    effect = change_home(premises=cast.flat.code, wanted=wanted(cast.flat, line1="7 New Road"), by=CUSTOMER, now=NOW)
    before.refresh_from_db()
    visit.refresh_from_db()
    assert (before.premises, visit.premises) == (cast.flat, effect.premises)
    assert (effect.premises.line1, effect.premises.access_notes, visit.price_cents) == ("7 New Road", "", 11_500)
    assert Property.objects.get(pk=cast.flat.pk).line1 == "12 Calico Street"


def test_another_way_to_write_it_is_the_same_house(cast: Cast) -> None:
    change_home(premises=cast.flat.code, wanted=wanted(cast.flat, line1="12  CALICO street"), by=CUSTOMER, now=NOW)
    assert Property.objects.get().line1 == "12  CALICO street"
    assert Entry.objects.get(event="customers.home.changed").facts["moved"] is False


def test_where_we_do_not_clean_nothing_changes(cast: Cast) -> None:
    visit_of(cast)
    with pytest.raises(NotServed):
        change_home(premises=cast.flat.code, wanted=wanted(cast.flat, postcode="99999"), by=CUSTOMER, now=NOW)
    make_area(branch=make_branch(), postcode="33333")
    with pytest.raises(ServedElsewhere):
        change_home(premises=cast.flat.code, wanted=wanted(cast.flat, postcode="33333"), by=CUSTOMER, now=NOW)
    with pytest.raises(PriceError):
        change_home(premises=cast.flat.code, wanted=wanted(cast.flat, square_feet=99_999), by=CUSTOMER, now=NOW)
    assert Property.objects.get().postcode == cast.flat.postcode


def test_when_it_comes_to_something_else_it_is_asked_again(cast: Cast) -> None:
    asked = wanted(cast.flat, bedrooms=3)
    shown = preview_home(premises=cast.flat.code, wanted=asked, by=CUSTOMER, now=NOW)
    visit_of(cast)
    with pytest.raises(EffectChanged), transaction.atomic():
        change_home(premises=cast.flat.code, wanted=asked, by=CUSTOMER, now=NOW, shown=shown.shown)
    assert Property.objects.get().bedrooms == 2


def test_where_nobody_is_free_for_longer_the_visit_waits_for_somebody(cast: Cast) -> None:
    visit = visit_of(cast, cleaners=[cast.ana])
    for cleaner in cast.cleaners:
        make_visit(
            premises=make_property(customer=cast.dora, line1=f"{cleaner.pk} Side Street"), price_list=cast.price_list,
            service=cast.regular, start=visit.ends_at, cleaners=[cleaner],
        )  # fmt: skip
    asked = wanted(cast.flat, bedrooms=4)
    effect = change_home(premises=cast.flat.code, wanted=asked, by=CUSTOMER, now=NOW)
    visit.refresh_from_db()
    assert ([e.visit.code for e in effect.to_decide], visit.cleaners_missing) == ([visit.code], 1)
    assert broken_invariants(now=NOW) == []


def test_what_was_paid_too_much_goes_back(cast: Cast) -> None:
    card = gift_card(cast, 20_000)
    visit = booked(quoted(cast, gift_card=card.code))
    home = visit.premises
    change_home(premises=home.code, wanted=wanted(home, bedrooms=1), by=CUSTOMER, now=NOW)
    visit.refresh_from_db()
    assert (visit.price_cents, card.balance_cents) == (9500, 10_500)


def test_a_regular_clean_follows_for_the_whole_year_and_on() -> None:
    cast = year_cast()
    plan = start(cast)
    home, customer = plan.premises, Actor(CUSTOMER.kind, "Customer")
    prices = set(Visit.objects.filter(plan=plan, occurrence_on__gt=TODAY).values_list("price_cents", flat=True))
    effect = change_home(premises=home.code, wanted=wanted(home, bedrooms=3), by=customer, now=NOW)
    again = Plan.objects.get(pk=plan.pk)
    far = Visit.objects.filter(pk__in=[e.visit.pk for e in effect.visits])
    assert far.count() + effect.stay == Visit.objects.filter(plan=plan).count() >= 50
    assert {v.price_cents for v in far} == {again.price_cents} != prices
    assert {v.duration for v in far} == {again.duration}
    assert {v.booking.quote_id for v in far} == {again.quote_id}
    assert not [v for v in far if v.cleaners_missing]
    assert broken_invariants(now=NOW) == []
