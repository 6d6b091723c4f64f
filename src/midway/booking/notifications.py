"""Collects the facts of what customers are told; messaging sends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from midway.customers.reach import recipient_of
from midway.messaging.actions import tell

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from midway.booking.actions.book_visit import BookedVisit, BookingOrder
    from midway.booking.models import Visit
    from midway.messaging.recipient import Recipient


CANNOT_WAIT = frozenset({"visit_moved", "visit_cancelled"})


def manage_url(visit: UUID) -> str:
    """The customer's link to a visit; the code in it is the key."""
    return f"{settings.PUBLIC_URL}/visits/{visit}"


def rating_url(visit: UUID) -> str:
    """Where the customer says how a visit was."""
    return f"{settings.PUBLIC_URL}/visits/{visit}/rating"


def tell_of_booking(*, order: BookingOrder, booked: BookedVisit, recipient: Recipient, now: datetime) -> None:
    """Will confirm a new visit to whoever booked it."""
    quote, branch = order.quote, order.quote.branch
    tell(
        key=f"visit_confirmed:{booked.visit}",
        template="visit_confirmed",
        recipient=recipient,
        subject_code=booked.visit,
        facts={
            "name": order.contact.name,
            "service": quote.service.name,
            "service_es": quote.service.name_es,
            "start": booked.start.isoformat(),
            "end": booked.end.isoformat(),
            "zone": branch.zone,
            "address": f"{order.address.line1}, {order.address.postcode}",
            "price_cents": quote.price_at(booked.start),
            "currency": quote.currency,
            "fee_cents": 0,
            "revision": 0,
            "manage_url": manage_url(booked.visit),
            "branch": branch.name,
            "phone": branch.phone,
        },
        now=now,
    )


def tell_of_change(
    template: str, *, visit: Visit, fee_cents: int = 0, was_at: datetime | None = None, now: datetime
) -> None:
    """Will tell the customer that a visit was moved (`visit_moved`) or called off (`visit_cancelled`).

    Of these two they hear before they would have expected us, at night if need be; `was_at` is the time before.
    """
    tell(
        key=f"{template}:{visit.code}:{visit.revision}",
        template=template,
        recipient=recipient_for(visit),
        subject_code=visit.code,
        facts=facts_of_visit(visit, fee_cents=fee_cents),
        now=now,
        at_latest=min(visit.starts_at, was_at or visit.starts_at) if template in CANNOT_WAIT else None,
    )


def tell_on_the_way(*, visit: Visit, now: datetime) -> None:
    """Will tell a customer who wants to hear of visits that we are on our way, once for each promised time."""
    if not visit.customer.has_reminders:
        return
    tell(
        key=f"visit_on_the_way:{visit.code}:{visit.starts_at.isoformat()}",
        template="visit_on_the_way",
        recipient=recipient_for(visit),
        subject_code=visit.code,
        facts=facts_of_visit(visit),
        now=now,
        not_after=visit.ends_at,
    )


def recipient_for(visit: Visit) -> Recipient:
    """Whoever booked the visit, reached as they wish."""
    booking = visit.booking
    return recipient_of(
        visit.customer, zone=visit.branch.zone, email=booking.contact_email, phone=booking.contact_phone
    )


def facts_of_visit(visit: Visit, *, fee_cents: int = 0) -> dict[str, Any]:
    """What a message about a visit may speak of."""
    return {
        "name": visit.booking.contact_name,
        "service": visit.service.name,
        "service_es": visit.service.name_es,
        "start": visit.starts_at.isoformat(),
        "end": visit.ends_at.isoformat(),
        "zone": visit.branch.zone,
        "address": f"{visit.premises.line1}, {visit.premises.postcode}",
        "price_cents": visit.price_cents,
        "currency": visit.currency,
        "fee_cents": fee_cents,
        "revision": visit.revision,
        "manage_url": manage_url(visit.code),
        "branch": visit.branch.name,
        "phone": visit.branch.phone,
    }
