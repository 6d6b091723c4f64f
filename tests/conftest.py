"""What every test may ask for."""

import os
from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings
from tests.cluster import empty_quickly, point_django_at, throw_away_cluster

pytest_plugins = ["tests.shared_product", "tests.groups"]

# The same examples every time; `tests.companies.examples` says how to look for new ones.
settings.register_profile("ci", derandomize=True, deadline=None, database=None)
settings.register_profile(
    "search", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_configure() -> None:
    """Tests read static files where they lie; only `midway up` collects them.

    The browser's tests keep an event loop in the thread of all tests, and Django would take it for one of ours.
    """
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    from django.conf import settings

    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.WHITENOISE_USE_FINDERS = True
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    settings.ROADS_DATA = settings.STATIC_ROOT / "none"  # whatever was built in this checkout, tests drive straight


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
    empty_quickly()


@pytest.fixture(autouse=True)
def _nobody_has_asked_before() -> None:
    """Each test begins with nothing counted against it: the clock often stands still between them."""
    from midway.config.rate_limits import shared_counter

    shared_counter.cache_clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With MIDWAY_REQUIRE_ALL, what was not exercised has failed: nothing is skipped silently."""
    report = yield
    if report.skipped and os.environ.get("MIDWAY_REQUIRE_ALL"):
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome, report.longrepr = "failed", f"MIDWAY_REQUIRE_ALL: not exercised. {why}"
    return report
