"""Have the next working days of every branch proposed by themselves, every night."""

from datetime import date, datetime, timedelta

from midway.booking.models import Visit
from midway.core.actor import Actor
from midway.core.timespan import local_midnight
from midway.crew.models import Branch
from midway.dispatch.actions.propose_day import ask_for_plan
from midway.dispatch.day import day_mark
from midway.dispatch.models import DayPlan
from midway.dispatch.setting import setting_of

LOOK_AHEAD_DAYS = 14
"""So far ahead lies the next day with visits, at the most."""


def propose_days(*, by: Actor, now: datetime) -> list[DayPlan]:
    """Will ask the worker for a plan of each branch's next days with visits, as many as its setting says.

    Each is a job of its own, and any worker takes it. A day of which a plan was published, or is proposed and still
    fits, is left alone: done twice, the second time asks for nothing.
    """
    asked = []
    for branch in Branch.objects.order_by("pk"):
        for on in next_days(branch, now=now):
            if _is_wanted(branch, on, now=now):
                asked.append(ask_for_plan(branch=branch, on=on, by=by, now=now))
    return asked


def next_days(branch: Branch, *, now: datetime) -> list[date]:
    """The days with visits from tomorrow on that are proposed every night."""
    zone, wanted = branch.zoneinfo, setting_of(branch).plans_ahead_days
    today = now.astimezone(zone).date()
    first, last = (local_midnight(today + timedelta(days=n), zone) for n in (1, 1 + LOOK_AHEAD_DAYS))
    visits = Visit.objects.kept().filter(
        branch=branch, during__startswith__gte=first, during__startswith__lt=last
    )  # fmt: skip
    starts = visits.order_by("during").values_list("during", flat=True)
    return sorted({during.lower.astimezone(zone).date() for during in starts})[:wanted]


def _is_wanted(branch: Branch, on: date, *, now: datetime) -> bool:
    plans = DayPlan.objects.filter(branch=branch, on=on)
    if plans.filter(state__in=[DayPlan.State.PUBLISHED, DayPlan.State.WORKING]).exists():
        return False
    proposed = plans.filter(state=DayPlan.State.PROPOSED).values_list("base", flat=True)
    return day_mark(branch, on, now=now) not in set(proposed)
