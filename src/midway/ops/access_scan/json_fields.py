"""Where the fields of Nginx's JSON line are. Compiled; takes only what `fields` says."""

from typing import Any

import numpy as np

from midway.core.routing.compiled import NOBODY, compiled
from midway.ops.access_scan.fields import (
    AGENT,
    AGENT_END,
    AT,
    BACKSLASH,
    NEWLINE,
    PATH,
    PATH_END,
    QUOTE,
    SEEN,
    SPACE,
    STATUS,
    VISITOR,
    VISITOR_END,
    digits,
    iso_moment,
)

# What was seen in a line, each a bit; all but the browser must be.
_AT, _VISITOR, _METHOD, _PATH, _STATUS, _SECONDS = 1, 2, 4, 8, 16, 32
_ALL = 63
_NAMES = ("at", "visitor", "method", "uri", "status", "seconds", "agent", "event")
LONGEST = 8
NAMES: Any = np.zeros((len(_NAMES), LONGEST), np.uint8)
LENGTHS: Any = np.array([len(name) for name in _NAMES], np.int64)
for _row, _name in enumerate(_NAMES):
    NAMES[_row, : len(_name)] = np.frombuffer(_name.encode(), np.uint8)
POWERS: Any = np.array([10.0**n for n in range(16)])


@compiled
def _string_end(text: Any, at: Any) -> Any:
    """Where a plain string ends, -1 where it holds what has to be read with care."""
    while text[at] != QUOTE:
        if text[at] < SPACE or text[at] > 126 or text[at] == BACKSLASH:
            return NOBODY
        at += 1
    return at


@compiled
def _escaped_end(text: Any, at: Any) -> Any:
    """Where a string ends in which only quotes and backslashes are escaped, -1 where it holds anything else."""
    while text[at] != QUOTE:
        if text[at] == BACKSLASH:
            at += 1
            if text[at] != QUOTE and text[at] != BACKSLASH:
                return NOBODY
        if text[at] < SPACE or text[at] > 126:
            return NOBODY
        at += 1
    return at


@compiled
def _number_end(text: Any, at: Any) -> Any:
    """Where a plain number ends, -1 where there is none: no sign, no exponent, no zero in front."""
    begin = at
    while text[at] >= 48 and text[at] <= 57:
        at += 1
    if at == begin or (text[begin] == 48 and at > begin + 1):
        return NOBODY
    if text[at] == 46:
        begin = at = at + 1
        while text[at] >= 48 and text[at] <= 57:
            at += 1
        if at == begin:
            return NOBODY
    return at


@compiled
def _name_at(text: Any, at: Any, length: Any) -> Any:
    """Which of our names stands here, -1 where it is another."""
    for row in range(LENGTHS.shape[0]):
        if LENGTHS[row] == length:
            is_it = True
            for n in range(length):
                is_it = is_it and text[at + n] == NAMES[row, n]
            if is_it:
                return np.int64(row)
    return NOBODY


@compiled
def _skip_spaces(text: Any, at: Any) -> Any:
    while text[at] == SPACE:
        at += 1
    return at


@compiled
def _keep_text(text: Any, name: Any, begin: Any, end: Any, found: Any) -> bool:
    """Will keep a string of ours; says whether it may stand under that name."""
    if name == 0:
        found[AT] = iso_moment(text, begin, end)
        found[SEEN] |= _AT
        return bool(found[AT] >= 0)
    if name == 1:
        found[VISITOR], found[VISITOR_END] = begin, end
        found[SEEN] |= _VISITOR
    elif name == 2:
        found[SEEN] |= _METHOD
    elif name == 3:
        found[PATH], found[PATH_END] = begin, end
        found[SEEN] |= _PATH
    elif name == 6:
        found[AGENT], found[AGENT_END] = begin, end
    return bool(name != 4 and name != 5)


@compiled
def _keep_number(text: Any, name: Any, begin: Any, end: Any, found: Any, seconds: Any) -> bool:
    """The same for a number."""
    if name == 4:
        found[STATUS] = digits(text, begin, 3)
        found[SEEN] |= _STATUS
        return bool(end - begin == 3 and found[STATUS] >= 0)
    if name == 5:
        whole, after = np.int64(0), np.int64(-1)
        if end - begin > 15:
            return False
        for n in range(begin, end):
            if text[n] == 46:
                after = end - n - 1
            else:
                whole = whole * 10 + np.int64(text[n]) - 48
        # One division of whole numbers below 2^53 is rounded as Python reads the decimals.
        seconds[0] = whole / POWERS[max(after, 0)]
        found[SEEN] |= _SECONDS
        return True
    return bool(name < 0)


@compiled
def _one_value(text: Any, at: Any, name: Any, found: Any, seconds: Any) -> Any:
    """Will read what stands behind a name; gives where it ends, or -1."""
    if text[at] == QUOTE:
        begin = at + 1
        # What is counted must be written in one way only, so that it is known again; the rest may say anything.
        end = _escaped_end(text, begin) if name < 0 else _string_end(text, begin)
        if end < 0 or not _keep_text(text, name, begin, end, found):
            return NOBODY
        return end + 1
    end = _number_end(text, at)
    if end < 0 or not _keep_number(text, name, at, end, found, seconds):
        return NOBODY
    return end


@compiled
def json_line(text: Any, at: Any, found: Any, seconds: Any) -> Any:
    """Will find the fields of one flat JSON object that ends its line."""
    found[SEEN] = found[AGENT] = found[AGENT_END] = 0
    at = _skip_spaces(text, at + 1)
    while True:
        if text[at] != QUOTE:
            return NOBODY
        end = _string_end(text, at + 1)
        if end < 0:
            return NOBODY
        name = _name_at(text, at + 1, end - at - 1)
        at = _skip_spaces(text, end + 1)
        if text[at] != 58:
            return NOBODY
        at = _one_value(text, _skip_spaces(text, at + 1), name, found, seconds)
        if at < 0:
            return NOBODY
        at = _skip_spaces(text, at)
        if text[at] != 44:
            break
        at = _skip_spaces(text, at + 1)
    if text[at] != 125 or text[at + 1] != NEWLINE or found[SEEN] != _ALL:
        return NOBODY
    return at + 1
