"""A customer is erased: no word about them is left in any column, and the books are as they were."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from tests.booking.deeds import CUSTOMER, order, regular_quote
from tests.booking.plans.stage import start, year_cast
from tests.cast import NOW, Cast, at, by_user, make_customer, make_visit
from tests.privacy.stage import AFTERWARDS, EMAIL, NAME, TUESDAY, WORDS, quentin_leaves_traces, where_it_says

from midway.accounts.models import SignInLink, User
from midway.booking import actions
from midway.booking.actions import BookingOrder, Contact
from midway.booking.actions.undo_change import NothingToUndo
from midway.booking.invariants import broken_invariants
from midway.booking.models import Assignment, Booking, Cancellation, Credit, CreditEntry, Visit, WaitingWish
from midway.booking.retention import CreditLeft, PlanGoesOn, VisitsStillToCome, WaitsForATime
from midway.core.actor import SYSTEM, Actor, ActorKind
from midway.customers.models import Customer, Property
from midway.customers.reach import recipient_of
from midway.journal.actions import record
from midway.journal.models import Before, Entry
from midway.journal.queries import history_of
from midway.messaging.actions import tell
from midway.messaging.models import OutboxMessage
from midway.privacy.actions import CustomerNotFound, erase_customer
from midway.privacy.words import append_only_rows_lose_words

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return year_cast()


@pytest.fixture
def quentin(cast: Cast) -> Customer:
    return quentin_leaves_traces(cast)


def erase(customer: Customer, by: Actor = SYSTEM) -> None:
    erase_customer(customer=customer.code, by=by, now=AFTERWARDS)


def books() -> list[object]:
    """What the books are made of: who came where and when, for how much; what it cost to call off; what happened."""
    return [
        *Visit.objects.order_by("id").values_list("code", "customer", "premises", "during", "state", "price_cents"),
        *Booking.objects.order_by("id").values_list("code", "customer", "quote__total_cents", "quote__lines"),
        *Cancellation.objects.order_by("id").values_list("visit", "at", "fee_cents", "is_late"),
        *Assignment.objects.order_by("id").values_list("visit", "cleaner", "active"),
        *Entry.objects.exclude(event="customers.customer.erased").order_by("id").values_list("code", "at", "event"),
        *Property.objects.order_by("id").values_list("code", "postcode", "bedrooms", "square_feet"),
    ]


def test_no_word_about_them_is_left_in_any_column(quentin: Customer) -> None:
    before = where_it_says(WORDS)
    tables = {line.partition(":")[0] for line in before}
    assert {"accounts_user", "accounts_signinlink", "account_emailaddress", "booking_booking", "booking_rating",
            "booking_cancellation", "customers_property", "journal_entry", "journal_before", "messaging_smsreply",
            "messaging_outboxmessage", "customers_customer", "booking_waitingwish", "booking_creditentry",
            "booking_agreedprice"} <= tables  # fmt: skip
    erase(quentin)
    assert where_it_says(WORDS) == []


def test_the_books_are_as_they_were(quentin: Customer) -> None:
    before = books()
    assert len(before) > 100
    erase(quentin)
    assert books() == before
    assert broken_invariants(now=AFTERWARDS) == []


def test_access_notes_are_gone_though_nobody_could_read_them(quentin: Customer) -> None:
    erase(quentin)
    assert [home.access_notes for home in Property.objects.filter(customer=quentin)] == [""]


def test_they_cannot_sign_in_and_are_sent_nothing(quentin: Customer) -> None:
    client = Client()
    client.force_login(User.objects.get(email=EMAIL))
    stranger = Client()
    stranger.get("/")
    sessions = Session.objects.count()
    erase(quentin)
    assert client.get("/my/").status_code == 302
    assert Session.objects.count() == sessions - 1
    assert not SignInLink.objects.filter(email=EMAIL).exists()
    assert not OutboxMessage.objects.filter(state="waiting", recipient_code=quentin.code).exists()
    told = OutboxMessage.objects.count()
    reached = recipient_of(Customer.objects.get(pk=quentin.pk), zone="UTC")
    tell(key="x", template="visit_moved", recipient=reached, subject_code=quentin.code, facts={}, now=NOW)
    assert OutboxMessage.objects.count() == told


def test_the_journal_says_who_erased_and_names_nobody(cast: Cast, quentin: Customer) -> None:
    erase(quentin, by=by_user(cast.dan))
    entry = history_of(quentin.code)[0]
    assert (entry.event, entry.actor_label, entry.facts) == ("customers.customer.erased", "Dan", {})


def test_themselves_they_are_not_named_either(quentin: Customer) -> None:
    erase(quentin, by=Actor(ActorKind.CUSTOMER, NAME, quentin.user_id))
    assert history_of(quentin.code)[0].actor_label == "Customer"
    assert where_it_says(WORDS) == []


def test_what_the_journal_needs_to_be_understood_stays(cast: Cast, quentin: Customer) -> None:
    erase(quentin)
    moved = Entry.objects.get(event="booking.visit.rescheduled")
    assert moved.facts["from"].startswith("2026-03-17T")
    assert (moved.actor_label, moved.actor_kind) == ("[erased]", "customer")
    shown = Entry.objects.get(event="customers.access_notes.shown")
    assert (shown.actor_label, shown.facts) == ("Dan", {"address": "[erased]"})


def test_what_was_written_about_others_stays_but_for_the_name(cast: Cast, quentin: Customer) -> None:
    said = {"reason": "Looks after the dog", "seen": [f"with {NAME}, in town", "alone"], "n": 2}
    code = record(event="crew.note.written", subject=cast.ana.code, by=SYSTEM, at=NOW, facts=said)
    erase(quentin)
    found = Entry.objects.get(code=code).facts
    assert found == {"reason": "Looks after the dog", "seen": ["[erased]", "alone"], "n": 2}


def test_nothing_of_theirs_can_be_undone_and_what_is_others_can(cast: Cast, quentin: Customer) -> None:
    other = make_visit(
        premises=cast.flat, price_list=cast.price_list, service=cast.regular, start=at("08:00", on=TUESDAY),
        cleaners=[cast.ana],
    )  # fmt: skip
    actions.unassign_visit(visit=other.code, cleaner=cast.ana, by=SYSTEM, now=NOW)
    ended = Entry.objects.get(event="booking.plan.ended").code
    erase_customer(customer=quentin.code, by=SYSTEM, now=NOW + timedelta(days=1, hours=9))
    assert list(Before.objects.values_list("subject", flat=True)) == [other.code]
    with pytest.raises(NothingToUndo), transaction.atomic():
        actions.undo_change(entry=ended, by=SYSTEM, now=NOW + timedelta(hours=1))


def test_it_waits_until_everything_is_settled(cast: Cast) -> None:
    plan = start(cast)
    before = books()
    with pytest.raises(PlanGoesOn, match="End it"):
        erase_customer(customer=cast.dora.code, by=SYSTEM, now=NOW)
    actions.end_plan(plan=plan.code, from_on=TUESDAY + timedelta(days=1), by=SYSTEM, now=NOW)
    with pytest.raises(VisitsStillToCome, match="Cancel them"):
        erase_customer(customer=cast.dora.code, by=SYSTEM, now=NOW)
    assert Customer.objects.get(pk=cast.dora.pk).email == "dora@example.com"
    assert len(books()) > len(before)
    erase_customer(customer=cast.dora.code, by=SYSTEM, now=AFTERWARDS)
    assert Customer.objects.get(pk=cast.dora.pk).erased_at == AFTERWARDS


def test_money_of_theirs_is_given_back_first(cast: Cast) -> None:
    credit = Credit.objects.create(
        code="C1", branch=cast.branch, kind="goodwill", customer=cast.dora, currency="USD", created_at=NOW
    )
    CreditEntry.objects.create(credit=credit, amount_cents=500, reason="Sorry", at=NOW, by_label="Dan")
    with pytest.raises(CreditLeft, match="credit left"):
        erase(cast.dora)
    CreditEntry.objects.create(credit=credit, amount_cents=-500, reason="Paid out", at=NOW, by_label="Dan")
    erase(cast.dora)
    entries = credit.entries.values_list("amount_cents", "balance_cents", "reason", "by_label")
    assert list(entries) == [(500, 500, "[erased]", "Dan"), (-500, 0, "[erased]", "Dan")]


def test_a_time_held_for_them_comes_first(quentin: Customer) -> None:
    wishes = WaitingWish.objects.all()
    wishes.update(state="offered")
    with pytest.raises(WaitsForATime):
        erase(quentin)
    wishes.update(state="waiting")
    erase(quentin)
    assert wishes.get().state == "withdrawn"


@pytest.mark.parametrize("change", ["amount_cents = 7", "balance_cents = 7", "reason = 'Another'", "at = now()"])
def test_a_movement_of_money_loses_words_and_nothing_else(quentin: Customer, change: str) -> None:
    with append_only_rows_lose_words(), connection.cursor() as cursor:
        with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
            cursor.execute(f"UPDATE booking_creditentry SET {change}")
        cursor.execute("UPDATE booking_creditentry SET reason = '[erased]'")
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
        CreditEntry.objects.update(by_label="[erased]")


def test_again_changes_nothing(quentin: Customer) -> None:
    erase(quentin)
    count = Entry.objects.count()
    erase_customer(customer=quentin.code, by=SYSTEM, now=AFTERWARDS + timedelta(days=1))
    assert (Entry.objects.count(), Customer.objects.get(pk=quentin.pk).erased_at) == (count, AFTERWARDS)


def test_there_must_be_such_a_customer(db: None) -> None:
    with pytest.raises(CustomerNotFound):
        erase_customer(customer=uuid4(), by=SYSTEM, now=NOW)


def test_other_customers_stay_as_they_are(cast: Cast, quentin: Customer) -> None:
    before = Customer.objects.values().get(pk=cast.dora.pk), Property.objects.values().get(pk=cast.flat.pk)
    erase(quentin)
    assert (Customer.objects.values().get(pk=cast.dora.pk), Property.objects.values().get(pk=cast.flat.pk)) == before


def test_an_account_of_the_office_is_not_shut(cast: Cast) -> None:
    dan_at_home = make_customer(name="Dan at Home", email="dan@example.com", user=cast.dan)
    erase(dan_at_home)
    dan = User.objects.get(pk=cast.dan.pk)
    assert (dan.email, dan.is_active, dan.name) == ("dan@example.com", True, "Dan")


def test_whoever_comes_back_is_somebody_new(cast: Cast, quentin: Customer) -> None:
    erase(quentin)
    again = BookingOrder(
        **{**vars(order(regular_quote(cast), at("10:00", on=TUESDAY))), "contact": Contact(NAME, EMAIL, "1")}
    )
    booked = actions.book_visit(order=again, by=CUSTOMER, now=NOW)
    assert Visit.objects.get(code=booked.visit).customer != quentin


@pytest.mark.parametrize(
    "change",
    [
        "facts = '{}'",
        'facts = facts || \'{"reason": "Another"}\'',
        'facts = facts || \'{"count": "[erased]"}\'',
        'facts = facts || \'{"more": "[erased]"}\'',
        "facts = jsonb_set(facts, '{list}', '[\"[erased]\"]')",
        "actor_label = 'Somebody'",
        "event = '[erased]'",
        "at = at + interval '1 day'",
        "actor_user_id = 7",
    ],
)
def test_the_journal_lets_go_of_words_and_of_nothing_else(db: None, change: str) -> None:
    facts = {"reason": "Said so", "count": 1, "list": ["a", "b"]}
    code = record(event="test.thing.happened", subject=uuid4(), by=SYSTEM, at=NOW, facts=facts)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL midway.erasing = 'on'")
        with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
            cursor.execute(f"UPDATE journal_entry SET {change}")
        cursor.execute("UPDATE journal_entry SET facts = jsonb_set(facts, '{reason}', '\"[erased]\"')")
    assert Entry.objects.get(code=code).facts == {**facts, "reason": "[erased]"}


def test_words_are_lost_only_by_erasing(db: None) -> None:
    record(event="test.thing.happened", subject=uuid4(), by=SYSTEM, at=NOW, facts={"reason": "Said so"})
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
        Entry.objects.update(facts={"reason": "[erased]"})
