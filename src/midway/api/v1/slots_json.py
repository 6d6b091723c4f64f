"""Free times as JSON, written by hand: fourteen days are some two hundred slots, and this is the busiest answer.

The text of a slot but for its count is the same for everybody, so each day's texts are kept ready by zone, day
and length; an answer is then a selection from them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import compress
from operator import add
from typing import Any
from zoneinfo import ZoneInfo

from midway.booking.queries import FreeTime, Offer, free_time
from midway.core.availability import Slot
from midway.core.timespan import CELL, cells_between, local_midnight


def days_of(*, offer: Offer, first: date, days: int, minutes: int, team_size: int, now: datetime) -> bytes:
    """The answer of GET /availability.

    The calendar is read for every answer. As long as nobody's time has changed, the words are the same as before.
    """
    duration = timedelta(minutes=minutes)
    found = free_time(offer=offer, duration=duration, team_size=team_size, first=first, days=days, now=now)
    return _written(found, Asked(offer.branch.zoneinfo, first, days, minutes, offer.branch.start_grid_minutes))


@dataclass(frozen=True)
class Asked:
    """The days of the answer and how its slots are written."""

    zone: ZoneInfo
    first: date
    days: int
    minutes: int
    grid_minutes: int


@lru_cache(maxsize=256)
def _written(found: FreeTime | None, asked: Asked) -> bytes:
    columns = found.columns() if found else None
    written = [b'{"timezone":"%s","days":[' % asked.zone.key.encode()]
    index = 0
    for n in range(asked.days):
        day = asked.first + timedelta(days=n)
        slots = b""
        if found and columns and found.first <= day <= found.last:
            heads = _slot_heads(asked.zone, day, asked.minutes, asked.grid_minutes)
            end = index + len(heads)
            offered = columns.is_offered[index:end]
            tails = map(_count_tail, compress(columns.free[index:end], offered))
            slots = b",".join(map(add, compress(heads, offered), tails))
            index = end
        written.append(b'%s{"date":"%s","slots":[%s]}' % (b"," if n else b"", day.isoformat().encode(), slots))
    written.append(b"]}")
    return b"".join(written)


def slot_dicts(slots: Iterable[Slot], zone: ZoneInfo) -> list[dict[str, Any]]:
    """A few slots, for a refusal."""
    return [
        {"start": s.start.astimezone(zone), "end": s.end.astimezone(zone), "cleaners_free": s.cleaners_free}
        for s in slots
    ]


@lru_cache(maxsize=512)
def _slot_heads(zone: ZoneInfo, day: date, minutes: int, grid_minutes: int) -> tuple[bytes, ...]:
    opens = local_midnight(day, zone)
    cells = cells_between(opens, local_midnight(day + timedelta(days=1), zone))
    return tuple(_slot_head((opens + n * CELL).astimezone(zone), minutes, grid_minutes) for n in range(cells))


def _slot_head(start: datetime, minutes: int, grid_minutes: int) -> bytes:
    if (start.hour * 60 + start.minute) % grid_minutes:
        return b""  # never offered
    end = (start.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(start.tzinfo)
    return b'{"start":"%s","end":"%s","cleaners_free":' % (start.isoformat().encode(), end.isoformat().encode())


@lru_cache(maxsize=1024)
def _count_tail(count: int) -> bytes:
    return b"%d}" % count
