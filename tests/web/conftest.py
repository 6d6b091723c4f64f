"""What tests of pages share: the moment, a browser without scripts, static files under their plain names."""

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings
from tests.cast import NOW, Cast, make_cast


@pytest.fixture(autouse=True)
def plain_static_files(settings: Settings) -> None:
    """No collected files are needed to draw a page."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def monday_morning() -> Iterator[None]:
    """It is nine o'clock on the cast's Monday."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cast(db: None, monday_morning: None) -> Cast:
    """The whole stage, now."""
    return make_cast()


@pytest.fixture
def visitor() -> Client:
    """Somebody who has never been here, reading English."""
    return Client(headers={"accept-language": "en"})
