"""Writing messages into the outbox, inside the transaction of what they tell of."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import orjson

from midway.core.quiet import Quiet, earliest_delivery
from midway.messaging.catalogue import is_short
from midway.messaging.recipient import Channel, Recipient
from midway.runtime.database import write

LONGEST_KEY = 160


def enqueue_message(
    *, key: str, template: str, to: str, language: str, subject_code: UUID, facts: Mapping[str, Any], now: datetime
) -> None:
    """Will put one e-mail in the outbox; a key that was used before is not sent twice.

    `template` names messaging/templates/messaging/<template>.{subject,body}.txt; `facts` must be JSON.
    """
    tell(
        key=key,
        template=template,
        recipient=Recipient(email=to, language=language),
        subject_code=subject_code,
        facts=facts,
        now=now,
    )


def tell(
    *,
    key: str,
    template: str,
    recipient: Recipient,
    subject_code: UUID,
    facts: Mapping[str, Any],
    now: datetime,
    not_after: datetime | None = None,
    at_latest: datetime | None = None,
) -> None:
    """Will put a message in the outbox for each way its recipient wants to be told; the same key only once.

    A text message waits for the end of the recipient's quiet hours, unless these last until `at_latest` or longer.
    After `not_after` it is not sent any more.
    """
    for channel, to in recipient.ways(is_short=is_short(template)):
        by_sms = channel is Channel.SMS
        quiet = _quiet_of(recipient, now, at_latest) if by_sms else None
        write(
            "INSERT INTO messaging_outboxmessage (code, key, channel, template, language, \"to\", subject_code, facts,"
            " state, attempts, next_try_at, created_at, last_error, recipient_code, zone, quiet_starts, quiet_ends,"
            " not_after_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s::jsonb, 'waiting', 0, %s, %s, '', %s, %s, %s, %s, %s)"
            " ON CONFLICT (key) DO NOTHING",
            [
                uuid4(), f"{key}:sms"[-LONGEST_KEY:] if by_sms else key, channel.value, template, recipient.language,
                to, subject_code, orjson.dumps(facts, default=str).decode(),
                earliest_delivery(now, quiet=quiet, zone=ZoneInfo(recipient.zone)), now, recipient.code,
                recipient.zone, quiet.starts if quiet else None, quiet.ends if quiet else None, not_after,
            ],
        )  # fmt: skip


def _quiet_of(recipient: Recipient, now: datetime, at_latest: datetime | None) -> Quiet | None:
    """The hours in which the message waits; none where it would come too late after them."""
    ends = earliest_delivery(now, quiet=recipient.quiet, zone=ZoneInfo(recipient.zone))
    return None if at_latest is not None and now < at_latest <= ends else recipient.quiet
