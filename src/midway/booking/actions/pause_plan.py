"""Let a plan rest for a while, take it up again, or end it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from midway.booking.actions.before import before
from midway.booking.actions.credits import give_credits_back
from midway.booking.actions.fill_plans import fill_plan
from midway.booking.actions.plan_visits import (
    OpenVisit,
    PlanNotPaused,
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
from midway.booking.models import Cancellation, Plan, PlanException, Visit
from midway.booking.plan_notifications import tell_of_plan
from midway.booking.plan_queries import plan_horizon, terms_of
from midway.core.actor import Actor
from midway.core.visit_states import VisitState
from midway.journal.actions import record
from midway.runtime.database import one_transaction


@one_transaction
def pause_plan(
    *, plan: UUID, from_on: date, resumes_on: date | None = None, reason: str = "", by: Actor, now: datetime
) -> Plan:
    """Will leave out the plan's dates from `from_on` on, up to `resumes_on` where it is known, and free their cleaners.

    Raises `PlanNotFound`, `PlanEnded`, `PlanPaused`, `ChangeTooLate`.
    """
    found = plan_to_change(plan)
    if found.state == Plan.State.PAUSED:
        raise PlanPaused("This plan is paused already. Resume it before pausing it again.")
    visits = [
        v for v in visits_from(found, from_on) if v.occurrence_on and (not resumes_on or v.occurrence_on < resumes_on)
    ]
    resting = still_to_come(visits, now=now)
    check_in_time(found, resting, by=by, now=now)
    lock_crew(found)
    stood = before(resting, [found])
    _call_off(resting, VisitState.SKIPPED)
    give_credits_back(resting, by=by, now=now)
    found.state, found.paused_on, found.resumes_on = Plan.State.PAUSED, from_on, resumes_on
    found.revision += 1
    found.save(update_fields=["state", "paused_on", "resumes_on", "revision"])
    facts = {"from": from_on, "until": resumes_on, "visits": len(resting), "reason": reason}
    entry = record(event="booking.plan.paused", subject=found.code, by=by, at=now, facts=facts)
    stood.keep(entry, subject=found.code, now=now)
    tell_of_plan(
        "plan_paused",
        plan=found,
        next_visit=next_visit(found, now=now),
        now=now,
        more={"from_on": from_on.isoformat(), "resumes_on": resumes_on.isoformat() if resumes_on else None},
    )
    return found


@one_transaction
def resume_plan(*, plan: UUID, from_on: date, by: Actor, now: datetime) -> Plan:
    """Will let the plan's dates take place again from `from_on` on, with the usual cleaners where they are free.

    Dates skipped on purpose stay skipped; those for which nobody is free need a decision. Until a later `from_on`
    the plan stays paused.
    Raises `PlanNotFound`, `PlanEnded`, `PlanNotPaused`.
    """
    found = plan_to_change(plan)
    if found.state != Plan.State.PAUSED or found.paused_on is None:
        raise PlanNotPaused(PlanNotPaused.__doc__)
    today = now.astimezone(found.branch.zoneinfo).date()
    from_on = max(from_on, found.paused_on, today)
    visits = _resting(found, visits_from(found, from_on), now=now)
    terms = with_usual(terms_of(found), found)
    lock_crew(found)
    stood = before(visits, [found])
    for visit in visits:
        visit.state, visit.cleaners_missing = VisitState.SCHEDULED, visit.team_size
        visit.revision += 1
    Visit.objects.bulk_update(visits, ["state", "cleaners_missing", "revision"])
    seated = seat_visits(terms, [OpenVisit(v.pk, v.code, v.starts_at) for v in visits], now=now)
    found.resumes_on = from_on if from_on > max(found.paused_on, today) else None
    if found.resumes_on is None:
        found.state, found.paused_on = Plan.State.ACTIVE, None
    fill_plan(found, to=plan_horizon(found.branch, now=now), now=now)
    found.revision += 1
    found.save(update_fields=["state", "paused_on", "resumes_on", "filled_until_on", "revision"])
    facts = {"from": from_on, "visits": len(visits), "to_decide": len(visits) - len(seated)}
    entry = record(event="booking.plan.resumed", subject=found.code, by=by, at=now, facts=facts)
    stood.keep(entry, subject=found.code, now=now)
    tell_of_plan("plan_resumed", plan=found, next_visit=next_visit(found, now=now), now=now)
    return found


@one_transaction
def end_plan(*, plan: UUID, from_on: date, reason: str = "", by: Actor, now: datetime) -> Plan:
    """Will end the plan: no visit for any date from `from_on` on. Those before it take place.

    Raises `PlanNotFound`, `PlanEnded`, `ChangeTooLate`.
    """
    found = plan_to_change(plan)
    ending = still_to_come(visits_from(found, from_on), now=now)
    check_in_time(found, ending, by=by, now=now)
    lock_crew(found)
    stood = before(ending, [found])
    call_off_for_good(ending, reason=reason or "Plan ended", by=by, now=now)
    found.end(until=from_on - timedelta(days=1))
    found.revision += 1
    found.save(update_fields=["state", "until_on", "paused_on", "resumes_on", "revision"])
    facts = {"from": from_on, "visits": len(ending), "reason": reason}
    entry = record(event="booking.plan.ended", subject=found.code, by=by, at=now, facts=facts)
    stood.keep(entry, subject=found.code, now=now)
    tell_of_plan(
        "plan_ended",
        plan=found,
        next_visit=next_visit(found, now=now),
        now=now,
        more={"from_on": from_on.isoformat()},
    )
    return found


def call_off_for_good(visits: Sequence[Visit], *, reason: str, by: Actor, now: datetime) -> None:
    """Will cancel visits without a fee; the crew is locked before."""
    _call_off(visits, VisitState.CANCELLED)
    give_credits_back(visits, by=by, now=now)
    Cancellation.objects.bulk_create(
        Cancellation(visit=visit, at=now, by_label=by.label, reason=reason) for visit in visits
    )


def _call_off(visits: Sequence[Visit], state: VisitState) -> None:
    give_back(visits)
    for visit in visits:
        visit.state, visit.cleaners_missing = state, 0
        visit.revision += 1
    Visit.objects.bulk_update(visits, ["state", "cleaners_missing", "revision"])


def _resting(plan: Plan, visits: Sequence[Visit], *, now: datetime) -> list[Visit]:
    agreed = PlanException.objects.filter(plan=plan).exclude(kind=PlanException.Kind.MOVED)
    skipped = set(agreed.values_list("original_on", flat=True))
    return [
        visit
        for visit in visits
        if visit.state == VisitState.SKIPPED and visit.occurrence_on not in skipped and visit.starts_at > now
    ]
