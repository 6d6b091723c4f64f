"""How a customer is reached: their preferences as messaging needs them."""

from dataclasses import dataclass
from datetime import time
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.core import get_global

from midway.core.quiet import Quiet
from midway.customers.models import Customer
from midway.messaging.recipient import Channel, Recipient


@dataclass(frozen=True)
class FoundCustomer:
    """A customer's row as a booking needs it, read by the statement that found or added it."""

    id: int
    code: UUID
    channel: str
    zone: str
    quiet_starts: time
    quiet_ends: time
    has_stopped_sms: bool


def recipient_of(customer: Customer, *, zone: str, email: str = "", phone: str = "", language: str = "") -> Recipient:
    """The customer as the addressee of a message; `email`, `phone` and `language` of a booking win over their own.

    `zone` is the branch's, used where the customer has none; it also says which country a phone number is from.
    Whoever was erased is not reached at all.
    """
    if customer.erased_at is not None:
        return Recipient(code=customer.code, email="", language=customer.language)
    return Recipient(
        code=customer.code,
        email=email or customer.email,
        phone=international(phone or customer.phone, zone=customer.zone or zone),
        language=language or customer.language,
        channel=Channel(customer.channel),
        zone=customer.zone or zone,
        quiet=customer.quiet,
        has_stopped_sms=customer.sms_stopped_at is not None,
    )


def recipient_agreed_with(found: FoundCustomer, *, email: str, phone: str, language: str, zone: str) -> Recipient:
    """Whoever just agreed to something, reached as this customer wishes."""
    by_sms = found.channel != Customer.Channel.EMAIL
    return Recipient(
        code=found.code,
        email=email,
        phone=international(phone, zone=found.zone or zone) if by_sms else "",
        language=language,
        channel=Channel(found.channel),
        zone=found.zone or zone,
        quiet=Quiet(found.quiet_starts, found.quiet_ends),
        has_stopped_sms=found.has_stopped_sms,
    )


def international(phone: str, *, zone: str) -> str:
    """A phone number as networks take it (+14105550100), or nothing when it cannot be one."""
    import phonenumbers

    country = get_global("zone_territories").get(zone)
    try:
        number = phonenumbers.parse(phone, country)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_zone(name: str) -> bool:
    """Whether this names a time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
