"""midway demo load, as people call it: in a process of its own, on a database of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

SIZE = ("--cleaners", "4", "--customers", "30", "--months", "1")


@pytest.fixture
def empty_database(postgres_url: str) -> Iterator[str]:
    """The address of a migrated database that nobody else uses."""
    parts = urlsplit(postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("CREATE DATABASE demo_load")
        yield urlunsplit(parts._replace(path="/demo_load"))
        server.execute("DROP DATABASE demo_load WITH (FORCE)")


def midway(*words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", *words],
        env={**{k: v for k, v in os.environ.items() if not k.startswith("DJANGO_")}, "PYTHONPATH": "src", **environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_it_loads_once_and_then_says_that_a_company_is_there(empty_database: str, tmp_path: Path) -> None:
    environ = {"DATABASE_URL": empty_database, "MIDWAY_DATA": str(tmp_path / "new")}
    migrated = midway("django", "migrate", "--skip-checks", DJANGO_SETTINGS_MODULE="midway.config.settings", **environ)
    assert migrated.returncode == 0, migrated.stderr

    first = midway("midway", "demo", "load", *SIZE, "--json", **environ)
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["rows"]["customers"] == 30
    assert "4 cleaners" in first.stderr

    second = midway("midway", "demo", "load", *SIZE, **environ)
    assert second.returncode == 1
    assert "already holds customers" in second.stderr
    assert "Traceback" not in second.stderr
    assert second.stdout == ""

    assert midway("midway", "demo", "load", "--if-empty", **environ).returncode == 0
    with psycopg.connect(empty_database) as database:
        (customers,) = database.execute("SELECT count(*) FROM customers_customer").fetchone() or (None,)
    assert customers == 30


def test_on_a_database_without_tables_it_says_what_to_do(empty_database: str, tmp_path: Path) -> None:
    found = midway("midway", "demo", "load", DATABASE_URL=empty_database, MIDWAY_DATA=str(tmp_path))

    assert found.returncode == 2
    assert "midway up" in found.stderr
    assert "Traceback" not in found.stderr


def test_without_a_database_it_says_what_to_do(tmp_path: Path) -> None:
    found = midway("midway", "demo", "load", DATABASE_URL="", MIDWAY_DATA=str(tmp_path))

    assert found.returncode == 2
    assert "midway up" in found.stderr
    assert "Traceback" not in found.stderr
