"""Somebody's week as a small picture: seven columns, hours as ground, what is booked on them, days off marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from midway.booking.board import CleanerDay
from midway.web.design.words import weekday_in_words
from midway.web.office.drawing import in_hours

FULL_MINUTES = 12 * 60
HEIGHT = 36


@dataclass(frozen=True)
class Column:
    """One day: where its column lies and how high hours and bookings reach."""

    on: date
    x: int
    letter: str
    working: int
    booked: int
    is_away: bool
    words: str


@dataclass(frozen=True)
class WeekPicture:
    """Seven columns and the same in words."""

    columns: Sequence[Column]
    words: str


def week_picture(days: Sequence[CleanerDay]) -> WeekPicture:
    """Will draw seven days."""
    columns = [
        Column(
            on=day.on,
            x=index * 16,
            letter=weekday_in_words(day.on, short=True)[:2],
            working=_height(day.working_minutes),
            booked=_height(day.booked_minutes),
            is_away=day.is_away,
            words=_say(day),
        )
        for index, day in enumerate(days)
    ]
    return WeekPicture(columns=columns, words="; ".join(column.words for column in columns))


def _say(day: CleanerDay) -> str:
    weekday = weekday_in_words(day.on)
    if day.is_away:
        return _("%(weekday)s away") % {"weekday": weekday}
    if not day.working_minutes and not day.booked_minutes:
        return _("%(weekday)s off") % {"weekday": weekday}
    words = {"weekday": weekday, "booked": in_hours(day.booked_minutes), "hours": in_hours(day.working_minutes)}
    return _("%(weekday)s %(booked)s of %(hours)s hours") % words


def _height(minutes: int) -> int:
    return min(HEIGHT, round(HEIGHT * minutes / FULL_MINUTES))
