"""Giving many plans of one branch and service their new dates at once, in the caller's transaction.

What they share is asked once: the crew's time, the days we are closed, who usually comes. The plans are served one
after the other, each from what those before have left free, as if each had been filled by itself.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, QuerySet

from midway.booking.actions.own_prices import price_new_visits
from midway.booking.actions.plan_visits import OpenVisit, exceptions_for, seat_visits, visit_of
from midway.booking.models import AgreedPrice, Assignment, Booking, Plan, PlanException, Visit
from midway.booking.plan_models import agreed_changes
from midway.booking.plan_queries import PlanTerms, closures_of, openings_for
from midway.core.recurrence import HolidayShift, Occurrence, series
from midway.core.timespan import Span
from midway.core.visit_states import VisitState
from midway.crew import calendar


@dataclass(frozen=True)
class _Filling:
    """A plan, what is promised of it, its dates that have no visit yet, and the visits made for them."""

    plan: Plan
    terms: PlanTerms
    missing: Sequence[Occurrence]
    visits: Sequence[Visit]

    @property
    def waiting(self) -> list[OpenVisit]:
        """Those that take place."""
        kept = (visit for visit in self.visits if visit.state == VisitState.SCHEDULED)
        return [OpenVisit(visit.pk, visit.code, visit.starts_at) for visit in kept]


def with_what_filling_asks(plans: "QuerySet[Plan]") -> "QuerySet[Plan]":
    """The plans with all that filling them reads of their own rows."""
    return plans.select_related("branch", "service").prefetch_related("exceptions", "preferred")


def fill_plans(plans: Sequence[Plan], *, to: date, now: datetime) -> Mapping[int, Sequence[Visit]]:
    """Will make a visit for every date after a plan's `filled_until_on` up to `to`, and seat those that take place.

    The plans are of one branch and one service, and were asked for `with_what_filling_asks`. Dates for which nobody
    is free become visits that need a decision. Gives the new visits of each plan, and notes how far it reaches.
    A fixed number of queries, but for plans with a price of their own.
    """
    behind = [plan for plan in plans if _first_new(plan) <= to]
    fillings = [one for one in _fillings(behind, to=to, now=now) if one.missing] if behind else []
    for plan in plans:
        plan.filled_until_on = max(plan.filled_until_on, to)
    Plan.objects.bulk_update(plans, ["filled_until_on"])
    if not fillings:
        return {}
    Visit.objects.bulk_create(visit for one in fillings for visit in one.visits)
    _price(fillings, now=now)
    PlanException.objects.bulk_create(e for one in fillings for e in exceptions_for(one.plan, one.missing, now=now))
    _seat(fillings, now=now)
    return {one.plan.pk: one.visits for one in fillings}


def fill_plan(plan: Plan, *, to: date, now: datetime) -> Sequence[Visit]:
    """The same for one plan; gives its new visits."""
    return fill_plans([plan], to=to, now=now).get(plan.pk, ())


def _first_new(plan: Plan) -> date:
    return max(plan.rule.opens, plan.filled_until_on + timedelta(days=1))


def _fillings(plans: Sequence[Plan], *, to: date, now: datetime) -> list[_Filling]:
    after = {plan.pk: _first_new(plan) for plan in plans}
    usual, shared = _usual(plans), _shared_terms(plans[0])
    closures = closures_of(shared, first=min(after.values()), last=to)
    dates = Visit.objects.filter(plan__in=plans, occurrence_on__gte=min(after.values()))
    there = set(dates.values_list("plan_id", "occurrence_on"))
    bookings = dict(Booking.objects.filter(quote__in=[p.quote_id for p in plans]).values_list("quote_id", "pk"))
    found = []
    for plan in plans:
        terms = _terms(plan, shared, usual[plan.pk])
        all_dates = series(
            plan.rule, first=after[plan.pk], last=to, zone=plan.branch.zoneinfo,
            closures=replace(closures, shift=terms.shift), changes=agreed_changes(plan),
        )  # fmt: skip
        missing = [one for one in all_dates if (plan.pk, one.original) not in there]
        visits = [visit_of(plan, one, booking_id=bookings[plan.quote_id], now=now) for one in missing]
        found.append(_Filling(plan, terms, missing, visits))
    return found


def _shared_terms(plan: Plan) -> PlanTerms:
    return PlanTerms(plan.branch, plan.service, plan.rule, plan.duration, plan.team_size)


def _terms(plan: Plan, shared: PlanTerms, usual: Sequence[int]) -> PlanTerms:
    wished = [cleaner.pk for cleaner in sorted(plan.preferred.all(), key=lambda cleaner: (cleaner.name, cleaner.pk))]
    return replace(
        shared,
        rule=plan.rule,
        duration=plan.duration,
        team_size=plan.team_size,
        shift=HolidayShift(plan.holiday_rule),
        preferred=[*wished, *(cleaner for cleaner in usual if cleaner not in wished)],
    )


def _usual(plans: Sequence[Plan]) -> Mapping[int, Sequence[int]]:
    """Who keeps most of each plan's visits, the most frequent first."""
    kept = Assignment.objects.filter(visit__plan__in=plans, active=True).order_by()
    often: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for plan, cleaner, times in kept.values_list("visit__plan_id", "cleaner_id").annotate(often=Count("id")):
        often[plan].append((-times, cleaner))
    return defaultdict(list, {plan: [cleaner for _, cleaner in sorted(rows)] for plan, rows in often.items()})


def _price(fillings: Sequence[_Filling], *, now: datetime) -> None:
    plans = [one.plan for one in fillings]
    own = AgreedPrice.objects.filter(customer__in={p.customer_id for p in plans}, service=plans[0].service_id)
    theirs = set(own.values_list("customer_id", flat=True))
    for one in fillings:
        if one.plan.customer_id in theirs:
            price_new_visits(one.plan, one.visits, now=now)


def _seat(fillings: Sequence[_Filling], *, now: datetime) -> None:
    waiting = {one.plan.pk: [visit for visit in one.waiting if visit.start > now] for one in fillings}
    starts = [visit.start for visits in waiting.values() for visit in visits]
    if not starts:
        return
    shared, longest = fillings[0].terms, max(one.terms.asked.needed for one in fillings)
    calendar.release_expired_holds(branch_id=shared.branch.pk, during=Span(min(starts), max(starts) + longest), now=now)
    days = [start.astimezone(shared.branch.zoneinfo).date() for start in starts]
    # The day before, because where clocks go back at midnight a date's first hour belongs to it.
    openings = openings_for(shared, first=min(days) - timedelta(days=1), last=max(days))
    seats: list[calendar.Seat] = []
    for one in fillings:
        fit = openings.fit(one.terms.asked)
        ranked = fit.ranked([visit.start for visit in waiting[one.plan.pk]])
        teams = {visit.start: fit.team_for(visit.start, ranked) for visit in waiting[one.plan.pk]}
        openings.take(teams, one.terms.asked.needed)
        for visit in waiting[one.plan.pk]:
            if teams[visit.start]:
                during = Span(visit.start, visit.start + one.terms.asked.needed)
                seats.append(calendar.Seat(visit.code, during, teams[visit.start]))
    taken = calendar.take_many(seats)
    _assign({visit.code: visit.pk for visits in waiting.values() for visit in visits}, taken)
    lost = {seat.reference for seat in seats} - set(taken)
    for one in fillings:
        # Somebody bought that time in this very moment: the calendar is looked at again.
        if again := [visit for visit in waiting[one.plan.pk] if visit.code in lost]:
            seat_visits(one.terms, again, now=now)


def _assign(ids: Mapping[UUID, int], taken: Mapping[UUID, Sequence[calendar.Taken]]) -> None:
    Assignment.objects.bulk_create(
        Assignment(visit_id=ids[code], cleaner_id=row.cleaner_id, commitment_id=row.commitment_id)
        for code, rows in taken.items()
        for row in rows
    )
    Visit.objects.filter(pk__in=[ids[code] for code in taken]).update(cleaners_missing=0)
