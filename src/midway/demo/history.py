"""What became of planned visits by now: their states, moments, fees and the journal, as rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from midway.booking.models import Assignment, Booking, Cancellation, Plan, PlanException, Quote, Visit
from midway.core.actor import SYSTEM, Actor, ActorKind
from midway.core.policy import Occasion, decide_cancellation
from midway.core.timespan import local_instant
from midway.core.visit_states import CALLED_OFF, OCCUPIES_CALENDAR, VisitState
from midway.crew.models import Branch, Commitment
from midway.demo.offer import DEMO_TERMS
from midway.demo.prices import Deal
from midway.demo.quarters import PAD, random_code
from midway.demo.sheets import Sheet, json_value
from midway.demo.week import Planned
from midway.journal.models import Entry

_AHEAD = timedelta(days=57)
_YEAR_AHEAD = timedelta(days=364)
_WEEKS = {"weekly": 1, "biweekly": 2, "every_4_weeks": 4}
_REASONS = ("We are travelling", "Not feeling well", "Visitors in the house", "Repairs in the kitchen", "")


@dataclass(frozen=True)
class Setting:
    """What the rows refer to: ids by service code, price list version and cleaner, and who is in the office."""

    branch: Branch
    services: Mapping[str, int]
    price_lists: Mapping[int, int]
    cleaners: Mapping[int, int]
    office: Actor
    now: datetime


class History:
    """Writes planned visits as rows, in the order in which the tables refer to each other."""

    def __init__(self, rng: Random, setting: Setting) -> None:
        self._rng = rng
        self._to = setting
        self._zone = setting.branch.zoneinfo
        self._terms = DEMO_TERMS
        self._notice = timedelta(minutes=DEMO_TERMS.notice_minutes)
        self._hours = DEMO_TERMS.hours(self._zone)
        self.quotes = Sheet(Quote, _QUOTE)
        self.bookings = Sheet(Booking, _BOOKING)
        self.plans = Sheet(Plan, _PLAN)
        self.visits = Sheet(Visit, _VISIT)
        self.commitments = Sheet(Commitment, _COMMITMENT)
        self.assignments = Sheet(Assignment, _ASSIGNMENT)
        self.cancellations = Sheet(Cancellation, _CANCELLATION)
        self.exceptions = Sheet(PlanException, _EXCEPTION)
        self.journal = Sheet(Entry, _ENTRY)

    @property
    def sheets(self) -> Sequence[Sheet]:
        """All sheets, referred-to tables first."""
        return (
            self.quotes,
            self.bookings,
            self.plans,
            self.visits,
            self.commitments,
            self.assignments,
            self.cancellations,
            self.exceptions,
            self.journal,
        )

    def write(self, visit: Planned) -> None:
        """Will turn a planned visit into rows."""
        booked_at = self._write_deal(visit.deal)
        start = _moment(visit.day, visit.first, self._zone)
        end = start + timedelta(minutes=visit.deal.price.duration_minutes)
        planned_at = start if visit.moved_from is None else _moment(*visit.moved_from, self._zone)
        by = _customer(visit.deal)
        is_of_plan = visit.deal.plan_code is not None
        created_at = max(booked_at, min(planned_at, start) - (_YEAR_AHEAD if is_of_plan else _AHEAD))
        if is_of_plan and not visit.deal.plan_id:
            self._write_plan(visit, booked_at)
        self._note(
            "booking.visit.booked",
            visit.code,
            by if created_at == booked_at else SYSTEM,
            created_at,
            {"start": planned_at, "end": planned_at + (end - start), "price_cents": visit.deal.price.total_cents},
        )
        if visit.moved_from is not None:
            self._note_move(visit, planned_at, start, created_at)
        state = self._state(visit, start, end, created_at)
        if is_of_plan and (visit.moved_from is not None or state is VisitState.SKIPPED):
            self._write_exception(visit, start, created_at, is_skipped=state is VisitState.SKIPPED)
        self._write_visit(visit, state, start, end, created_at)

    def note_released(self, visit: Planned, at: datetime) -> None:
        """Will journal that cleaners were taken off a visit."""
        for worker in visit.released:
            self._note("booking.visit.unassigned", visit.code, self._to.office, at, {"cleaner": worker.name})

    def note(self, event: str, subject: UUID, at: datetime, facts: Mapping[str, Any]) -> None:
        """Will journal something the office did."""
        self._note(event, subject, self._to.office, at, facts)

    def _write_visit(
        self, visit: Planned, state: VisitState, start: datetime, end: datetime, created_at: datetime
    ) -> None:
        deal, is_kept = visit.deal, state in OCCUPIES_CALENDAR
        visit_id = self.visits.take_id()
        self.visits.add(
            visit_id,
            str(visit.code),
            self._to.branch.pk,
            deal.id,
            deal.client.id,
            deal.client.id,
            self._to.services[deal.service],
            f"[{start},{end})",
            state.value,
            deal.price.team_size,
            len(visit.released) if is_kept else 0,
            deal.price.total_cents,
            deal.price.currency,
            (visit.moved_from is not None) + (not is_kept),
            created_at,
            deal.plan_id or None,
            visit.occurrence if deal.plan_id else None,
        )
        until = end + timedelta(minutes=15 * PAD)
        for worker in (*visit.workers, *visit.released):
            active = is_kept and worker not in visit.released
            commitment_id = self.commitments.take_id()
            cleaner_id = self._to.cleaners[worker.index]
            self.commitments.add(
                commitment_id, cleaner_id, f"[{start},{until})", "visit", active, str(visit.code), None
            )
            self.assignments.add(self.assignments.take_id(), visit_id, cleaner_id, commitment_id, active)
        if state in CALLED_OFF:
            self._write_cancellation(visit, visit_id, state, start, created_at)

    # What became of it

    def _state(self, visit: Planned, start: datetime, end: datetime, created_at: datetime) -> VisitState:
        now = self._to.now
        if visit.fate == "bumped":
            return VisitState.BUMPED
        if visit.fate == "skipped":
            return VisitState.SKIPPED
        if visit.fate == "cancelled":
            in_time = created_at <= start - timedelta(hours=50) or now <= start - self._notice
            return VisitState.CANCELLED if in_time else VisitState.CANCELLED_LATE
        if visit.fate == "late" and start <= now and created_at < start - timedelta(hours=3):
            return VisitState.CANCELLED_LATE
        if end <= now:
            return VisitState.LOCKED_OUT if self._rng.random() < 0.004 else VisitState.DONE
        if visit.released or now < start - timedelta(minutes=20):
            return VisitState.SCHEDULED
        return VisitState.IN_PROGRESS if start <= now else VisitState.EN_ROUTE

    def _write_cancellation(
        self, visit: Planned, visit_id: int, state: VisitState, start: datetime, created_at: datetime
    ) -> None:
        by, now = _customer(visit.deal), self._to.now
        if state is VisitState.CANCELLED_LATE:
            late_from = start - self._notice + timedelta(minutes=1)
            at = self._between(max(created_at, min(now, late_from)), min(now, start - timedelta(hours=1)))
        elif state is VisitState.BUMPED:
            by, at = self._to.office, min(now, max(created_at, start - timedelta(hours=2)))
        else:
            latest = min(now, start - timedelta(hours=50))
            at = self._between(max(created_at, min(start, now) - timedelta(days=14)), max(created_at, latest))
        if state in {VisitState.SKIPPED, VisitState.BUMPED}:
            self._note(f"booking.visit.{state.value}", visit.code, by, at, {"start": start})
            return
        decision = decide_cancellation(
            occasion=Occasion(start, visit.deal.price.total_cents, self._hours), terms=self._terms, now=at
        )
        is_late = at > decision.free_until
        fee, reason = decision.fee_cents, self._rng.choice(_REASONS)
        self.cancellations.add(self.cancellations.take_id(), visit_id, at, by.label, reason, fee, is_late)
        facts = {"reason": reason, "fee_cents": fee, "is_late": is_late}
        self._note("booking.visit.cancelled", visit.code, by, at, facts)

    def _note_move(self, visit: Planned, planned_at: datetime, start: datetime, created_at: datetime) -> None:
        latest = min(self._to.now, min(start, planned_at) - timedelta(hours=50))
        at = self._between(max(created_at, latest - timedelta(days=6)), max(created_at, latest))
        facts = {"from": planned_at, "to": start, "cleaners": [worker.name for worker in visit.workers]}
        by = _customer(visit.deal) if self._rng.random() < 0.4 else self._to.office
        self._note("booking.visit.rescheduled", visit.code, by, at, facts)

    # The agreement

    def _write_plan(self, visit: Planned, booked_at: datetime) -> None:
        deal, day = visit.deal, visit.occurrence
        assert deal.plan_code is not None
        first = visit.moved_from[1] if visit.moved_from else visit.first
        deal.plan_id = self.plans.take_id()
        horizon = self._to.now.astimezone(self._zone).date() + _YEAR_AHEAD - timedelta(days=1)
        self.plans.add(
            deal.plan_id, str(deal.plan_code), str(random_code(self._rng)), self._to.branch.pk, deal.client.id,
            deal.client.id, self._to.services[deal.service], deal.id, _WEEKS[deal.frequency], [day.weekday()],
            time(first // 4, first % 4 * 15), day, day, deal.price.duration_minutes, deal.price.team_size,
            deal.price.total_cents, deal.price.currency, horizon, booked_at,
        )  # fmt: skip
        facts = {"start": _moment(day, first, self._zone), "price_cents": deal.price.total_cents}
        self._note("booking.plan.started", deal.plan_code, _customer(deal), booked_at, facts)

    def _write_exception(self, visit: Planned, start: datetime, at: datetime, *, is_skipped: bool) -> None:
        kind, moved_to = ("skipped", None) if is_skipped else ("moved", start)
        self.exceptions.add(
            self.exceptions.take_id(), visit.deal.plan_id, visit.occurrence, kind, moved_to, at, visit.deal.client.name
        )

    def _write_deal(self, deal: Deal) -> datetime:
        if deal.booked_at is not None:
            return deal.booked_at
        price, client, branch = deal.price, deal.client, self._to.branch
        booked_at = min(
            _moment(deal.booked_on, 36, self._zone) + timedelta(minutes=self._rng.randrange(600)),
            self._to.now - timedelta(minutes=5),
        )
        deal.booked_at = booked_at
        asked_at = booked_at - timedelta(minutes=self._rng.randrange(2, 90))
        self.quotes.add(
            deal.id, str(deal.quote_code), branch.pk, self._to.services[deal.service],
            self._to.price_lists[deal.version], client.place.postcode, client.bedrooms, client.bathrooms,
            client.square_feet, json_value(list(deal.extras)), deal.frequency, price.total_cents, price.currency,
            price.duration_minutes, price.team_size,
            json_value([{"label": x.label, "amount_cents": x.amount_cents, "minutes": x.minutes} for x in price.lines]),
            asked_at, asked_at + timedelta(days=branch.quote_days),
        )  # fmt: skip
        self.bookings.add(
            deal.id, str(deal.code), branch.pk, client.id, client.id, deal.id, client.name, client.email,
            client.phone, booked_at,
        )  # fmt: skip
        return booked_at

    def _note(self, event: str, subject: UUID, by: Actor, at: datetime, facts: Mapping[str, Any]) -> None:
        stored = {key: value.isoformat() if isinstance(value, datetime) else value for key, value in facts.items()}
        self.journal.add(
            self.journal.take_id(), str(random_code(self._rng)), at, event, by.kind.value, by.label, by.user_id,
            str(subject), json_value(stored),
        )  # fmt: skip

    def _between(self, first: datetime, last: datetime) -> datetime:
        minutes = int((last - first) / timedelta(minutes=1))
        return first + timedelta(minutes=self._rng.randrange(minutes)) if minutes > 0 else first


def _customer(deal: Deal) -> Actor:
    return Actor(kind=ActorKind.CUSTOMER, label=deal.client.name)


def _moment(day: date, quarter: int, zone: ZoneInfo) -> datetime:
    return _noon(day, zone) + timedelta(minutes=15 * (quarter - 48))


@lru_cache(maxsize=1024)
def _noon(day: date, zone: ZoneInfo) -> datetime:
    return local_instant(day, time(12), zone)


_QUOTE = (
    "id", "code", "branch_id", "service_id", "price_list_id", "postcode", "bedrooms", "bathrooms", "square_feet",
    "extras", "frequency", "total_cents", "currency", "duration_minutes", "team_size", "lines", "created_at",
    "expires_at",
)  # fmt: skip
_BOOKING = (
    "id", "code", "branch_id", "customer_id", "premises_id", "quote_id", "contact_name", "contact_email",
    "contact_phone", "created_at",
)  # fmt: skip
_VISIT = (
    "id", "code", "branch_id", "booking_id", "customer_id", "premises_id", "service_id", "during", "state",
    "team_size", "cleaners_missing", "price_cents", "currency", "revision", "created_at", "plan_id", "occurrence_on",
)  # fmt: skip
_PLAN = (
    "id", "code", "lineage", "branch_id", "customer_id", "premises_id", "service_id", "quote_id", "every", "weekdays",
    "local_time", "anchor_on", "starts_on", "duration_minutes", "team_size", "price_cents", "currency",
    "filled_until_on", "created_at",
)  # fmt: skip
_EXCEPTION = ("id", "plan_id", "original_on", "kind", "moved_to_at", "at", "by_label")
_COMMITMENT = ("id", "cleaner_id", "during", "kind", "active", "reference", "hold_expires_at")
_ASSIGNMENT = ("id", "visit_id", "cleaner_id", "commitment_id", "active")
_CANCELLATION = ("id", "visit_id", "at", "by_label", "reason", "fee_cents", "is_late")
_ENTRY = ("id", "code", "at", "event", "actor_kind", "actor_label", "actor_user_id", "subject", "facts")
