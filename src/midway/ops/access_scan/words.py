"""Eight bytes at once: to look for a sign, to hash, to compare. Compiled; text must be followed by eight bytes more."""

from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from midway.core.routing.compiled import compiled

IR: Any = vars(cgutils)["ir"]
ONES: Any = np.uint64(0x0101010101010101)
HIGHS: Any = np.uint64(0x8080808080808080)
QUOTES: Any = np.uint64(0x2222222222222222)
NEWLINES: Any = np.uint64(0x0A0A0A0A0A0A0A0A)
EIGHT: Any = np.int64(8)
PRIME: Any = np.uint64(0x9E3779B97F4A7C15)
SHIFT: Any = np.uint64(32)
BITS: Any = np.uint64(3)


def _word_at(typingctx: Any, text: Any, at: Any) -> Any:
    """The eight bytes that begin here, the first of them lowest."""
    if not (isinstance(text, types.Array) and text.dtype == types.uint8 and isinstance(at, types.Integer)):
        return None

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.gep(array.data, [arguments[1]])
        pointer = builder.bitcast(place, IR.IntType(64).as_pointer())
        loaded = builder.load(pointer)
        loaded.align = 1
        return loaded

    return types.uint64(text, types.int64), build


word_at: Any = intrinsic(_word_at)


def _lowest_bit(typingctx: Any, word: Any) -> Any:
    """The number of zeros below the lowest bit that is set."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], cgutils.false_bit)

    return types.uint64(types.uint64), build


lowest_bit: Any = intrinsic(_lowest_bit)


@compiled
def newline_after(text: Any, at: Any) -> Any:
    """Where the line ends."""
    while True:
        word = word_at(text, at) ^ NEWLINES
        hit = (word - ONES) & ~word & HIGHS
        if hit:
            return at + np.int64(lowest_bit(hit) >> BITS)
        at += EIGHT


@compiled
def quote_after(text: Any, at: Any) -> Any:
    """Where the next quote is; at the end of the line where there is none."""
    while True:
        word = word_at(text, at)
        quote, newline = word ^ QUOTES, word ^ NEWLINES
        hit = (((quote - ONES) & ~quote) | ((newline - ONES) & ~newline)) & HIGHS
        if hit:
            return at + np.int64(lowest_bit(hit) >> BITS)
        at += EIGHT


@compiled
def is_ascii(text: Any, begin: Any, end: Any) -> bool:
    """Whether these bytes mean the same in every encoding."""
    at = begin
    while at + EIGHT <= end:
        if word_at(text, at) & HIGHS:
            return False
        at += EIGHT
    while at < end:
        if text[at] > 127:
            return False
        at += 1
    return True


@compiled
def hash_of(text: Any, begin: Any, end: Any, start: Any) -> Any:
    """A number for these bytes, in two lanes so that one multiplication need not wait for the one before."""
    one, two = np.uint64(start) ^ np.uint64(end - begin), ~np.uint64(start)
    at = begin
    while at + 16 <= end:
        one = (one ^ word_at(text, at)) * PRIME
        two = (two ^ word_at(text, at + EIGHT)) * PRIME
        one, two = one ^ (one >> SHIFT), two ^ (two >> SHIFT)
        at += 16
    if at + EIGHT <= end:
        one = (one ^ word_at(text, at)) * PRIME
        one ^= one >> SHIFT
        at += EIGHT
    if at < end:
        rest = np.uint64(8 * (EIGHT - (end - at)))
        two = (two ^ (word_at(text, at) << rest)) * PRIME
        two ^= two >> SHIFT
    mixed = (one ^ (two * PRIME)) * PRIME
    return np.int64(mixed ^ (mixed >> SHIFT))


@compiled
def is_same(one: Any, first: Any, other: Any, second: Any, length: Any) -> bool:
    """Whether both hold the same bytes from here on."""
    n = np.int64(0)
    while n + EIGHT <= length:
        if word_at(one, first + n) != word_at(other, second + n):
            return False
        n += EIGHT
    while n < length:
        if one[first + n] != other[second + n]:
            return False
        n += 1
    return True
