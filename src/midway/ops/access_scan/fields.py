"""Where the fields of a line are, in both of Nginx's formats. Compiled.

A reader gives where it stopped, or -1 for a line it does not take: that one is read by `access_log.request_of`. It
takes only what it is sure to read alike. Text ends in many newlines, so that looking some bytes ahead is safe.
"""

from typing import Any

import numpy as np

from midway.core.routing.compiled import NOBODY, compiled, inlined
from midway.ops.access_scan.words import is_ascii, quote_after

VISITOR, VISITOR_END, AT, PATH, PATH_END, STATUS, AGENT, AGENT_END, SEEN, FIELDS = range(10)
NEWLINE, SPACE, QUOTE, BACKSLASH = 10, 32, 34, 92
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTHS: Any = np.array([int.from_bytes(name.encode(), "big") for name in _NAMES], np.int64)
DAYS: Any = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)
SECOND = 1_000_000


@compiled
def digits(text: Any, at: Any, count: Any) -> Any:
    """The number of so many digits, -1 where one is none."""
    found: Any = 0
    for n in range(count):
        digit = np.int64(text[at + n]) - 48
        if digit < 0 or digit > 9:
            return NOBODY
        found = found * 10 + digit
    return found


@compiled
def _day_number(year: Any, month: Any, day: Any) -> Any:
    """Days since 1970, by Howard Hinnant's `days_from_civil`."""
    if month <= 2:
        year -= 1
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + (9 if month <= 2 else -3)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


@compiled
def _is_day(year: Any, month: Any, day: Any) -> bool:
    if year < 1970 or month < 1 or month > 12 or day < 1:
        return False
    leaps = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return bool(day <= DAYS[month - 1] + (1 if month == 2 and leaps else 0))


@compiled
def _clock(text: Any, at: Any) -> Any:
    """Seconds of HH:MM:SS, or -1."""
    hour, minute, second = digits(text, at, 2), digits(text, at + 3, 2), digits(text, at + 6, 2)
    if text[at + 2] != 58 or text[at + 5] != 58 or hour < 0 or minute < 0 or second < 0:
        return NOBODY
    if hour > 23 or minute > 59 or second > 59:
        return NOBODY
    return hour * 3600 + minute * 60 + second


@compiled
def _offset(text: Any, at: Any, minutes_at: Any) -> Any:
    """Seconds east of Greenwich of +HHMM or +HH:MM; a day where there is none."""
    hour, minute = digits(text, at + 1, 2), digits(text, minutes_at, 2)
    if hour < 0 or hour > 23 or minute < 0 or minute > 59 or (text[at] != 43 and text[at] != 45):
        return np.int64(86400)
    return (hour * 3600 + minute * 60) * (1 if text[at] == 43 else -1)


@compiled
def combined_moment(text: Any, at: Any) -> Any:
    """Microseconds since 1970 of 17/May/2015:10:05:03 +0000, or -1."""
    named = np.int64(text[at + 3]) << 16 | np.int64(text[at + 4]) << 8 | np.int64(text[at + 5])
    month = np.int64(0)
    for n in range(12):
        if MONTHS[n] == named:
            month = np.int64(n + 1)
    day, year, seconds = digits(text, at, 2), digits(text, at + 7, 4), _clock(text, at + 12)
    offset = _offset(text, at + 21, at + 24)
    is_right = text[at + 2] == 47 and text[at + 6] == 47 and text[at + 11] == 58 and text[at + 20] == SPACE
    if not is_right or not _is_day(year, month, day) or seconds < 0 or offset == 86400:
        return NOBODY
    return (_day_number(year, month, day) * 86400 + seconds - offset) * SECOND


@compiled
def iso_moment(text: Any, at: Any, end: Any) -> Any:
    """Microseconds since 1970 of 2026-03-02T12:00:00[.123456]+00:00, or -1."""
    year, month, day = digits(text, at, 4), digits(text, at + 5, 2), digits(text, at + 8, 2)
    seconds = _clock(text, at + 11)
    is_right = text[at + 4] == 45 and text[at + 7] == 45 and text[at + 10] == 84
    if not is_right or not _is_day(year, month, day) or seconds < 0:
        return NOBODY
    micros, zone = np.int64(0), at + 19
    if text[zone] == 46:
        micros = digits(text, zone + 1, 6)
        zone += 7
    offset = _offset(text, zone, zone + 4)
    if zone + 6 != end or text[zone + 3] != 58 or offset == 86400 or micros < 0:
        return NOBODY
    return (_day_number(year, month, day) * 86400 + seconds - offset) * SECOND + micros


@inlined
def _word_end(text: Any, at: Any) -> Any:
    """Where printable text without a space ends."""
    while text[at] > SPACE:
        at += 1
    return at


@compiled
def combined_line(text: Any, at: Any, found: Any) -> Any:
    """Will find the fields of one line of the combined format."""
    found[VISITOR], found[VISITOR_END] = at, _word_end(text, at)
    at = found[VISITOR_END]
    for _ in range(2):  # identity and user
        if text[at] != SPACE or text[at + 1] <= SPACE:
            return NOBODY
        at = _word_end(text, at + 1)
    if text[at] != SPACE or text[at + 1] != 91 or found[VISITOR] == found[VISITOR_END]:
        return NOBODY
    if not is_ascii(text, found[VISITOR], found[VISITOR_END]):
        return NOBODY
    found[AT] = combined_moment(text, at + 2)
    if found[AT] < 0 or text[at + 28] != 93 or text[at + 29] != SPACE or text[at + 30] != QUOTE:
        return NOBODY
    return _combined_request(text, at + 31, found)


@compiled
def _combined_request(text: Any, at: Any, found: Any) -> Any:
    begin = at
    while text[at] >= 65 and text[at] <= 90:
        at += 1
    if at == begin or text[at] != SPACE:
        return NOBODY
    found[PATH] = at + 1
    at += 1
    while text[at] > SPACE and text[at] != QUOTE:
        if text[at] > 126:
            return NOBODY
        at += 1
    if text[at] != SPACE and text[at] != QUOTE:
        return NOBODY
    found[PATH_END] = at
    at = quote_after(text, at)
    found[STATUS] = digits(text, at + 2, 3)
    if text[at] != QUOTE or text[at + 1] != SPACE or found[STATUS] < 0 or text[at + 5] != SPACE:
        return NOBODY
    return _combined_agent(text, at + 6, found)


@compiled
def _combined_agent(text: Any, at: Any, found: Any) -> Any:
    """The answer's size, and the browser where the line has one."""
    begin = at
    while text[at] >= 48 and text[at] <= 57:
        at += 1
    if at == begin:
        if text[at] != 45:
            return NOBODY
        at += 1
    found[AGENT] = found[AGENT_END] = at
    if text[at] == SPACE and text[at + 1] == QUOTE:
        middle = quote_after(text, at + 2)
        if text[middle] == QUOTE and text[middle + 1] == SPACE and text[middle + 2] == QUOTE:
            last = quote_after(text, middle + 3)
            if text[last] == QUOTE:
                found[AGENT], found[AGENT_END] = middle + 3, last
    return at if is_ascii(text, found[AGENT], found[AGENT_END]) else NOBODY
