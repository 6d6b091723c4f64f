"""Where the fields of a line are, in both of Nginx's formats. Compiled.

A reader gives where it stopped, or -1 for a line it does not take: that one is read by `access_log.request_of`. It
takes only what it is sure to read alike. Text ends in many newlines, so that looking some bytes ahead is safe.
"""

from typing import Any

import numpy as np

from midway.core.routing.compiled import NOBODY, compiled, inlined
from midway.ops.access_scan.words import HIGHS, byte_at, is_ascii, path_end, quote_after, word_at, word_end

VISITOR, VISITOR_END, AT, PATH, PATH_END, STATUS, AGENT, AGENT_END, SEEN, BUCKET = range(10)
DAY_BEGIN, DAY_END, ZONE, MIDNIGHT = range(10, 14)
"""The day and the zone a line before had, as they were written, and when that day began there."""
NEWLINE, SPACE, QUOTE, BACKSLASH = 10, 32, 34, 92
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTHS: Any = np.array([int.from_bytes(name.encode(), "big") for name in _NAMES], np.int64)
DAYS: Any = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)
SECOND = 1_000_000
CLOCK: Any = np.uint64(int.from_bytes(b"00:00:00", "little"))
COLONS: Any = np.uint64(0x0000FF0000FF0000)
NO_DIGITS: Any = np.uint64(0x7676767676767676)
SIX_BYTES: Any = np.uint64((1 << 48) - 1)


@inlined
def digits(at: Any, count: Any) -> Any:
    """The number of so many digits, -1 where one is none."""
    found: Any = 0
    for n in range(count):
        digit = byte_at(at + n) - 48
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


@inlined
def _clock(at: Any) -> Any:
    """Seconds of HH:MM:SS, or -1."""
    word = word_at(at) ^ CLOCK
    if ((word + NO_DIGITS) | word) & HIGHS or word & COLONS:
        return NOBODY
    said = np.int64(word)
    hour, minute = (said & 15) * 10 + (said >> 8 & 15), (said >> 24 & 15) * 10 + (said >> 32 & 15)
    second = (said >> 48 & 15) * 10 + (said >> 56 & 15)
    return NOBODY if hour > 23 or minute > 59 or second > 59 else hour * 3600 + minute * 60 + second


@compiled
def _offset(at: Any, minutes_at: Any) -> Any:
    """Seconds east of Greenwich of +HHMM or +HH:MM; a day where there is none."""
    hour, minute = digits(at + 1, 2), digits(minutes_at, 2)
    if hour < 0 or hour > 23 or minute < 0 or minute > 59 or (byte_at(at) != 43 and byte_at(at) != 45):
        return np.int64(86400)
    return (hour * 3600 + minute * 60) * (1 if byte_at(at) == 43 else -1)


@compiled
def _combined_midnight(at: Any) -> Any:
    """Seconds since 1970 at which the day of 17/May/2015:10:05:03 +0000] began there, or -1."""
    named = byte_at(at + 3) << 16 | byte_at(at + 4) << 8 | byte_at(at + 5)
    month = np.int64(0)
    for n in range(12):
        if MONTHS[n] == named:
            month = np.int64(n + 1)
    day, year, offset = digits(at, 2), digits(at + 7, 4), _offset(at + 21, at + 24)
    is_right = byte_at(at + 2) == 47 and byte_at(at + 6) == 47 and byte_at(at + 11) == 58
    is_right = is_right and byte_at(at + 20) == SPACE and byte_at(at + 26) == 93 and byte_at(at + 27) == SPACE
    if not is_right or not _is_day(year, month, day) or offset == 86400:
        return NOBODY
    return _day_number(year, month, day) * 86400 - offset


@inlined
def combined_moment(at: Any, found: Any) -> Any:
    """Microseconds since 1970 of 17/May/2015:10:05:03 +0000 before a bracket and a space, or -1."""
    begin, end, zone = np.int64(word_at(at)), np.int64(word_at(at + 4)), np.int64(word_at(at + 20))
    if begin != found[DAY_BEGIN] or end != found[DAY_END] or zone != found[ZONE]:
        midnight = _combined_midnight(at)
        if midnight < 0:
            return NOBODY
        found[DAY_BEGIN], found[DAY_END], found[ZONE], found[MIDNIGHT] = begin, end, zone, midnight
    seconds = _clock(at + 12)
    return NOBODY if seconds < 0 else (found[MIDNIGHT] + seconds) * SECOND


@compiled
def _iso_midnight(at: Any, zone: Any) -> Any:
    """Seconds since 1970 at which the day of 2026-03-02T begins in a zone like +00:00, or -1."""
    year, month, day = digits(at, 4), digits(at + 5, 2), digits(at + 8, 2)
    is_right = byte_at(at + 4) == 45 and byte_at(at + 7) == 45 and byte_at(at + 10) == 84 and byte_at(zone + 3) == 58
    offset = _offset(zone, zone + 4)
    if not is_right or not _is_day(year, month, day) or offset == 86400:
        return NOBODY
    return _day_number(year, month, day) * 86400 - offset


@inlined
def iso_moment(at: Any, end: Any, found: Any) -> Any:
    """Microseconds since 1970 of 2026-03-02T12:00:00[.123456]+00:00, or -1."""
    micros, zone_at = np.int64(0), at + 19
    if byte_at(zone_at) == 46:
        micros = digits(zone_at + 1, 6)
        zone_at += 7
    if zone_at + 6 != end or micros < 0:
        return NOBODY
    begin, last = np.int64(word_at(at)), np.int64(word_at(at + 3))
    zone = np.int64(word_at(zone_at) & SIX_BYTES)
    if begin != found[DAY_BEGIN] or last != found[DAY_END] or zone != found[ZONE]:
        midnight = _iso_midnight(at, zone_at)
        if midnight < 0:
            return NOBODY
        found[DAY_BEGIN], found[DAY_END], found[ZONE], found[MIDNIGHT] = begin, last, zone, midnight
    seconds = _clock(at + 11)
    return NOBODY if seconds < 0 else (found[MIDNIGHT] + seconds) * SECOND + micros


@inlined
def combined_line(at: Any, found: Any) -> Any:
    """Will find the fields of one line of the combined format."""
    begin, end = at, word_end(at)
    found[VISITOR], found[VISITOR_END] = begin, end
    at = end
    for _ in range(2):  # identity and user
        if byte_at(at) != SPACE or byte_at(at + 1) <= SPACE:
            return NOBODY
        at = word_end(at + 1)
    if byte_at(at) != SPACE or byte_at(at + 1) != 91 or begin == end or not is_ascii(begin, end):
        return NOBODY
    found[AT] = combined_moment(at + 2, found)
    if found[AT] < 0 or byte_at(at + 30) != QUOTE:
        return NOBODY
    return _combined_request(at + 31, found)


@inlined
def _combined_request(at: Any, found: Any) -> Any:
    begin = at
    while byte_at(at) >= 65 and byte_at(at) <= 90:
        at += 1
    if at == begin or byte_at(at) != SPACE:
        return NOBODY
    found[PATH] = at + 1
    at = path_end(at + 1)
    if byte_at(at) != SPACE and byte_at(at) != QUOTE:
        return NOBODY
    found[PATH_END] = at
    at = quote_after(at)
    found[STATUS] = digits(at + 2, 3)
    if byte_at(at) != QUOTE or byte_at(at + 1) != SPACE or found[STATUS] < 0 or byte_at(at + 5) != SPACE:
        return NOBODY
    return _combined_agent(at + 6, found)


@inlined
def _combined_agent(at: Any, found: Any) -> Any:
    """The answer's size, and the browser where the line has one."""
    begin = at
    while byte_at(at) >= 48 and byte_at(at) <= 57:
        at += 1
    if at == begin:
        if byte_at(at) != 45:
            return NOBODY
        at += 1
    found[AGENT] = found[AGENT_END] = at
    if byte_at(at) == SPACE and byte_at(at + 1) == QUOTE:
        middle = quote_after(at + 2)
        if byte_at(middle) == QUOTE and byte_at(middle + 1) == SPACE and byte_at(middle + 2) == QUOTE:
            last = quote_after(middle + 3)
            if byte_at(last) == QUOTE:
                found[AGENT], found[AGENT_END] = middle + 3, last
                at = last
    return at if is_ascii(found[AGENT], found[AGENT_END]) else NOBODY
