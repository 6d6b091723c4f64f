"""What planning weighs in a branch: the settings as core/routing wants them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from midway.core.routing.problem import WEIGHT_NAMES, Break, Weights
from midway.core.timespan import local_instant, local_midnight
from midway.crew.models import Branch
from midway.dispatch.models import DispatchSetting


def setting_of(branch: Branch) -> DispatchSetting:
    """The branch's settings, or the usual ones, not written yet."""
    return DispatchSetting.objects.filter(branch=branch).first() or DispatchSetting(branch=branch)


def weights_of(setting: DispatchSetting) -> Weights:
    """The usual weights with those the branch has set; names that are no longer known are passed over."""
    own = {name: float(value) for name, value in setting.weights.items() if name in WEIGHT_NAMES}
    return replace(Weights(), **own)


def breaks_of(setting: DispatchSetting, on: date, zone: ZoneInfo) -> Sequence[Break]:
    """The breaks of a local day, in minutes after its midnight."""
    midnight = local_midnight(on, zone)

    def at(clock: str) -> float:
        return minutes_after(midnight, local_instant(on, time.fromisoformat(clock), zone))

    return [
        Break(
            minutes=float(rule["minutes"]),
            opens=at(rule["opens"]),
            closes=at(rule["closes"]),
            is_law=bool(rule.get("is_law", False)),
        )
        for rule in setting.breaks
    ]


def minutes_after(midnight: datetime, moment: datetime) -> float:
    """Minutes from a day's midnight, as they pass; they differ from the clock's where that changes."""
    return (moment - midnight).total_seconds() / 60
