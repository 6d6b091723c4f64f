"""What the sentences of the journal are made with: names, days and moments."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from midway.web.design.words import day_in_words, time_in_words


@dataclass(frozen=True)
class Names:
    """Whom the entries speak of."""

    zone: ZoneInfo
    subjects: Mapping[UUID, str] = field(default_factory=dict)
    hrefs: Mapping[UUID, str] = field(default_factory=dict)
    cleaners: Mapping[int, str] = field(default_factory=dict)
    currencies: Mapping[UUID, str] = field(default_factory=dict)

    def moment(self, text: Any) -> str:
        """Will say a moment of the journal in the branch's time."""
        try:
            local = datetime.fromisoformat(str(text)).astimezone(self.zone)
        except ValueError:
            return str(text)
        return f"{day_in_words(local.date())}, {time_in_words(local)}"

    def people(self, ids: Any) -> str:
        """Will name cleaners by their ids."""
        return ", ".join(self.cleaners.get(pk, str(pk)) for pk in ids or ()) or _("nobody yet")


Facts = Mapping[str, Any]
Say = Callable[[str, Facts, Names], str]


def plain(pattern: Callable[[], str]) -> Say:
    """A sentence that needs nothing but who it is about."""
    return lambda who, facts, names: pattern() % {"who": who}


def on_day(text: Any) -> str:
    """Will say a day of the journal in words."""
    try:
        return day_in_words(date.fromisoformat(str(text)))
    except ValueError:
        return str(text)
