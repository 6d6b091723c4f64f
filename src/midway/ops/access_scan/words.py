"""Eight bytes at once: to look for a sign, to hash, to compare. Compiled.

Places in memory are plain numbers, and a text must be followed by eight bytes more.
"""

from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np import arrayobj

from midway.core.routing.compiled import compiled, inlined

IR: Any = vars(cgutils)["ir"]
populated: Any = arrayobj.populate_array
ONES: Any = np.uint64(0x0101010101010101)
HIGHS: Any = np.uint64(0x8080808080808080)
QUOTES: Any = np.uint64(0x2222222222222222)
BACKSLASHES: Any = np.uint64(0x5C5C5C5C5C5C5C5C)
NEWLINES: Any = np.uint64(0x0A0A0A0A0A0A0A0A)
SPACES: Any = np.uint64(0x2020202020202020)
ABOVE_SPACES: Any = np.uint64(0x2121212121212121)
EIGHT: Any = np.int64(8)
PRIME: Any = np.uint64(0x9E3779B97F4A7C15)
SHIFT: Any = np.uint64(32)
BITS: Any = np.uint64(3)


def _loads(bits: int) -> Any:
    """A function that gives the number of so many bits that stands at a place, its first byte lowest."""
    kind = types.uint64 if bits == 64 else types.int64

    def load(typingctx: Any, at: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            loaded = builder.load(builder.inttoptr(arguments[0], IR.IntType(bits).as_pointer()))
            loaded.align = 1
            return loaded if bits == 64 else builder.zext(loaded, IR.IntType(64))

        return kind(types.int64), build

    return intrinsic(load)


word_at: Any = _loads(64)
byte_at: Any = _loads(8)


def _put_byte(typingctx: Any, at: Any, value: Any) -> Any:
    """Will write the lowest byte of the value."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        byte = IR.IntType(8)
        builder.store(builder.trunc(arguments[1], byte), builder.inttoptr(arguments[0], byte.as_pointer()))
        return arguments[1]

    return types.int64(types.int64, types.int64), build


put_byte: Any = intrinsic(_put_byte)


def _numbers(typingctx: Any, places: Any, n: Any) -> Any:
    """The array of whole numbers that is the nth of these places: where it is, and how long."""
    kind = types.Array(types.int64, 1, "C")

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number, eight = IR.IntType(64), IR.Constant(IR.IntType(64), 8)
        first = builder.mul(arguments[1], IR.Constant(number, 2))
        place = builder.inttoptr(arguments[0], number.as_pointer())
        data = builder.inttoptr(builder.load(builder.gep(place, [first])), number.as_pointer())
        length = builder.load(builder.gep(place, [builder.add(first, IR.Constant(number, 1))]))
        array = context.make_array(kind)(context, builder)
        populated(array, data=data, shape=[length], strides=[eight], itemsize=eight, meminfo=None)
        return array._getvalue()  # noqa: SLF001 - how numba has arrays told

    return kind(types.int64, types.int64), build


numbers: Any = intrinsic(_numbers)


def _lowest_bit(typingctx: Any, word: Any) -> Any:
    """The number of zeros below the lowest bit that is set."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], cgutils.false_bit)

    return types.uint64(types.uint64), build


lowest_bit: Any = intrinsic(_lowest_bit)


@inlined
def address(places: Any, n: Any) -> Any:
    """Where the nth of these arrays is."""
    return np.int64(word_at(places + 16 * n))


@inlined
def _newlines(word: Any) -> Any:
    """The highest bit of each byte that is one; the lowest of them is sure, as in all of these."""
    newline = word ^ NEWLINES
    return (newline - ONES) & ~newline


@inlined
def _line_or_quote(word: Any) -> Any:
    quote = word ^ QUOTES
    return ((quote - ONES) & ~quote) | _newlines(word)


@inlined
def _blanks(word: Any) -> Any:
    """The space and all signs below it."""
    return (word - ABOVE_SPACES) & ~word


@inlined
def _odd(word: Any) -> Any:
    """Quotes, and what no plain text holds: signs below the space, and from 127 on."""
    quote = word ^ QUOTES
    return ((quote - ONES) & ~quote) | ((word - SPACES) & ~word) | word | (word + ONES)


@inlined
def _odd_or_blank(word: Any) -> Any:
    return _odd(word) | _blanks(word)


@inlined
def _odd_or_backslash(word: Any) -> Any:
    back = word ^ BACKSLASHES
    return _odd(word) | ((back - ONES) & ~back)


def _first_of(signs: Any) -> Any:
    """A function that gives the first place from here on where one of these signs stands."""

    def place(at: Any) -> Any:
        while True:
            hit = signs(word_at(at)) & HIGHS
            if hit:
                return at + np.int64(lowest_bit(hit) >> BITS)
            at += EIGHT

    return inlined(place)


newline_after: Any = _first_of(_newlines)
quote_after: Any = _first_of(_line_or_quote)
"""The next quote, or the end of the line where there is none."""
word_end: Any = _first_of(_blanks)
path_end: Any = _first_of(_odd_or_blank)
string_end: Any = _first_of(_odd_or_backslash)


@inlined
def is_ascii(begin: Any, end: Any) -> bool:
    """Whether these bytes mean the same in every encoding."""
    at, seen = begin, np.uint64(0)
    while at + EIGHT <= end:
        seen |= word_at(at)
        at += EIGHT
    if at < end:
        seen |= word_at(at) << np.uint64(8 * (EIGHT - (end - at)))
    return not seen & HIGHS


@compiled
def hash_of(begin: Any, end: Any, start: Any) -> Any:
    """A number for these bytes, in two lanes so that one multiplication need not wait for the one before."""
    one, two = np.uint64(start) ^ np.uint64(end - begin), ~np.uint64(start)
    at = begin
    while at + 16 <= end:
        one = (one ^ word_at(at)) * PRIME
        two = (two ^ word_at(at + EIGHT)) * PRIME
        one, two = one ^ (one >> SHIFT), two ^ (two >> SHIFT)
        at += 16
    if at + EIGHT <= end:
        one = (one ^ word_at(at)) * PRIME
        one ^= one >> SHIFT
        at += EIGHT
    if at < end:
        rest = np.uint64(8 * (EIGHT - (end - at)))
        two = (two ^ (word_at(at) << rest)) * PRIME
        two ^= two >> SHIFT
    mixed = (one ^ (two * PRIME)) * PRIME
    return np.int64(mixed ^ (mixed >> SHIFT))


@inlined
def is_same(one: Any, other: Any, length: Any) -> bool:
    """Whether both places hold the same bytes from here on."""
    n = np.int64(0)
    while n + EIGHT <= length:
        if word_at(one + n) != word_at(other + n):
            return False
        n += EIGHT
    if n == length:
        return True
    rest = np.uint64(8 * (EIGHT - (length - n)))
    return bool(word_at(one + n) << rest == word_at(other + n) << rest)
