"""What every test may ask for."""

import os
from collections.abc import Iterator

import pytest
from tests.cluster import let_flush_pass_the_guards, point_django_at, throw_away_cluster


def pytest_configure() -> None:
    """Tests read static files where they lie; only `midway up` collects them."""
    from django.conf import settings

    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.WHITENOISE_USE_FINDERS = True
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL, started when the first test asks for it: one for each worker of a parallel run."""
    with throw_away_cluster() as url:
        yield url


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres_url: str, django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Django's test database lives on that server."""
    point_django_at(postgres_url)
    os.environ["DATABASE_URL"] = postgres_url
    let_flush_pass_the_guards()
