"""The one place that reads the wall clock. Front doors call it once and pass `now=` inwards."""

import time
from collections.abc import Callable
from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(tz=UTC)


def stopwatch() -> Callable[[], float]:
    """Will start counting, and give the seconds passed whenever asked; no change of the clock touches it."""
    begun = time.monotonic()
    return lambda: time.monotonic() - begun
