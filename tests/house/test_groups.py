import os

import pytest
from tests.groups import pytest_collection_modifyitems


@pytest.mark.xdist_group("together")
def test_what_must_run_in_one_worker_is_known_to_the_schedule(request: pytest.FixtureRequest) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert request.node.nodeid.endswith("@together")


def test_tests_of_one_name_are_refused_for_only_one_would_run(request: pytest.FixtureRequest) -> None:
    with pytest.raises(pytest.UsageError, match="only one"):
        pytest_collection_modifyitems(request.config, [request.node, request.node])
