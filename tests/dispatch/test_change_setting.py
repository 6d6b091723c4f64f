"""Changing what planning weighs: only what really changes is written, and written down."""

from tests.cast import NOW, Cast

from midway.core.actor import SYSTEM
from midway.dispatch.actions.change_setting import change_setting
from midway.dispatch.actions.learn_drives import learn_drives
from midway.dispatch.models import DispatchSetting
from midway.journal.models import Entry


def changed() -> list[object]:
    return [entry.facts["changed"] for entry in Entry.objects.filter(event="dispatch.setting.changed").order_by("pk")]


def test_what_stays_as_it_was_is_not_written_down(cast: Cast) -> None:
    for _again in range(2):
        change_setting(branch=cast.branch, changes={"kilometres_per_hour": 42, "road_factor": 1.35}, by=SYSTEM, now=NOW)

    assert changed() == [["kilometres_per_hour"]]


def test_with_nothing_to_learn_from_the_figures_stay(cast: Cast) -> None:
    change_setting(branch=cast.branch, changes={"kilometres_per_hour": 55, "fixed_minutes": 9}, by=SYSTEM, now=NOW)

    assert learn_drives(branch=cast.branch, by=SYSTEM, now=NOW) == 0

    setting = DispatchSetting.objects.get()
    assert (setting.kilometres_per_hour, setting.fixed_minutes) == (55, 9)
    assert len(changed()) == 1
