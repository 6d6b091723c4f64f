"""Learn how long a branch's drives take, from when its cleaners came and went."""

from datetime import datetime, timedelta

from midway.core.actor import Actor
from midway.core.routing.travel import DriveTimes, learn_drive_times
from midway.crew.models import Branch
from midway.dispatch.actions.change_setting import change_setting
from midway.dispatch.drives import drives_since
from midway.dispatch.setting import setting_of

LOOKS_BACK = timedelta(weeks=8)


def learn_drives(*, branch: Branch, by: Actor, now: datetime) -> int:
    """Will have planning reckon with the drives of the last eight weeks, and give how many taught it.

    Nothing changes, and the answer is 0, with too few drives to learn from or where the branch sets its own figures.
    """
    setting = setting_of(branch)
    if not setting.is_learning_drives:
        return 0
    learnt = learn_drive_times(drives_since(branch, now - LOOKS_BACK), before=DriveTimes(samples=0))
    if not learnt.samples:
        return 0
    figures = {
        "fixed_minutes": _in_steps(learnt.fixed_minutes, 0.5),
        "kilometres_per_hour": _in_steps(setting.road_factor * 60 / learnt.minutes_per_km, 1),
        "hour_factors": {str(hour): _in_steps(factor, 0.05) for hour, factor in learnt.hour_factors.items()},
    }
    # In steps, so that a night that taught nothing new changes nothing and leaves no entry.
    if any(getattr(setting, name) != figure for name, figure in figures.items()):
        figures["learnt_from_drives"] = learnt.samples
        change_setting(branch=branch, changes=figures, by=by, now=now)
    return learnt.samples


def _in_steps(figure: float, step: float) -> float:
    return round(round(figure / step) * step, 2)
