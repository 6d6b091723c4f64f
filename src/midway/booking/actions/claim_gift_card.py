"""A gift card becomes a customer's credit: it pays by itself from then on, and nobody else can use its code."""

from datetime import datetime

from midway.booking.codes import gift_card_named
from midway.booking.models import Credit
from midway.core.actor import Actor
from midway.core.pricing import PriceError
from midway.crew.models import Branch
from midway.customers.models import Customer
from midway.journal.actions import record
from midway.runtime.database import one_transaction


@one_transaction
def claim_gift_card(*, code: str, branch: Branch, customer: Customer, by: Actor, now: datetime) -> Credit:
    """Will add what is on a gift card to the customer's credit. Raises `core.pricing.PriceError` with the reason."""
    card = gift_card_named(code, branch=branch, now=now, customer=customer)
    if card is None:
        raise PriceError("gift_card", "Type the code of the gift card.")
    # One statement: of two who type the same code at once, one gets it.
    if not Credit.objects.filter(pk=card.pk, customer=None).update(customer=customer):
        gift_card_named(code, branch=branch, now=now)
    else:
        facts = {"credit": card.pk, "amount_cents": card.balance_cents, "currency": card.currency}
        record(event="booking.gift_card.claimed", subject=customer.code, by=by, at=now, facts=facts)
    return Credit.objects.get(pk=card.pk)
