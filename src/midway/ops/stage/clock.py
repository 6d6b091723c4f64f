"""A clock that can be moved."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from midway.runtime.clock import now


class StageClock:
    """Runs like the real one, as far ahead as it was moved."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return now() + self.ahead

    @contextmanager
    def moved(self, by: timedelta) -> Iterator[None]:
        """Will be that much later inside."""
        self.ahead += by
        try:
            yield
        finally:
            self.ahead -= by
