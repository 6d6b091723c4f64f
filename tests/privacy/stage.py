"""Quentin, who has left traces everywhere, and a look into every column of the database."""

from collections.abc import Iterable
from datetime import time, timedelta
from re import search

from django.db import connection
from tests.booking.plans.stage import order_for, plan_quote, visit_on
from tests.cast import NOW, TODAY, Cast, at, by_user, make_quote

from midway.booking import actions
from midway.booking.actions import Address, BookingOrder, Contact
from midway.booking.actions.rate_visit import rate_visit
from midway.booking.feeds import customer_feed_address
from midway.booking.models import AgreedPrice, Credit, CreditEntry, Plan, Visit, WaitingWish
from midway.core.actor import Actor, ActorKind
from midway.customers.actions import change_access_notes, record_sms_reply, show_access_notes
from midway.customers.models import Customer
from midway.customers.sign_in import Company, ask_for_link, sign_in_by_link
from midway.messaging.models import OutboxMessage

NAME, EMAIL, PHONE, STREET = "Quentin Ümlaut", "quentin@ümlaut.example.com", "410-555-0199", "99 Überwasser Court"
SAID = ("Gone to live with Wilhelmina", "Zanzibar was spotless", "Feed the iguana", "Ring at Featherstone", "Marmalade")
WORDS = (NAME, "Quentin", EMAIL, PHONE, "+14105550199", "4105550199", STREET, "Rear annex", *SAID)
TUESDAY = TODAY + timedelta(days=1)
AFTERWARDS = NOW + timedelta(days=30)


def quentin_leaves_traces(cast: Cast) -> Customer:
    """A plan that has ended, a visit that took place, one called off; letters, answers, sign-ins, an account."""
    himself, dan = Actor(ActorKind.CUSTOMER, NAME), by_user(cast.dan)
    contact = Contact(NAME, EMAIL, PHONE)
    address = Address(STREET, "21201", line2="Rear annex", city="Baltimore", access_notes="Ring at Featherstone")
    once = BookingOrder(
        quote=make_quote(price_list=cast.price_list, service=cast.regular),
        start=at("10:00", on=TUESDAY), contact=contact, address=address, notes="Feed the iguana",
    )  # fmt: skip
    visit = Visit.objects.get(code=actions.book_visit(order=once, by=himself, now=NOW).visit)
    asked = order_for(plan_quote(cast), start=at("13:00", on=TUESDAY))
    order = actions.PlanOrder(BookingOrder(asked.booking.quote, at("13:00", on=TUESDAY), contact, address))
    plan = Plan.objects.get(code=actions.start_plan(order=order, by=himself, now=NOW).plan)
    third = visit_on(plan, TUESDAY + timedelta(days=14))
    actions.reschedule_visit(visit=third.code, to=third.starts_at + timedelta(hours=1), by=himself, now=NOW)
    actions.cancel_visit(visit=third.code, reason=SAID[0], by=himself, now=NOW)
    actions.end_plan(plan=plan.code, from_on=TUESDAY + timedelta(days=1), reason=SAID[0], by=himself, now=NOW)
    Visit.objects.filter(state="scheduled").update(state="done")
    after = visit.ends_at + timedelta(hours=1)
    rate_visit(visit=visit.code, stars=5, comment=SAID[1], by=himself, now=after)
    home = visit.premises
    change_access_notes(premises=home, notes="Ring at Featherstone", by=dan, now=after)
    show_access_notes(premises=home, by=dan, now=after)
    record_sms_reply(gateway_code="SM1", phone="+14105550199", text="STOP", now=after)
    record_sms_reply(gateway_code="SM2", phone="+14105550199", text=f"{SAID[4]}?", now=after)
    OutboxMessage.objects.filter(template="visit_booked").update(
        state="sent", wording=f"Dear {NAME}", last_error=f"550 no such user {EMAIL}"
    )
    _has_money_with_us(cast, visit)
    _waits(cast, visit)
    _signs_in(visit.customer)
    return Customer.objects.get(pk=visit.customer_id)


def _has_money_with_us(cast: Cast, visit: Visit) -> None:
    """A credit, given and spent."""
    credit = Credit.objects.create(
        code="SORRY1", branch=cast.branch, kind="goodwill", customer=visit.customer, currency="USD", created_at=NOW
    )
    for amount in (500, -500):
        CreditEntry.objects.create(
            credit=credit, amount_cents=amount, reason=f"{NAME} asked for it", at=NOW, by_label=NAME
        )
    AgreedPrice.objects.create(
        customer=visit.customer, service=cast.regular, price_cents=9000, starts_on=TODAY, at=NOW, by_label="Dan",
        reason="Neighbour of Quentin Sr.",
    )  # fmt: skip


def _waits(cast: Cast, visit: Visit) -> None:
    quote = make_quote(price_list=cast.price_list, service=cast.deep)
    WaitingWish.objects.create(
        branch=cast.branch, quote=quote, name=NAME, email=EMAIL, phone=PHONE, weekdays=[1], not_before=time(8),
        not_after=time(12), from_on=TODAY, until_on=TODAY + timedelta(days=60), created_at=NOW,
    )  # fmt: skip
    assert customer_feed_address(visit.customer)


def _signs_in(customer: Customer) -> None:
    ask_for_link(email=EMAIL, company=Company("North", "410-555-0100"), now=NOW)
    letter = OutboxMessage.objects.get(template="sign_in_link")
    found = search(r"sign-in/(\S+)", letter.facts["sign_in_url"])
    assert found
    sign_in_by_link(secret=found[1], now=NOW)
    ask_for_link(email=EMAIL, company=Company("North", "410-555-0100"), now=NOW)


def where_it_says(words: Iterable[str]) -> list[str]:
    """Every table and word of which some row still says it, in any column."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for word in words:
                cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE to_jsonb(t)::text ILIKE %s', [f"%{word}%"])
                if cursor.fetchone()[0]:
                    found.append(f"{table}: {word}")
    return found
