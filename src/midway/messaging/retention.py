"""How long messages, answers and deliveries are kept."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Case, F, Q, Value, When

from midway.core.retention import Clearing, Files, Keep, Table, Traces, nothing_personal
from midway.messaging.models import OutboxMessage, SmsReply, WebhookDelivery

KEEP_MESSAGES = timedelta(days=2 * 365)
"""As long as somebody may still ask what they were told."""
KEEP_DELIVERIES = timedelta(days=90)
KEEP_DRAWERS = timedelta(days=30)
"""What a machine without a mail server or a gateway lays aside is there to be looked at, not kept."""

_TWO_YEARS = ("two years", "is removed with its message")
_ANSWER = ("two years", "is removed with the answer")
_STAFF = ("as long as the row", "says who of the office answers for it")


def _messages_of(traces: Traces) -> Q:
    return Q(recipient_code=traces.customer) | Q(subject_code__in=traces.codes) | Q(to__in=traces.addresses)


TABLES = (
    Table(
        "messaging.OutboxMessage",
        {
            "to": Keep(*_TWO_YEARS, erased=""),
            "facts": Keep(*_TWO_YEARS, erased={}),
            "wording": Keep(*_TWO_YEARS, erased=""),
            "last_error": Keep(*_TWO_YEARS, erased=""),
            "language": Keep(*_TWO_YEARS, erased="en"),
            "zone": Keep(*_TWO_YEARS, erased="UTC"),
            "quiet_starts": Keep(*_TWO_YEARS, erased=None),
            "quiet_ends": Keep(*_TWO_YEARS, erased=None),
            "settled_by": Keep(*_TWO_YEARS),
        },
        "id code key channel template subject_code state attempts next_try_at created_at sent_at recipient_code"
        " gateway_code begun_at not_after_at delivered_at settled_at",
        of=_messages_of,
        told="template channel state created_at sent_at",
        sets={"state": Case(When(state="waiting", then=Value("dropped")), default=F("state"))},
    ),
    Table(
        "messaging.SmsReply",
        {"phone": Keep(*_ANSWER, erased=""), "text": Keep(*_ANSWER, erased="")},
        "id gateway_code meaning recipient_code at",
        of=lambda traces: Q(recipient_code=traces.customer) | Q(phone__in=traces.addresses),
        told="at meaning",
    ),
    Table(
        "messaging.MessageText",
        {"by_label": Keep(*_STAFF)},
        "id template language channel version subject body is_built_in at",
    ),
    Table(
        "messaging.WebhookEndpoint",
        {"created_by": Keep(*_STAFF)},
        "id code url events secret active created_at failing_since_at failures retry_at switched_off_at",
    ),
    nothing_personal(
        "messaging.WebhookDelivery",
        "id endpoint entry state attempts next_try_at created_at delivered_at status last_error",
    ),
)


def _clear_messages(now: datetime) -> int:
    old = OutboxMessage.objects.filter(created_at__lt=now - KEEP_MESSAGES)
    return old.exclude(state=OutboxMessage.State.WAITING).delete()[0]


def _clear_replies(now: datetime) -> int:
    return SmsReply.objects.filter(at__lt=now - KEEP_MESSAGES).delete()[0]


def _clear_deliveries(now: datetime) -> int:
    old = WebhookDelivery.objects.filter(created_at__lt=now - KEEP_DELIVERIES)
    return old.exclude(state=WebhookDelivery.State.WAITING).delete()[0]


def _clear_drawers(now: datetime) -> int:
    removed = 0
    for folder in (settings.MAIL_DRAWER, settings.SMS_DRAWER):
        for path in sorted(Path(folder).glob("*")) if folder else ():
            if path.is_file() and datetime.fromtimestamp(path.stat().st_mtime, UTC) < now - KEEP_DRAWERS:
                path.unlink(missing_ok=True)
                removed += 1
    return removed


FILES = (
    Files("e-mails and text messages laid in the drawer of a machine that sends none", "thirty days", "are removed"),
)

CLEARINGS = (
    Clearing("messages", _clear_messages),
    Clearing("answers by text message", _clear_replies),
    Clearing("deliveries to other programs", _clear_deliveries),
    Clearing("what lies in the drawers", _clear_drawers),
)
