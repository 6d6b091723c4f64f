"""Collects the facts of what those who wait are told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from midway.booking.models import WaitingOffer, WaitingWish
from midway.messaging.actions import enqueue_message


def offer_url(quote: UUID) -> str:
    """Where a time that is kept can be booked; the code in it is the key."""
    return f"{settings.PUBLIC_URL}/book/{quote}/you"


def withdrawal_url(wish: UUID) -> str:
    """Where somebody takes themselves off the list; the code in it is the key."""
    return f"{settings.PUBLIC_URL}/waiting/{wish}"


def tell_of_wish(wish: WaitingWish, *, now: datetime) -> None:
    """Will confirm that somebody is on the list."""
    _tell(wish, "waiting_wish", key=f"waiting_wish:{wish.code}", more={}, now=now)


def tell_of_offer(offer: WaitingOffer, *, now: datetime) -> None:
    """Will tell somebody who waits of a time that came free; each offer once."""
    zone = offer.wish.branch.zoneinfo
    more = {
        "start": offer.starts_at.isoformat(),
        "end": offer.during.upper.isoformat(),
        "offer_url": offer_url(offer.hold.quote.code),
        "until": f"{offer.expires_at.astimezone(zone):%H:%M}",
        "price_cents": offer.hold.quote.total_cents,
        "currency": offer.hold.quote.currency,
    }
    _tell(offer.wish, "waiting_offer", key=f"waiting_offer:{offer.code}", more=more, now=now)


def _tell(wish: WaitingWish, template: str, *, key: str, more: dict[str, Any], now: datetime) -> None:
    service = wish.quote.service
    enqueue_message(
        key=key,
        template=template,
        to=wish.email,
        language=wish.language,
        subject_code=wish.code,
        facts={
            "name": wish.name,
            "service": service.name,
            "service_es": service.name_es,
            "zone": wish.branch.zone,
            "branch": wish.branch.name,
            "phone": wish.branch.phone,
            "withdrawal_url": withdrawal_url(wish.code),
            **more,
        },
        now=now,
    )
