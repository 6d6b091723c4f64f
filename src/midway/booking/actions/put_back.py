"""Putting visits and plans back as they stood before a change, in the caller's transaction.

The calendar's constraint decides: all of it fits, or nothing is put back. What the change itself, or the night since,
added to a plan is called off, left out or seated as the plan now asks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import models

from midway.booking.actions.before import Before, Picture, columns_of, mark_of, picture_of, set_columns
from midway.booking.actions.fill_plans import fill_plan
from midway.booking.actions.plan_visits import OpenVisit, give_back, seat_visits, with_usual
from midway.booking.models import ActualTime, Assignment, Cancellation, Plan, PlanException, Visit
from midway.booking.plan_queries import plan_horizon, terms_of
from midway.core.actor import Actor
from midway.core.recurrence import occurrences
from midway.core.timespan import Span
from midway.core.visit_states import OCCUPIES_CALENDAR, STILL_TO_COME, VisitState
from midway.crew import calendar
from midway.crew.before import ChangedSince
from midway.crew.calendar import SlotTaken
from midway.crew.models import Cleaner, Commitment

_BESIDE: tuple[tuple[type[models.Model], str], ...] = (
    (PlanException, "exception"),
    (Cancellation, "cancellation"),
    (ActualTime, "actual_time"),
)
"""The rows beside a visit that are part of its picture."""


class TimeTakenMeanwhile(SlotTaken):
    """That time was taken meanwhile, so it stays as it is. Choose another time."""

    def __init__(self, who: Sequence[str], start: datetime) -> None:
        super().__init__(f"{self.__doc__} Not free any more: {', '.join(who)}.")
        self.who, self.start = who, start


class TimeGoneBy(Exception):
    """That time has gone by; it can no longer be undone."""


@dataclass
class PuttingBack:
    """The rows that a change touched, locked, and how they stand until now."""

    facts: Mapping[str, Any]
    now: datetime
    by: Actor
    plans: dict[int, Plan] = field(default_factory=dict)
    visits: dict[int, Visit] = field(default_factory=dict)
    stood: Before = field(default_factory=Before)
    touched: set[int] = field(default_factory=set)

    @property
    def was(self) -> dict[int, Picture]:
        """How the visits are to stand again."""
        return {int(pk): picture for pk, picture in self.facts.get("visits", {}).items()}

    @property
    def plans_were(self) -> dict[int, Picture | None]:
        """How the plans are to stand again; without a picture, not at all."""
        return {int(pk): picture for pk, picture in self.facts.get("plans", {}).items()}

    def moves(self, pk: int) -> bool:
        """Whether putting this visit back gives it other cleaners or another time."""
        return _seat(self.was[pk]) != _seat(self.stood.visits[pk])


def rows_to_put_back(facts: Mapping[str, Any], *, by: Actor, now: datetime) -> PuttingBack:
    """Will lock what a change touched and look at it. Raises `ChangedSince` when it is not as the change left it."""
    back = PuttingBack(facts, now, by)
    plans = Plan.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=back.plans_were)
    plans = plans.select_related("branch", "service", "customer", "premises", "quote")
    back.plans = {plan.pk: plan for plan in plans.order_by("pk")}
    ahead = Visit.objects.filter(plan__in=back.plans, during__startswith__gt=now).values("pk")
    visits = Visit.objects.select_for_update(of=("self",), no_key=True)
    visits = visits.filter(pk__in=[*back.was]) | visits.filter(pk__in=ahead)
    visits = visits.select_related("branch", "service", "customer", "premises", "booking")
    back.visits = {visit.pk: visit for visit in visits.order_by("pk")}
    back.stood = picture_of(back.visits, back.plans)
    after = facts.get("after", {})
    as_left = all(mark_of(back.stood.visits.get(int(pk))) == mark for pk, mark in after.get("visits", {}).items())
    as_left &= all(mark_of(back.stood.plans.get(int(pk))) == mark for pk, mark in after.get("plans", {}).items())
    if not as_left or _begun(back):
        raise ChangedSince(ChangedSince.__doc__)
    return back


def put_back(back: PuttingBack) -> None:
    """Will put plans and visits back. Raises `ChangedSince`, `TimeGoneBy` or `TimeTakenMeanwhile`."""
    _check_time(back)
    _lock_everybody(back)
    for pk, was in back.plans_were.items():
        plan = back.plans[pk]
        if was is None:
            plan.end(until=plan.starts_on - timedelta(days=1))
        else:
            set_columns(plan, was)
            plan.preferred.set(was.get("preferred", plan.preferred.all()))
        plan.revision += 1
        plan.save()
    moving = [back.visits[pk] for pk in back.was if back.moves(pk)]
    give_back(moving)
    _set_visits(back)
    _take_seats(back, moving)
    _check_plans(back)
    for plan in back.plans.values():
        _settle(back, plan)
    back.touched |= set(back.was)
    back.stood.visits = {pk: picture for pk, picture in back.stood.visits.items() if pk in back.touched}


def _seat(picture: Picture) -> tuple[Any, ...]:
    if picture["state"] not in OCCUPIES_CALENDAR:
        return ()
    return picture["during"], picture["cleaners"]


def _promise(picture: Picture) -> str:
    return str(picture["during"]) if picture["state"] in OCCUPIES_CALENDAR else ""


def _begun(back: PuttingBack) -> bool:
    """A plan cannot be taken back of which a visit has begun."""
    made = [pk for pk, was in back.plans_were.items() if was is None]
    gone_by = Visit.objects.filter(plan__in=made, during__startswith__lte=back.now, state__in=OCCUPIES_CALENDAR)
    return gone_by.exclude(pk__in=[*back.was]).exists()


def _check_time(back: PuttingBack) -> None:
    for pk, was in back.was.items():
        stands = back.stood.visits[pk]
        if _promise(was) == _promise(stands):
            continue
        again = Visit()
        set_columns(again, was)
        begins = [again.starts_at] if was["state"] in OCCUPIES_CALENDAR else []
        begins += [back.visits[pk].starts_at] if stands["state"] in OCCUPIES_CALENDAR else []
        if any(start <= back.now for start in begins):
            raise TimeGoneBy(TimeGoneBy.__doc__)


def _lock_everybody(back: PuttingBack) -> None:
    """Will lock all whose time may be moved, in the one order of ids."""
    cleaners = {pk for picture in (*back.was.values(), *back.stood.visits.values()) for pk in picture["cleaners"]}
    branches = {plan.branch_id for plan in back.plans.values()}
    cleaners.update(Cleaner.objects.filter(branch__in=branches).values_list("pk", flat=True))
    calendar.lock_cleaners(sorted(cleaners))


def _set_visits(back: PuttingBack) -> None:
    visits = [back.visits[pk] for pk in back.was]
    for visit in visits:
        if visit.occurrence_on is None:
            continue
        PlanException.objects.filter(plan=visit.plan_id, original_on=visit.occurrence_on).delete()
    Cancellation.objects.filter(visit__in=visits).delete()
    ActualTime.objects.filter(visit__in=[v for v in visits if "actual_time" in back.stood.visits[v.pk]]).delete()
    columns: set[str] = {"revision"}
    for visit in visits:
        columns.update(set_columns(visit, back.was[visit.pk]))
        visit.revision += 1
    if visits:
        Visit.objects.bulk_update(visits, sorted(columns))
    for visit in visits:
        for model, name in _BESIDE:
            if (row := back.was[visit.pk].get(name)) is not None:
                again = model()
                set_columns(again, row)
                again.save()


def _take_seats(back: PuttingBack, moving: Sequence[Visit]) -> None:
    wanted = [v for v in moving if v.state in OCCUPIES_CALENDAR and back.was[v.pk]["cleaners"]]
    if not wanted:
        return
    pad = wanted[0].branch.pad
    seats = [calendar.Seat(v.code, Span(v.starts_at, v.ends_at + pad), back.was[v.pk]["cleaners"]) for v in wanted]
    during = Span(min(s.during.start for s in seats), max(s.during.end for s in seats))
    calendar.release_expired_holds(branch_id=wanted[0].branch_id, during=during, now=back.now)
    taken = calendar.take_many(seats)
    for seat in seats:
        names = _gone(seat) if seat.reference in taken else _elsewhere(seat)
        if names or seat.reference not in taken:
            raise TimeTakenMeanwhile(names, seat.during.start)
    Assignment.objects.bulk_create(
        Assignment(visit=visit, cleaner_id=row.cleaner_id, commitment_id=row.commitment_id)
        for visit in wanted
        for row in taken[visit.code]
    )


def _elsewhere(seat: calendar.Seat) -> list[str]:
    busy = Commitment.objects.filter(
        active=True, cleaner__in=seat.cleaners, during__overlap=(seat.during.start, seat.during.end)
    ).exclude(reference=seat.reference)
    return sorted(set(busy.values_list("cleaner__name", flat=True)))


def _gone(seat: calendar.Seat) -> list[str]:
    left = Cleaner.objects.filter(pk__in=seat.cleaners, left_on__lte=seat.during.start.date())
    return sorted(left.values_list("name", flat=True))


def _check_plans(back: PuttingBack) -> None:
    """A date comes back only where its plan still has it."""
    for pk in back.was:
        visit = back.visits[pk]
        if visit.plan_id is None or visit.state not in STILL_TO_COME or visit.starts_at <= back.now:
            continue
        plan = back.plans.get(visit.plan_id) or Plan.objects.get(pk=visit.plan_id)
        day = visit.occurrence_on
        assert day is not None
        if not occurrences(plan.rule, day, day) or plan.is_paused_on(day):
            raise ChangedSince(ChangedSince.__doc__)


def _settle(back: PuttingBack, plan: Plan) -> None:
    """Will bring the plan's other visits ahead into line with the plan as it is again."""
    agreed = set(plan.exceptions.values_list("original_on", flat=True))
    others = [v for v in back.visits.values() if v.plan_id == plan.pk and v.pk not in back.was]
    others = [v for v in others if v.occurrence_on is not None and v.starts_at > back.now]
    changed: list[Visit] = []
    for visit in others:
        wanted = _wanted_state(plan, visit, is_agreed=visit.occurrence_on in agreed)
        if wanted == visit.state:
            continue
        if visit.revision and visit.state == VisitState.SCHEDULED:
            raise ChangedSince(ChangedSince.__doc__)
        visit.state = wanted
        changed.append(visit)
    give_back(changed)
    for visit in changed:
        visit.cleaners_missing = visit.team_size if visit.state == VisitState.SCHEDULED else 0
        visit.revision += 1
    Visit.objects.bulk_update(changed, ["state", "cleaners_missing", "revision"])
    Cancellation.objects.bulk_create(
        Cancellation(visit=v, at=back.now, by_label=back.by.label, reason="Undone")
        for v in changed
        if v.state == VisitState.CANCELLED
    )
    back.touched |= {visit.pk for visit in changed}
    terms = with_usual(terms_of(plan), plan)
    seat_visits(
        terms, [OpenVisit(v.pk, v.code, v.starts_at) for v in changed if v.state == VisitState.SCHEDULED], now=back.now
    )
    if plan.state == Plan.State.ACTIVE or plan.resumes_on is not None:
        fill_plan(plan, to=plan_horizon(plan.branch, now=back.now), now=back.now)


def _wanted_state(plan: Plan, visit: Visit, *, is_agreed: bool) -> str:
    day = visit.occurrence_on
    assert day is not None
    if visit.state == VisitState.SCHEDULED:
        if not occurrences(plan.rule, day, day):
            return VisitState.CANCELLED
        return VisitState.SKIPPED if plan.is_paused_on(day) else VisitState.SCHEDULED
    takes_place = occurrences(plan.rule, day, day) and not plan.is_paused_on(day) and not is_agreed
    return VisitState.SCHEDULED if visit.state == VisitState.SKIPPED and takes_place else visit.state


def as_cancelled(visit: Visit, *, by: Actor, now: datetime) -> Picture:
    """How a visit stands that is called off without a fee: what undoing its booking comes to."""
    cancellation = Cancellation(visit=visit, at=now, by_label=by.label, reason="Undone")
    return {
        **picture_of([visit.pk]).visits[visit.pk],
        "state": VisitState.CANCELLED.value,
        "cleaners_missing": 0,
        "cleaners": [],
        "cancellation": columns_of(cancellation),
    }
