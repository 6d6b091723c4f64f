from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from tests.cast import NOW

from midway.ops import readiness as module
from midway.ops.heartbeats import beat
from midway.ops.models import Heartbeat
from midway.ops.readiness import Readiness, readiness

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_migrations_seen_applied", False)


def everybody_beats(*, but: str = "") -> None:
    for name in {"worker", "outbox", "scheduler"} - {but}:
        beat(name, now=NOW)


def test_everything_well_is_ready_and_a_missing_cache_says_why_it_is_skipped() -> None:
    everybody_beats()
    found = readiness(now=NOW)
    assert found.is_ready
    assert found.checks.pop("cache").startswith("skipped (REDIS_URL is not set")
    assert found.checks == {"database": "ok", "migrations": "ok", "worker": "ok", "scheduler": "ok"}


@pytest.mark.parametrize(("silent", "check"), [("worker", "worker"), ("outbox", "worker"), ("scheduler", "scheduler")])
def test_silent_part_is_named(silent: str, check: str) -> None:
    everybody_beats(but=silent)
    found = readiness(now=NOW)
    assert not found.is_ready
    assert silent in found.checks[check]


def test_sign_of_life_counts_for_two_minutes() -> None:
    everybody_beats()
    assert readiness(now=NOW + timedelta(seconds=119)).is_ready
    assert not readiness(now=NOW + timedelta(seconds=120)).is_ready


def test_database_that_only_reads_is_not_ready() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
    assert readiness(now=NOW).checks["database"] == "failed (InternalError)"


def test_migration_that_is_missing_is_counted() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'journal' AND name = '0004_loses_words'")
    everybody_beats()
    assert readiness(now=NOW).checks["migrations"] == "failed (1 not applied)"


def test_database_that_does_not_answer_leaves_the_others_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ops_heartbeat RENAME TO gone")
    found = readiness(now=NOW)
    assert found.checks["database"].startswith("failed")
    assert found.checks["worker"].startswith("unknown")


def test_unknown_is_not_fine() -> None:
    assert not Readiness({"database": "ok", "worker": "unknown (why)"}).is_ready
    assert Readiness({"database": "ok", "cache": "skipped (why)"}).is_ready


def test_probe_writes_one_row_however_often_it_looks() -> None:
    for seconds in range(5):
        readiness(now=NOW + timedelta(seconds=seconds))
    assert Heartbeat.objects.get(name="readyz").at == NOW + timedelta(seconds=4)


def test_page_answers_503_until_all_is_well(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["status"] == "failing"
    assert set(response.json()["checks"]) == {"database", "cache", "migrations", "worker", "scheduler"}
    assert "no-store" in response["Cache-Control"]


def test_process_is_healthy_without_asking_the_database(client: Client, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        response = client.get("/healthz")
    assert response.json() == {"status": "ok"}
    assert client.head("/healthz").status_code == 200
    assert client.post("/healthz").status_code == 405
