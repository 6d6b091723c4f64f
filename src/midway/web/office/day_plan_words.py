"""A plan in words: what changes for whom, what is left out and why, the ways out side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from midway.dispatch.day import Day
from midway.dispatch.models import DayPlan
from midway.web.design.words import time_in_words

REASONS = {
    "skill": gettext_lazy("Too few people work that day who know how."),
    "hours": gettext_lazy("Nobody works at that time."),
    "full": gettext_lazy("Everybody who could come is busy then."),
}
WAYS = {
    "cover": gettext_lazy("Touch nobody else"),
    "spread": gettext_lazy("Few moves"),
    "best": gettext_lazy("Best day"),
}


@dataclass(frozen=True)
class ChangeLine:
    """A visit that goes elsewhere or at another time."""

    code: str
    customer: str
    from_people: str
    to_people: str
    from_time: str
    to_time: str
    is_promise_moved: bool
    is_handed_on: bool


@dataclass(frozen=True)
class LeftoverLine:
    """A visit nobody comes to."""

    code: str
    customer: str
    time: str
    reason: str


@dataclass(frozen=True)
class WayCard:
    """One of the ways out when somebody is away."""

    plan: DayPlan
    title: str
    is_chosen: bool
    drive_minutes: int
    overtime_minutes: int
    customers_moved: int
    others_moved: int
    continuity_lost: int
    unserved: int
    bumped_again: int


def changes_in_words(day: Day, changes: Iterable[Mapping[str, Any]]) -> list[ChangeLine]:
    """Will put the changes in order of time."""
    zone = day.branch.zoneinfo

    def at(text: str) -> str:
        return time_in_words(datetime.fromisoformat(text).astimezone(zone))

    return [
        ChangeLine(
            code=change["visit"],
            customer=day.visits[change["visit"]].customer.name,
            from_people=_people(day, change["from_cleaners"]),
            to_people=_people(day, change["to_cleaners"]),
            from_time=at(change["from_start"]),
            to_time=at(change["to_start"]),
            is_promise_moved=change["is_promise_moved"],
            is_handed_on=change["from_cleaners"] != change["to_cleaners"],
        )
        for change in sorted(changes, key=lambda c: (c["from_start"], c["visit"]))
    ]


def leftovers_in_words(day: Day, leftovers: Iterable[Mapping[str, Any]]) -> list[LeftoverLine]:
    """Will say why nobody comes."""
    zone = day.branch.zoneinfo
    return [
        LeftoverLine(
            code=left["visit"],
            customer=day.visits[left["visit"]].customer.name,
            time=time_in_words(day.visits[left["visit"]].starts_at.astimezone(zone)),
            reason=str(REASONS[left["reason"]]),
        )
        for left in leftovers
        if left["visit"] in day.visits
    ]


def ways_in_words(plans: Sequence[DayPlan], chosen: DayPlan | None) -> list[WayCard]:
    """Will lay the ways out side by side, the best first."""
    return [
        WayCard(
            plan=plan,
            title=str(WAYS.get(plan.way, plan.way)),
            is_chosen=chosen is not None and plan.pk == chosen.pk,
            drive_minutes=round(plan.found["effect"]["drive_minutes"]),
            overtime_minutes=round(plan.found["effect"]["overtime_minutes"]),
            **{
                name: len(plan.found["effect"][name])
                for name in ("customers_moved", "others_moved", "continuity_lost", "unserved", "bumped_again")
            },
        )
        for plan in plans
    ]


def _people(day: Day, codes: Iterable[str]) -> str:
    names = [day.cleaners[code].name for code in codes if code in day.cleaners]
    return ", ".join(sorted(names)) or _("nobody yet")
