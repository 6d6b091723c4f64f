"""Codes people read to each other: gift cards, and what a customer gives to friends."""

import secrets
from datetime import datetime

from midway.core.actor import Actor
from midway.customers.models import Customer
from midway.journal.actions import record
from midway.runtime.database import one_transaction

_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without those that look like another."""


def new_code(groups: int = 3) -> str:
    """A code nobody can guess, in groups of four letters and digits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(groups))


@one_transaction
def give_referral_code(*, customer: Customer, by: Actor, now: datetime) -> str:
    """Will give the code a customer shares with friends, made now if they have none."""
    row = Customer.objects.select_for_update(of=("self",), no_key=True).get(pk=customer.pk, erased_at=None)
    if not row.referral_code:
        row.referral_code = new_code(groups=2)
        row.save(update_fields=["referral_code"])
        record(event="customers.referral_code.given", subject=row.code, by=by, at=now)
    return row.referral_code
