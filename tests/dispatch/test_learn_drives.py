"""How long drives take is learnt from when cleaners tapped that they were done and that they came."""

from datetime import timedelta

import pytest
from tests.cast import NOW, TODAY, Cast, at, make_property, make_visit

from midway.booking.models import ActualTime
from midway.core.actor import SYSTEM
from midway.core.routing.travel import ENOUGH, Point, kilometres_between
from midway.crew.models import Cleaner
from midway.dispatch.actions.change_setting import change_setting
from midway.dispatch.actions.learn_drives import learn_drives
from midway.dispatch.drives import drives_since
from midway.dispatch.setting import setting_of
from midway.journal.models import Entry

FIXED, A_KILOMETRE = 4.0, 3.0
LONG_AGO = NOW - timedelta(days=60)
LONGITUDES = (-76.70, -76.66, -76.55)


def drove(cast: Cast, cleaner: Cleaner, days: int, *, lunch: bool = False) -> None:
    """On so many past days, three homes one after the other; each drive took 4 minutes and 3 a kilometre."""
    for day in range(1, days + 1):
        left, place = None, None
        for hour, longitude in zip((8, 10, 13 if lunch else 12), LONGITUDES, strict=True):
            begins = at(f"{hour:02}:00", on=TODAY - timedelta(days=day))
            here = Point(39.2946, longitude + day / 1000)
            home = make_property(customer=cast.dora, latitude=here.latitude, longitude=here.longitude)
            visit = make_visit(
                premises=home, price_list=cast.price_list, service=cast.regular, start=begins, cleaners=[cleaner],
                minutes=90,
            )  # fmt: skip
            came = begins
            if left is not None and place is not None:
                came = left + timedelta(minutes=FIXED + A_KILOMETRE * kilometres_between(place, here))
            place, left = here, came + timedelta(minutes=60)
            ActualTime.objects.create(
                visit=visit, started_at=came, finished_at=left, labour_minutes=60, planned_minutes=60, at=left
            )


def test_the_figures_are_those_of_the_drives(cast: Cast) -> None:
    drove(cast, cast.ana, 10)
    drove(cast, cast.ben, 10)

    assert learn_drives(branch=cast.branch, by=SYSTEM, now=NOW) == 40
    setting = setting_of(cast.branch)
    assert setting.fixed_minutes == pytest.approx(FIXED, abs=0.25)
    assert setting.road_factor * 60 / setting.kilometres_per_hour == pytest.approx(A_KILOMETRE, abs=0.1)
    assert setting.learnt_from_drives == 40
    assert "fixed_minutes" in Entry.objects.get(event="dispatch.setting.changed").facts["changed"]

    drove(cast, cast.chidi, 1)
    assert learn_drives(branch=cast.branch, by=SYSTEM, now=NOW) == 42
    assert Entry.objects.filter(event="dispatch.setting.changed").count() == 1  # nothing new


def test_too_few_drives_change_nothing(cast: Cast) -> None:
    drove(cast, cast.ana, ENOUGH // 2 - 1)

    assert learn_drives(branch=cast.branch, by=SYSTEM, now=NOW) == 0
    assert not Entry.objects.filter(event="dispatch.setting.changed").exists()


def test_who_sets_the_figures_keeps_them(cast: Cast) -> None:
    drove(cast, cast.ana, 20)
    change_setting(branch=cast.branch, changes={"is_learning_drives": False}, by=SYSTEM, now=NOW)

    assert learn_drives(branch=cast.branch, by=SYSTEM, now=NOW) == 0
    assert setting_of(cast.branch).fixed_minutes == 2.5


def test_a_pause_and_a_night_are_no_drives(cast: Cast) -> None:
    drove(cast, cast.ana, 2, lunch=True)

    assert len(drives_since(cast.branch, LONG_AGO)) == 2
