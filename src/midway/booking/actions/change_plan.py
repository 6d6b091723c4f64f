"""This and future: a plan hands over to its successor, and its visits go with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from psycopg.types.range import TimestamptzRange as DateTimeTZRange

from midway.booking.actions.before import before
from midway.booking.actions.fill_plans import fill_plan
from midway.booking.actions.pause_plan import call_off_for_good
from midway.booking.actions.plan_visits import (
    OpenVisit,
    PlanEnded,
    PlanPaused,
    check_in_time,
    give_back,
    lock_crew,
    next_visit,
    plan_to_change,
    seat_visits,
    still_to_come,
    visits_from,
    with_usual,
)
from midway.booking.models import Plan, PlanException, Visit
from midway.booking.plan_notifications import tell_of_plan
from midway.booking.plan_queries import PlanTerms, closures_of, plan_horizon, terms_of
from midway.core.actor import SYSTEM, Actor, ActorKind
from midway.core.plan_changes import Succession, period_end, succeed
from midway.core.recurrence import HolidayShift, Occurrence, Rule, moment, series
from midway.core.visit_states import STILL_TO_COME, VisitState
from midway.journal.actions import record
from midway.runtime.database import one_transaction


@dataclass(frozen=True)
class PlanChange:
    """What is to be different; what is None stays. Of `rule`, where it counts from is worked out."""

    rule: Rule | None = None
    duration_minutes: int | None = None
    team_size: int | None = None
    price_cents: int | None = None
    holiday_shift: HolidayShift | None = None
    preferred: Sequence[int] | None = None


@dataclass(frozen=True)
class ChangedPlan:
    """The plan that goes on, and its dates that need a decision now."""

    plan: Plan
    to_decide: Sequence[date]


@one_transaction
def change_whole_plan(*, plan: UUID, change: PlanChange, by: Actor, now: datetime) -> ChangedPlan:
    """Will change all that is still to come of a plan: as `change_plan_from` its next date that may still change."""
    found = plan_to_change(plan)
    soonest = now + (timedelta(minutes=found.branch.change_notice_minutes) if _is_customer(by) else timedelta(0))
    ahead = found.visits.filter(state__in=STILL_TO_COME, during__startswith__gt=soonest)
    first = ahead.order_by("occurrence_on").values_list("occurrence_on", flat=True).first()
    if first is None:
        raise PlanEnded(PlanEnded.__doc__)
    return change_plan_from(plan=plan, from_on=first, change=change, by=by, now=now)


@one_transaction
def change_plan_from(*, plan: UUID, from_on: date, change: PlanChange, by: Actor, now: datetime) -> ChangedPlan:
    """Will end the plan before `from_on` and let its successor, of the same lineage, go on with the change.

    Visits keep their codes, and skips and moves agreed for single dates hold. Cleaners come along where they are
    free; dates for which nobody is free need a decision.
    Raises `PlanNotFound`, `PlanEnded`, `PlanPaused`, `ChangeTooLate`.
    """
    found = plan_to_change(plan)
    if found.state == Plan.State.PAUSED:
        raise PlanPaused(PlanPaused.__doc__)
    last = _last_day(found, change, now=now)
    handover = _succession(found, change, from_on=from_on, last=last, by=by, now=now)
    old_until = handover.old.until
    assert old_until is not None
    visits = {v.occurrence_on: v for v in visits_from(found, old_until + timedelta(days=1)) if v.occurrence_on}
    check_in_time(found, still_to_come(visits.values(), now=now), by=by, now=now)
    usual = with_usual(terms_of(found), found).preferred
    lock_crew(found)
    stood = before(visits.values(), [found])
    successor = _successor(found, change, handover, now=now)
    dropped = [visits[day] for day in handover.dropped if day in visits]
    call_off_for_good(still_to_come(dropped, now=now), reason="Plan changed", by=by, now=now)
    pairs = {visits[a]: b for a, b in handover.pairs if a in visits}
    _take_along(found, successor, pairs, usual=usual, anew=change.preferred is not None, now=now)
    fill_plan(successor, to=last, now=now)
    entry = _say(found, successor, from_on=from_on, by=by, now=now)
    stood.plans[successor.pk] = None
    stood.keep(entry, subject=successor.code, now=now)
    open_dates = successor.visits.filter(cleaners_missing__gt=0).order_by("occurrence_on")
    to_decide = [day for day in open_dates.values_list("occurrence_on", flat=True) if day is not None]
    return ChangedPlan(successor, to_decide)


def _is_customer(by: Actor) -> bool:
    return by.kind is ActorKind.CUSTOMER


def _new_rule(plan: Plan, change: PlanChange) -> Rule:
    rule = change.rule or plan.rule
    return replace(rule, until=rule.until or plan.until_on)


def _last_day(plan: Plan, change: PlanChange, *, now: datetime) -> date:
    # To the end of a week or month, so that an old day and the new one that follows it are both in sight.
    last = max(plan.filled_until_on, plan_horizon(plan.branch, now=now))
    return period_end(last, plan.rule, _new_rule(plan, change))


def _succession(plan: Plan, change: PlanChange, *, from_on: date, last: date, by: Actor, now: datetime) -> Succession:
    rule, zone = _new_rule(plan, change), plan.branch.zoneinfo
    notice = timedelta(minutes=plan.branch.change_notice_minutes if _is_customer(by) else 0)
    earliest = (now + notice).astimezone(zone).date()
    if moment(rule, earliest, zone) <= now + notice:
        earliest += timedelta(days=1)
    return succeed(plan.rule, rule, from_on=from_on, earliest=earliest, last=last)


def _successor(plan: Plan, change: PlanChange, handover: Succession, *, now: datetime) -> Plan:
    successor = Plan(
        lineage=plan.lineage,
        branch=plan.branch,
        customer=plan.customer,
        premises=plan.premises,
        service=plan.service,
        quote=plan.quote,
        duration_minutes=change.duration_minutes or plan.duration_minutes,
        team_size=change.team_size or plan.team_size,
        price_cents=plan.price_cents if change.price_cents is None else change.price_cents,
        currency=plan.currency,
        holiday_rule=change.holiday_shift or plan.holiday_rule,
        filled_until_on=handover.new.opens - timedelta(days=1),
        created_at=now,
    )
    successor.announce_prices(plan.announced_prices if change.price_cents is None else [])
    successor.follow(handover.new)
    successor.save()
    successor.preferred.set(
        plan.preferred.values_list("pk", flat=True) if change.preferred is None else change.preferred
    )
    assert handover.old.until is not None
    plan.end(until=handover.old.until)
    plan.revision += 1
    plan.save(update_fields=["state", "until_on", "paused_on", "resumes_on", "revision"])
    return successor


@dataclass
class _Journey:
    """The visits and exceptions that go along, and which of the visits need their cleaners anew.

    A visit keeps its distance from the plan's price and length: its own extras stay.
    """

    old: Plan
    plan: Plan
    by_rule: Mapping[date, Occurrence]
    anew: bool
    now: datetime
    holidays: list[PlanException] = field(default_factory=list)
    to_seat: list[Visit] = field(default_factory=list)

    def take(self, visit: Visit, agreed: PlanException | None, day: date) -> None:
        """Will have a visit stand for a date of the new plan; what lies behind or was called off keeps its time."""
        is_ahead = visit.starts_at > self.now and visit.state in {VisitState.SCHEDULED, VisitState.SKIPPED}
        before = visit.occurrence_on or day
        visit.plan, visit.occurrence_on = self.plan, day
        visit.revision += 1
        if not is_ahead:
            return
        occurrence = self.by_rule[day]
        start = agreed.moved_to_at if agreed else occurrence.start
        rests = start is None
        start = start or moment(self.plan.rule, day, self.plan.branch.zoneinfo)
        self._set(visit, start, days=(before, day), rests=rests)
        if rests and not agreed:
            self.holidays.append(_left_out(self.plan, day, now=self.now))

    def _set(self, visit: Visit, start: datetime, *, days: tuple[date, date], rests: bool) -> None:
        before, day = days
        length = max(timedelta(minutes=15), visit.duration + self.plan.duration - self.old.duration)
        during = DateTimeTZRange(start, start + length)
        was_kept = visit.state == VisitState.SCHEDULED
        same = was_kept and start == visit.starts_at and visit.duration == length
        same = same and visit.team_size == self.plan.team_size and not self.anew and not rests
        visit.during, visit.team_size = during, self.plan.team_size
        earlier, more = visit.price_cents, self.plan.price_on(day) - self.old.price_on(before)
        visit.price_cents = max(0, earlier + more)
        if visit.lines is not None and visit.price_cents != earlier:
            rest = visit.price_cents - earlier
            visit.lines = [*visit.lines, {"label": "changed", "amount_cents": rest, "minutes": 0}]
        if not same:
            visit.state = VisitState.SKIPPED if rests else VisitState.SCHEDULED
            visit.cleaners_missing = 0 if rests else visit.team_size
            self.to_seat.append(visit)


def _take_along(
    old: Plan, new: Plan, pairs: Mapping[Visit, date], *, usual: Sequence[int], anew: bool, now: datetime
) -> None:
    if not pairs:
        return
    agreed = _agreements(old, pairs)
    terms = terms_of(new)
    journey = _Journey(old, new, _by_rule(terms, min(pairs.values()), max(pairs.values())), anew, now)
    for visit, day in pairs.items():
        exception = agreed.get(visit.occurrence_on)
        journey.take(visit, exception, day)
        if exception is not None:
            exception.plan, exception.original_on = new, day
    give_back(journey.to_seat)
    Visit.objects.bulk_update(
        pairs,
        [
            "plan", "occurrence_on", "during", "state", "team_size", "price_cents", "lines", "cleaners_missing",
            "revision",
        ],
    )  # fmt: skip
    PlanException.objects.bulk_update(agreed.values(), ["plan", "original_on"])
    PlanException.objects.bulk_create(journey.holidays)
    preferred = [*terms.preferred, *(c for c in usual if c not in terms.preferred)]
    waiting = [OpenVisit(v.pk, v.code, v.starts_at) for v in journey.to_seat if v.state == VisitState.SCHEDULED]
    seat_visits(replace(terms, preferred=preferred), waiting, now=now)


def _agreements(old: Plan, pairs: Mapping[Visit, date]) -> dict[date | None, PlanException]:
    found = PlanException.objects.filter(plan=old, original_on__in=[v.occurrence_on for v in pairs])
    # A date left out for a holiday was nobody's wish: the new day is judged anew.
    found.filter(kind=PlanException.Kind.HOLIDAY).delete()
    return {exception.original_on: exception for exception in found.all()}


def _by_rule(terms: PlanTerms, first: date, last: date) -> dict[date, Occurrence]:
    closures = closures_of(terms, first=first, last=last)
    zone = terms.branch.zoneinfo
    found = series(terms.rule, first=first, last=last, zone=zone, closures=closures, changes={})
    return {occurrence.original: occurrence for occurrence in found}


def _left_out(plan: Plan, day: date, *, now: datetime) -> PlanException:
    return PlanException(
        plan=plan,
        original_on=day,
        kind=PlanException.Kind.HOLIDAY,
        at=now,
        by_label=SYSTEM.label,
    )


def _say(old: Plan, new: Plan, *, from_on: date, by: Actor, now: datetime) -> UUID:
    facts = {"from": from_on, "successor": new.code, "lineage": new.lineage}
    record(event="booking.plan.succeeded", subject=old.code, by=by, at=now, facts=facts)
    facts = {"from": from_on, "predecessor": old.code, "lineage": new.lineage, "price_cents": new.price_cents}
    entry = record(event="booking.plan.changed", subject=new.code, by=by, at=now, facts=facts)
    tell_of_plan(
        "plan_changed",
        plan=new,
        next_visit=next_visit(new, now=now),
        now=now,
        more={"from_on": from_on.isoformat()},
    )
    return entry
