"""Room for a crowd: as many connections as there are threads."""

from collections.abc import Iterator

import pytest
from django.db import connection


@pytest.fixture(autouse=True)
def _wide_pool(transactional_db: None) -> Iterator[None]:
    options = connection.settings_dict["OPTIONS"]["pool"]
    narrow = dict(options)
    connection.close()
    connection.close_pool()
    options.update(min_size=0, max_size=220, timeout=60)
    yield
    connection.close()
    connection.close_pool()
    options.update(narrow)
