"""The primary dies, and the primary is cut off, while people book through two app hosts and programs by statements:
nothing that was acknowledged is lost, nothing is booked twice, and whoever was signed in still is."""

import time
from collections.abc import Iterator

import pytest
from tests.topology.app_hosts import AppHosts, app_hosts_on
from tests.topology.people import NOTHING, People, outcome
from tests.topology.statements import Statements, lost, new_calendar, overlaps
from tests.topology.three_hosts import ThreeHosts, three_hosts

pytestmark = [pytest.mark.slow, pytest.mark.drills, pytest.mark.xdist_group("three hosts")]
LONGEST_OUTAGE_SECONDS = 90  # on a busy machine; measured rounds are in benchmarks/results


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThreeHosts]:
    with three_hosts(tmp_path_factory.mktemp("three")) as found:
        yield found


@pytest.fixture(scope="module")
def hosts(cluster: ThreeHosts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppHosts]:
    with app_hosts_on(cluster, tmp_path_factory.mktemp("app")) as found:
        yield found


@pytest.fixture
def whole(cluster: ThreeHosts) -> ThreeHosts:
    """The cluster as it should be, whatever the test before has left."""
    for host in cluster.hosts:
        cluster.heal(host)
    cluster.wait_until_redundant()
    new_calendar(cluster)
    return cluster


def test_a_primary_that_dies_takes_no_booking_along(whole: ThreeHosts, hosts: AppHosts) -> None:
    person = hosts.sign_in()
    people, programs = People(hosts), Statements(whole)
    with people as told, programs as told_programs:
        people.wait_for(30)
        programs.wait_for(100)
        first, at = whole.primary(), time.monotonic()
        whole.kill(first)
        people.wait_for(30)
        programs.wait_for(100)
    second = whole.primary()
    whole.start(first)
    assert second is not first
    assert outcome(hosts, people.wishes) == NOTHING
    assert (lost(whole, told_programs), overlaps(whole)) == (0, 0)
    assert max(told.outage(at), told_programs.outage(at)) < LONGEST_OUTAGE_SECONDS
    for url in hosts.urls:
        assert person.get(f"{url}/office/", allow_redirects=False, timeout=30).status_code == 200
    hosts.wait_until_ready()  # the workers of both hosts too


def test_a_primary_that_is_cut_off_says_yes_to_nobody(whole: ThreeHosts, hosts: AppHosts) -> None:
    people, programs = People(hosts), Statements(whole)
    assert whole.writes_inside(whole.primary())
    with people as told, programs as told_programs:
        people.wait_for(30)
        programs.wait_for(100)
        first, at = whole.primary(), time.monotonic()
        whole.cut(first)
        told_inside = [whole.writes_inside(first) for _ in range(3)]
        people.wait_for(30)
        programs.wait_for(100)
        told_inside.append(whole.writes_inside(first))
        whole.heal(first)
        people.wait_for(30)
        programs.wait_for(100)
    assert whole.primary() is not first
    assert not any(told_inside)  # no split brain
    assert told_programs.host_after(at + 2, first.address) == []
    assert outcome(hosts, people.wishes) == NOTHING
    assert (lost(whole, told_programs), overlaps(whole)) == (0, 0)
    assert max(told.outage(at), told_programs.outage(at)) < LONGEST_OUTAGE_SECONDS
