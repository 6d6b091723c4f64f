"""Give a kind of message the company's own words, or the built-in ones again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db.models import Max

from midway.core.actor import Actor
from midway.journal.actions import record
from midway.messaging.catalogue import BY_TEMPLATE, Kind
from midway.messaging.models import MessageText
from midway.messaging.texts import PLACEHOLDER
from midway.runtime.database import one_transaction


class UnknownPlaceholder(ValueError):
    """The text asks for something this message does not know."""

    def __init__(self, unknown: list[str], known: tuple[str, ...]) -> None:
        super().__init__(f"{', '.join(unknown)}: {', '.join(known)}")
        self.unknown, self.known = unknown, known


class TextNotEditable(ValueError):
    """This message has no text of its own that could be changed."""


class TextEmpty(ValueError):
    """A message must say something."""


@dataclass(frozen=True)
class TextPlace:
    """Which text is meant: of which message, in which language, for which channel."""

    template: str
    language: str
    channel: str

    @property
    def subject(self) -> UUID:
        """What the journal knows it by."""
        return uuid5(NAMESPACE_URL, f"midway:text:{self.template}:{self.language}:{self.channel}")


@one_transaction
def change_text(*, place: TextPlace, subject: str, body: str, by: Actor, now: datetime) -> MessageText:
    """Will use these words from now on; messages not yet sent use them too.

    Raises `UnknownPlaceholder`, `TextEmpty` or `TextNotEditable`.
    """
    kind = _editable(place)
    is_mail = place.channel == "email"
    if not body.strip() or (is_mail and not subject.strip()):
        raise TextEmpty(TextEmpty.__doc__)
    check_placeholders(kind, subject, body)
    return _next_version(
        place, subject=subject.strip() if is_mail else "", body=body, is_built_in=False, by=by, now=now
    )


@one_transaction
def restore_built_in_text(*, place: TextPlace, by: Actor, now: datetime) -> MessageText:
    """Will use the built-in text again; the versions before stay to be read. Raises `TextNotEditable`."""
    _editable(place)
    return _next_version(place, subject="", body="", is_built_in=True, by=by, now=now)


def check_placeholders(kind: Kind, *texts: str) -> None:
    """Raises `UnknownPlaceholder` for whatever stands in braces and is none of the message's placeholders."""
    unknown: list[str] = []
    for text in texts:
        unknown += [name for name in PLACEHOLDER.findall(text) if name not in kind.placeholders]
        rest = PLACEHOLDER.sub("", text)
        unknown += [mark for mark in ("{{", "}}", "{%", "%}") if mark in rest]
    if unknown:
        raise UnknownPlaceholder(list(dict.fromkeys(unknown)), kind.placeholders)


def _editable(place: TextPlace) -> Kind:
    kind = BY_TEMPLATE.get(place.template)
    if kind is None or not kind.is_editable or (place.channel == "sms" and not kind.is_short):
        raise TextNotEditable(TextNotEditable.__doc__)
    return kind


def _next_version(
    place: TextPlace, *, subject: str, body: str, is_built_in: bool, by: Actor, now: datetime
) -> MessageText:
    found = MessageText.objects.filter(template=place.template, language=place.language, channel=place.channel)
    version = (found.aggregate(last=Max("version"))["last"] or 0) + 1
    text = MessageText.objects.create(
        template=place.template,
        language=place.language,
        channel=place.channel,
        version=version,
        subject=subject,
        body=body,
        is_built_in=is_built_in,
        at=now,
        by_label=by.label,
    )
    facts = {"template": place.template, "language": place.language, "channel": place.channel, "version": version}
    record(
        event="messaging.text.restored" if is_built_in else "messaging.text.changed",
        subject=place.subject,
        by=by,
        at=now,
        facts=facts,
    )
    return text
