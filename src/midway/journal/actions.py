"""Writing the journal, and telling those who asked to hear."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
import structlog

from midway.core.actor import Actor
from midway.runtime.database import write

Handler = Callable[["Happening"], None]
_handlers: dict[str, list[Handler]] = defaultdict(list)


@dataclass(frozen=True)
class Happening:
    """What a handler is told: the event's name, what it happened to, and the facts."""

    event: str
    subject: UUID
    at: datetime
    facts: Mapping[str, Any]


def subscribe(event: str, handler: Handler) -> None:
    """Will call `handler` inside the transaction of every such event; it queues a job, nothing else."""
    if handler not in _handlers[event]:
        _handlers[event].append(handler)


def record(*, event: str, subject: UUID, by: Actor, at: datetime, facts: Mapping[str, Any] | None = None) -> UUID:
    """Will write one entry, call the event's subscribers, in the caller's transaction, and give the entry's code.

    `event` is part.noun.past-verb; `facts` must be JSON.
    """
    facts = facts or {}
    code = uuid4()
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    write(
        "INSERT INTO journal_entry"
        " (code, at, event, actor_kind, actor_label, actor_user_id, subject, request_id, facts)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb)",
        [
            code, at, event, by.kind.value, by.label[:120], by.user_id, subject,
            request_id, orjson.dumps(facts, default=str).decode(),
        ],
    )  # fmt: skip
    if event in _handlers:
        happening = Happening(event=event, subject=subject, at=at, facts=facts)
        for handler in _handlers[event]:
            handler(happening)
    return code


def keep_before(*, entry: UUID, subject: UUID, facts: Mapping[str, Any], at: datetime) -> None:
    """Will keep how things stood before a change, so that it can be undone; `facts` must be JSON."""
    write(
        "INSERT INTO journal_before (entry, at, subject, facts) VALUES (%s, %s, %s, %s::jsonb)",
        [entry, at, subject, orjson.dumps(facts, default=str, option=orjson.OPT_NON_STR_KEYS).decode()],
    )
