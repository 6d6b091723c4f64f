"""How long text messages are: GSM 7-bit, or half as much room as soon as one letter does not fit in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midway.core.sms import odd_letters, sms_size, with_plain_marks


@pytest.mark.parametrize(
    ("text", "places", "segments", "is_unicode"),
    [
        ("", 0, 0, False),
        ("a" * 160, 160, 1, False),
        ("a" * 161, 161, 2, False),
        ("a" * 306, 306, 2, False),
        ("a" * 307, 307, 3, False),
        ("ñ" * 160, 160, 1, False),
        ("€" * 80, 160, 1, False),
        ("a" * 152 + "€" + "a" * 152, 306, 3, False),  # the euro does not fit in the first part's last place
        ("á" * 70, 70, 1, True),
        ("á" * 71, 71, 2, True),
        ("😀" * 35, 70, 1, True),
        ("á" * 66 + "😀" + "á" * 66, 134, 3, True),
    ],
)
def test_known_lengths(text: str, places: int, segments: int, is_unicode: bool) -> None:
    size = sms_size(text)
    assert (size.places, size.segments, size.is_unicode) == (places, segments, is_unicode)


@given(st.text(), st.text(max_size=5))
def test_more_text_is_never_fewer_parts(text: str, more: str) -> None:
    assert sms_size(text + more).segments >= sms_size(text).segments


@given(st.text(min_size=1))
def test_the_parts_hold_the_text(text: str) -> None:
    size = sms_size(text)
    alone = 70 if size.is_unicode else 160
    assert size.segments >= 1
    assert size.segments == 1 or size.places > alone
    assert size.is_unicode == bool(odd_letters(text))


def test_marks_of_print_do_not_cost_the_longer_alphabet() -> None:
    said = "9:00–11:30, it’s “fine” … 218,00\xa0US$"
    assert sms_size(said).is_unicode
    assert with_plain_marks(said) == '9:00-11:30, it\'s "fine" ... 218,00 US$'
    assert not sms_size(with_plain_marks(said)).is_unicode


@given(st.text())
def test_plain_marks_leave_letters_alone(text: str) -> None:
    assert [c for c in with_plain_marks(text) if c.isalnum()] == [c for c in text if c.isalnum()]
