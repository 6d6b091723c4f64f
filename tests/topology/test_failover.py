"""The primary dies, and the primary is cut off, while people book: nothing that was acknowledged is lost."""

import time
from collections.abc import Iterator

import pytest
from tests.topology.bookers import SCHEMA, Bookers, lost, overlaps
from tests.topology.three_hosts import ThreeHosts, three_hosts

pytestmark = [pytest.mark.slow, pytest.mark.drills, pytest.mark.xdist_group("three hosts")]
LONGEST_OUTAGE_SECONDS = 90  # on a busy machine; measured rounds are in benchmarks/results


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThreeHosts]:
    with three_hosts(tmp_path_factory.mktemp("three")) as found:
        with found.connect() as connection:
            connection.execute(SCHEMA)
        yield found


def test_a_primary_that_dies_takes_no_booking_along(cluster: ThreeHosts) -> None:
    bookers = Bookers(cluster)
    with bookers as memory:
        bookers.wait_for(100)
        first, at = cluster.primary(), time.monotonic()
        cluster.kill(first)
        bookers.wait_for(100)
    assert cluster.primary() is not first
    assert lost(cluster, memory) == 0
    assert overlaps(cluster) == 0
    assert memory.outage(at) < LONGEST_OUTAGE_SECONDS
    cluster.start(first)
    cluster.wait_until_redundant()


def test_a_primary_that_is_cut_off_says_yes_to_nobody(cluster: ThreeHosts) -> None:
    bookers = Bookers(cluster)
    # The keys of the round before are taken: whoever books them again is refused, and goes on.
    with cluster.connect() as connection:
        connection.execute("TRUNCATE commitment")
    with bookers as memory:
        bookers.wait_for(100)
        first, at = cluster.primary(), time.monotonic()
        cluster.cut(first)
        bookers.wait_for(100)
        cluster.heal(first)
        bookers.wait_for(100)
    second = cluster.primary()
    assert second is not first
    assert memory.host_after(at + 2, first.address) == []  # no split brain
    assert lost(cluster, memory) == 0
    assert overlaps(cluster) == 0
    assert memory.outage(at) < LONGEST_OUTAGE_SECONDS
    cluster.wait_until_redundant()
