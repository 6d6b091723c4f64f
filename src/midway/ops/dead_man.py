"""A sign of life to somebody outside this machine, who raises the alarm when it stops coming.

It speaks the addresses of Healthchecks: the plain address for success, `/start` and an exit code for runs.
"""

import urllib.error
import urllib.request

import structlog

log = structlog.get_logger("midway.upkeep")
SECONDS = 10


def ping(address: str, word: str = "") -> bool:
    """Will call the address; whether somebody was there. Never raises: a silent outside must not stop the inside."""
    if not address:
        return False
    try:
        with urllib.request.urlopen(f"{address}/{word}".rstrip("/"), timeout=SECONDS) as answer:  # noqa: S310 - checked
            return bool(200 <= answer.status < 300)
    except (urllib.error.URLError, OSError, ValueError) as problem:
        log.warning("upkeep.ping.failed", error=type(problem).__name__)
        return False
