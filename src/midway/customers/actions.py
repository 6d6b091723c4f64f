"""Keeping customers and their homes."""

from dataclasses import dataclass, fields
from datetime import datetime, time
from typing import Any
from uuid import UUID

from midway.core.actor import Actor, ActorKind
from midway.customers.encryption import encrypted
from midway.customers.models import Customer, Property
from midway.customers.reach import FoundCustomer, is_zone
from midway.customers.replies import customers_with_phone, meaning_of
from midway.journal.actions import record
from midway.messaging.models import SmsReply
from midway.runtime.database import one_transaction, run


@dataclass(frozen=True)
class Contact:
    """How to reach a customer."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True)
class Address:
    """Where a home is and how we get in."""

    line1: str
    postcode: str
    line2: str = ""
    city: str = ""
    access_notes: str = ""


_ADD_CUSTOMER = """
INSERT INTO customers_customer (code, name, email, phone, language, notes, created_at)
VALUES (gen_random_uuid(), %s, %s, %s, %s, '', %s)
ON CONFLICT (lower(email)) DO UPDATE SET email = customers_customer.email
RETURNING id, code, channel, zone, quiet_starts, quiet_ends, sms_stopped_at IS NOT NULL
"""
# A statement begins with it and goes on with `home`: the customer's home at this address, found or added. Of a US
# ZIP+4 the +4 does not count: it is the same house. New access notes replace the old ones.
KEEP_HOME = """
WITH owner AS (
    SELECT coalesce(%(customer)s::bigint, (
        SELECT id FROM customers_customer WHERE lower(email) = lower(%(email)s))) AS id
), known AS (
    SELECT h.id, h.customer_id FROM customers_property h, owner
    WHERE h.customer_id = owner.id AND lower(h.line1) = lower(%(line1)s)
      AND regexp_replace(h.postcode, '^(.{5})-.{4}$', '\\1') = regexp_replace(%(postcode)s, '^(.{5})-.{4}$', '\\1')
    ORDER BY h.id LIMIT 1
), opened AS (
    UPDATE customers_property SET access_notes = %(access_notes)s
    WHERE id = (SELECT id FROM known) AND %(access_notes)s <> ''
), added AS (
    INSERT INTO customers_property (code, customer_id, line1, line2, city, postcode, bedrooms, bathrooms, half_baths,
        square_feet, access_notes, created_at)
    SELECT gen_random_uuid(), owner.id, %(line1)s, %(line2)s, %(city)s, %(postcode)s, %(bedrooms)s, %(bathrooms)s,
        %(half_baths)s, %(square_feet)s::int, %(access_notes)s, %(now)s
    FROM owner WHERE NOT EXISTS (SELECT FROM known) RETURNING id, customer_id
), home AS (
    SELECT id, customer_id FROM known UNION ALL SELECT id, customer_id FROM added
)
"""


@dataclass(frozen=True)
class Rooms:
    """How big a home is."""

    bedrooms: int
    bathrooms: int
    square_feet: int | None = None
    half_baths: int = 0


def find_or_add(*, contact: Contact, language: str, now: datetime) -> FoundCustomer:
    """Will give the customer with this e-mail address, adding them if they are new.

    What is already known of a customer is not overwritten by somebody who only knows their address.
    """
    [found] = run(_ADD_CUSTOMER, [contact.name, contact.email, contact.phone, language, now])
    return FoundCustomer(*found)


def home_facts(
    *, address: Address, rooms: Rooms, now: datetime, email: str = "", customer_id: int | None = None
) -> dict[str, Any]:
    """The parameters of `KEEP_HOME`: whose home is said by e-mail address or by id."""
    return {
        "customer": customer_id,
        "email": email,
        "line1": address.line1,
        "line2": address.line2,
        "city": address.city,
        "postcode": address.postcode,
        "bedrooms": rooms.bedrooms,
        "bathrooms": rooms.bathrooms,
        "half_baths": rooms.half_baths,
        "square_feet": rooms.square_feet,
        "access_notes": encrypted(address.access_notes),
        "now": now,
    }


def find_or_add_customer(*, contact: Contact, language: str, now: datetime) -> int:
    """Will give the id of the customer with this e-mail address, adding them if they are new."""
    return find_or_add(contact=contact, language=language, now=now).id


def find_or_add_property(
    *, customer_id: int, address: Address, bedrooms: int, bathrooms: int, square_feet: int | None, now: datetime
) -> int:
    """Will give the id of the customer's home at this address, adding it if it is new.

    New access notes replace the old ones: the door code given last is the one that opens.
    """
    rooms = Rooms(bedrooms, bathrooms, square_feet)
    facts = home_facts(customer_id=customer_id, address=address, rooms=rooms, now=now)
    [(found,)] = run(f"{KEEP_HOME} SELECT id FROM home", facts)  # noqa: S608 - constants only
    return int(found)


class CustomerErased(ValueError):
    """This customer was erased. Nothing is kept about them any more."""


class EmailTaken(ValueError):
    """Another customer already has this e-mail address. Open that one, or use another address."""


@dataclass(frozen=True)
class CustomerDetails:
    """What the office keeps of a customer besides their homes."""

    contact: Contact
    language: str
    notes: str = ""


@one_transaction
def change_customer(*, customer: Customer, details: CustomerDetails, by: Actor, now: datetime) -> None:
    """Will keep a customer's new details; the journal names what changed, not the words themselves.

    Raises `EmailTaken` or `CustomerErased`.
    """
    wanted = {
        "name": details.contact.name,
        "email": details.contact.email,
        "phone": details.contact.phone,
        "language": details.language,
        "notes": details.notes,
    }
    row = Customer.objects.select_for_update().get(pk=customer.pk)
    if row.erased_at is not None:
        raise CustomerErased(CustomerErased.__doc__)
    changed = [field for field, value in wanted.items() if getattr(row, field) != value]
    if not changed:
        return
    if Customer.objects.filter(email__iexact=details.contact.email).exclude(pk=row.pk).exists():
        raise EmailTaken(EmailTaken.__doc__)
    for field in changed:
        setattr(row, field, wanted[field])
    row.save(update_fields=changed)
    record(event="customers.customer.changed", subject=row.code, by=by, at=now, facts={"changed": changed})


class CustomerNotFound(LookupError):
    """This customer does not exist."""


class UnknownZone(ValueError):
    """This is not a time zone we know. Write it like America/New_York, or leave it empty."""


@dataclass(frozen=True)
class ContactPreferences:
    """How a customer wants to hear from us. Quiet hours hold for text messages, by the clock of `zone`.

    `channel` is email, sms or both; an empty `zone` means the branch's. Asking for text messages takes back a STOP.
    """

    language: str = "en"
    channel: str = "email"
    quiet_starts: time = time(21)
    quiet_ends: time = time(8)
    zone: str = ""
    has_reminders: bool = True
    is_asked_for_rating: bool = True


def preferences_of(customer: Customer) -> ContactPreferences:
    """What the customer wants now."""
    return ContactPreferences(**{field.name: getattr(customer, field.name) for field in fields(ContactPreferences)})


@one_transaction
def set_contact_preferences(*, customer: UUID, preferences: ContactPreferences, by: Actor, now: datetime) -> Customer:
    """Will keep how a customer wants to hear from us; messages queued from now on follow it.

    Raises `CustomerNotFound` or `UnknownZone`.
    """
    if preferences.zone and not is_zone(preferences.zone):
        raise UnknownZone(UnknownZone.__doc__)
    row = Customer.objects.select_for_update().filter(code=customer, erased_at=None).first()
    if row is None:
        raise CustomerNotFound(CustomerNotFound.__doc__)
    wanted = {field.name: getattr(preferences, field.name) for field in fields(ContactPreferences)}
    if row.sms_stopped_at and preferences.channel != Customer.Channel.EMAIL:
        wanted["sms_stopped_at"] = None
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(row, name, value)
        row.save(update_fields=list(changed))
        record(event="customers.preferences.changed", subject=row.code, by=by, at=now, facts=changed)
    return row


@dataclass(frozen=True)
class KeptReply:
    """An answer by text message as it was understood; `is_new` is false when it had been handed in before."""

    reply: SmsReply
    language: str
    is_new: bool


@one_transaction
def record_sms_reply(*, gateway_code: str, phone: str, text: str, now: datetime) -> KeptReply:
    """Will keep what somebody answered by text message. After STOP they get none until they write START.

    A reply handed in twice is kept once.
    """
    meaning = meaning_of(text)
    customers = customers_with_phone(phone)
    reply, is_new = SmsReply.objects.get_or_create(
        gateway_code=gateway_code[:64],
        defaults={
            "phone": phone[:20],
            "text": text[:2000],
            "meaning": meaning,
            "recipient_code": customers[0].code if customers else None,
            "at": now,
        },
    )
    stopped_at = {SmsReply.Meaning.STOP: now, SmsReply.Meaning.START: None}
    for customer in customers if is_new and meaning in stopped_at else ():
        Customer.objects.filter(pk=customer.pk).update(sms_stopped_at=stopped_at[meaning])
        event = "customers.sms.stopped" if meaning == SmsReply.Meaning.STOP else "customers.sms.resumed"
        record(event=event, subject=customer.code, by=Actor(ActorKind.CUSTOMER, customer.name), at=now)
    return KeptReply(reply, customers[0].language if customers else "en", is_new)


@one_transaction
def show_access_notes(*, premises: Property, by: Actor, now: datetime) -> str:
    """Will give the way in to a home and write down who looked."""
    record(
        event="customers.access_notes.shown",
        subject=premises.customer.code,
        by=by,
        at=now,
        facts={"address": premises.line1},
    )
    return str(premises.access_notes)


@one_transaction
def change_access_notes(*, premises: Property, notes: str, by: Actor, now: datetime) -> None:
    """Will keep another way in to a home."""
    Property.objects.filter(pk=premises.pk).update(access_notes=notes)
    record(
        event="customers.access_notes.changed",
        subject=premises.customer.code,
        by=by,
        at=now,
        facts={"address": premises.line1},
    )
