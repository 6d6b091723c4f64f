"""The words of a message: the company's own where there are some, else the built-in ones from the files."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils.translation import override

from midway.core.sms import with_plain_marks
from midway.messaging.catalogue import BY_TEMPLATE, Kind
from midway.messaging.models import SECRET_TEMPLATES, MessageText, OutboxMessage
from midway.messaging.wording import worded

PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True)
class Words:
    """A message ready to be read. A text message has no subject."""

    subject: str
    body: str

    def as_kept(self) -> str:
        """Both, as the outbox keeps them."""
        return f"{self.subject}\n\n{self.body}" if self.subject else self.body


def words_of(message: OutboxMessage) -> Words:
    """The message in its reader's language."""
    own = own_text(message.template, message.language, message.channel)
    return written(message.template, message.language, message.channel, facts=message.facts, own=own)


def wording_of(message: OutboxMessage) -> str:
    """What was said, or would be now; nothing of a message that holds a key to an account or cannot be written."""
    if message.template in SECRET_TEMPLATES or message.state == OutboxMessage.State.PARKED:
        return ""
    if message.wording:
        return message.wording
    try:
        return words_of(message).as_kept()
    except Exception:  # whatever would park it when its turn comes must not take its page away
        return ""


def written(
    template: str, language: str, channel: str, *, facts: Mapping[str, Any], own: MessageText | None = None
) -> Words:
    """What a message with these facts says, in the company's own words or the built-in ones."""
    with override(language):
        words = words_with_blocks(template, facts, language)
        if own is not None:
            return Words(
                subject=" ".join(filled(own.subject, words).split()) if channel == "email" else "",
                body=tidy(filled(own.body, words), channel),
            )
        return built_in(template, channel, words)


def built_in(template: str, channel: str, words: Mapping[str, Any]) -> Words:
    """The text of the files, in the language that is active."""
    name = f"messaging/{template}"
    if channel == "sms":
        return Words("", tidy(_file(f"{name}.sms.txt", words), channel))
    subject = " ".join(_file(f"{name}.subject.txt", words).split())
    return Words(subject, tidy(_file(f"{name}.body.txt", words), channel))


def editable(kind: Kind, language: str, channel: str) -> Words:
    """The built-in text as somebody would change it: with its placeholders, in that language."""
    with override(language):
        return built_in(kind.template, channel, {name: f"{{{{ {name} }}}}" for name in kind.placeholders})


def own_text(template: str, language: str, channel: str) -> MessageText | None:
    """The company's own words in force, or nothing where the built-in text is used."""
    latest = (
        MessageText.objects.filter(template=template, language=language, channel=channel).order_by("-version").first()
    )
    return None if latest is None or latest.is_built_in else latest


def words_with_blocks(template: str, facts: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The facts in words, and the sentences that are there or not depending on them (`fee_note`, `farewell`, …)."""
    words = worded(facts, language)
    kind = BY_TEMPLATE.get(template)
    for name in kind.placeholders if kind else ():
        if name in words:
            continue
        for file in (f"messaging/{template}.{name}.txt", f"messaging/{name}.txt"):
            try:
                words[name] = _file(file, words).strip("\n")
            except TemplateDoesNotExist:
                continue
            break
    return words


def filled(text: str, words: Mapping[str, Any]) -> str:
    """The text with its placeholders replaced; one that is not known stays empty."""
    return PLACEHOLDER.sub(lambda found: str(words.get(found.group(1), "") or ""), text)


def tidy(text: str, channel: str) -> str:
    """An e-mail without gaps where a sentence was left out; a text message as one line of plain marks."""
    if channel == "sms":
        return " ".join(with_plain_marks(text).split())
    lines = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"


def _file(name: str, words: Mapping[str, Any]) -> str:
    return get_template(name, using="messages").render(dict(words))
