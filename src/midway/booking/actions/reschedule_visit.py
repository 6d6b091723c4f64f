"""Move a visit to another time, to other cleaners, or both."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.types.range import TimestamptzRange as DateTimeTZRange

from midway.booking.actions.before import before
from midway.booking.actions.book_visit import assign
from midway.booking.actions.cancel_visit import FeeRose
from midway.booking.actions.charges import Ruling, charge
from midway.booking.actions.gap_prices import GapPrice, prices_after_move, reprice
from midway.booking.actions.offered import TimeNotOffered, is_on_grid
from midway.booking.actions.plan_exceptions import agree_on_moment
from midway.booking.actions.visit_lock import visit_to_change
from midway.booking.models import Charge, Visit
from midway.booking.notifications import tell_of_change
from midway.booking.policies import Rulebook
from midway.core.actor import Actor, ActorKind
from midway.core.policy import ChangeDecision, decide_far_move, decide_rescheduling, is_far_move
from midway.core.timespan import Span
from midway.crew import calendar
from midway.crew.models import Commitment
from midway.journal.actions import record
from midway.runtime.database import one_transaction


class ChangeTooLate(Exception):
    """It is too late to change this visit online. Please call us."""


class ChangedTooOften(ChangeTooLate):
    """This visit was moved as often as our rules allow. Please call us."""


class MoveTooFar(TimeNotOffered):
    """A visit can be moved by up to %(days)s days. Choose a nearer time."""

    def __init__(self, days: int) -> None:
        super().__init__((self.__doc__ or "") % {"days": days})
        self.days = days


def preview_rescheduling(*, visit: Visit, now: datetime) -> ChangeDecision:
    """Will say whether the customer may move the visit, and until when."""
    rules = Rulebook(visit.branch)
    terms, _policy = rules.terms(service_id=visit.service_id, now=now)
    return decide_rescheduling(occasion=rules.occasion(visit, terms, now=now), terms=terms, now=now)


@dataclass(frozen=True)
class MovePreview:
    """What moving a visit to one time would come to: by the rules for moves, or far, by those for dates left out.

    `prices` are the visits of its plan that would cost something else, itself among them.
    """

    is_far: bool
    ruling: Ruling
    prices: list[GapPrice] = field(default_factory=list)

    @property
    def decision(self) -> ChangeDecision:
        return self.ruling.decision


def preview_move(*, visit: Visit, to: datetime, now: datetime) -> MovePreview:
    """Will say what moving a visit to this time would cost a customer: exactly what the move then charges."""
    rules = Rulebook(visit.branch)
    terms, policy = rules.terms(service_id=visit.service_id, now=now)
    occasion = rules.occasion(visit, terms, now=now)
    is_far = is_far_move(days=abs(to - visit.starts_at) / timedelta(days=1), terms=terms)
    if not is_far:
        return MovePreview(False, Ruling(decide_rescheduling(occasion=occasion, terms=terms, now=now), policy))
    far = replace(terms, is_far_move_skip=terms.is_far_move_skip and visit.plan_id is not None)
    decision = decide_far_move(occasion=occasion, terms=far, now=now)
    prices = prices_after_move(visit, to=to, terms=terms, now=now, fee_cents=decision.fee_cents)
    return MovePreview(True, Ruling(decision, policy), prices)


@one_transaction
def reschedule_visit(
    *, visit: UUID, to: datetime, by: Actor, now: datetime, cleaners: Sequence[int] = (), tell: bool = True
) -> Visit:
    """Will move a visit so that it starts at `to`, keeping its cleaners where they are free.

    `cleaners` names who must come (the office's choice). A customer is bound by the branch's notice and start
    grid, the office is not. Farther than the policy lets a visit be moved, a plan's visit counts as a date left out
    where the policy says so: its fee and prices are those of `preview_move`. When it cannot be moved, it stays as it
    was.
    Raises `VisitNotFound`, `VisitNotChangeable`, `ChangeTooLate`, `TimeNotOffered`, `crew.calendar.SlotTaken`.
    """
    return _move(visit, _Wish(to, cleaners, tell), by=by, now=now)


@one_transaction
def move_for_shown_fee(*, visit: UUID, to: datetime, shown_fee_cents: int, by: Actor, now: datetime) -> Visit:
    """As `reschedule_visit`, for the fee that was shown, which is kept with the charge. Raises `FeeRose` for more."""
    return _move(visit, _Wish(to, shown_fee_cents=shown_fee_cents), by=by, now=now)


@dataclass(frozen=True)
class _Wish:
    to: datetime
    cleaners: Sequence[int] = ()
    tell: bool = True
    shown_fee_cents: int | None = None


def _move(code: UUID, wish: _Wish, *, by: Actor, now: datetime) -> Visit:
    found, to = visit_to_change(code), wish.to
    shown = preview_move(visit=found, to=to, now=now)
    if by.kind is ActorKind.CUSTOMER:
        _check_customer_may_move(found, shown, to=to, now=now)
        if wish.shown_fee_cents is not None and shown.decision.fee_cents > wish.shown_fee_cents:
            raise FeeRose(FeeRose.__doc__)
        if shown.is_far:
            ruling = replace(shown.ruling, shown_fee_cents=wish.shown_fee_cents)
            charge(Charge.Kind.SKIP, found, ruling, by=by, now=now)
    moved_from, stood = found.starts_at, before([found, *(price.visit for price in shown.prices)])
    commit_cleaners(found, during=Span(to, to + found.duration), cleaners=wish.cleaners, now=now)
    found.during = DateTimeTZRange(to, to + found.duration)
    found.revision += 1
    found.save(update_fields=["during", "revision", "cleaners_missing"])
    counts_as_skip = shown.is_far and by.kind is ActorKind.CUSTOMER
    agree_on_moment(found, by=by, now=now, counts_as_skip=counts_as_skip)
    facts = {"from": moved_from, "to": to, "cleaners": active_cleaners(found)}
    if counts_as_skip:
        facts |= {"counts_as_skip": True, "fee_cents": shown.decision.fee_cents}
    entry = record(event="booking.visit.rescheduled", subject=found.code, by=by, at=now, facts=facts)
    if shown.prices:
        reprice(shown.prices, by=by, now=now)
        found.refresh_from_db(fields=["price_cents", "lines", "revision"])
    stood.keep(entry, subject=found.code, now=now)
    if wish.tell and moved_from != to:
        tell_of_change("visit_moved", visit=found, was_at=moved_from, now=now)
    return found


def commit_cleaners(visit: Visit, *, during: Span, cleaners: Sequence[int], now: datetime) -> None:
    """Will release a visit's cleaners and take them, or others, for another time; in the caller's transaction."""
    before = active_cleaners(visit)
    calendar.lock_cleaners([*before, *cleaners])
    calendar.release(reference=visit.code)
    visit.assignments.filter(active=True).update(active=False)
    branch = visit.branch
    taken = calendar.take(
        calendar.Wanted(
            branch_id=branch.pk,
            zone=branch.zoneinfo,
            during=Span(during.start, during.end + branch.pad),
            kind=Commitment.Kind.VISIT,
            reference=visit.code,
            count=visit.team_size,
            skill_id=visit.service.skill_id,
            cleaners=cleaners,
            preferred=before,
        ),
        now=now,
    )
    assign(visit.pk, taken)
    visit.cleaners_missing = max(0, visit.team_size - len(taken))


def make_room(visit: Visit, *, length: timedelta, now: datetime) -> None:
    """Will have a visit take this long from its start, with its cleaners or, where they are not free, with others.

    In the caller's transaction, who keeps the row. A visit without cleaners stays without.
    """
    during = Span(visit.starts_at, visit.starts_at + length)
    cleaners = active_cleaners(visit)
    if cleaners:
        try:
            commit_cleaners(visit, during=during, cleaners=cleaners, now=now)
        except calendar.SlotTaken:
            commit_cleaners(visit, during=during, cleaners=(), now=now)
    visit.during = DateTimeTZRange(during.start, during.end)


def active_cleaners(visit: Visit) -> list[int]:
    """The ids of the cleaners who keep the visit's promise."""
    return sorted(visit.assignments.filter(active=True).values_list("cleaner_id", flat=True))


def _check_customer_may_move(visit: Visit, shown: MovePreview, *, to: datetime, now: datetime) -> None:
    branch = visit.branch
    near = preview_rescheduling(visit=visit, now=now)
    if near.rule == "limit":
        raise ChangedTooOften(ChangedTooOften.__doc__)
    if not near.is_allowed or shown.decision.rule == "too_late":
        raise ChangeTooLate(ChangeTooLate.__doc__)
    if not shown.decision.is_allowed:
        terms, _policy = Rulebook(branch).terms(service_id=visit.service_id, now=now)
        raise MoveTooFar(terms.move_within_days or 0)
    if not is_on_grid(to.astimezone(branch.zoneinfo), grid_minutes=branch.start_grid_minutes):
        raise TimeNotOffered(TimeNotOffered.__doc__)
    if to < now + timedelta(minutes=branch.notice_minutes) or to > now + timedelta(days=branch.horizon_days):
        raise TimeNotOffered(TimeNotOffered.__doc__)
