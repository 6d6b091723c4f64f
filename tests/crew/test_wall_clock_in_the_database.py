"""Python and PostgreSQL read a wall clock the same way, in every zone a branch may be in."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from midway.core.timespan import local_instant

ZONES = [
    "America/New_York",
    "America/Los_Angeles",
    "America/Phoenix",
    "America/Santiago",  # skips midnight
    "America/St_Johns",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Atlantic/Azores",  # changes at midnight, both ways
    "Australia/Lord_Howe",
    "Europe/Dublin",  # winter is its saving time
    "Europe/Lisbon",
    "Europe/London",
    "Europe/Paris",
    "Pacific/Auckland",
    "Pacific/Honolulu",
    "UTC",
]


def hard_times(zone: ZoneInfo) -> list[datetime]:
    """Every half hour of the days in 2026 to 2028 on which the clock changes, and a noon of every week."""
    found = []
    day = date(2026, 1, 1)
    while day < date(2029, 1, 1):
        noon = datetime.combine(day, time(12), zone)
        tomorrow = noon + timedelta(days=1)
        if noon.utcoffset() != tomorrow.utcoffset():
            start = datetime.combine(day, time(0))
            found += [start + n * timedelta(minutes=15) for n in range(2 * 96 + 1)]
        if day.weekday() == 0 or (day.month, day.day) == (2, 29):
            found.append(noon.replace(tzinfo=None))
        day += timedelta(days=1)
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("zone_name", ZONES)
def test_a_wall_clock_time_is_the_same_moment_to_both(zone_name: str) -> None:
    zone = ZoneInfo(zone_name)
    times = hard_times(zone)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t AT TIME ZONE %s FROM unnest(%s::timestamp[]) WITH ORDINALITY u(t, n) ORDER BY n",
            [zone_name, times],
        )
        read_by_postgres = [row[0] for row in cursor.fetchall()]

    assert [local_instant(t.date(), t.time(), zone) for t in times] == read_by_postgres
