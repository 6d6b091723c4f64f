"""Every line of every library as one JSON object on standard error, with the request's id."""

import logging
import sys
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from structlog.types import EventDict, Processor, WrappedLogger

SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
]


def _dumps(event: Any, **kwargs: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def without_traces_of_people(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Will keep the kind and place of an error and leave out its words, where PostgreSQL quotes whole rows."""
    from midway.config.sentry import scrub_text

    if "exception" in event:
        event["exception"] = scrub_text(str(event["exception"]))
    return event


def report_failures(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Will report an exception that is logged by name: outside of requests nobody else tells the error collector."""
    collector = sys.modules.get("sentry_sdk")
    if collector is not None and event.get("exc_info"):
        failure = event["exc_info"] if isinstance(event["exc_info"], BaseException) else sys.exc_info()[1]
        if failure is not None:
            with collector.new_scope() as scope:
                scope.set_tag("event", str(event.get("event", "")))
                collector.capture_exception(failure)
    return event


def set_up_logging(level: str) -> dict[str, Any]:
    """Will configure structlog and return Django's LOGGING, so that both write the same lines."""
    structlog.configure(
        processors=[
            *SHARED,
            structlog.stdlib.add_logger_name,
            report_failures,
            structlog.processors.format_exc_info,
            without_traces_of_people,
            structlog.processors.JSONRenderer(_dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=_lines,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [
                    *SHARED,
                    structlog.stdlib.add_logger_name,
                    structlog.processors.format_exc_info,
                    without_traces_of_people,
                ],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(_dumps),
                ],
            }
        },
        "filters": {
            "failures": {"()": "django.utils.log.CallbackFilter", "callback": lambda record: record.exc_info},
            "routes": {"()": "django.utils.log.CallbackFilter", "callback": routes_for_addresses},
        },
        "handlers": {"json": {"class": "midway.config.logs.StandardError", "formatter": "json", "filters": ["routes"]}},
        "root": {"handlers": ["json"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            # The request line says it already; strangers' guesses at addresses and hosts are no errors of ours.
            "django.request": {"level": "ERROR", "filters": ["failures"]},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
            # Says each step of each job, with its arguments.
            "procrastinate": {"level": "WARNING"},
        },
    }


def routes_for_addresses(record: logging.LogRecord) -> bool:
    """Will put the route where Django logs the address of a request: the code in a customer's link is a key."""
    request = getattr(record, "request", None)
    if request is not None and isinstance(record.args, tuple):
        from midway.config.middleware import route_of

        record.args = tuple(route_of(request) if argument == request.path else argument for argument in record.args)
    return True


class StandardError(logging.Handler):
    """Writes to whatever standard error is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """Will write one line."""
        try:
            sys.stderr.write(self.format(record) + "\n")
        except Exception:  # a line that cannot be written must not stop what it tells of
            self.handleError(record)


class _Lines:
    """Writes finished lines to standard error, each in one call so that threads do not mix them."""

    def __init__(self, name: str) -> None:
        self.name = name

    def msg(self, line: str) -> None:
        """Will write one line."""
        sys.stderr.write(line + "\n")

    debug = info = warning = error = critical = exception = fatal = log = failure = msg


def write_line(logger: str, event: str, **facts: Any) -> None:
    """Will write the line that this logger's `info` writes, without the chain of processors: for the fast lane."""
    if logging.getLogger(logger).isEnabledFor(logging.INFO):
        at = datetime.now(tz=UTC).isoformat().replace("+00:00", "Z")
        sys.stderr.write(_dumps({**facts, "event": event, "level": "info", "at": at, "logger": logger}) + "\n")


def _lines(*args: Any) -> _Lines:
    return _Lines(args[0] if args else "midway")
