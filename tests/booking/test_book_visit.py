"""Booking a visit: the slot, the customer, the home, the promise, the journal and the mail, or none of it."""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from tests.booking.deeds import (
    ATTIC,
    CUSTOMER,
    EVA,
    deep_quote,
    events_of,
    order,
    regular_quote,
    set_rules,
    told,
    whereabouts,
)
from tests.cast import (
    LORD_HOWE,
    NEW_YORK,
    NOW,
    PARIS,
    TODAY,
    Cast,
    at,
    by_user,
    commit,
    make_cast,
    make_customer,
    make_exception,
    make_hold,
    make_property,
)
from tests.crew.standing import stale_days
from tests.statements import counted_statements

from midway.booking.actions import book_visit
from midway.booking.actions.offered import QuoteAlreadyBooked, QuoteExpired, TimeNotOffered
from midway.booking.models import Assignment, Booking, Hold, Visit
from midway.booking.queries import NotServed, visit_by_code
from midway.crew.calendar import SlotTaken
from midway.crew.models import Commitment
from midway.customers.models import Customer, Property
from midway.journal.models import Entry
from midway.journal.queries import history_of
from midway.messaging.models import OutboxMessage

pytestmark = pytest.mark.django_db
ONE = at("13:00")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def refuse(problem: type[Exception], *args: Any, **fields: Any) -> None:
    """Will see the booking refused and nothing of it left."""
    tables = [Customer, Property, Booking, Visit, Assignment, Commitment, Entry, OutboxMessage]
    before = [table.objects.count() for table in tables]
    with pytest.raises(problem), transaction.atomic():
        book_visit(order=order(*args, **fields), by=CUSTOMER, now=NOW)
    assert [table.objects.count() for table in tables] == before


def test_a_new_customer_books_a_clean(cast: Cast) -> None:
    quote = regular_quote(cast, total_cents=12_300)
    booked = book_visit(order=order(quote, ONE, notes="Ring twice", language="es"), by=CUSTOMER, now=NOW)

    visit = visit_by_code(booked.visit)
    assert visit is not None
    assert (visit.starts_at, visit.ends_at) == (booked.start, booked.end) == (ONE, at("15:00"))
    assert (visit.state, visit.price_cents, visit.currency, visit.revision) == ("scheduled", 12_300, "USD", 0)
    assert (visit.team_size, visit.cleaners_missing) == (1, 0)
    assert (visit.customer.name, visit.customer.email, visit.customer.language) == ("Eva", EVA.email, "es")
    assert (visit.booking.code, visit.booking.quote, visit.booking.notes) == (booked.booking, quote, "Ring twice")
    assignment = visit.assignments.get()
    assert whereabouts(assignment.cleaner) == [("visit", "13:00", "15:00")]
    assert assignment.commitment.reference == visit.code
    assert stale_days(cast.branch) == []


def test_the_journal_says_who_booked_what(cast: Cast) -> None:
    booked = book_visit(order=order(regular_quote(cast), ONE), by=CUSTOMER, now=NOW)
    entry = history_of(booked.visit).get()
    assert (entry.event, entry.actor_kind, entry.at) == ("booking.visit.booked", "customer", NOW)
    assert entry.facts["start"] == ONE.isoformat()


def test_one_confirmation_waits_in_the_outbox(cast: Cast) -> None:
    booked = book_visit(order=order(regular_quote(cast), ONE, language="es"), by=CUSTOMER, now=NOW)
    message = OutboxMessage.objects.get()
    assert (message.template, message.to, message.language) == ("visit_confirmed", EVA.email, "es")
    assert (message.subject_code, message.state, message.next_try_at) == (booked.visit, "waiting", NOW)
    assert message.facts["manage_url"].endswith(f"/visits/{booked.visit}")
    assert message.facts["address"] == "7 Attic Lane, 21201"


def test_how_to_get_in_is_not_readable_in_the_tables(cast: Cast) -> None:
    book_visit(order=order(regular_quote(cast), ONE), by=CUSTOMER, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_notes FROM customers_property WHERE line1 = %s", [ATTIC.line1])
        kept = cursor.fetchone()[0]
    assert "4711" not in kept
    assert Property.objects.get(line1=ATTIC.line1).access_notes == "Door code 4711"
    assert "4711" not in str(list(Entry.objects.values())) + str(list(OutboxMessage.objects.values()))


def test_a_returning_customer_is_the_same_and_keeps_their_own_name(cast: Cast) -> None:
    contact = replace(EVA, name="Somebody", email="DORA@Example.com")
    booked = book_visit(order=order(regular_quote(cast), ONE, contact=contact), by=CUSTOMER, now=NOW)
    visit = Visit.objects.select_related("customer", "booking").get(code=booked.visit)
    assert (visit.customer, visit.customer.name) == (cast.dora, "Dora")
    assert (visit.booking.contact_name, visit.booking.contact_email) == ("Somebody", "DORA@Example.com")


def test_the_same_home_is_not_added_twice_and_the_last_door_code_counts(cast: Cast) -> None:
    dora = replace(EVA, email=cast.dora.email)
    home = replace(ATTIC, line1=cast.flat.line1.upper(), access_notes="New code 1234")
    booked = book_visit(order=order(regular_quote(cast), ONE, contact=dora, address=home), by=CUSTOMER, now=NOW)
    assert Visit.objects.get(code=booked.visit).premises == cast.flat
    assert Property.objects.get().access_notes == "New code 1234"

    silent = replace(home, access_notes="")
    book_visit(order=order(regular_quote(cast), at("15:00"), contact=dora, address=silent), by=CUSTOMER, now=NOW)
    assert Property.objects.get().access_notes == "New code 1234"


def test_the_same_street_of_another_customer_is_another_home(cast: Cast) -> None:
    make_property(customer=make_customer(), line1=ATTIC.line1)
    book_visit(order=order(regular_quote(cast), ONE), by=CUSTOMER, now=NOW)
    assert Property.objects.filter(line1=ATTIC.line1).count() == 2


def test_a_team_of_two_comes_with_two_commitments(cast: Cast) -> None:
    booked = book_visit(order=order(deep_quote(cast), ONE), by=CUSTOMER, now=NOW)
    visit = Visit.objects.get(code=booked.visit)
    assert visit.team_size == 2
    assert {a.cleaner for a in visit.assignments.all()} == {cast.ana, cast.ben}
    assert whereabouts(cast.ana) == whereabouts(cast.ben) == [("visit", "13:00", "16:00")]


def test_half_a_team_is_no_team(cast: Cast) -> None:
    make_exception(cleaner=cast.ben, on=TODAY)
    refuse(SlotTaken, deep_quote(cast), ONE)


def test_the_pad_after_a_visit_is_kept_free_but_not_promised(cast: Cast) -> None:
    set_rules(cast, pad_minutes=30)
    make_exception(cleaner=cast.ben, on=TODAY)
    make_exception(cleaner=cast.chidi, on=TODAY)
    booked = book_visit(order=order(regular_quote(cast), ONE), by=CUSTOMER, now=NOW)
    assert booked.end == at("15:00")
    assert whereabouts(cast.ana) == [("visit", "13:00", "15:30")]
    refuse(SlotTaken, regular_quote(cast), at("15:00"))


def test_as_many_book_as_cleaners_are_free(cast: Cast) -> None:
    for _ in cast.cleaners:
        book_visit(order=order(regular_quote(cast), ONE), by=CUSTOMER, now=NOW)
    refuse(SlotTaken, regular_quote(cast), ONE)


def test_a_quote_is_booked_once(cast: Cast) -> None:
    quote = regular_quote(cast)
    book_visit(order=order(quote, ONE), by=CUSTOMER, now=NOW)
    refuse(QuoteAlreadyBooked, quote, at("15:00"))


def test_sending_the_last_slot_twice_says_it_is_booked_and_not_that_somebody_took_it(cast: Cast) -> None:
    quote = deep_quote(cast)
    book_visit(order=order(quote, ONE), by=CUSTOMER, now=NOW)
    refuse(QuoteAlreadyBooked, quote, ONE)


def test_a_price_is_honoured_to_its_last_moment(cast: Cast) -> None:
    refuse(QuoteExpired, regular_quote(cast, expires_at=NOW), ONE)
    almost = regular_quote(cast, expires_at=NOW + timedelta(microseconds=1))
    book_visit(order=order(almost, ONE), by=CUSTOMER, now=NOW)


@pytest.mark.parametrize("start", [at("13:15"), at("13:00") + timedelta(seconds=1), at("13:30") - timedelta(minutes=1)])
def test_starts_off_the_grid_are_refused(cast: Cast, start: Any) -> None:
    refuse(TimeNotOffered, regular_quote(cast), start)


def test_notice_and_horizon_include_their_own_minute(cast: Cast) -> None:
    set_rules(cast, notice_minutes=24 * 60, horizon_days=7, start_grid_minutes=15)
    soonest, last = NOW + timedelta(hours=24), NOW + timedelta(days=7)
    refuse(TimeNotOffered, regular_quote(cast), soonest - timedelta(minutes=15))
    refuse(TimeNotOffered, regular_quote(cast), last + timedelta(minutes=15))
    book_visit(order=order(regular_quote(cast), soonest), by=CUSTOMER, now=NOW)
    book_visit(order=order(regular_quote(cast), last), by=CUSTOMER, now=NOW)


@pytest.mark.parametrize(
    ("zone", "on"),
    [
        (NEW_YORK, date(2026, 3, 8)),
        (NEW_YORK, date(2026, 11, 1)),
        (PARIS, date(2026, 3, 29)),
        (LORD_HOWE, date(2026, 4, 5)),
        (LORD_HOWE, date(2026, 10, 4)),
        (NEW_YORK, date(2028, 2, 29)),
        (PARIS, date(2026, 12, 31)),
    ],
)
def test_ten_in_the_morning_is_ten_in_the_morning_on_every_day(zone: str, on: date) -> None:
    now = at("09:00", on=on - timedelta(days=2), zone=zone)
    cast = make_cast(zone=zone, now=now)
    make_exception(cleaner=cast.ana, on=on, start=time(8), end=time(17))
    for cleaner in (cast.ben, cast.chidi):
        make_exception(cleaner=cleaner, on=on)
    quote = regular_quote(cast, expires_at=now + timedelta(days=9))
    start = at("10:00", on=on, zone=zone)
    booked = book_visit(order=order(quote, start), by=CUSTOMER, now=now)
    assert (booked.end - booked.start) == timedelta(hours=2)
    assert whereabouts(cast.ana) == [("visit", "10:00", "12:00")]
    assert stale_days(cast.branch) == []


def hold_everybody_but(cast: Cast, *free: Any) -> None:
    for cleaner in cast.cleaners:
        if cleaner not in free:
            make_exception(cleaner=cleaner, on=TODAY)


def test_a_held_slot_is_booked_with_the_cleaner_who_was_held(cast: Cast) -> None:
    quote = regular_quote(cast)
    hold = make_hold(quote=quote, start=ONE, cleaners=[cast.chidi])
    booked = book_visit(order=order(quote, ONE, hold=hold.code), by=CUSTOMER, now=NOW)
    hold.refresh_from_db()
    assert hold.state == "booked"
    assert Assignment.objects.get(visit__code=booked.visit).cleaner == cast.chidi
    assert whereabouts(cast.chidi) == [("visit", "13:00", "15:00")]


def test_a_hold_that_ran_out_is_still_honoured_while_nobody_wants_it(cast: Cast) -> None:
    quote = regular_quote(cast)
    hold = make_hold(quote=quote, start=ONE, cleaners=[cast.chidi], now=NOW - timedelta(hours=1))
    booked = book_visit(order=order(quote, ONE, hold=hold.code), by=CUSTOMER, now=NOW)
    assert Assignment.objects.get(visit__code=booked.visit).cleaner == cast.chidi


def test_when_the_held_time_went_to_somebody_else_another_cleaner_comes(cast: Cast) -> None:
    quote = regular_quote(cast)
    hold = make_hold(quote=quote, start=ONE, cleaners=[cast.chidi], now=NOW - timedelta(hours=1))
    Commitment.objects.filter(reference=hold.code).update(active=False)
    commit(cleaner=cast.chidi, during=hold.during)
    booked = book_visit(order=order(quote, ONE, hold=hold.code), by=CUSTOMER, now=NOW)
    hold.refresh_from_db()
    assert hold.state == "released"
    assert Assignment.objects.get(visit__code=booked.visit).cleaner in {cast.ana, cast.ben}


def test_a_hold_for_another_quote_opens_nothing(cast: Cast) -> None:
    hold_everybody_but(cast, cast.ana)
    hold = make_hold(quote=regular_quote(cast), start=ONE, cleaners=[cast.ana])
    refuse(SlotTaken, regular_quote(cast), ONE, hold=hold.code)
    hold.refresh_from_db()
    assert hold.state == "open"
    assert whereabouts(cast.ana) == [("hold", "13:00", "15:00")]


def test_ones_own_hold_is_not_in_the_way_of_another_time(cast: Cast) -> None:
    hold_everybody_but(cast, cast.ana)
    quote = regular_quote(cast)
    hold = make_hold(quote=quote, start=ONE, cleaners=[cast.ana])
    book_visit(order=order(quote, at("13:30"), hold=hold.code), by=CUSTOMER, now=NOW)
    assert whereabouts(cast.ana) == [("visit", "13:30", "15:30")]
    assert Hold.objects.get().state == "released"


def test_a_hold_of_half_the_team_is_not_sold_as_a_whole_one(cast: Cast) -> None:
    quote = deep_quote(cast)
    hold = make_hold(quote=quote, start=ONE, cleaners=[cast.ana])
    booked = book_visit(order=order(quote, ONE, hold=hold.code), by=CUSTOMER, now=NOW)
    assert Assignment.objects.filter(visit__code=booked.visit).count() == 2
    assert whereabouts(cast.ana) == whereabouts(cast.ben) == [("visit", "13:00", "16:00")]


def test_booking_costs_a_fixed_number_of_statements(cast: Cast) -> None:
    quote = regular_quote(cast)
    with counted_statements() as alone:
        book_visit(order=order(quote, ONE), by=CUSTOMER, now=NOW)
    for n in range(40):
        make_customer(email=f"more{n}@example.com")
    quote = deep_quote(cast)
    with counted_statements() as for_a_team:
        book_visit(order=order(quote, at("10:00")), by=CUSTOMER, now=NOW)
    assert alone == for_a_team
    assert alone[0] <= 9
    assert events_of(Visit.objects.latest("id").code) == ["booking.visit.booked"]
    assert len(told("visit_confirmed")) == 2


def test_an_address_where_we_do_not_clean_is_refused(cast: Cast) -> None:
    refuse(NotServed, regular_quote(cast), ONE, address=replace(ATTIC, postcode="99999"))


def test_an_address_with_a_longer_postcode_is_the_same_place(cast: Cast) -> None:
    booked = book_visit(
        order=order(regular_quote(cast), ONE, address=replace(ATTIC, postcode="21201-1234")), by=CUSTOMER, now=NOW
    )
    assert visit_by_code(booked.visit) is not None


def test_the_office_may_book_within_the_notice(cast: Cast) -> None:
    set_rules(cast, notice_minutes=24 * 60)
    refuse(TimeNotOffered, regular_quote(cast), ONE)
    booked = book_visit(order=order(regular_quote(cast), ONE), by=by_user(cast.dan), now=NOW)
    assert visit_by_code(booked.visit) is not None
