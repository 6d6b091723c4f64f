"""Put a service on offer, or take it off."""

from datetime import datetime
from uuid import UUID, uuid5

from midway.booking.models import Service
from midway.core.actor import Actor
from midway.journal.actions import record
from midway.runtime.database import one_transaction

_SUBJECTS = UUID("b9d0a7a2-40b5-4d18-8d0c-3f7cf0b6c6d5")


def service_subject(service: Service) -> UUID:
    """What the journal calls a service."""
    return uuid5(_SUBJECTS, service.code)


@one_transaction
def offer_service(*, service: Service, is_offered: bool, by: Actor, now: datetime) -> None:
    """Will let customers choose a service, or no longer; visits already booked stay."""
    Service.objects.filter(pk=service.pk).update(is_offered=is_offered)
    event = "booking.service.offered" if is_offered else "booking.service.withdrawn"
    record(event=event, subject=service_subject(service), by=by, at=now, facts={"service": service.name})
