"""Delivers the outbox: each message when due, again when the server says later, never again once it said yes.

A message is locked while it is being sent, so no two workers send the same one. It is marked sent only after the
server accepted it; a crash between those two moments sends a second copy with the same Message-ID.
"""

import smtplib
from collections.abc import Callable
from datetime import datetime

import structlog
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from midway.messaging.letter import letter
from midway.messaging.models import OutboxMessage

log = structlog.get_logger("midway.messaging")


def deliver_due(*, clock: Callable[[], datetime], limit: int = 50) -> int:
    """Will try each message that is due, up to `limit`, over one connection, and return how many were sent."""
    if not OutboxMessage.objects.due(clock()).exists():
        return 0
    server = get_connection(fail_silently=False)
    try:
        server.open()
    except (smtplib.SMTPException, OSError) as problem:
        _put_off_all(words_of(problem), clock, limit)
        return 0
    try:
        sent = 0
        for _ in range(limit):
            outcome = _deliver_next(server, clock)
            if outcome is None:
                break
            sent += outcome
        return sent
    finally:
        server.close()


@transaction.atomic
def _put_off_all(reason: str, clock: Callable[[], datetime], limit: int) -> None:
    """Will note on every message that is due why it waits: the server cannot be reached."""
    log.warning("messaging.server.unreachable", error=reason[:200])
    for message in OutboxMessage.objects.due(clock()).select_for_update(skip_locked=True)[:limit]:
        message.put_off(at=clock(), error=reason)
        message.save()


def _deliver_next(server: BaseEmailBackend, clock: Callable[[], datetime]) -> bool | None:
    """Will deliver the next message; nothing when there is none."""
    with transaction.atomic():
        message = OutboxMessage.objects.due(clock()).select_for_update(skip_locked=True).first()
        if message is None:
            return None
        is_sent = _deliver(message, server, clock)
        message.save()
        return is_sent


def _deliver(message: OutboxMessage, server: BaseEmailBackend, clock: Callable[[], datetime]) -> bool:
    try:
        email = letter(message)
    except Exception as problem:  # a fault of ours in one message must not hold up the others
        log.exception("messaging.message.unreadable", message=str(message.code), template=message.template)
        message.give_up(at=clock(), error=f"cannot be written: {type(problem).__name__}: {problem}")
        return False
    try:
        server.send_messages([email])
    except (smtplib.SMTPException, OSError) as problem:
        reason = words_of(problem)
        if is_final(problem):
            message.give_up(at=clock(), error=reason)
        else:
            message.put_off(at=clock(), error=reason)
        log.warning("messaging.message.refused", message=str(message.code), state=message.state, error=reason[:80])
        server.close()  # whatever the server thinks of us now, the next message starts a new conversation
        return False
    message.mark_sent(at=clock())
    log.info("messaging.message.sent", message=str(message.code), template=message.template)
    return True


def is_final(problem: Exception) -> bool:
    """Whether the server will never take this message (5xx for the recipient or the content).

    Refusing our name, password or sender is about our settings, which somebody will mend: that is tried again.
    """
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in problem.recipients.values())
    return isinstance(problem, smtplib.SMTPDataError) and problem.smtp_code >= 500


def words_of(problem: Exception) -> str:
    """What the server said, in one line."""
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        answers = problem.recipients.values()
        return "; ".join(f"{code} {text.decode(errors='replace')}" for code, text in answers)
    if isinstance(problem, smtplib.SMTPResponseException):
        error = problem.smtp_error
        return f"{problem.smtp_code} {error.decode(errors='replace') if isinstance(error, bytes) else error}"
    return f"{type(problem).__name__}: {problem}"
