"""The one place that reads the wall clock. Front doors call it once and pass `now=` inwards."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(tz=UTC)
