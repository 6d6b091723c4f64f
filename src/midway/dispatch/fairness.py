"""Law and fairness of a day: the rest a cleaner has had and needs, and what each did in the weeks before."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta

from midway.booking.models import Assignment
from midway.core.routing.problem import Balance, Weights
from midway.core.routing.rules import Around, RestRules
from midway.core.timespan import local_midnight
from midway.core.visit_states import OCCUPIES_CALENDAR
from midway.crew.models import Branch, Cleaner
from midway.dispatch.models import DayPlan, DispatchSetting

RULE_NAMES = tuple(field.name for field in fields(RestRules))


def rules_of(setting: DispatchSetting) -> RestRules | None:
    """The branch's rules of working hours; nothing where it has set none."""
    if setting.law is None:
        return None
    return RestRules(**{name: float(value) for name, value in setting.law.items() if name in RULE_NAMES})


def around(branch: Branch, on: date) -> dict[int, Around]:
    """By cleaner's id, when their last visit of the day before ends and their first of the day after begins."""
    zone = branch.zoneinfo
    before, midnight, tomorrow, after = (local_midnight(on + timedelta(days=n), zone) for n in (-1, 0, 1, 2))
    ended: dict[int, datetime] = {}
    begins: dict[int, datetime] = {}
    rows = Assignment.objects.filter(
        active=True, visit__branch=branch, visit__state__in=OCCUPIES_CALENDAR,
        visit__during__startswith__gte=before, visit__during__startswith__lt=after,
    )  # fmt: skip
    for cleaner, during in rows.values_list("cleaner_id", "visit__during"):
        if during.lower < midnight:
            ended[cleaner] = max(ended.get(cleaner, during.upper), during.upper)
        elif during.lower >= tomorrow:
            begins[cleaner] = min(begins.get(cleaner, during.lower), during.lower)

    def minutes(moment: datetime | None) -> float | None:
        return None if moment is None else (moment - midnight).total_seconds() / 60

    return {
        pk: Around(ended_before=minutes(ended.get(pk)), begins_after=minutes(begins.get(pk)))
        for pk in {*ended, *begins}
    }


def is_fair(weights: Weights) -> bool:
    """Whether a branch asks for fairness at all; who does not, does not pay for looking."""
    return bool(weights.fair_work or weights.fair_drive or weights.fair_weekend)


def balances(branch: Branch, on: date, *, weeks: int, cleaners: Sequence[Cleaner]) -> dict[int, Balance]:
    """By cleaner's id, work, driving and weekend days of the weeks before against the average. Three queries.

    Work and weekends are those of the visits kept, driving is that of the published plans.
    """
    zone = branch.zoneinfo
    opens, closes = local_midnight(on - timedelta(weeks=weeks), zone), local_midnight(on, zone)
    work: dict[int, float] = defaultdict(float)
    weekends: dict[int, set[date]] = defaultdict(set)
    rows = Assignment.objects.filter(
        active=True, cleaner__in=cleaners, visit__state__in=OCCUPIES_CALENDAR,
        visit__during__startswith__gte=opens, visit__during__startswith__lt=closes,
    )  # fmt: skip
    for cleaner, during in rows.values_list("cleaner_id", "visit__during"):
        work[cleaner] += (during.upper - during.lower).total_seconds() / 60
        day = during.lower.astimezone(zone).date()
        if day.weekday() >= 5:
            weekends[cleaner].add(day)
    driven = _driven(branch, on - timedelta(weeks=weeks), on)
    facts = {c.pk: (work[c.pk], driven.get(str(c.code), 0.0), float(len(weekends[c.pk]))) for c in cleaners}
    mean = [sum(column) / len(facts) for column in zip(*facts.values(), strict=True)] if facts else [0.0, 0.0, 0.0]
    return {
        pk: Balance(work_minutes=w - mean[0], drive_minutes=d - mean[1], weekend_days=e - mean[2])
        for pk, (w, d, e) in facts.items()
    }


def _driven(branch: Branch, first: date, before: date) -> Mapping[str, float]:
    plans = DayPlan.objects.filter(branch=branch, on__gte=first, on__lt=before, state=DayPlan.State.PUBLISHED)
    found: dict[str, float] = defaultdict(float)
    for routes in plans.values_list("result__after__routes", flat=True):
        for route in routes or ():
            found[route["crew"]] += float(route["drive_minutes"])
    return found
