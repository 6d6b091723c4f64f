"""What mail servers and gateways report later about a message they had taken."""

from datetime import datetime
from uuid import UUID

from midway.messaging.models import OutboxMessage
from midway.runtime.database import one_transaction

FAILED = frozenset({"failed", "undelivered", "canceled"})
ARRIVED = frozenset({"delivered", "read"})


@one_transaction
def note_sms_status(*, message: UUID, gateway_code: str, status: str, error: str, at: datetime) -> bool:
    """Will keep what became of a text message; False when there is no such message.

    Waits for the transaction that is sending it: the report may come before that ends. Reports come in any
    order; once it has arrived, nothing else is believed.
    """
    found = _sent(message)
    if found is None or found.channel != "sms":
        return False
    if found.gateway_code and found.gateway_code != gateway_code:
        return False  # of an earlier copy
    if found.state == OutboxMessage.State.DELIVERED:
        return True
    if status in ARRIVED:
        found.mark_delivered(at=at)
    elif status in FAILED:
        found.bounce(error=f"{status} {error}".strip())
    found.gateway_code = gateway_code
    found.save()
    return True


@one_transaction
def note_bounce(*, message: UUID, reason: str, at: datetime) -> bool:
    """Will record that an e-mail came back; False when there is no such message."""
    del at  # the report is about when it was sent; the state is what counts
    found = _sent(message)
    if found is None or found.channel != "email":
        return False
    found.bounce(error=reason)
    found.save(update_fields=["state", "last_error"])
    return True


def _sent(code: UUID) -> OutboxMessage | None:
    return OutboxMessage.objects.select_for_update().filter(code=code).first()
