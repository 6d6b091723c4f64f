"""Reading a cleaner's day as people would say it."""

from datetime import date

from midway.crew.models import CalendarDay, Cleaner


def hours_on(cleaner: Cleaner, on: date) -> str:
    """The free hours of an ordinary day, as in "8-12 13-17"; halves as .5."""
    bits = CalendarDay.objects.get(cleaner=cleaner, on=on).free
    assert len(bits) == 96
    spans, start = [], None
    for n, bit in enumerate(bits + "0"):
        if bit == "1" and start is None:
            start = n
        elif bit == "0" and start is not None:
            spans.append(f"{start / 4:g}-{n / 4:g}")
            start = None
    return " ".join(spans)
