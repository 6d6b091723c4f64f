"""Rhythms, weekdays, times, prices, lengths and telephone numbers as people write them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from midway.booking.intake.headings import plainly
from midway.core.recurrence import LAST


@dataclass(frozen=True)
class Rhythm:
    """How often: every so many weeks, or months with `is_monthly`. Zero is a single clean.

    `times` is how many weekdays it needs, `nth` the one of the month where the words say it.
    """

    every: int
    is_monthly: bool = False
    times: int = 1
    nth: int | None = None

    @property
    def frequency(self) -> str:
        """The rhythm of the price list that is nearest to it."""
        if self.is_monthly:
            return "every_4_weeks"
        return ("once", "weekly", "biweekly", "every_3_weeks")[self.every] if self.every < 4 else "every_4_weeks"


_ONCE, _WEEKLY, _TWO, _THREE, _FOUR = (Rhythm(n) for n in range(5))
_MONTHLY = Rhythm(1, is_monthly=True)
_RHYTHMS: Mapping[str, Rhythm] = {
    spelling.strip(): rhythm
    for spellings, rhythm in (
        ("once | one time | onetime | one off | single | none | no | una vez | unica | unica vez | puntual", _ONCE),
        ("weekly | every week | each week | once a week | 1x week | 1 x week | 7 days | w | wk | semanal"
         " | cada semana | todas las semanas | una vez por semana | una vez a la semana", _WEEKLY),
        ("biweekly | bi weekly | fortnightly | every other week | every second week | eow | alternate weeks | bw"
         " | 14 days | quincenal | catorcenal | semana por medio | cada quincena | cada 15 dias | cada 14 dias", _TWO),
        ("triweekly | tri weekly | every third week | 21 days | cada 21 dias", _THREE),
        ("every fourth week | 4 weekly | 28 days | cada 28 dias", _FOUR),
        ("monthly | every month | once a month | month | mensual | cada mes | una vez al mes", _MONTHLY),
        ("twice a week | twice weekly | 2x week | 2 x week | two times a week | dos veces por semana"
         " | dos veces a la semana", Rhythm(1, times=2)),
        ("three times a week | 3x week | 3 x week | tres veces por semana | tres veces a la semana",
         Rhythm(1, times=3)),
    )
    for spelling in spellings.split("|")
}  # fmt: skip
_NUMBERS = {
    word: number
    for words in ("one two three four five six seven eight", "una dos tres cuatro cinco seis siete ocho")
    for number, word in enumerate(words.split(), 1)
}
_EVERY = re.compile(r"(?:every |each |cada )?(\w+) (?:weeks?|wks?|semanas?)")
_NTH_DAY = re.compile(r"(1st|2nd|3rd|4th|first|second|third|fourth|last|primer|primero|segundo|tercer|tercero|cuarto"
                      r"|ultimo) (\w+)(?: (?:of|in|de|del) .*)?")  # fmt: skip
_NTHS = {
    **dict.fromkeys(("1st", "first", "primer", "primero"), 1),
    **dict.fromkeys(("2nd", "second", "segundo"), 2),
    **dict.fromkeys(("3rd", "third", "tercer", "tercero"), 3),
    **dict.fromkeys(("4th", "fourth", "cuarto"), 4),
    **dict.fromkeys(("last", "ultimo"), LAST),
}
_DAYS = {
    spelling: number
    for number, spellings in enumerate(
        (
            "monday mondays mon mo lunes lun",
            "tuesday tuesdays tue tues tu martes mar",
            "wednesday wednesdays wed weds we miercoles mie mier",
            "thursday thursdays thu thur thurs th jueves jue",
            "friday fridays fri fr viernes vie",
            "saturday saturdays sat sa sabado sabados sab",
            "sunday sundays sun su domingo domingos dom",
        )
    )
    for spelling in spellings.split()
}


def rhythm_in(text: str) -> tuple[Rhythm, frozenset[int]] | None:
    """Will read how often, and the weekdays the words name besides; nothing when they cannot be understood."""
    words = plainly(text)
    if words in _RHYTHMS:
        return _RHYTHMS[words], frozenset()
    nth = _NTH_DAY.fullmatch(words)
    if nth and nth[2] in _DAYS:
        return Rhythm(1, is_monthly=True, nth=_NTHS[nth[1]]), frozenset({_DAYS[nth[2]]})
    every = _EVERY.fullmatch(words)
    if every:
        number = _NUMBERS.get(every[1]) or (int(every[1]) if every[1].isdigit() else 0)
        return (Rhythm(number), frozenset()) if 1 <= number <= 26 else None
    return _with_days(words)


def _with_days(words: str) -> tuple[Rhythm, frozenset[int]] | None:
    # "every tuesday", "weekly mon thu", "biweekly on fridays"
    parts = [
        part for part in words.split() if part not in {"on", "and", "the", "los", "las", "el", "y", "cada", "each"}
    ]
    days = frozenset(_DAYS[part] for part in parts if part in _DAYS)
    rest = " ".join(part for part in parts if part not in _DAYS)
    rhythm = _RHYTHMS["weekly"] if rest in {"", "every"} else _RHYTHMS.get(rest)
    if rest == "every other":
        rhythm = _RHYTHMS["biweekly"]
    return (rhythm, days) if days and rhythm is not None else None


def weekdays_in(text: str) -> frozenset[int] | None:
    """Will read weekdays, one or several; nothing when one of the words is none."""
    parts = [part for part in plainly(text).split() if part not in {"and", "y", "on", "every", "los", "el", "cada"}]
    if not parts or any(part not in _DAYS for part in parts):
        return None
    return frozenset(_DAYS[part] for part in parts)


_CLOCK = re.compile(r"(\d{1,2})(?:\s*[:.h]\s*(\d{2})?)?(?::\d{2})?\s*([ap])?\.?\s*m?\.?\s*(?:hrs?|h|uhr)?\.?", re.I)
_FOUR_FIGURES = re.compile(r"(\d{1,2})(\d{2})\s*([ap])?\.?m?\.?", re.I)


def clock_in(text: str) -> time | None:
    """Will read a time of day; of a span such as 9–11, its start."""
    first = re.split(r"\s*(?:-|–|—|to|a las|hasta)\s*(?=\d)", text.strip(), maxsplit=1)[0]
    if plainly(first) in {"noon", "mediodia"}:
        return time(12)
    found = _CLOCK.fullmatch(first) or _FOUR_FIGURES.fullmatch(first)
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def cents_in(text: str) -> int | None:
    """Will read an amount of money, whichever of comma and full stop sets off the cents."""
    figures = re.sub(r"[^\d.,-]", "", text)
    if not re.search(r"\d", figures) or "-" in figures:
        return None
    decimals = re.search(r"[.,](\d{1,2})$", figures)
    whole = re.sub(r"[.,]", "", figures[: decimals.start()] if decimals else figures)
    try:
        amount = Decimal(f"{whole or 0}.{decimals[1] if decimals else 0}")
    except InvalidOperation:
        return None
    cents = int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP))
    return cents if 0 < cents <= 10_000_000 else None


_HOURS = re.compile(r"(\d{1,2}(?:[.,]\d{1,2})?) ?(?:h|hr|hrs|hour|hours|hora|horas)?")
_HOURS_MINUTES = re.compile(r"(\d{1,2})(?::| ?h(?:ours?)? ?)(\d{2})(?: ?m(?:in(?:utes|utos)?)?)?")
_MINUTES = re.compile(r"(\d{2,3}) ?(?:m|min|mins|minutes|minutos)?")


def minutes_in(text: str) -> int | None:
    """Will read a length: hours up to ten, else minutes; up to the whole quarter hour."""
    said = text.strip().lower()
    both, minutes, hours = (pattern.fullmatch(said) for pattern in (_HOURS_MINUTES, _MINUTES, _HOURS))
    if both:
        found = int(both[1]) * 60 + int(both[2])
    elif minutes and int(minutes[1]) > 12:
        found = int(minutes[1])
    elif hours:
        found = int(float(hours[1].replace(",", ".")) * 60)
    else:
        return None
    return -(-found // 15) * 15 if 15 <= found <= 720 else None


def whole_in(text: str, *, most: int) -> int | None:
    """Will read a count such as "3", "3 br" or "2.0"; halves count as one more."""
    found = re.fullmatch(r"(\d{1,3}(?:[,.]?\d{3})*|\d+)(?:[.,](\d))?\s*[^\d]*", text.strip())
    if found is None:
        return None
    number = int(re.sub(r"[.,]", "", found[1])) + bool(int(found[2] or 0))
    return number if number <= most else None


def phone_in(text: str, *, region: str) -> str | None:
    """Will read a telephone number and write it as the world does: +1 410-555-0120."""
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def language_in(text: str) -> str:
    """Will read a language we write in; English otherwise."""
    return "es" if plainly(text)[:2] in {"es", "sp", "ca"} else "en"
