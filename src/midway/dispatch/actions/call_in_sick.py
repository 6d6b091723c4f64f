"""A cleaner is away today or on a day ahead: the absence, and three ways out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from procrastinate.contrib.django import app

from midway.booking.actions import excuse_cleaner
from midway.booking.models import Assignment, Visit
from midway.core.actor import Actor
from midway.core.timespan import Span, local_midnight
from midway.core.visit_states import OCCUPIES_CALENDAR
from midway.crew.models import Absence, Branch, Cleaner
from midway.dispatch.actions.propose_day import DayGoneBy
from midway.dispatch.actions.publish_plan import publish_plan
from midway.dispatch.day import day_mark, read_day
from midway.dispatch.models import DayPlan
from midway.dispatch.solving import Budget
from midway.dispatch.ways_out import SECONDS_EACH, Upset, keep_ways
from midway.runtime.database import one_transaction


@dataclass(frozen=True)
class SickCall:
    """The absence, the visits that lost somebody, and the plan of the three ways out, the best first."""

    absence: Absence
    visits: Sequence[Visit]
    plans: Sequence[DayPlan]


def call_in_sick(
    *, cleaner: Cleaner, on: date, seed: int = 1, budget: Budget | None = None, by: Actor, now: datetime
) -> SickCall:
    """Will record the absence for the rest of the day and work out three ranked ways out at once.

    Raises `DayGoneBy`, or `crew.calendar.SlotTaken` where the cleaner is away already.
    """
    absence, visits, plans = _record(cleaner=cleaner, on=on, seed=seed, by=by, now=now)
    worked_out = work_out_ways(absence=absence.code, budget=budget, by=by, now=now) if plans else []
    return SickCall(absence, visits, worked_out)


def ask_for_ways_out(*, cleaner: Cleaner, on: date, by: Actor, now: datetime) -> SickCall:
    """The same, with the three worked out by the worker."""
    with transaction.atomic():
        absence, visits, plans = _record(cleaner=cleaner, on=on, seed=1, by=by, now=now)
        app.configure_task("dispatch.work_out_ways", lock=str(absence.code)).defer(
            absence=str(absence.code), by_label=by.label
        )
    return SickCall(absence, visits, plans)


@one_transaction
def _record(
    *, cleaner: Cleaner, on: date, seed: int, by: Actor, now: datetime
) -> tuple[Absence, list[Visit], list[DayPlan]]:
    branch = cleaner.branch
    if on < now.astimezone(branch.zoneinfo).date():
        raise DayGoneBy(DayGoneBy.__doc__)
    during = _rest_of_day(cleaner, branch, on, now=now)
    seats = _seats(cleaner, branch, on)
    absence, visits = excuse_cleaner(cleaner=cleaner, during=during, reason=Absence.Reason.SICK, by=by, now=now)
    lost = {str(visit.code): seats[visit.pk] for visit in visits}
    plan = DayPlan.objects.create(
        code=uuid4(), branch=branch, on=on, seed=seed, seconds=SECONDS_EACH, absence=absence.code, away=cleaner,
        made_at=now, by_label=by.label[:120], result={"instead": lost},
    )  # fmt: skip
    return absence, visits, [plan]


def _rest_of_day(cleaner: Cleaner, branch: Branch, on: date, *, now: datetime) -> Span:
    """From now, or from the end of the visit the cleaner is at, until midnight."""
    opens, closes = (local_midnight(day, branch.zoneinfo) for day in (on, on + timedelta(days=1)))
    begun = Assignment.objects.filter(
        cleaner=cleaner, active=True, visit__state__in=OCCUPIES_CALENDAR, commitment__during__startswith__lte=now,
        commitment__during__overlap=(opens, closes),
    ).select_related("commitment")  # fmt: skip
    start = max([opens, now, *(a.commitment.during.upper for a in begun)])
    return Span(min(start, closes - timedelta(minutes=1)), closes)


def _seats(cleaner: Cleaner, branch: Branch, on: date) -> Mapping[int, list[str]]:
    opens, closes = (local_midnight(day, branch.zoneinfo) for day in (on, on + timedelta(days=1)))
    rows = Assignment.objects.filter(active=True, visit__during__overlap=(opens, closes), visit__branch=branch)
    seats: dict[int, list[str]] = {}
    for visit, code in rows.order_by("cleaner_id").values_list("visit_id", "cleaner__code"):
        seats.setdefault(visit, []).append(str(code))
    return seats


def work_out_ways(*, absence: UUID, budget: Budget | None = None, by: Actor, now: datetime) -> list[DayPlan]:
    """Will search the three ways out of an absence and keep each as a proposal, ranked."""
    asked = DayPlan.objects.select_related("branch", "away").get(absence=absence, rank=1)
    if asked.state != DayPlan.State.WORKING or asked.away is None:
        return list(DayPlan.objects.filter(absence=absence).order_by("rank"))
    from midway.core.routing.replan import from_here, without_crew  # loads the solver's compiler

    mark = day_mark(asked.branch, asked.on, now=now)
    whole = read_day(asked.branch, asked.on, now=now, instead=asked.found["instead"], still_there=[absence])
    before, at = whole.plan_so_far(), whole.minutes(now)
    left = without_crew(from_here(whole.problem, before, now=at), str(asked.away.code), now=at)
    return keep_ways(Upset(asked=asked, mark=mark, whole=whole, before=before, left=left), budget=budget, now=now)


def publish_best(call: SickCall, *, by: Actor, now: datetime) -> DayPlan | None:
    """Will publish the first of the ways out, if there is any."""
    if not call.plans:
        return None
    return publish_plan(plan=call.plans[0].code, by=by, now=now)[0]
