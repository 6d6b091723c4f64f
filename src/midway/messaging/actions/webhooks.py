"""Letting other people's programs hear what happens, and sending them again what they missed."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from midway.core.actor import Actor
from midway.journal.actions import record
from midway.messaging.models import WebhookDelivery, WebhookEndpoint
from midway.runtime.database import one_transaction
from midway.runtime.outgoing import AddressNotAllowed, CallFailed, check_public
from midway.runtime.sealing import seal

PURPOSE = "webhook secrets"
PREFIX = "whsec_"


class AddressRefused(ValueError):
    """This address cannot be used: it must be https and lie on the public internet."""


class EndpointNotFound(LookupError):
    """This endpoint does not exist."""


class DeliveryNotFound(LookupError):
    """This delivery does not exist."""


@one_transaction
def register_endpoint(*, url: str, events: Sequence[str], by: Actor, now: datetime) -> tuple[WebhookEndpoint, str]:
    """Will tell this address of these events from now on; gives the secret too, which is never shown again.

    Raises `AddressRefused`.
    """
    check_address(url)
    secret = PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    endpoint = WebhookEndpoint.objects.create(
        url=url, events=list(events), secret=seal(secret, purpose=PURPOSE), created_at=now, created_by=by.label
    )
    facts = {"url": url, "events": list(events)}
    record(event="messaging.endpoint.registered", subject=endpoint.code, by=by, at=now, facts=facts)
    return endpoint, secret


@one_transaction
def switch_endpoint(*, endpoint: UUID, is_on: bool, by: Actor, now: datetime) -> WebhookEndpoint:
    """Will stop telling an endpoint, or tell it again what waits. Raises `EndpointNotFound`."""
    found = _endpoint(endpoint)
    if is_on:
        found.switch_on()
    else:
        found.active = False
    found.save()
    event = "messaging.endpoint.switched_on" if is_on else "messaging.endpoint.switched_off"
    record(event=event, subject=found.code, by=by, at=now, facts={"url": found.url})
    return found


@one_transaction
def replay_delivery(*, delivery: int, by: Actor, now: datetime) -> WebhookDelivery:
    """Will send a delivery again, with the same id, as soon as possible. Raises `DeliveryNotFound`."""
    found = WebhookDelivery.objects.select_for_update().filter(pk=delivery).first()
    if found is None:
        raise DeliveryNotFound(DeliveryNotFound.__doc__)
    found.replay(at=now)
    found.save()
    facts = {"delivery": found.pk}
    record(event="messaging.delivery.replayed", subject=found.endpoint.code, by=by, at=now, facts=facts)
    return found


def check_address(url: str) -> None:
    """Raises `AddressRefused` unless deliveries may go there; looked at again at each delivery."""
    parts = urlsplit(url)
    may_be_private = settings.WEBHOOKS_TO_PRIVATE
    if parts.scheme not in ({"http", "https"} if may_be_private else {"https"}) or not parts.hostname:
        raise AddressRefused(AddressRefused.__doc__)
    if may_be_private:
        return
    try:
        check_public(parts.hostname, parts.port or 443)
    except AddressNotAllowed as refusal:
        raise AddressRefused(AddressRefused.__doc__) from refusal
    except CallFailed:
        return  # not found now; the delivery will say so if it stays that way


def _endpoint(code: UUID) -> WebhookEndpoint:
    found = WebhookEndpoint.objects.select_for_update().filter(code=code).first()
    if found is None:
        raise EndpointNotFound(EndpointNotFound.__doc__)
    return found
