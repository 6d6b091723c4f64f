import os

import pytest


@pytest.mark.xdist_group("together")
def test_what_must_run_in_one_worker_is_known_to_the_schedule(request: pytest.FixtureRequest) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert request.node.nodeid.endswith("@together")
