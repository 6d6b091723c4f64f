"""Sell a recurring plan: a year of visits with their cleaners, or nothing at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson

from midway.booking.actions.agreement import agree
from midway.booking.actions.before import Before
from midway.booking.actions.book_visit import BookedVisit, BookingOrder, KeyUsedForAnotherRequest
from midway.booking.actions.fill_plans import fill_plan
from midway.booking.actions.hold_slot import release_open_hold
from midway.booking.actions.offered import TimeNotOffered, check_address, check_offered
from midway.booking.actions.plan_visits import lock_crew
from midway.booking.actions.reschedule_visit import make_room
from midway.booking.models import BookingRequest, Hold, Plan, PlanException, Quote, Visit
from midway.booking.plan_notifications import tell_of_plan
from midway.booking.plan_queries import plan_horizon, rule_of_frequency
from midway.core.actor import Actor
from midway.core.recurrence import Change, HolidayShift, Rule, occurrences
from midway.crew.calendar import SlotTaken
from midway.journal.actions import record
from midway.runtime.database import insert_row, one_transaction


class FirstVisitLeftOut(ValueError):
    """The first visit must take place at the chosen time. Choose another start for the plan."""


@dataclass(frozen=True)
class PlanOrder:
    """All that a plan needs to know. Without `rule` it is the quote's frequency, from the booking's start on.

    `decisions` says what becomes of single dates: another time, or none. `preferred` names the cleaners asked for.
    """

    booking: BookingOrder
    rule: Rule | None = None
    decisions: Mapping[date, Change] = field(default_factory=dict)
    holiday_shift: HolidayShift = HolidayShift.AFTER
    preferred: Sequence[int] = ()


@dataclass(frozen=True)
class StartedPlan:
    """What was sold: the plan, its first visit, and the dates that still need a decision."""

    plan: UUID
    booked: BookedVisit
    to_decide: Sequence[date]

    @property
    def first_visit(self) -> UUID:
        """The visit with which the plan begins."""
        return self.booked.visit

    def as_json(self, zone: Any) -> dict[str, Any]:
        """The answer of the API, in the shape of a single booking's."""
        return {**self.booked.as_json(zone), "plan": str(self.plan)}


@one_transaction
def book_plan_once(*, key: str, fingerprint: str, order: BookingOrder, by: Actor, now: datetime) -> dict[str, Any]:
    """Will start the plan that the quote's frequency asks for, once, however often the same request is sent.

    Answers as `book_once`, with the plan's code. Raises as `start_plan`, and `KeyUsedForAnotherRequest`.
    """
    # The key's row is written first: whoever comes second with it waits for the first to finish.
    if not insert_row("booking_bookingrequest", key=key, fingerprint=fingerprint, answer="", created_at=now).rows:
        earlier = BookingRequest.objects.get(key=key)
        if earlier.fingerprint != fingerprint:
            raise KeyUsedForAnotherRequest(KeyUsedForAnotherRequest.__doc__)
        return dict(orjson.loads(earlier.answer))
    started = start_plan(order=PlanOrder(order), by=by, now=now)
    answer = started.as_json(order.quote.branch.zoneinfo)
    BookingRequest.objects.filter(key=key).update(answer=orjson.dumps(answer).decode())
    return answer


@one_transaction
def start_plan(*, order: PlanOrder, by: Actor, now: datetime) -> StartedPlan:
    """Will sell a plan: the agreement, a visit for every date of 52 weeks, and cleaners for all that fit.

    Dates for which nobody is free become visits that need a decision. The first visit must fit.
    Raises `QuoteExpired`, `QuoteAlreadyBooked`, `TimeNotOffered`, `NotRecurring`, `FirstVisitLeftOut`,
    or `crew.calendar.SlotTaken`; nothing is left of a plan that could not be started.
    """
    quote, start = order.booking.quote, order.booking.start
    check_offered(quote=quote, start=start, by=by, now=now)
    check_address(quote=quote, postcode=order.booking.address.postcode)
    rule = _rule(order)
    booking = uuid4()
    plan = _agree(order, rule=rule, booking=booking, now=now)
    lock_crew(plan)
    # The slot held for this customer is given back and taken again with the rest, unseen by anybody else.
    held = list(Hold.objects.filter(quote=quote, state=Hold.State.OPEN).values_list("pk", flat=True))
    release_open_hold(quote)
    visits = fill_plan(plan, to=max(plan_horizon(plan.branch, now=now), rule.opens), now=now)
    first = Visit.objects.select_related("branch", "service").get(pk=visits[0].pk)
    if first.cleaners_missing or first.starts_at != start:
        raise SlotTaken(SlotTaken.__doc__)
    _prepare_first(first, quote, now=now)
    Hold.objects.filter(pk__in=held).update(state=Hold.State.BOOKED)
    open_visits = Visit.objects.filter(plan=plan).unassigned().order_by("occurrence_on")
    to_decide = [day for day in open_visits.values_list("occurrence_on", flat=True) if day is not None]
    entry = record(
        event="booking.plan.started",
        subject=plan.code,
        by=by,
        at=now,
        facts={"start": start, "visits": len(visits), "to_decide": to_decide, "price_cents": plan.price_cents},
    )
    Before(plans={plan.pk: None}).keep(entry, subject=plan.code, now=now)
    record(
        event="booking.visit.booked",
        subject=first.code,
        by=by,
        at=now,
        facts={"start": first.starts_at, "end": first.ends_at, "price_cents": first.price_cents, "plan": plan.code},
    )
    tell_of_plan("plan_started", plan=plan, next_visit=first, now=now, more={"visits": len(visits)})
    booked = BookedVisit(booking=booking, visit=first.code, start=first.starts_at, end=first.ends_at)
    return StartedPlan(plan=plan.code, booked=booked, to_decide=to_decide)


def _prepare_first(first: Visit, quote: Quote, *, now: datetime) -> None:
    """Will give the first visit the price and the length that were shown for it."""
    shown = quote.shown_price(first.starts_at, is_first=True)
    if shown is None or (shown["total_cents"], quote.duration) == (first.price_cents, first.duration):
        return
    first.price_cents, first.lines = shown["total_cents"], shown["lines"]
    if quote.duration != first.duration:
        make_room(first, length=quote.duration, now=now)
    first.save(update_fields=["price_cents", "lines", "during", "cleaners_missing"])


def _rule(order: PlanOrder) -> Rule:
    booking = order.booking
    branch = booking.quote.branch
    rule = order.rule or rule_of_frequency(booking.quote.frequency, booking.start, branch)
    local = booking.start.astimezone(branch.zoneinfo)
    if rule.clock != local.time() or not occurrences(rule, local.date(), local.date()) or rule.opens > local.date():
        raise TimeNotOffered("The plan's rule does not fall on the chosen first visit. Choose a matching day and time.")
    if local.date() in order.decisions:
        raise FirstVisitLeftOut(FirstVisitLeftOut.__doc__)
    return rule


def _agree(order: PlanOrder, *, rule: Rule, booking: UUID, now: datetime) -> Plan:
    quote, told = order.booking.quote, order.booking
    agreed = agree(told, code=booking, now=now)
    plan = _plan(quote, order, rule=rule, first=told.start, now=now)
    plan.customer_id, plan.premises_id = agreed.customer_id, agreed.premises_id
    plan.save()
    plan.preferred.set(order.preferred)
    PlanException.objects.bulk_create(
        PlanException(
            plan=plan,
            original_on=day,
            kind=PlanException.Kind.MOVED if change.moved_to else PlanException.Kind.SKIPPED,
            moved_to_at=change.moved_to,
            at=now,
            by_label=told.contact.name,
            reason="Agreed when the plan was sold",
        )
        for day, change in order.decisions.items()
    )
    return plan


def _plan(quote: Quote, order: PlanOrder, *, rule: Rule, first: datetime, now: datetime) -> Plan:
    first_day = first.astimezone(quote.branch.zoneinfo).date()
    plan = Plan(
        branch=quote.branch,
        service=quote.service,
        quote=quote,
        duration_minutes=quote.duration_minutes,
        team_size=quote.team_size,
        price_cents=quote.usual_price_at(first),
        currency=quote.currency,
        holiday_rule=order.holiday_shift,
        filled_until_on=first_day - timedelta(days=1),
        created_at=now,
    )
    plan.follow(rule)
    plan.starts_on = first_day
    return plan
