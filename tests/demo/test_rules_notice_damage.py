"""The rules of a demo company are broken one after the other, and each time they notice."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from tests.cast import NOW
from tests.demo.rules import SMALL, broken_rules, loaded

from midway.demo.actions import DemoReport

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("damaged demo")]


@pytest.fixture(scope="module")
def company(django_db_setup: None, django_db_blocker: Any) -> Iterator[DemoReport]:
    """Loaded once; the damage each test does is undone after it."""
    with django_db_blocker.unblock(), loaded(SMALL) as report:
        yield report


def test_undamaged_it_breaks_none(company: DemoReport) -> None:
    assert broken_rules(company, NOW) == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE booking_assignment SET active = false WHERE id = (SELECT min(id) FROM booking_assignment WHERE active)",
        "UPDATE crew_shift SET start = '11:00', \"end\" = '11:15'",
        "UPDATE booking_visit SET state = 'scheduled' WHERE id ="
        " (SELECT min(id) FROM booking_visit WHERE state = 'done')",
        'UPDATE crew_calendarday SET free = ~free WHERE (cleaner_id, "on") ='
        ' (SELECT cleaner_id, max("on") FROM crew_calendarday GROUP BY 1 ORDER BY 1 LIMIT 1)',
        "DELETE FROM crew_cleaner_skills",
        "UPDATE booking_visit SET created_at = created_at + interval '1 minute'",
    ],
)
def test_damage_is_noticed(company: DemoReport, damage: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(damage)

    assert broken_rules(company, NOW) != []
