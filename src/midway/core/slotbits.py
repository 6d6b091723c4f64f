"""Availability on calendars written as bits: one bit a quarter hour, the first the most significant.

A cleaner's days laid end to end form one long integer, so that fourteen days are searched by a handful of
shifts, and counting who is free is an addition carried out on all quarter hours at once.
"""

from collections.abc import Iterable


def starts_of_runs(free: int, length: int) -> int:
    """Will mark every bit that begins a run of `length` free bits (bits past the end count as taken)."""
    run, have = free, 1
    while have < length:
        step = min(have, length - have)
        run &= run << step
        have += step
    return run


def counts(marks: Iterable[int]) -> list[int]:
    """Will add up many bit rows column by column: bit plane `i` holds the columns' counts' digit `2**i`."""
    planes: list[int] = []
    for mark in marks:
        carry = mark
        for index, plane in enumerate(planes):
            planes[index], carry = plane ^ carry, plane & carry
            if not carry:
                break
        if carry:
            planes.append(carry)
    return planes


def at_least(planes: list[int], number: int) -> int:
    """Will mark every column whose count is `number` or more; `number` is 1 or more."""
    equal, greater = -1, 0
    for index in range(max(len(planes), number.bit_length()) - 1, -1, -1):
        plane = planes[index] if index < len(planes) else 0
        if number >> index & 1:
            equal &= plane
        else:
            greater |= equal & plane
            equal &= ~plane
    return greater | equal
