"""What is taken out as CSV is read from a copy of the database while it has everything, and else from the database."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker
from tests.topology.app_hosts import AppHosts, app_hosts
from tests.topology.one_server import copy_of, copy_url, one_server, wait_until_it_has_all

from midway.config.environment import database_parameters
from midway.ops.stage.postgres import DATABASE, StagePostgres, Standby
from midway.runtime.reports import COPY, reports_database

pytestmark = [pytest.mark.slow, pytest.mark.drills]
PRIMARY = "primary"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[StagePostgres]:
    with one_server(folder) as running:
        yield running


@pytest.fixture(scope="module")
def copy(server: StagePostgres, folder: Path) -> Iterator[Standby]:
    with copy_of(server, folder) as running:
        yield running


@pytest.fixture
def both(server: StagePostgres, copy: Standby, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Django knows the two."""
    plain = {**connections.settings["default"], "ENGINE": "django.db.backends.postgresql", "OPTIONS": {}}
    wait_until_it_has_all(server)
    connections.settings[PRIMARY] = {**plain, **database_parameters(server.url(DATABASE))}
    connections.settings[COPY] = {**plain, **database_parameters(copy_url(copy))}
    with django_db_blocker.unblock():
        yield
        for alias in (PRIMARY, COPY):
            connections[alias].close()
            del connections[alias]
            del connections.settings[alias]


def change(server: StagePostgres) -> None:
    server.do("CREATE TABLE IF NOT EXISTS change (at timestamptz)", "INSERT INTO change VALUES (now())")


@contextmanager
def paused(copy: Standby) -> Iterator[None]:
    """It takes in what happens, and does not do it, inside the block."""
    with copy.connect() as connection:
        connection.execute("SELECT pg_wal_replay_pause()")
        try:
            deadline = time.monotonic() + 60
            while connection.execute("SELECT pg_get_wal_replay_pause_state()").fetchone() != ("paused",):
                assert time.monotonic() < deadline, "replay goes on"
                time.sleep(0.01)
            yield
        finally:
            connection.execute("SELECT pg_wal_replay_resume()")


@pytest.mark.usefixtures("both")
def test_a_copy_that_has_everything_is_read(server: StagePostgres) -> None:
    change(server)
    assert reports_database(PRIMARY) == COPY


@pytest.mark.usefixtures("both")
def test_a_copy_that_is_behind_is_not(server: StagePostgres, copy: Standby) -> None:
    with paused(copy):
        change(server)
        assert reports_database(PRIMARY) == PRIMARY
    assert reports_database(PRIMARY) == COPY


@pytest.mark.usefixtures("both")
def test_the_database_itself_is_no_copy_of_itself(server: StagePostgres) -> None:
    connections.settings[COPY] = connections.settings[PRIMARY]
    assert reports_database(PRIMARY) == PRIMARY


@pytest.mark.usefixtures("both")
def test_a_copy_of_another_database_is_not_read(postgres_url: str) -> None:
    connections.settings[PRIMARY] = {**connections.settings[PRIMARY], **database_parameters(postgres_url)}
    assert reports_database(PRIMARY) == PRIMARY


@pytest.mark.usefixtures("both")
def test_a_copy_that_is_gone_is_done_without(copy: Standby) -> None:
    copy.stop()
    try:
        assert reports_database(PRIMARY) == PRIMARY
    finally:
        copy.start()


def visits(hosts: AppHosts, person: requests.Session) -> int:
    url = f"{hosts.urls[0]}/office/exports/visits.csv"
    page = person.get(f"{hosts.urls[0]}/office/exports/", timeout=30).text
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    answer = person.post(url, data={"csrfmiddlewaretoken": token}, headers={"Referer": url}, timeout=60)
    assert answer.status_code == 200, answer.text
    return len(answer.text.splitlines()) - 1


def test_the_office_takes_everything_out_from_whichever_has_it(
    server: StagePostgres, copy: Standby, folder: Path
) -> None:
    settings = {"MIDWAY_REPORTS_DATABASE_URL": copy_url(copy)}
    with app_hosts(folder, server.url(DATABASE), count=1, **settings) as hosts:
        person = hosts.sign_in()
        wait_until_it_has_all(server)
        before = visits(hosts, person)
        assert before > 0
        assert "reports.copy.chosen" in hosts.said
        with paused(copy):
            change(server)
            assert visits(hosts, person) == before
            assert "reports.copy.passed_over" in hosts.said
        metrics = requests.get(f"{hosts.urls[0]}/metrics", timeout=30).text
        assert 'midway_report_reads_total{database="copy"} 1.0' in metrics
        assert 'midway_report_reads_total{database="primary"} 1.0' in metrics
