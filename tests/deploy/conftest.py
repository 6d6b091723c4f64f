"""What tests of a production may ask for."""

from collections.abc import Iterator

import psycopg
import pytest
from tests.cluster import throw_away_cluster


@pytest.fixture(scope="module")
def empty_database() -> Iterator[str]:
    """A database of its own, with nothing in it."""
    with throw_away_cluster() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE fleet")
        yield url.replace("@/postgres?", "@/fleet?", 1)
