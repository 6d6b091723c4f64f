"""Collects the facts of what customers are told; messaging sends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from midway.messaging.actions import enqueue_message

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from midway.booking.actions.book_visit import BookedVisit, BookingOrder
    from midway.booking.models import Visit


def manage_url(visit: UUID) -> str:
    """The customer's link to a visit; the code in it is the key."""
    return f"{settings.PUBLIC_URL}/visits/{visit}"


def tell_of_booking(*, order: BookingOrder, booked: BookedVisit, now: datetime) -> None:
    """Will confirm a new visit to whoever booked it."""
    quote, branch = order.quote, order.quote.branch
    enqueue_message(
        key=f"visit_confirmed:{booked.visit}",
        template="visit_confirmed",
        to=order.contact.email,
        language=order.language,
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


def tell_of_change(template: str, *, visit: Visit, fee_cents: int = 0, now: datetime) -> None:
    """Will tell the customer that a visit was moved (`visit_moved`) or called off (`visit_cancelled`)."""
    facts: dict[str, Any] = {
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
    enqueue_message(
        key=f"{template}:{visit.code}:{visit.revision}",
        template=template,
        to=visit.booking.contact_email,
        language=visit.customer.language,
        subject_code=visit.code,
        facts=facts,
        now=now,
    )
