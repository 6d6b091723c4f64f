"""Where the fields of Nginx's JSON line are. Compiled; takes only what `fields` says."""

from typing import Any

import numpy as np

from midway.core.routing.compiled import NOBODY, compiled, inlined
from midway.ops.access_log import BUCKETS
from midway.ops.access_scan.fields import (
    AGENT,
    AGENT_END,
    AT,
    BACKSLASH,
    BUCKET,
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
from midway.ops.access_scan.words import EIGHT, byte_at, string_end, word_at

# What was seen in a line, each a bit; all but the browser must be.
_AT, _VISITOR, _METHOD, _PATH, _STATUS, _SECONDS = 1, 2, 4, 8, 16, 32
_ALL = 63
_NAMES = ("at", "visitor", "method", "uri", "status", "seconds", "agent", "event")
NAMES: Any = np.array([int.from_bytes(name.encode(), "little") for name in _NAMES], np.uint64)
LENGTHS: Any = np.array([len(name) for name in _NAMES], np.int64)
BOUNDS: Any = np.array(BUCKETS)
POWERS: Any = np.array([10.0**n for n in range(16)])


@inlined
def _escaped_end(at: Any) -> Any:
    """Where a string ends in which only quotes and backslashes are escaped, -1 where it holds anything else."""
    while True:
        at = string_end(at)
        if byte_at(at) != BACKSLASH:
            return at if byte_at(at) == QUOTE else NOBODY
        if byte_at(at + 1) != QUOTE and byte_at(at + 1) != BACKSLASH:
            return NOBODY
        at += 2


@inlined
def _plain_end(at: Any) -> Any:
    """Where a plain string ends, -1 where it holds what has to be read with care."""
    at = string_end(at)
    return at if byte_at(at) == QUOTE else NOBODY


@inlined
def _number_end(at: Any) -> Any:
    """Where a plain number ends, -1 where there is none: no sign, no exponent, no zero in front."""
    begin = at
    while byte_at(at) >= 48 and byte_at(at) <= 57:
        at += 1
    if at == begin or (byte_at(begin) == 48 and at > begin + 1):
        return NOBODY
    if byte_at(at) == 46:
        begin = at = at + 1
        while byte_at(at) >= 48 and byte_at(at) <= 57:
            at += 1
        if at == begin:
            return NOBODY
    return at


@inlined
def _name_at(at: Any, length: Any) -> Any:
    """Which of our names stands here, -1 where it is another."""
    if length < 1 or length > EIGHT:
        return NOBODY
    rest = np.uint64(8 * (EIGHT - length))
    word = word_at(at) << rest >> rest
    for row in range(LENGTHS.shape[0]):
        if NAMES[row] == word and LENGTHS[row] == length:
            return np.int64(row)
    return NOBODY


@inlined
def _skip_spaces(at: Any) -> Any:
    while byte_at(at) == SPACE:
        at += 1
    return at


@inlined
def _keep_text(name: Any, begin: Any, end: Any, found: Any) -> bool:
    """Will keep a string of ours; says whether it may stand under that name."""
    if name == 0:
        found[AT] = iso_moment(begin, end, found)
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
def _bucket(seconds: Any) -> Any:
    """As `bisect_left` in the bounds."""
    low, high = 0, BOUNDS.shape[0] - 1
    while low < high:
        middle = (low + high) // 2
        if BOUNDS[middle] < seconds:
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def _keep_number(name: Any, begin: Any, end: Any, found: Any) -> bool:
    """The same for a number."""
    if name == 4:
        found[STATUS] = digits(begin, 3)
        found[SEEN] |= _STATUS
        return bool(end - begin == 3 and found[STATUS] >= 0)
    if name == 5:
        whole, after = np.int64(0), np.int64(0)
        if end - begin > 15:
            return False
        for at in range(begin, end):
            if byte_at(at) == 46:
                after = end - at - 1
            else:
                whole = whole * 10 + byte_at(at) - 48
        # One division of whole numbers below 2^53 is rounded as Python reads the decimals.
        found[BUCKET] = _bucket(whole / POWERS[after])
        found[SEEN] |= _SECONDS
        return True
    return bool(name < 0)


@inlined
def _one_value(at: Any, name: Any, found: Any) -> Any:
    """Will read what stands behind a name; gives where it ends, or -1."""
    if byte_at(at) == QUOTE:
        begin = at + 1
        # What is counted must be written in one way only, so that it is known again; the rest may say anything.
        end = _escaped_end(begin) if name < 0 else _plain_end(begin)
        if end < 0 or not _keep_text(name, begin, end, found):
            return NOBODY
        return end + 1
    end = _number_end(at)
    if end < 0 or not _keep_number(name, at, end, found):
        return NOBODY
    return end


@inlined
def json_line(at: Any, found: Any) -> Any:
    """Will find the fields of one flat JSON object that ends its line."""
    found[SEEN] = found[AGENT] = found[AGENT_END] = 0
    at = _skip_spaces(at + 1)
    while True:
        if byte_at(at) != QUOTE:
            return NOBODY
        end = _plain_end(at + 1)
        if end < 0:
            return NOBODY
        name = _name_at(at + 1, end - at - 1)
        at = _skip_spaces(end + 1)
        if byte_at(at) != 58:
            return NOBODY
        at = _one_value(_skip_spaces(at + 1), name, found)
        if at < 0:
            return NOBODY
        at = _skip_spaces(at)
        if byte_at(at) != 44:
            break
        at = _skip_spaces(at + 1)
    if byte_at(at) != 125 or byte_at(at + 1) != NEWLINE or found[SEEN] != _ALL:
        return NOBODY
    return at + 1
