"""Collects the facts of what customers are told about their credit; messaging sends it."""

from datetime import datetime

from django.conf import settings

from midway.booking.models import Credit, CreditEntry
from midway.customers.reach import recipient_of
from midway.messaging.actions import tell


def credit_url() -> str:
    """Where a signed-in customer sees what they have with us."""
    return f"{settings.PUBLIC_URL}/my/credit/"


def tell_of_credit(entry: CreditEntry, *, now: datetime) -> None:
    """Will tell a customer that they were given credit, or earned it by a friend's code; nobody of a gift card."""
    credit = entry.credit
    customer = credit.customer
    if customer is None or entry.amount_cents <= 0:
        return
    referral = credit.referral if credit.kind == Credit.Kind.REFERRAL else None
    template = "credit_given" if referral is None else "credit_earned"
    tell(
        key=f"{template}:{entry.code}",
        template=template,
        recipient=recipient_of(customer, zone=credit.branch.zone),
        subject_code=customer.code,
        facts={
            "name": customer.name,
            "amount_cents": entry.amount_cents,
            "balance_cents": entry.balance_cents,
            "currency": credit.currency,
            "valid_to": credit.valid_to and credit.valid_to.isoformat(),
            "is_newcomer": referral is not None and referral.newcomer_id == customer.pk,
            "credit_url": credit_url(),
            "branch": credit.branch.name,
            "phone": credit.branch.phone,
        },
        now=now,
    )
