"""Move a visit to another time, to other cleaners, or both."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.types.range import TimestamptzRange as DateTimeTZRange

from midway.booking.actions.before import before
from midway.booking.actions.book_visit import assign
from midway.booking.actions.offered import TimeNotOffered, is_on_grid
from midway.booking.actions.plan_exceptions import agree_on_moment
from midway.booking.actions.visit_lock import visit_to_change
from midway.booking.models import Visit
from midway.booking.notifications import tell_of_change
from midway.booking.policies import Rulebook
from midway.core.actor import Actor, ActorKind
from midway.core.policy import ChangeDecision, decide_rescheduling
from midway.core.timespan import Span
from midway.crew import calendar
from midway.crew.models import Commitment
from midway.journal.actions import record
from midway.runtime.database import one_transaction


class ChangeTooLate(Exception):
    """It is too late to move this visit online. Please call us."""


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


@one_transaction
def reschedule_visit(
    *, visit: UUID, to: datetime, by: Actor, now: datetime, cleaners: Sequence[int] = (), tell: bool = True
) -> Visit:
    """Will move a visit so that it starts at `to`, keeping its cleaners where they are free.

    `cleaners` names who must come (the office's choice). A customer is bound by the branch's notice and start
    grid, the office is not. When it cannot be moved, it stays as it was.
    Raises `VisitNotFound`, `VisitNotChangeable`, `ChangeTooLate`, `TimeNotOffered`, `crew.calendar.SlotTaken`.
    """
    found = visit_to_change(visit)
    if by.kind is ActorKind.CUSTOMER:
        _check_customer_may_move(found, to=to, now=now)
    moved_from, stood = found.starts_at, before([found])
    commit_cleaners(found, during=Span(to, to + found.duration), cleaners=cleaners, now=now)
    found.during = DateTimeTZRange(to, to + found.duration)
    found.revision += 1
    found.save(update_fields=["during", "revision", "cleaners_missing"])
    agree_on_moment(found, by=by, now=now)
    entry = record(
        event="booking.visit.rescheduled",
        subject=found.code,
        by=by,
        at=now,
        facts={"from": moved_from, "to": to, "cleaners": active_cleaners(found)},
    )
    stood.keep(entry, subject=found.code, now=now)
    if tell and moved_from != to:
        tell_of_change("visit_moved", visit=found, now=now)
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


def _check_customer_may_move(visit: Visit, *, to: datetime, now: datetime) -> None:
    branch = visit.branch
    rules = Rulebook(branch)
    terms, _policy = rules.terms(service_id=visit.service_id, now=now)
    decision = decide_rescheduling(occasion=rules.occasion(visit, terms, now=now), terms=terms, now=now)
    if decision.rule == "limit":
        raise ChangedTooOften(ChangedTooOften.__doc__)
    if not decision.is_allowed:
        raise ChangeTooLate(ChangeTooLate.__doc__)
    if terms.move_within_days is not None and abs(to - visit.starts_at) > timedelta(days=terms.move_within_days):
        raise MoveTooFar(terms.move_within_days)
    if not is_on_grid(to.astimezone(branch.zoneinfo), grid_minutes=branch.start_grid_minutes):
        raise TimeNotOffered(TimeNotOffered.__doc__)
    if to < now + timedelta(minutes=branch.notice_minutes) or to > now + timedelta(days=branch.horizon_days):
        raise TimeNotOffered(TimeNotOffered.__doc__)
