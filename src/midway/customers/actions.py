"""Keeping customers and their homes."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.db import connection

from midway.customers.encryption import encrypted
from midway.runtime.database import insert_row


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
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_customer (code, name, email, phone, language, notes, created_at)"
            " VALUES (gen_random_uuid(), %s, %s, %s, %s, '', %s)"
            " ON CONFLICT (lower(email)) DO UPDATE SET email = customers_customer.email RETURNING id",
            [contact.name, contact.email, contact.phone, language, now],
        )
        found: int = cursor.fetchone()[0]
        return found


def find_or_add_property(
    *, customer_id: int, address: Address, bedrooms: int, bathrooms: int, square_feet: int | None, now: datetime
) -> int:
    """Will give the id of the customer's home at this address, adding it if it is new.

    New access notes replace the old ones: the door code given last is the one that opens.
    """
    notes = encrypted(address.access_notes)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM customers_property"
            " WHERE customer_id = %s AND lower(line1) = lower(%s) AND postcode = %s ORDER BY id LIMIT 1",
            [customer_id, address.line1, address.postcode],
        )
        row = cursor.fetchone()
        if row is not None and notes:
            cursor.execute("UPDATE customers_property SET access_notes = %s WHERE id = %s", [notes, row[0]])
    if row is not None:
        found: int = row[0]
        return found
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
