"""Spans of time and the step between wall clocks and moments. Periods are half-open: [start, end)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CELL = timedelta(minutes=15)
"""The calendar is kept in quarter hours: every zone in use is offset from UTC by a multiple of it."""
YEARS = range(2000, 2200)
"""Of the days that people name: at the ends of the calendar there is no day before or after."""


@dataclass(frozen=True, order=True)
class Span:
    """A half-open period between two aware moments; `start < end`."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a span needs moments with a time zone")
        if self.start >= self.end:
            raise ValueError(f"a span ends after it starts, not {self.start} to {self.end}")

    def overlaps(self, other: "Span") -> bool:
        """Will say whether the two share any moment; touching ends do not."""
        return self.start < other.end and other.start < self.end

    @property
    def minutes(self) -> int:
        return int((self.end - self.start) / timedelta(minutes=1))


def local_instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Will turn a wall-clock time into the moment it names, in UTC.

    A time that the clock skips is read with the offset before the change, one that comes twice with the
    offset after it: the later of the two readings, which is also what PostgreSQL's AT TIME ZONE answers.
    """
    naive = datetime.combine(day, clock)
    return max(naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """Will give the moment at which a local day begins, in UTC."""
    return local_instant(day, time(0), zone)


def cells_between(start: datetime, end: datetime) -> int:
    """Will count the quarter hours between two moments that lie on the grid."""
    return int((end - start) / CELL)


def merged(spans: Iterable[Span]) -> list[Span]:
    """Will join spans that overlap or touch, in order."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def minus(spans: Sequence[Span], busy: Iterable[Span]) -> list[Span]:
    """Will give what is left of `spans` when every moment of `busy` is taken out."""
    left = merged(spans)
    for taken in busy:
        rest: list[Span] = []
        for span in left:
            if not span.overlaps(taken):
                rest.append(span)
                continue
            if span.start < taken.start:
                rest.append(Span(span.start, taken.start))
            if taken.end < span.end:
                rest.append(Span(taken.end, span.end))
        left = rest
    return left


def rounded_out(span: Span) -> Span:
    """Will widen a span to whole quarter hours (counted from the hour in UTC)."""
    epoch = datetime(2000, 1, 1, tzinfo=UTC)
    start = epoch + (span.start - epoch) // CELL * CELL
    end = epoch - (epoch - span.end) // CELL * CELL
    return Span(start, end)


def rounded_up_minutes(minutes: int, step: int = 15) -> int:
    """Will round a length up to the next multiple of `step` minutes."""
    return -(-minutes // step) * step
