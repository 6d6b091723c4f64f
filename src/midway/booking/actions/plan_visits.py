"""Giving a plan's dates their visits, and many visits their cleaners, in the caller's transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count
from psycopg.types.range import TimestamptzRange as DateTimeTZRange

from midway.booking.actions.reschedule_visit import ChangeTooLate
from midway.booking.models import Assignment, Plan, PlanException, Visit
from midway.booking.plan_queries import PlanTerms, fit_for
from midway.booking.policies import Rulebook
from midway.core.actor import SYSTEM, Actor, ActorKind
from midway.core.policy import free_until
from midway.core.recurrence import Occurrence, moment
from midway.core.timespan import Span
from midway.core.visit_states import STILL_TO_COME, VisitState
from midway.crew import calendar
from midway.crew.models import Cleaner

LOOKS = 3
"""How often the calendar is looked at again for visits whose time somebody else took meanwhile."""


class PlanNotFound(LookupError):
    """There is no such plan. Check the link."""


class PlanEnded(Exception):
    """This plan has ended; it can no longer be changed. Start a new one."""


class PlanPaused(Exception):
    """This plan is paused. Resume it first."""


class PlanNotPaused(Exception):
    """This plan is not paused; there is nothing to resume."""


@dataclass(frozen=True)
class OpenVisit:
    """A visit that waits for cleaners."""

    pk: int
    code: UUID
    start: datetime


def plan_to_change(code: UUID) -> Plan:
    """Will lock a plan that goes on. Raises `PlanNotFound` or `PlanEnded`."""
    plan = (
        Plan.objects.select_for_update(of=("self",), no_key=True)
        .select_related("branch", "service", "customer", "premises", "quote")
        .filter(code=code)
        .first()
    )
    if plan is None:
        raise PlanNotFound(PlanNotFound.__doc__)
    if plan.state == Plan.State.ENDED:
        raise PlanEnded(PlanEnded.__doc__)
    return plan


def visits_from(plan: Plan, day: date) -> list[Visit]:
    """Will lock the plan's visits that stand for a date from `day` on, in order."""
    visits = Visit.objects.select_for_update(of=("self",), no_key=True).filter(plan=plan, occurrence_on__gte=day)
    return list(visits.order_by("id"))


def lock_crew(plan: Plan) -> None:
    """Will make everybody who moves the time of those who may come wait for us."""
    cleaners = Cleaner.objects.filter(branch_id=plan.branch_id)
    if plan.service.skill_id is not None:
        cleaners = cleaners.filter(skills=plan.service.skill_id)
    calendar.lock_cleaners(list(cleaners.values_list("id", flat=True)))


def exceptions_for(plan: Plan, dates: Sequence[Occurrence], *, now: datetime) -> list[PlanException]:
    """What a plan notes of its dates that holidays leave out; not written yet."""
    return [
        PlanException(plan=plan, original_on=o.original, kind=PlanException.Kind.HOLIDAY, at=now, by_label=SYSTEM.label)
        for o in dates
        if o.start is None and o.is_shifted
    ]


def visit_of(plan: Plan, occurrence: Occurrence, *, booking_id: int, now: datetime) -> Visit:
    """The visit for one of a plan's dates, still without cleaners; not written yet."""
    rests = occurrence.start is None or plan.is_paused_on(occurrence.original)
    start = occurrence.start or moment(plan.rule, occurrence.original, plan.branch.zoneinfo)
    return Visit(
        branch_id=plan.branch_id,
        booking_id=booking_id,
        customer_id=plan.customer_id,
        premises_id=plan.premises_id,
        service_id=plan.service_id,
        plan=plan,
        occurrence_on=occurrence.original,
        during=DateTimeTZRange(start, start + plan.duration),
        state=VisitState.SKIPPED if rests else VisitState.SCHEDULED,
        team_size=plan.team_size,
        cleaners_missing=0 if rests else plan.team_size,
        price_cents=plan.price_on(occurrence.original),
        currency=plan.currency,
        created_at=now,
    )


def seat_visits(terms: PlanTerms, visits: Sequence[OpenVisit], *, now: datetime) -> set[int]:
    """Will commit cleaners to as many of these visits as fit, the same ones wherever they are free.

    Gives the ids of the visits that have their cleaners now; the others keep `cleaners_missing`.
    """
    waiting = [visit for visit in visits if visit.start > now]
    if not waiting:
        return set()
    span = Span(min(v.start for v in waiting), max(v.start for v in waiting) + terms.asked.needed)
    calendar.release_expired_holds(branch_id=terms.branch.pk, during=span, now=now)
    seated: set[int] = set()
    for _ in range(LOOKS):
        lost = _seated_once(terms, waiting, seated)
        if not lost:
            break
        waiting = lost
    Visit.objects.filter(pk__in=seated).update(cleaners_missing=0)
    return seated


def _seated_once(terms: PlanTerms, waiting: Sequence[OpenVisit], seated: set[int]) -> list[OpenVisit]:
    zone = terms.branch.zoneinfo
    days = [visit.start.astimezone(zone).date() for visit in waiting]
    # The day before, because where clocks go back at midnight a date's first hour belongs to it.
    fit, _ = fit_for(terms, first=min(days) - timedelta(days=1), last=max(days))
    ranked = fit.ranked([visit.start for visit in waiting])
    teams = {visit.code: fit.team_for(visit.start, ranked) for visit in waiting}
    asked = [visit for visit in waiting if teams[visit.code]]
    # A visit with extras of its own, or promised before the plan's length changed, lasts as long as it was promised.
    lasting = dict(Visit.objects.filter(pk__in=[visit.pk for visit in asked]).values_list("pk", "during"))
    taken = calendar.take_many(
        [
            calendar.Seat(visit.code, Span(visit.start, lasting[visit.pk].upper + terms.branch.pad), teams[visit.code])
            for visit in asked
        ]
    )
    Assignment.objects.bulk_create(
        Assignment(visit_id=visit.pk, cleaner_id=row.cleaner_id, commitment_id=row.commitment_id)
        for visit in asked
        for row in taken.get(visit.code, ())
    )
    seated.update(visit.pk for visit in asked if visit.code in taken)
    return [visit for visit in asked if visit.code not in taken]


def with_usual(terms: PlanTerms, plan: Plan) -> PlanTerms:
    """The terms with those preferred, after the customer's own wishes, who keep most of the plan's visits already."""
    often = (
        Assignment.objects.filter(visit__plan=plan, active=True)
        .order_by()
        .values_list("cleaner_id")
        .annotate(often=Count("id"))
    )
    usual = [cleaner for cleaner, _ in sorted(often, key=lambda pair: (-pair[1], pair[0]))]
    return replace(terms, preferred=[*terms.preferred, *(c for c in usual if c not in terms.preferred)])


def give_back(visits: Collection[Visit]) -> None:
    """Will release the cleaners of these visits; the crew is locked before."""
    calendar.release_many([visit.code for visit in visits])
    Assignment.objects.filter(visit__in=visits, active=True).update(active=False)


def still_to_come(visits: Collection[Visit], *, now: datetime) -> list[Visit]:
    """Those that lie ahead and were not called off."""
    return [visit for visit in visits if VisitState(visit.state) in STILL_TO_COME and visit.starts_at > now]


def check_in_time(plan: Plan, visits: Collection[Visit], *, by: Actor, now: datetime) -> None:
    """Will refuse a customer whose change touches a visit within the branch's notice. Raises `ChangeTooLate`."""
    if by.kind is not ActorKind.CUSTOMER or not visits:
        return
    rules = Rulebook(plan.branch)
    terms, _policy = rules.terms(service_id=plan.service_id, now=now)
    hours = terms.hours(plan.branch.zoneinfo, rules.holidays if terms.needs_holidays else frozenset())
    first = min(visit.starts_at for visit in visits)
    if now > free_until(starts_at=first, terms=terms, hours=hours, notice_minutes=terms.notice_minutes):
        raise ChangeTooLate("The next visit is too near to be changed this way. Choose a later day, or call us.")


def next_visit(plan: Plan, *, now: datetime) -> Visit | None:
    """The plan's next visit that takes place."""
    return plan.visits.filter(state__in=STILL_TO_COME, during__startswith__gt=now).order_by("during").first()
