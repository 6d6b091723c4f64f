"""Days and times as customers see them: a strip of days with how free each is, and the arrival times of one."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from midway.booking.green_prices import green_price, promise_of
from midway.booking.models import Quote
from midway.booking.queries import DayOfSlots
from midway.core.availability import Slot
from midway.dispatch.nearness import Nearness
from midway.web.design.words import money_in_words

STRIP_DAYS = 14
PROMISE = "~"
"""Between a moment and what was promised for it, in what a form sends back."""

PARTS: tuple[tuple[str, str | Promise, str, int], ...] = (
    ("morning", _("Morning"), "sunrise", 12),
    ("midday", _("Midday"), "sun", 15),
    ("afternoon", _("Afternoon"), "sunset", 24),
)
"""Parts of the day: code, name, picture, the hour before which a start belongs to it."""


@dataclass(frozen=True)
class SlotChoice:
    """One arrival time, on the branch's clock."""

    start: dt.datetime
    end: dt.datetime
    is_best: bool = False
    is_green: bool = False
    promise: str = ""
    """What goes along with a green time that costs less."""
    price: str = ""
    """What it costs then."""

    @property
    def value(self) -> str:
        """The moment as forms send it back, with what was promised for it."""
        return f"{self.start.isoformat()}{PROMISE}{self.promise}" if self.promise else self.start.isoformat()


@dataclass(frozen=True)
class PartOfDay:
    """The arrival times of a morning, a midday or an afternoon; the best comes first."""

    title: str | Promise
    symbol: str
    slots: Sequence[SlotChoice]


@dataclass(frozen=True)
class DayChip:
    """One day of the strip: how many times are free, and that as a share of the freest day."""

    on: dt.date
    free: int
    percent: int
    is_chosen: bool


def strip_length(first: dt.date) -> int:
    """Will make the strip end with a week, so that its rows are weeks: ten days at least, sixteen at most."""
    weekday = first.weekday()
    return STRIP_DAYS - weekday if weekday <= STRIP_DAYS - 10 else STRIP_DAYS + 7 - weekday


def part_of(local: dt.datetime) -> str:
    """Will say which part of the day a local time belongs to."""
    return next(code for code, _name, _symbol, until in PARTS if local.hour < until)


def chips(days: Sequence[DayOfSlots], *, chosen: dt.date) -> list[DayChip]:
    """Will draw the strip. The bar compares days with the freest of them, by cleaner-hours on offer."""
    offers = {day.on: sum(slot.cleaners_free for slot in day.slots) for day in days}
    most = max(offers.values(), default=0) or 1
    return [
        DayChip(day.on, len(day.slots), max(12, 100 * offers[day.on] // most) if day.slots else 0, day.on == chosen)
        for day in days
    ]


def parts_of_day(
    slots: Sequence[Slot], *, zone: ZoneInfo, near: Nearness | None = None, quote: Quote | None = None
) -> list[PartOfDay]:
    """Will group a day's times, the best first: the surest, of which most cleaners are free; where times are ranked,
    the nearest, followed by the green ones, which may cost less than the quote's price."""
    parts = []
    for code, title, symbol, _until in PARTS:
        group = [slot for slot in slots if part_of(slot.start.astimezone(zone)) == code]
        if not group:
            continue
        best = _best(group, near)
        green = near.green if near else frozenset()
        ordered = [best, *sorted((s for s in group if s is not best), key=lambda s: s.start not in green)]
        choices = [
            shown(slot, zone, near=near, quote=quote, is_best=slot is best and len(group) > 1) for slot in ordered
        ]
        parts.append(PartOfDay(title, symbol, choices))
    return parts


def has_discount(parts: Sequence[PartOfDay]) -> bool:
    """Whether any of these times costs less."""
    return any(slot.promise for part in parts for slot in part.slots)


def _best(group: Sequence[Slot], near: Nearness | None) -> Slot:
    if near is not None:
        return min(group, key=lambda slot: (near.added[slot.start], slot.start))
    return max(group, key=lambda slot: (slot.cleaners_free, -slot.start.timestamp()))


def choice_of(slot: Slot, zone: ZoneInfo, *, is_best: bool = False, is_green: bool = False) -> SlotChoice:
    """Will put a slot on the branch's clock."""
    return SlotChoice(slot.start.astimezone(zone), slot.end.astimezone(zone), is_best, is_green)


def shown(
    slot: Slot, zone: ZoneInfo, *, near: Nearness | None = None, quote: Quote | None = None, is_best: bool = False
) -> SlotChoice:
    """The same, and whether it is green; with its price and the promise of it, where that makes it cost less."""
    choice = choice_of(slot, zone, is_best=is_best, is_green=near is not None and slot.start in near.green)
    if quote is None or near is None or not (choice.is_green and near.discount_percent):
        return choice
    price = green_price(quote, slot.start, near.discount_percent)
    if all(line.label != "green" for line in price.lines):
        return choice
    promise = promise_of(quote, slot.start, near.discount_percent)
    return replace(choice, promise=promise, price=money_in_words(price.total_cents, price.currency))


def first_free(days: Sequence[DayOfSlots]) -> Slot | None:
    """The earliest time on offer."""
    return next((slot for day in days for slot in day.slots), None)


def matching(
    days: Sequence[DayOfSlots], *, weekday: int, part: str, zone: ZoneInfo, near: Nearness | None = None,
    quote: Quote | None = None,
) -> list[SlotChoice]:  # fmt: skip
    """Will find the surest time of each matching day, as in "any Tuesday morning"."""
    found = []
    for day in days:
        group = [slot for slot in day.slots if part_of(slot.start.astimezone(zone)) == part]
        if day.on.weekday() == weekday and group:
            surest = max(group, key=lambda s: (s.cleaners_free, -s.start.timestamp()))
            found.append(shown(surest, zone, near=near, quote=quote))
    return found
