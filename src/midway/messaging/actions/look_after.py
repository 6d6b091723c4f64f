"""What the office does with a message that did not arrive: send it again, or say that it is taken care of."""

from datetime import datetime
from uuid import UUID, uuid4

from midway.core.actor import Actor
from midway.journal.actions import record
from midway.messaging.models import SECRET_TEMPLATES, OutboxMessage
from midway.runtime.database import one_transaction


class MessageNotFound(LookupError):
    """This message does not exist."""


class CannotBeSentAgain(ValueError):
    """This message held a key to an account and was forgotten. Ask the person to request a new one."""


class StillOnItsWay(ValueError):
    """This message is still on its way. Wait until it has been sent or refused."""


@one_transaction
def resend_message(*, message: UUID, to: str = "", by: Actor, now: datetime) -> OutboxMessage:
    """Will send a message once more, to the same or another address; it waits for no quiet hours.

    Raises `MessageNotFound`, `StillOnItsWay` or `CannotBeSentAgain`.
    """
    found = _locked(message)
    if found.template in SECRET_TEMPLATES:
        raise CannotBeSentAgain(CannotBeSentAgain.__doc__)
    if found.state == OutboxMessage.State.WAITING:
        raise StillOnItsWay(StillOnItsWay.__doc__)
    code = uuid4()
    again = OutboxMessage.objects.create(
        code=code,
        key=f"again:{code}",
        channel=found.channel,
        template=found.template,
        language=found.language,
        to=to.strip() or found.to,
        subject_code=found.subject_code,
        facts=found.facts,
        next_try_at=now,
        created_at=now,
        recipient_code=found.recipient_code,
        zone=found.zone,
    )
    _settle(found, by=by, now=now)
    facts = {"message": found.code, "again": again.code, "template": found.template}
    record(event="messaging.message.resent", subject=found.subject_code, by=by, at=now, facts=facts)
    return again


@one_transaction
def settle_message(*, message: UUID, by: Actor, now: datetime) -> None:
    """Will take a message off the list of those that need somebody. Raises `MessageNotFound`."""
    found = _locked(message)
    if found.settled_at is None:
        _settle(found, by=by, now=now)
        facts = {"message": found.code, "template": found.template}
        record(event="messaging.message.settled", subject=found.subject_code, by=by, at=now, facts=facts)


def _settle(found: OutboxMessage, *, by: Actor, now: datetime) -> None:
    if found.has_failed and found.settled_at is None:
        found.settle(at=now, by=by.label)
        found.save(update_fields=["settled_at", "settled_by"])


def _locked(code: UUID) -> OutboxMessage:
    found = OutboxMessage.objects.select_for_update().filter(code=code).first()
    if found is None:
        raise MessageNotFound(MessageNotFound.__doc__)
    return found
