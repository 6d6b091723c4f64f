"""Delivers the outbox: each message when due, again when the server says later, never again once it said yes.

A message is locked while it is being sent, so no two workers send the same one. It is marked sent only after the
server accepted it. A crash between those two moments sends a second e-mail with the same Message-ID; of a text
message the gateway is asked first whether it has it already.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction

from midway.core.quiet import earliest_delivery
from midway.messaging.models import OutboxMessage, OutboxQuerySet
from midway.messaging.postmen import CannotReach, MailPostman, Postman, Refused, SmsPostman
from midway.messaging.relevance import reason_to_drop
from midway.messaging.texts import Words, words_of

log = structlog.get_logger("midway.messaging")
POSTMEN: tuple[Callable[[], Postman], ...] = (MailPostman, SmsPostman)


def deliver_due(*, clock: Callable[[], datetime], limit: int = 50) -> int:
    """Will try each message that is due, up to `limit` a channel, and return how many were sent."""
    return sum(_deliver_channel(postman(), clock, limit) for postman in POSTMEN)


def _due(postman: Postman, at: datetime) -> OutboxQuerySet:
    return OutboxMessage.objects.due(at).filter(channel=postman.channel)


def _deliver_channel(postman: Postman, clock: Callable[[], datetime], limit: int) -> int:
    if not _due(postman, clock()).exists():
        return 0
    try:
        postman.set_out()
    except CannotReach as problem:
        _put_off_all(postman, str(problem), clock, limit)
        return 0
    try:
        sent = 0
        for _ in range(limit):
            outcome = _deliver_next(postman, clock)
            if outcome is None:
                break
            sent += outcome
        return sent
    finally:
        postman.come_home()


@transaction.atomic
def _put_off_all(postman: Postman, reason: str, clock: Callable[[], datetime], limit: int) -> None:
    """Will note on every message that is due why it waits: the server cannot be reached."""
    log.warning("messaging.server.unreachable", error=reason[:200])
    for message in _due(postman, clock()).select_for_update(skip_locked=True)[:limit]:
        message.put_off(at=clock(), error=reason)
        message.save()


def _deliver_next(postman: Postman, clock: Callable[[], datetime]) -> bool | None:
    """Will deliver the next message; nothing when there is none."""
    begun = _begin_next(postman, clock()) if postman.announces else None
    with transaction.atomic():
        due = _due(postman, clock())
        message = (due.filter(pk=begun) if begun else due).select_for_update(skip_locked=True).first()
        if message is None:
            return False if begun else None  # another worker was quicker
        is_sent = _deliver(message, postman, clock, is_in_doubt=postman.announces and begun is None)
        message.save()
        return is_sent


@transaction.atomic
def _begin_next(postman: Postman, at: datetime) -> int | None:
    """Will write down, for good, that a first attempt begins: whoever finds that later asks what became of it."""
    message = _due(postman, at).filter(begun_at=None).select_for_update(skip_locked=True).first()
    if message is None:
        return None
    message.begun_at = at
    message.save(update_fields=["begun_at"])
    return message.pk


def _deliver(message: OutboxMessage, postman: Postman, clock: Callable[[], datetime], *, is_in_doubt: bool) -> bool:
    if _is_held_back(message, clock()):
        return False
    try:
        said = Words("", message.wording) if is_in_doubt and message.wording else words_of(message)
        parcel = postman.wrap(message, said, is_in_doubt=is_in_doubt)
    except Exception as problem:  # a fault of ours in one message must not hold up the others
        log.exception("messaging.message.unreadable", message=str(message.code), template=message.template)
        message.park(error=f"cannot be written: {type(problem).__name__}: {problem}")
        return False
    return _hand_over(message, parcel, said, postman, clock)


def _hand_over(
    message: OutboxMessage, parcel: Any, said: Words, postman: Postman, clock: Callable[[], datetime]
) -> bool:
    try:
        gateway_code = postman.hand_over(parcel)
    except (Refused, CannotReach) as problem:
        if isinstance(problem, Refused):
            message.give_up(at=clock(), error=str(problem))
        else:
            if postman.announces:
                message.wording = said.as_kept()  # asked for by these very words, should it have been taken
            message.put_off(at=clock(), error=str(problem))
        log.warning("messaging.message.refused", message=str(message.code), state=message.state)
        return False
    message.mark_sent(at=clock(), wording=said.as_kept(), gateway_code=gateway_code)
    log.info("messaging.message.sent", message=str(message.code), template=message.template)
    return True


def _is_held_back(message: OutboxMessage, now: datetime) -> bool:
    """Will drop what is no longer so, and let what would arrive in quiet hours wait for their end."""
    reason = reason_to_drop(message, now=now)
    if reason:
        message.drop(reason=reason)
        return True
    earliest = earliest_delivery(now, quiet=message.quiet, zone=ZoneInfo(message.zone))
    message.next_try_at = max(message.next_try_at, earliest)
    return earliest > now
