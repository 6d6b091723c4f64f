"""Days, times, money and lengths in words, in both languages."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override

from midway.web.design import words

NEW_YORK = ZoneInfo("America/New_York")
START = dt.datetime(2026, 11, 24, 9, 0, tzinfo=NEW_YORK)
END = dt.datetime(2026, 11, 24, 11, 30, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "Tuesday 24 November, 9:00–11:30"), ("es", "martes 24 de noviembre, 9:00–11:30")],
)
def test_a_span_is_said_as_people_say_it(language: str, expected: str) -> None:
    with override(language):
        assert words.span_in_words(START, END) == expected


@pytest.mark.parametrize(
    ("language", "cents", "currency", "expected"),
    [
        ("en", 12800, "USD", "$128"),
        ("en", 12850, "USD", "$128.50"),
        ("es", 12850, "USD", "$128.50"),
        ("es", 12850, "EUR", "128,50\xa0€"),
        ("en", 1500, "JPY", "¥1,500"),
        ("en", -2250, "USD", "-$22.50"),
    ],
)
def test_money_has_its_currency_and_no_empty_cents(language: str, cents: int, currency: str, expected: str) -> None:
    with override(language):
        assert words.money_in_words(cents, currency) == expected


@pytest.mark.parametrize(
    ("minutes", "expected"), [(45, "45 minutes"), (60, "1 hour"), (120, "2 hours"), (125, "2 h 05 min")]
)
def test_a_length_is_said_in_hours_and_minutes(minutes: int, expected: str) -> None:
    with override("en"):
        assert words.length_in_words(minutes) == expected


def test_months_are_joined_only_when_there_are_two() -> None:
    with override("en"):
        assert words.months_in_words(dt.date(2026, 11, 2), dt.date(2026, 11, 15)) == "November"
        assert words.months_in_words(dt.date(2026, 11, 23), dt.date(2026, 12, 6)) == "November – December"
