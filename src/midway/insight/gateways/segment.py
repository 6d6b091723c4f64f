"""Segment, or a collector that speaks its batch API. The library is loaded by the worker's job alone."""

import logging
from collections.abc import Sequence
from typing import Any

from midway.insight.product_events import CollectorAway, EventsRefused

SECONDS = 10
TRIES = 2
# Too much at once, or not allowed for a while: those go by. What is wrong with the words does not.
PASSING = frozenset({401, 403, 408, 410, 429})


class Segment:
    """Hands batches over at /v1/batch, compressed, with the write key."""

    def __init__(self, *, write_key: str, host: str = "") -> None:
        self._write_key, self._host = write_key, host or None

    def take(self, batch: Sequence[dict[str, Any]]) -> None:
        """Will hand the batch over, trying once more at once when the connection fails."""
        from requests import RequestException
        from segment.analytics.request import APIError, post  # type: ignore[import-untyped] # it carries no types

        logging.getLogger("segment").setLevel(logging.CRITICAL)  # it would log whole answers
        for number in range(TRIES):
            try:
                post(self._write_key, self._host, gzip=True, timeout=SECONDS, retry_count=number, batch=list(batch))
            except APIError as problem:
                status = int(problem.status)
                if status < 500 and status not in PASSING:
                    raise EventsRefused(f"the collector answers {status}") from problem
                failure = f"the collector answers {status}"
                if status < 500:
                    break  # it said not now
            except RequestException as problem:
                failure = f"the collector cannot be reached ({type(problem).__name__})"
            else:
                return
        raise CollectorAway(failure)
