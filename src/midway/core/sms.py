"""How long a text message is and how many parts it is sent (and charged) as: GSM 03.38 and 03.40."""

from dataclasses import dataclass

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")
"""Each takes two of the 7-bit places."""

PLAIN_MARKS = str.maketrans(
    {
        "–": "-",
        "—": "-",
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "«": '"',
        "»": '"',
        "…": "...",
        "\xa0": " ",
        "\u202f": " ",
    }
)
"""Marks of print, and how a telephone writes them."""

GSM_ALONE, GSM_IN_PARTS = 160, 153
UNICODE_ALONE, UNICODE_IN_PARTS = 70, 67


@dataclass(frozen=True)
class SmsSize:
    """The places a text takes, the parts it is sent as, and whether a letter in it halves what a part holds."""

    places: int
    segments: int
    is_unicode: bool


def sms_size(text: str) -> SmsSize:
    """Will measure a text message. An empty one has no part."""
    widths = [1 if c in BASIC else 2 if c in EXTENDED else 0 for c in text]
    is_unicode = 0 in widths
    if is_unicode:
        widths = [2 if ord(c) > 0xFFFF else 1 for c in text]
    alone, in_parts = (UNICODE_ALONE, UNICODE_IN_PARTS) if is_unicode else (GSM_ALONE, GSM_IN_PARTS)
    places = sum(widths)
    if places <= alone:
        return SmsSize(places, min(places, 1), is_unicode)
    segments, room = 1, in_parts
    for width in widths:  # a letter of two places is never torn apart
        if width > room:
            segments, room = segments + 1, in_parts
        room -= width
    return SmsSize(places, segments, is_unicode)


def with_plain_marks(text: str) -> str:
    """The text with –, ’, “, … and the like as plain marks, each of which would cost 90 letters of 160."""
    return text.translate(PLAIN_MARKS)


def odd_letters(text: str) -> str:
    """The letters for which a text must be sent in the longer encoding, each once."""
    return "".join(dict.fromkeys(c for c in text if c not in BASIC and c not in EXTENDED))
