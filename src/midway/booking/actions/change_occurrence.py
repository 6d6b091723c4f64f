"""One date of a plan: skip it, move it, or let it be again as the plan says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from psycopg.types.range import TimestamptzRange as DateTimeTZRange

from midway.booking.actions.before import before
from midway.booking.actions.cancel_visit import FeeRose
from midway.booking.actions.charges import Ruling, charge, withdraw_skip_fees
from midway.booking.actions.credits import give_credit_back
from midway.booking.actions.gap_prices import price_after_skip, reprice_after_gap, with_following
from midway.booking.actions.plan_exceptions import agree_to_skip, start_by_rule
from midway.booking.actions.plan_visits import (
    OpenVisit,
    PlanEnded,
    PlanPaused,
    give_back,
    lock_crew,
    seat_visits,
    with_usual,
)
from midway.booking.actions.reschedule_visit import ChangeTooLate, preview_rescheduling, reschedule_visit
from midway.booking.actions.visit_lock import VisitNotChangeable, VisitNotFound, visit_to_change
from midway.booking.models import Charge, Plan, PlanException, Visit
from midway.booking.notifications import tell_of_change
from midway.booking.plan_queries import terms_of
from midway.booking.policies import Rulebook
from midway.core.actor import Actor, ActorKind
from midway.core.policy import ChangeDecision, decide_skip
from midway.core.visit_states import VisitState
from midway.crew.calendar import SlotTaken
from midway.journal.actions import record
from midway.runtime.database import one_transaction


class SkippedTooOften(ChangeTooLate):
    """As many dates were left out in this half-year as our rules allow. Please call us."""


class NotOfAPlan(Exception):
    """This visit belongs to no recurring plan. Move or cancel it instead."""


def preview_skip(*, visit: Visit, now: datetime) -> ChangeDecision:
    """Will say whether the customer may leave this date out, for which fee, and what the next visit costs then."""
    return skip_ruling(visit, now=now).decision


@one_transaction
def skip_occurrence(
    *, visit: UUID, reason: str = "", by: Actor, now: datetime, shown_fee_cents: int | None = None
) -> Visit:
    """Will leave out one date of a plan and free its cleaners; it can be restored. No other date changes.

    A customer is bound by the policy for skips, and pays its fee; the office is not and does not. Where the policy
    prices gaps, the next visit has the price of the longer one.
    Raises `VisitNotFound`, `VisitNotChangeable`, `NotOfAPlan`, `ChangeTooLate`, and `FeeRose` when it costs more
    than what was shown.
    """
    found = visit_to_change(visit)
    plan = _plan_of(found)
    ruling = skip_ruling(found, now=now)
    if by.kind is ActorKind.CUSTOMER:
        # The policy alone says how late: its notice for skips may be shorter than the one for booking.
        _check_may_skip(ruling.decision)
        if shown_fee_cents is not None and ruling.decision.fee_cents > shown_fee_cents:
            raise FeeRose(FeeRose.__doc__)
        charge(Charge.Kind.SKIP, found, replace(ruling, shown_fee_cents=shown_fee_cents), by=by, now=now)
    elif found.starts_at <= now:
        raise VisitNotChangeable(VisitNotChangeable.__doc__)
    lock_crew(plan)
    stood = before(with_following(found, now=now))
    give_back([found])
    found.state, found.cleaners_missing = VisitState.SKIPPED, 0
    found.revision += 1
    found.save(update_fields=["state", "cleaners_missing", "revision"])
    agree_to_skip(found, reason=reason, by=by, now=now)
    entry = record(
        event="booking.visit.skipped",
        subject=found.code,
        by=by,
        at=now,
        facts={"plan": plan.code, "date": found.occurrence_on, "reason": reason},
    )
    give_credit_back(found, by=by, now=now)
    reprice_after_gap(found, by=by, now=now)
    stood.keep(entry, subject=found.code, now=now)
    tell_of_change("visit_skipped", visit=found, now=now)
    return found


@one_transaction
def move_occurrence(
    *, plan: UUID, original_on: date, to: datetime, by: Actor, now: datetime, cleaners: Sequence[int] = ()
) -> Visit:
    """Will move the visit that stands for one of the plan's dates; it keeps standing for that date.

    Raises `VisitNotFound` and as `reschedule_visit`, which does the same for a visit's own code.
    """
    code = Visit.objects.filter(plan__code=plan, occurrence_on=original_on).values_list("code", flat=True).first()
    if code is None:
        raise VisitNotFound(VisitNotFound.__doc__)
    return reschedule_visit(visit=code, to=to, by=by, now=now, cleaners=cleaners)


@one_transaction
def restore_occurrence(*, visit: UUID, by: Actor, now: datetime, leave_open: bool = False) -> Visit:
    """Will let a skipped or moved date take place as the plan says, with the usual cleaners where they are free.

    What was charged for leaving it out is charged no more.
    With `leave_open` (the office's choice) it is restored even when nobody is free, and needs a decision.
    Raises `VisitNotFound`, `VisitNotChangeable`, `NotOfAPlan`, `PlanEnded`, `PlanPaused`, `ChangeTooLate`, or
    `crew.calendar.SlotTaken`; then everything stays as it was.
    """
    found = _visit_to_restore(visit)
    plan = _plan_of(found)
    assert found.occurrence_on is not None
    if plan.until_on is not None and found.occurrence_on > plan.until_on:
        raise PlanEnded(PlanEnded.__doc__)
    if plan.is_paused_on(found.occurrence_on):
        raise PlanPaused(PlanPaused.__doc__)
    start = start_by_rule(plan, found.occurrence_on)
    is_moved_back = found.state != VisitState.SKIPPED and by.kind is ActorKind.CUSTOMER
    if is_moved_back and not preview_rescheduling(visit=found, now=now).is_allowed:
        raise ChangeTooLate(ChangeTooLate.__doc__)
    _check_in_time(found, starts_at=start, by=by, now=now)
    terms = with_usual(terms_of(plan), plan)
    lock_crew(plan)
    stood = before(with_following(found, now=now))
    give_back([found])
    found.during = DateTimeTZRange(start, start + found.duration)
    found.state, found.cleaners_missing = VisitState.SCHEDULED, found.team_size
    found.revision += 1
    found.save(update_fields=["during", "state", "cleaners_missing", "revision"])
    PlanException.objects.filter(plan=plan, original_on=found.occurrence_on).delete()
    withdraw_skip_fees(found, now=now)
    if found.pk in seat_visits(terms, [OpenVisit(found.pk, found.code, start)], now=now):
        found.cleaners_missing = 0
    elif not leave_open or by.kind is ActorKind.CUSTOMER:
        raise SlotTaken(SlotTaken.__doc__)
    entry = record(
        event="booking.visit.restored",
        subject=found.code,
        by=by,
        at=now,
        facts={"plan": plan.code, "date": found.occurrence_on, "start": start},
    )
    reprice_after_gap(found, by=by, now=now)
    stood.keep(entry, subject=found.code, now=now)
    tell_of_change("visit_restored", visit=found, now=now)
    return found


def skip_ruling(visit: Visit, *, now: datetime) -> Ruling:
    """What the policy says of leaving a date out."""
    rules = Rulebook(visit.branch)
    terms, policy = rules.terms(service_id=visit.service_id, now=now)
    decision = decide_skip(occasion=rules.occasion(visit, terms, now=now), terms=terms, now=now)
    next_price = price_after_skip(visit, terms, now=now) if terms.is_gap_priced and visit.plan_id else None
    return Ruling(replace(decision, next_price_cents=next_price), policy)


def _plan_of(visit: Visit) -> Plan:
    if visit.plan_id is None:
        raise NotOfAPlan(NotOfAPlan.__doc__)
    return Plan.objects.select_related("branch", "service", "customer", "premises").get(pk=visit.plan_id)


def _visit_to_restore(code: UUID) -> Visit:
    found = (
        Visit.objects.select_for_update(of=("self",), no_key=True)
        .select_related("branch", "service", "customer", "premises", "booking")
        .filter(code=code)
        .first()
    )
    if found is None:
        raise VisitNotFound(VisitNotFound.__doc__)
    moved = bool(
        found.plan and found.occurrence_on and found.plan.exceptions.filter(original_on=found.occurrence_on).exists()
    )
    if found.state != VisitState.SKIPPED and not (found.state == VisitState.SCHEDULED and moved):
        raise VisitNotChangeable("Only a date that was skipped or moved can be restored.")
    return found


def _check_may_skip(decision: ChangeDecision) -> None:
    if decision.rule == "limit":
        raise SkippedTooOften(SkippedTooOften.__doc__)
    if not decision.is_allowed:
        raise ChangeTooLate(ChangeTooLate.__doc__)


def _check_in_time(visit: Visit, *, starts_at: datetime, by: Actor, now: datetime) -> None:
    if by.kind is ActorKind.CUSTOMER:
        if starts_at <= now + timedelta(minutes=visit.branch.notice_minutes):
            raise ChangeTooLate(ChangeTooLate.__doc__)
    elif starts_at <= now:
        raise VisitNotChangeable(VisitNotChangeable.__doc__)
