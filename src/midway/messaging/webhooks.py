"""Tells other people's programs what happened, signed, again and again until they have it (Standard Webhooks 1.0).

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime

import orjson
import structlog
from django.conf import settings
from django.db import transaction

from midway.core.actor import SYSTEM
from midway.journal.actions import record
from midway.journal.models import Entry
from midway.messaging.actions.webhooks import PREFIX, PURPOSE
from midway.messaging.models import WebhookDelivery, WebhookEndpoint
from midway.runtime.outgoing import CallFailed, call
from midway.runtime.sealing import unseal

log = structlog.get_logger("midway.webhooks")
SECONDS = 10.0


def deliver_webhooks(*, clock: Callable[[], datetime], limit: int = 20) -> int:
    """Will try each delivery that is due, up to `limit`, and return how many were tried.

    A delivery is locked while it is on its way; an endpoint that does not answer is left alone for a while, and
    switched off after three days of that. A crash between its yes and our note sends it again with the same id.
    """
    tried = 0
    while tried < limit and _deliver_next(clock):
        tried += 1
    return tried


def body_of(entry: Entry) -> bytes:
    """What an endpoint is sent about a journal entry."""
    said = {
        "type": entry.event,
        "timestamp": entry.at.isoformat(),
        "data": {"subject": str(entry.subject), "by": entry.actor_kind, "facts": entry.facts},
    }
    return orjson.dumps(said)


def signed_headers(*, secret: str, message_id: str, body: bytes, at: datetime) -> dict[str, str]:
    """The three headers by which an endpoint knows that it was us, just now, and these words."""
    stamp = str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.new(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }


@transaction.atomic
def _deliver_next(clock: Callable[[], datetime]) -> bool:
    delivery = (
        WebhookDelivery.objects.due(clock())
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("endpoint", "entry")
        .first()
    )
    if delivery is None:
        return False
    status, problem = _send(delivery, at=clock())
    # Locked only now: deliveries to one endpoint may be on their way side by side.
    endpoint = WebhookEndpoint.objects.select_for_update().get(pk=delivery.endpoint_id)
    if not problem:
        assert status is not None
        delivery.succeed(at=clock(), status=status)
        endpoint.succeed()
    else:
        delivery.put_off(at=clock(), status=status, error=problem)
        _leave_alone(endpoint, status, at=clock())
    delivery.save()
    endpoint.save()
    log.info("webhooks.delivery.tried", endpoint=str(endpoint.code), status=status, state=delivery.state)
    return True


def _send(delivery: WebhookDelivery, *, at: datetime) -> tuple[int | None, str]:
    """The endpoint's status, and what went wrong."""
    body = body_of(delivery.entry)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Midway-Webhooks",
        **signed_headers(
            secret=unseal(delivery.endpoint.secret, purpose=PURPOSE),
            message_id=f"msg_{delivery.entry.code.hex}",
            body=body,
            at=at,
        ),
    }
    try:
        answer = call(
            "POST",
            delivery.endpoint.url,
            body=body,
            headers=headers,
            seconds=SECONDS,
            may_be_private=settings.WEBHOOKS_TO_PRIVATE,
        )
    except CallFailed as problem:
        return None, str(problem)
    if 200 <= answer.status < 300:
        return answer.status, ""
    return answer.status, f"answered {answer.status}: {answer.body[:200].decode(errors='replace')}"


def _leave_alone(endpoint: WebhookEndpoint, status: int | None, *, at: datetime) -> None:
    if endpoint.fail(at=at, is_gone=status == 410):
        facts = {"url": endpoint.url, "failing_since": endpoint.failing_since_at}
        record(event="messaging.endpoint.given_up", subject=endpoint.code, by=SYSTEM, at=at, facts=facts)
        log.warning("webhooks.endpoint.given_up", endpoint=str(endpoint.code), url=endpoint.url)
