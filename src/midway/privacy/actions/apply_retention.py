"""Clear what has been kept long enough, every night."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef

from midway.booking.models import Booking, Visit
from midway.core.actor import SYSTEM
from midway.core.retention import CannotBeErased
from midway.customers.models import Customer
from midway.privacy.actions.erase_customer import erase_customer
from midway.privacy.rules import clearings

log = structlog.get_logger("midway.privacy")

KEEP_CUSTOMERS = timedelta(days=7 * 365 + 2)
"""As long as tax offices may ask about an invoice."""
AT_MOST = 50
"""So many customers a night: each reads the whole journal once."""


def apply_retention(*, now: datetime) -> dict[str, int]:
    """Will clear by every rule, each in its own transaction, and say how many rows each changed."""
    cleared: dict[str, int] = {}
    for clearing in clearings():
        with transaction.atomic():
            cleared[clearing.what] = clearing.clear(now)
    cleared["customers"] = _erase_long_gone(now)
    log.info("privacy.retention.applied", **{what.replace(" ", "_"): count for what, count in cleared.items()})
    return cleared


def _erase_long_gone(now: datetime) -> int:
    since, erased = now - KEEP_CUSTOMERS, 0
    lately = Visit.objects.filter(customer=OuterRef("pk"), during__endswith__gt=since)
    booked = Booking.objects.filter(customer=OuterRef("pk"), created_at__gt=since)
    gone = Customer.objects.filter(~Exists(lately), ~Exists(booked), erased_at=None, created_at__lt=since)
    for code in gone.order_by("id").values_list("code", flat=True)[:AT_MOST]:
        try:
            erase_customer(customer=code, by=SYSTEM, now=now)
            erased += 1
        except CannotBeErased as refusal:
            log.info("privacy.customer.kept", customer=str(code), reason=type(refusal).__name__)
    return erased
