"""Keeping customers and their homes."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from midway.core.actor import Actor
from midway.customers.encryption import encrypted
from midway.customers.models import Customer, Property
from midway.journal.actions import record
from midway.runtime.database import insert_row, one_transaction, run


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


def find_or_add_customer(*, contact: Contact, language: str, now: datetime) -> int:
    """Will give the id of the customer with this e-mail address, adding them if they are new.

    What is already known of a customer is not overwritten by somebody who only knows their address.
    """
    [(found,)] = run(
        "INSERT INTO customers_customer (code, name, email, phone, language, notes, created_at)"
        " VALUES (gen_random_uuid(), %s, %s, %s, %s, '', %s)"
        " ON CONFLICT (lower(email)) DO UPDATE SET email = customers_customer.email RETURNING id",
        [contact.name, contact.email, contact.phone, language, now],
    )
    return int(found)


def find_or_add_property(
    *, customer_id: int, address: Address, bedrooms: int, bathrooms: int, square_feet: int | None, now: datetime
) -> int:
    """Will give the id of the customer's home at this address, adding it if it is new.

    New access notes replace the old ones: the door code given last is the one that opens.
    """
    notes = encrypted(address.access_notes)
    for (found,) in run(
        "SELECT id FROM customers_property"
        " WHERE customer_id = %s AND lower(line1) = lower(%s) AND postcode = %s ORDER BY id LIMIT 1",
        [customer_id, address.line1, address.postcode],
    ):
        if notes:
            run("UPDATE customers_property SET access_notes = %s WHERE id = %s", [notes, found])
        return int(found)
    added = insert_row(
        "customers_property",
        code=uuid4(),
        customer_id=customer_id,
        line1=address.line1,
        line2=address.line2,
        city=address.city,
        postcode=address.postcode,
        bedrooms=bedrooms,
        bathrooms=bathrooms,
        square_feet=square_feet,
        access_notes=notes,
        created_at=now,
    )
    assert added is not None
    return added


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

    Raises `EmailTaken`.
    """
    wanted = {
        "name": details.contact.name,
        "email": details.contact.email,
        "phone": details.contact.phone,
        "language": details.language,
        "notes": details.notes,
    }
    row = Customer.objects.select_for_update().get(pk=customer.pk)
    changed = [field for field, value in wanted.items() if getattr(row, field) != value]
    if not changed:
        return
    if Customer.objects.filter(email__iexact=details.contact.email).exclude(pk=row.pk).exists():
        raise EmailTaken(EmailTaken.__doc__)
    for field in changed:
        setattr(row, field, wanted[field])
    row.save(update_fields=changed)
    record(event="customers.customer.changed", subject=row.code, by=by, at=now, facts={"changed": changed})


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
