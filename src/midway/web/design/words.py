"""Days, times, money and lengths as people say them, in the language of the page."""

import contextlib
import datetime as dt
from decimal import Decimal
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_currency, get_currency_precision
from django.utils.translation import get_language, ngettext

# Long dates without commas, as they are spoken; other languages use their own order.
DAY_PATTERNS: Final = {"en": "EEEE d MMMM", "es": "EEEE d 'de' MMMM"}
OTHER_DAY_PATTERN: Final = "EEEE d MMMM"
HOMES: Final = {"USD": "US", "CAD": "CA", "AUD": "AU", "GBP": "GB", "MXN": "MX"}


def page_locale() -> Locale:
    """Will return Babel's locale for the language now active."""
    return Locale.parse(get_language() or "en", sep="-")


def day_in_words(day: dt.date, *, with_year: bool = False) -> str:
    """Will say "Tuesday 24 November", with the year when asked."""
    locale = page_locale()
    pattern = DAY_PATTERNS.get(locale.language, OTHER_DAY_PATTERN)
    if with_year:
        pattern += " 'de' y" if locale.language == "es" else " y"
    return format_date(day, pattern, locale=locale)


def weekday_in_words(day: dt.date, *, short: bool = False) -> str:
    """Will say "Tuesday" or, where space is short, "Tue"."""
    return format_date(day, "EEE" if short else "EEEE", locale=page_locale())


def month_in_words(day: dt.date) -> str:
    """Will say "November"."""
    return format_date(day, "LLLL", locale=page_locale())


def months_in_words(first: dt.date, last: dt.date) -> str:
    """Will say "November", or "November – December" when the days reach into the next."""
    here, there = month_in_words(first), month_in_words(last)
    return here if here == there else f"{here} – {there}"


def time_in_words(moment: dt.datetime | dt.time) -> str:
    """Will say "9:00", in the zone the moment is given in."""
    return format_time(moment if isinstance(moment, dt.time) else moment.time(), "H:mm", locale=page_locale())


def hours_in_words(start: dt.datetime, end: dt.datetime) -> str:
    """Will say "9:00–11:30"."""
    return f"{time_in_words(start)}–{time_in_words(end)}"


def span_in_words(start: dt.datetime, end: dt.datetime) -> str:
    """Will say "Tuesday 24 November, 9:00–11:30"."""
    return f"{day_in_words(start.date())}, {hours_in_words(start, end)}"


def money_in_words(amount_minor: int, currency: str) -> str:
    """Will say "$128" or "$128.50": minor units in, no empty cents out."""
    scale = 10 ** int(get_currency_precision(currency))
    amount = Decimal(amount_minor) / scale
    whole = amount == amount.to_integral_value()
    locale = _locale_for(currency)
    pattern = locale.currency_formats["standard"].pattern
    if whole:
        pattern = pattern.replace(".00", "")
    return str(format_currency(amount, currency, format=pattern, locale=locale, currency_digits=not whole))


def length_in_words(minutes: int) -> str:
    """Will say "2 h 30 min", "3 hours" or "45 minutes"."""
    hours, rest = divmod(minutes, 60)
    if hours and rest:
        return f"{hours} h {rest:02d} min"
    if hours:
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    return ngettext("%(count)s minute", "%(count)s minutes", rest) % {"count": rest}


def _locale_for(currency: str) -> Locale:
    """The page's language as written where the currency is at home: "$95" to a Spanish reader in the States."""
    locale = page_locale()
    with contextlib.suppress(UnknownLocaleError):
        return Locale(locale.language, HOMES[currency]) if currency in HOMES else locale
    return locale
