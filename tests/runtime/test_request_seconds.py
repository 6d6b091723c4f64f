import sys
import threading
from collections.abc import Iterator

import pytest
from prometheus_client import REGISTRY

from midway.runtime import metrics


@pytest.fixture
def not_made_yet() -> Iterator[None]:
    """As after a start, with threads that change places all the time."""
    REGISTRY.unregister(metrics.request_seconds())
    metrics._request_seconds.cache_clear()
    metrics._series.cache_clear()
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    yield
    sys.setswitchinterval(before)


def test_the_first_requests_at_once_share_one_measure(not_made_yet: None) -> None:
    together, made, refused = threading.Barrier(8), [], []

    def first_request() -> None:
        together.wait()
        try:
            made.append(metrics.request_seconds())
        except ValueError as problem:
            refused.append(problem)

    threads = [threading.Thread(target=first_request) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == []
    assert len({id(one) for one in made}) == 1
