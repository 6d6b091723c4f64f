"""A moment is said as people say it, and never guessed."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.ops.installation import setting_in

from midway.ops.backup.moment import NoMoment, has_offset, read_moment, zone_of
from midway.ops.backup.server import Server

HOME = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 26, 20, 0, tzinfo=UTC)
"""Three in the afternoon at home."""


@pytest.mark.parametrize(
    ("said", "utc"),
    [
        ("14:03", "2026-11-26T19:03:00"),
        ("14:03:20", "2026-11-26T19:03:20"),
        ("23:10", "2026-11-26T04:10:00"),  # the last one that has been was yesterday's
        ("2026-11-26 14:03", "2026-11-26T19:03:00"),
        ("2026-07-01T14:03:05", "2026-07-01T18:03:05"),
        ("2026-11-26T14:03-05:00", "2026-11-26T19:03:00"),
        ("2026-11-26 14:03:00+0000", "2026-11-26T14:03:00"),
        ("2026-11-26T14:03:00.25Z", "2026-11-26T14:03:00.250000"),
    ],
)
def test_a_moment_is_understood(said: str, utc: str) -> None:
    assert read_moment(said, HOME, now=NOW).astimezone(UTC).replace(tzinfo=None).isoformat() == utc


@pytest.mark.parametrize("said", ["", "yesterday", "14", "25:00", "2026-13-01 10:00", "14:03+01:00", "14:03 o'clock"])
def test_what_is_no_moment_is_told_how_to_say_it(said: str) -> None:
    with pytest.raises(NoMoment, match="offset from UTC: 2026-11-26T14:03-05:00"):
        read_moment(said, HOME, now=NOW)


@pytest.mark.parametrize("said", ["2026-11-01 01:30", "2026-03-08 02:30"])
def test_a_time_that_came_twice_or_never_needs_its_offset(said: str) -> None:
    with pytest.raises(NoMoment, match="twice or never"):
        read_moment(said, HOME, now=NOW)
    assert read_moment(f"{said}-05:00", HOME, now=NOW)


def test_only_what_says_its_offset_needs_no_zone() -> None:
    assert has_offset("2026-11-26T14:03Z")
    assert not has_offset("2026-11-26T14:03")
    assert not has_offset("14:03")


def test_without_a_database_the_offset_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(NoMoment, match="say the moment with its offset"):
        zone_of(setting_in(tmp_path, Server("")))
