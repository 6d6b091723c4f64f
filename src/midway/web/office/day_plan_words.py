"""A plan in words: what changes for whom, what is left out and why, the ways out side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from midway.crew.models import Branch
from midway.dispatch.day import Day
from midway.dispatch.models import DayPlan, PinnedVisit, Trouble
from midway.web.design.words import day_in_words, time_in_words

REASONS = {
    "skill": gettext_lazy("Too few people work that day who know how."),
    "hours": gettext_lazy("Nobody works at that time."),
    "full": gettext_lazy("Everybody who could come is busy then."),
}
LEFTOVER_WAYS = {
    "at_a_price": gettext_lazy(
        "Cheapest way: %(name)s at %(time)s, %(drive)s minutes more driving, %(overtime)s minutes more overtime."
    ),
    "other_time": gettext_lazy(
        "Cheapest way: %(name)s at %(time)s, if the customer agrees; %(drive)s minutes more driving."
    ),
    "overtime": gettext_lazy(
        "Cheapest way: %(name)s at %(time)s, staying longer than allowed: %(overtime)s minutes more overtime."
    ),
    "other_day": gettext_lazy("Nobody can that day. The nearest free time is %(day)s, %(time)s."),
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
    way: str


@dataclass(frozen=True)
class PinnedLine:
    """A visit that planning leaves alone."""

    code: str
    customer: str
    time: str
    people: str


@dataclass(frozen=True)
class TroubleLine:
    """Something that upsets the day, in words."""

    code: str
    words: str


@dataclass(frozen=True)
class ProposalLine:
    """A plan of a day that waits for a yes."""

    on: date
    saved: int
    handed_on: int
    told: int
    waiting: int


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
    bumped_again: Sequence[str]
    """The customers who were put off the last time too, by name."""


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
            way=_way_in_words(day, left),
        )
        for left in leftovers
        if left["visit"] in day.visits
    ]


def pinned_in_words(day: Day) -> list[PinnedLine]:
    """Will list what somebody in the office said is to stay as it is, in order of time."""
    kept = PinnedVisit.objects.filter(visit__code__in=list(day.visits)).values_list("visit__code", flat=True)
    visits = sorted((day.visits[str(code)] for code in kept), key=lambda visit: visit.starts_at)
    return [
        PinnedLine(
            code=str(visit.code),
            customer=visit.customer.name,
            time=time_in_words(visit.starts_at.astimezone(day.branch.zoneinfo)),
            people=_people(day, day.seats[str(visit.code)]),
        )
        for visit in visits
    ]


def visits_in_words(day: Day) -> list[tuple[str, str]]:
    """Will list the day's visits to choose from, in order of time."""
    visits = sorted(day.visits.items(), key=lambda pair: (pair[1].starts_at, pair[0]))
    zone = day.branch.zoneinfo
    return [(code, f"{time_in_words(v.starts_at.astimezone(zone))} {v.customer.name}") for code, v in visits]


def proposals_in_words(branch: Branch, today: date) -> list[ProposalLine]:
    """The plans of days to come that wait for a yes, the soonest first. One query."""
    plans = DayPlan.objects.filter(branch=branch, on__gte=today, state=DayPlan.State.PROPOSED, rank=1, way="")
    fields = ("on", "result__before__drive_minutes", "result__after__drive_minutes", "result__changes")
    rows = plans.order_by("on", "-pk").values_list(*fields, "result__leftovers")
    return [
        ProposalLine(
            on=on,
            saved=round(before - after),
            handed_on=sum(1 for c in changes if not c["was_waiting"] and c["from_cleaners"] != c["to_cleaners"]),
            told=sum(1 for c in changes if c["is_promise_moved"]),
            waiting=len(leftovers),
        )
        for on, before, after, changes, leftovers in rows
    ]


def trouble_in_words(trouble: Trouble) -> TroubleLine:
    """Will say what happened, and until when or by how much."""
    zone = trouble.branch.zoneinfo
    if trouble.visit is not None:
        words = _("%(name)s takes %(minutes)s minutes longer") % {
            "name": trouble.visit.customer.name, "minutes": trouble.minutes,
        }  # fmt: skip
    elif trouble.cleaner is not None and trouble.drives_again_at is not None:
        words = _("%(name)s cannot drive until %(time)s") % {
            "name": trouble.cleaner.name, "time": time_in_words(trouble.drives_again_at.astimezone(zone)),
        }  # fmt: skip
    else:
        words = _("Every drive takes %(percent)s %% longer") % {"percent": trouble.percent}
    return TroubleLine(str(trouble.code), words)


def _way_in_words(day: Day, left: Mapping[str, Any]) -> str:
    if not left["way"]:
        return ""
    facts = left["facts"]
    start = datetime.fromisoformat(facts["start"]).astimezone(day.branch.zoneinfo)
    return str(LEFTOVER_WAYS[left["way"]]) % {
        "name": _people(day, [facts.get("cleaner", "")]),
        "time": time_in_words(start),
        "day": day_in_words(start.date()),
        "drive": facts.get("drive_minutes", 0),
        "overtime": facts.get("overtime_minutes", 0),
    }


def ways_in_words(day: Day, plans: Sequence[DayPlan], chosen: DayPlan | None) -> list[WayCard]:
    """Will lay the ways out side by side, the best first."""
    return [
        WayCard(
            plan=plan,
            title=str(WAYS.get(plan.way, plan.way)),
            is_chosen=chosen is not None and plan.pk == chosen.pk,
            drive_minutes=round(plan.found["effect"]["drive_minutes"]),
            overtime_minutes=round(plan.found["effect"]["overtime_minutes"]),
            bumped_again=sorted(
                {day.visits[code].customer.name for code in plan.found["effect"]["bumped_again"] if code in day.visits}
            ),
            **{
                name: len(plan.found["effect"][name])
                for name in ("customers_moved", "others_moved", "continuity_lost", "unserved")
            },
        )
        for plan in plans
    ]


def _people(day: Day, codes: Iterable[str]) -> str:
    names = [day.cleaners[code].name for code in codes if code in day.cleaners]
    return ", ".join(sorted(names)) or _("nobody yet")
