"""Measurements for Prometheus: how requests went, in every web process of this machine together.

With several web workers each process writes its numbers into `<data>/metrics`, which whoever starts the web server
empties first (`start_afresh`); with one worker they stay in memory.
"""

import os
import shutil
import threading
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import Counter, Histogram
    from prometheus_client.core import Metric
    from prometheus_client.registry import Collector

_making = threading.Lock()
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def share_between_workers(data: Path, workers: int) -> None:
    """Will make the measurements of several web workers add up. Must be called before the first is taken."""
    if workers > 1:
        folder = data / "metrics"
        folder.mkdir(parents=True, exist_ok=True)
        os.environ[FOLDER_VARIABLE] = str(folder)
    else:
        os.environ.pop(FOLDER_VARIABLE, None)


def start_afresh(data: Path) -> None:
    """Will forget the measurements of web workers that are gone. Call it before starting the web server."""
    shutil.rmtree(data / "metrics", ignore_errors=True)


def request_seconds() -> "Histogram":
    """Seconds per request by method, route and status. Imported late, so that the folder is known first."""
    with _making:  # two first requests at once must not make it twice
        return _request_seconds()


@lru_cache(maxsize=1)
def _request_seconds() -> "Histogram":
    from prometheus_client import Histogram

    return Histogram(
        "midway_request_seconds", "Time to answer a request", ["method", "route", "status"], buckets=BUCKETS
    )


@lru_cache(maxsize=4096)
def _series(method: str, route: str, status: int) -> "Histogram":
    return request_seconds().labels(method, route, str(status))


def observe_request(method: str, route: str, status: int, seconds: float) -> None:
    """Will count one answered request."""
    _series(method, route, status).observe(seconds)


@lru_cache(maxsize=1)
def _report_reads() -> "Counter":
    from prometheus_client import Counter

    return Counter("midway_report_reads", "Long reports by the database they were read from", ["database"])


def count_report(database: str) -> None:
    """Will count one long report, read from the `copy` or from the `primary`."""
    with _making:
        _report_reads().labels(database).inc()


def exposition(extra: "Iterable[Collector]" = ()) -> bytes:
    """Everything measured, as Prometheus reads it, with the metrics of `extra` collectors."""
    from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    request_seconds()
    registry = CollectorRegistry()
    if os.environ.get(FOLDER_VARIABLE):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REGISTRY)
    for collector in extra:
        registry.register(collector)
    return generate_latest(registry)


def gauge(name: str, documentation: str, value: float) -> "Metric":
    """One number read just now."""
    from prometheus_client.core import GaugeMetricFamily

    return GaugeMetricFamily(name, documentation, value=value)
