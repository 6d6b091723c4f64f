"""Turns the facts of a message into words in its reader's language."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_currency

# "Tuesday 24 November", as people say it, in languages we write ourselves.
DAY_PATTERNS = {"en": "EEEE d MMMM", "es": "EEEE d 'de' MMMM"}


def worded(facts: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The facts with `day`, `hours`, `price`, `fee` and a plan's days in words, where they have what it needs."""
    words = dict(facts)
    words["language"] = language
    own = facts.get(f"service_{language}")
    if own:
        words["service"] = own
    if "start" in facts and "end" in facts:
        zone = ZoneInfo(str(facts.get("zone") or "UTC"))
        start = datetime.fromisoformat(str(facts["start"])).astimezone(zone)
        end = datetime.fromisoformat(str(facts["end"])).astimezone(zone)
        words["day"] = format_date(start.date(), DAY_PATTERNS.get(language, "full"), locale=language)
        words["hours"] = f"{_clock(start, language)}–{_clock(end, language)}"
    for fact in ("from_on", "until_on", "resumes_on", "valid_to"):
        if facts.get(fact):
            day = date.fromisoformat(str(facts[fact]))
            words[fact] = format_date(day, DAY_PATTERNS.get(language, "full"), locale=language)
    if "price_cents" in facts:
        words["price"] = money(facts["price_cents"], str(facts["currency"]), language)
    if facts.get("new_price_cents"):
        words["new_price"] = money(facts["new_price_cents"], str(facts["currency"]), language)
    for fact in ("amount", "balance"):
        if f"{fact}_cents" in facts:
            words[fact] = money(facts[f"{fact}_cents"], str(facts["currency"]), language)
    if facts.get("fee_cents"):
        words["fee"] = money(facts["fee_cents"], str(facts["currency"]), language)
    return words


def money(cents: int, currency: str, language: str) -> str:
    """An amount as people write it, with its currency."""
    return format_currency(cents / 100, currency, locale=language)


def _clock(moment: datetime, language: str) -> str:
    return format_time(moment.time(), "H:mm", locale=language)
