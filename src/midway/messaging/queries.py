"""Questions about messages: what was sent, what did not arrive, in whose words, and what endpoints were told."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from midway.messaging.catalogue import KINDS, Kind
from midway.messaging.models import MessageText, OutboxMessage, SmsReply, WebhookDelivery, WebhookEndpoint

STATES: dict[str, Q] = {
    "needs": Q(state__in=[OutboxMessage.State.FAILED, OutboxMessage.State.PARKED], settled_at=None),
    "waiting": Q(state=OutboxMessage.State.WAITING),
    "sent": Q(state__in=[OutboxMessage.State.SENT, OutboxMessage.State.DELIVERED]),
    "dropped": Q(state=OutboxMessage.State.DROPPED),
}


@dataclass(frozen=True)
class Page:
    """Some messages, newest first, and where the next ones begin."""

    messages: Sequence[OutboxMessage]
    next_before: int | None


def messages_found(*, state: str = "", words: str = "", before: int | None = None, limit: int = 50) -> Page:
    """Messages in one of `STATES` whose address, name or subject's code contains the words."""
    found = OutboxMessage.objects.order_by("-id")
    if state in STATES:
        found = found.filter(STATES[state])
    for word in words.split():
        found = found.filter(_about(word))
    if before is not None:
        found = found.filter(id__lt=before)
    rows = list(found[: limit + 1])
    return Page(rows[:limit], rows[limit - 1].pk if len(rows) > limit else None)


def _about(word: str) -> Q:
    about = Q(to__icontains=word) | Q(facts__name__icontains=word)
    try:
        code = UUID(word)
    except ValueError:
        return about
    return about | Q(subject_code=code) | Q(recipient_code=code)


def messages_to(recipient: UUID, *, limit: int) -> list[OutboxMessage]:
    """The latest messages to a customer."""
    return list(OutboxMessage.objects.filter(recipient_code=recipient).order_by("-created_at", "-id")[:limit])


def replies_of(recipient: UUID, *, limit: int) -> list[SmsReply]:
    """The latest text messages from a customer."""
    return list(SmsReply.objects.filter(recipient_code=recipient).order_by("-at", "-id")[:limit])


@dataclass(frozen=True)
class Undelivered:
    """How many messages did not arrive and wait for somebody to do something, and the latest of them."""

    count: int
    latest: Sequence[OutboxMessage]


def undeliverable_messages(*, limit: int) -> Undelivered:
    """What did not arrive and nobody has looked after yet."""
    found = OutboxMessage.objects.all().undeliverable().order_by("-created_at")
    return Undelivered(found.count(), list(found[:limit]))


@dataclass(frozen=True)
class TextState:
    """One text that can be changed, and the version in force of the company's own words, if there are any."""

    kind: Kind
    language: str
    channel: str
    own: MessageText | None


def texts_in_force(languages: Sequence[str]) -> list[TextState]:
    """Every text that can be changed. One query."""
    latest = {
        (text.template, text.language, text.channel): text
        for text in MessageText.objects.order_by("template", "language", "channel", "-version").distinct(
            "template", "language", "channel"
        )
    }
    places = [
        (kind, language, channel)
        for kind in KINDS
        if kind.is_editable
        for channel in (("email", "sms") if kind.is_short else ("email",))
        for language in languages
    ]
    found = [(place, latest.get((place[0].template, *place[1:]))) for place in places]
    return [TextState(*place, own=None if text is None or text.is_built_in else text) for place, text in found]


def versions_of(template: str, language: str, channel: str) -> list[MessageText]:
    """Every version of a text, newest first."""
    return list(MessageText.objects.filter(template=template, language=language, channel=channel).order_by("-version"))


def endpoints_with_counts() -> QuerySet[WebhookEndpoint]:
    """Endpoints with how many deliveries wait and failed."""
    return WebhookEndpoint.objects.annotate(
        waiting=Count("deliveries", filter=Q(deliveries__state=WebhookDelivery.State.WAITING)),
        failed=Count("deliveries", filter=Q(deliveries__state=WebhookDelivery.State.FAILED)),
    ).order_by("-id")


def deliveries_of(endpoint: WebhookEndpoint, *, limit: int) -> list[WebhookDelivery]:
    """The latest deliveries to an endpoint."""
    return list(endpoint.deliveries.select_related("entry").order_by("-id")[:limit])


def given_up_endpoints() -> QuerySet[WebhookEndpoint]:
    """Endpoints we switched off because they kept failing."""
    return WebhookEndpoint.objects.filter(active=False).exclude(switched_off_at=None)
