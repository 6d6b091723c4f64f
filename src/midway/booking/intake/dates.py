"""Dates as people write and say them, and which of the American and the European reading a file means."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from babel.dates import format_date
from django.utils.translation import get_language

from midway.booking.intake.headings import plainly
from midway.messaging.wording import DAY_PATTERNS


class DateStyle(StrEnum):
    """How a date in figures is read: 3/4/2026 is March 4th or the 4th of March."""

    ISO = "iso"
    US = "us"
    EUROPEAN = "european"
    MIXED = "mixed"
    """Both kinds are in the file: only what can be read in one way is read."""


@dataclass(frozen=True)
class Readings:
    """The days a text may mean; both alike where it cannot be mistaken, none where it cannot be read."""

    us: date | None
    european: date | None

    @property
    def is_one(self) -> bool:
        return self.us == self.european and self.us is not None

    def by(self, style: DateStyle, weekdays: frozenset[int] = frozenset()) -> date | None:
        """The day meant in this style; where the style does not tell, the row's weekday may."""
        if self.is_one or self.us is None or self.european is None:
            return self.us or self.european
        if style is DateStyle.US:
            return self.us
        if style is DateStyle.EUROPEAN:
            return self.european
        fitting = [day for day in (self.us, self.european) if day.weekday() in weekdays]
        return fitting[0] if len(fitting) == 1 else None


class DatesAmbiguous(ValueError):
    """Nothing in this file tells whether its dates are American or European. Say which: day or month first?"""


YEAR = {"es": " 'de' y"}
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
_FIGURES = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{2}|\d{4})(?: .*)?")
_SERIAL = re.compile(r"[45]\d{4}(?:\.0+)?")
_EXCEL_EPOCH = date(1899, 12, 30)
_MONTHS = {
    name[:3]: number
    for names in (
        "january february march april may june july august september october november december",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    )
    for number, name in enumerate(names.split(), 1)
}


def readings(text: str) -> Readings:
    """Will give the days a text may mean."""
    text = text.strip()
    iso = _ISO.fullmatch(text)
    if iso:
        return _same(_day(int(iso[1]), int(iso[2]), int(iso[3])))
    figures = _FIGURES.fullmatch(text)
    if figures:
        first, second, year = int(figures[1]), int(figures[3]), _year(figures[4])
        us, european = _day(year, first, second), _day(year, second, first)
        # Nobody writes an American date with full stops.
        return _same(european) if figures[2] == "." and european else Readings(us, european)
    if _SERIAL.fullmatch(text):
        return _same(_EXCEL_EPOCH + timedelta(days=int(float(text))))
    return _same(_in_words(text))


def style_of(cells: Iterable[tuple[str, frozenset[int]]]) -> DateStyle | None:
    """Will say in which style a file's dates are written, from cells with the weekdays their rows speak of.

    None when some could be read both ways and nothing tells which.
    """
    us = european = both = 0
    for text, weekdays in cells:
        found = readings(text)
        if found.is_one or (found.us is None and found.european is None):
            continue
        if found.us is not None and found.european is not None:
            both += 1
            meant = found.by(DateStyle.MIXED, weekdays)
            us += meant is not None and meant == found.us
            european += meant is not None and meant == found.european
        else:
            us += found.us is not None
            european += found.european is not None
    return _verdict(us, european, both)


def _verdict(us: int, european: int, both: int) -> DateStyle | None:
    if us and european:
        # A slip of the pen is not a second style.
        few, many = sorted((us, european))
        if few * 20 > many:
            return DateStyle.MIXED
        return DateStyle.US if us > european else DateStyle.EUROPEAN
    if us or european:
        return DateStyle.US if us else DateStyle.EUROPEAN
    return None if both else DateStyle.ISO


def _same(day: date | None) -> Readings:
    return Readings(day, day)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _year(text: str) -> int:
    return int(text) + 2000 if len(text) == 2 else int(text)


def _in_words(text: str) -> date | None:
    parts = [part for part in plainly(text).split() if part not in {"de", "del", "of", "the"}]
    month = next((_MONTHS[part[:3]] for part in parts if part[:1].isalpha() and _is_month(part)), None)
    figures = _figures(parts)
    if month is None or len(figures) != 2:
        return None
    day, year = figures if figures[0] <= 31 else figures[::-1]
    return _day(year + 2000 if year < 100 else year, month, day)


def _is_month(part: str) -> bool:
    return len(part) >= 3 and part[:3] in _MONTHS and part.isalpha()


def _figures(parts: Sequence[str]) -> list[int]:
    stripped = [re.sub(r"(?<=\d)(st|nd|rd|th)$", "", part) for part in parts]
    return [int(part) for part in stripped if part.isdigit()]


def day_words(day: date) -> str:
    """A day as people say it: Tuesday 5 May."""
    language = get_language() or "en"
    return format_date(day, DAY_PATTERNS.get(language, "full"), locale=language)


def day_with_year(day: date) -> str:
    """The same where the year may be the mistake: Tuesday 5 May 2026."""
    language = get_language() or "en"
    return format_date(day, DAY_PATTERNS.get(language, "EEEE d MMMM") + YEAR.get(language, " y"), locale=language)
