"""Seeded chance for compiled code: Marsaglia's multiply-with-carry, the same with and without the compiler."""

from typing import Any

import numpy as np

from midway.core.routing.compiled import inlined, plain

Array = Any
MULTIPLIER, LOW = 698769069, 0xFFFFFFFF


def dice(seed: int) -> Array:
    """A fresh source of chance; every seed gives another run of numbers."""
    state = np.array([((seed * 2654435761 + 88172645463325252) & 0xFFFFFFFFFFFFFF) | 1], dtype=np.int64)
    for _ in range(20):
        plain(throw)(state)
    return state


@inlined
def throw(state: Array) -> int:
    """The next of 2³² equally likely numbers."""
    value = int(state[0])
    value = MULTIPLIER * (value & LOW) + (value >> 32)
    state[0] = value
    return value & LOW


@inlined
def below(state: Array, count: int) -> int:
    """One of 0 … count - 1."""
    return (throw(state) * count) >> 32


@inlined
def share(state: Array) -> float:
    """A number from 0 to just under 1."""
    return throw(state) * (1.0 / 4294967296.0)
