"""Messages in the office's words: what each is called, and how it went."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from midway.messaging.catalogue import BY_TEMPLATE
from midway.messaging.models import OutboxMessage

Facts = Mapping[str, Any]


class Outcome(NamedTuple):
    """How a message went: the badge's state, its words and its symbol."""

    state: str
    words: str | Promise
    symbol: str


OUTCOMES: Mapping[str, Outcome] = {
    OutboxMessage.State.WAITING: Outcome("info", gettext_lazy("On its way"), "clock"),
    OutboxMessage.State.SENT: Outcome("ok", gettext_lazy("Sent"), "check"),
    OutboxMessage.State.DELIVERED: Outcome("ok", gettext_lazy("Arrived"), "ok"),
    OutboxMessage.State.FAILED: Outcome("crit", gettext_lazy("Not delivered"), "crit"),
    OutboxMessage.State.PARKED: Outcome("crit", gettext_lazy("Could not be written"), "crit"),
    OutboxMessage.State.DROPPED: Outcome("plain", gettext_lazy("No longer needed"), "minus"),
}
LOOKED_AFTER = Outcome("plain", gettext_lazy("Looked after"), "check")


def outcome_of(message: OutboxMessage) -> Outcome:
    """How a message went; a failure somebody has seen to is no alarm any more."""
    if message.has_failed and message.settled_at is not None:
        return LOOKED_AFTER
    return OUTCOMES[message.state]


def title_of(template: str) -> str:
    """What a kind of message is called."""
    kind = BY_TEMPLATE.get(template)
    return str(kind.title) if kind else template.replace("_", " ")


def _text(who: str, facts: Facts, names: object) -> str:
    words = {"title": title_of(str(facts.get("template"))), "language": facts.get("language")}
    if str(facts.get("event", "")).endswith("restored"):
        return _("“%(title)s” has its built-in text again (%(language)s)") % words
    return _("“%(title)s” has new words (%(language)s)") % words


def _message(who: str, facts: Facts, names: object) -> str:
    words = {"title": title_of(str(facts.get("template")))}
    if str(facts.get("event", "")).endswith("settled"):
        return _("“%(title)s” did not arrive and was looked after") % words
    return _("“%(title)s” was sent again") % words


def _preferences(who: str, facts: Facts, names: object) -> str:
    return _("%(who)s: hears from us another way") % {"who": who}


def _endpoint(who: str, facts: Facts, names: object) -> str:
    words = {"url": facts.get("url")}
    event = str(facts.get("event", ""))
    if event.endswith("registered"):
        return _("%(url)s is told what happens") % words
    if event.endswith("switched_on"):
        return _("%(url)s is told again") % words
    if event.endswith("switched_off"):
        return _("%(url)s is not told any more") % words
    return _("%(url)s did not answer for three days and was switched off") % words


def _replayed(who: str, facts: Facts, names: object) -> str:
    return _("A program was told once more")


SENTENCES: Mapping[str, tuple[str, Callable[[str, Facts, object], str]]] = {
    "customers.preferences.changed": ("mail", _preferences),
    "messaging.text.changed": ("edit", _text),
    "messaging.text.restored": ("undo", _text),
    "messaging.message.resent": ("mail", _message),
    "messaging.message.settled": ("check", _message),
    "messaging.endpoint.registered": ("plus", _endpoint),
    "messaging.endpoint.switched_on": ("check", _endpoint),
    "messaging.endpoint.switched_off": ("minus", _endpoint),
    "messaging.endpoint.given_up": ("warn", _endpoint),
    "messaging.delivery.replayed": ("repeat", _replayed),
}
