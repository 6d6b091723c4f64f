"""Writing messages into the outbox, inside the transaction of what they tell of."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import orjson

from midway.runtime.database import write


def enqueue_message(
    *, key: str, template: str, to: str, language: str, subject_code: UUID, facts: Mapping[str, Any], now: datetime
) -> None:
    """Will put one e-mail in the outbox; a key that was used before is not sent twice.

    `template` names messaging/templates/messaging/<template>.{subject,body}.txt; `facts` must be JSON.
    """
    write(
        "INSERT INTO messaging_outboxmessage (code, key, channel, template, language, \"to\", subject_code, facts,"
        " state, attempts, next_try_at, created_at, last_error)"
        " VALUES (%s, %s, 'email', %s, %s, %s, %s, %s::jsonb, 'waiting', 0, %s, %s, '')"
        " ON CONFLICT (key) DO NOTHING",
        [
            uuid4(), key, template, language, to, subject_code,
            orjson.dumps(facts, default=str).decode(), now, now,
        ],
    )  # fmt: skip
