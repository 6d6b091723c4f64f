"""What may be changed until when, and what a late change costs.

All that decides is given: the terms, the office's hours, what happened before. The same decision is shown, applied
and kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from midway.core.business_time import Counting, OfficeHours, counted_back, day_before
from midway.core.pricing import percent_of

GAP_BANDS: Sequence[tuple[int, str]] = ((10, "weekly"), (17, "biweekly"), (24, "every_3_weeks"), (41, "every_4_weeks"))


@dataclass(frozen=True)
class Fee:
    """What is charged: an amount and a share of the price, together never more than the price."""

    flat_cents: int = 0
    percent: int = 0
    cleaner_percent: int = 0

    def of(self, price_cents: int) -> int:
        """The fee for a visit of this price."""
        return min(price_cents, self.flat_cents + percent_of(price_cents, self.percent))

    def share(self, fee_cents: int) -> int:
        """What of a fee goes to the cleaners."""
        return percent_of(fee_cents, self.cleaner_percent)


@dataclass(frozen=True)
class LateStep:
    """A dearer fee from this many minutes before the visit on."""

    within_minutes: int
    fee: Fee


@dataclass(frozen=True)
class PolicyTerms:
    """One version of the rules for changes, of a branch or of one of its services. None: no limit.

    A change is free until `notice_minutes` before the visit, counted as `counting` says, and, with `cut_off_days`,
    until `cut_off_clock` on that day before. `gap_bands`: up to so many days between two visits, the price of
    this rhythm; beyond the last, the price of a single visit. `is_far_move_skip`: a plan's visit may be moved by more
    than `move_within_days`, which counts as a date left out.
    """

    notice_minutes: int = 48 * 60
    late_fee: Fee = Fee(percent=50)
    counting: Counting = Counting.CLOCK
    opens: time = time(8)
    closes: time = time(18)
    workdays: Sequence[int] = (0, 1, 2, 3, 4)
    cut_off_days: int = 0
    cut_off_clock: time = time(17)
    late_steps: Sequence[LateStep] = ()
    lock_out_fee: Fee = Fee(percent=100)
    grace_per_half_year: int = 0
    moves_per_visit: int | None = None
    move_within_days: int | None = None
    is_far_move_skip: bool = False
    skip_notice_minutes: int | None = None
    skips_per_half_year: int | None = None
    free_skips_per_half_year: int | None = None
    skip_fee: Fee = Fee()
    is_gap_priced: bool = False
    gap_bands: Sequence[tuple[int, str]] = GAP_BANDS
    booking_notice_minutes: int = 24 * 60
    horizon_days: int = 90
    price_rise_notice_days: int = 30

    def hours(self, zone: ZoneInfo, holidays: frozenset[date] = frozenset()) -> OfficeHours:
        """When the office works."""
        return OfficeHours(zone, self.opens, self.closes, frozenset(self.workdays), holidays)

    @property
    def needs_holidays(self) -> bool:
        return self.counting is not Counting.CLOCK


@dataclass(frozen=True)
class Occasion:
    """The visit a change is about, and what the customer has changed before.

    `late_before`: late cancellations forgiven in this half-year; `moves_before`: moves of this visit;
    `skips_before`: dates skipped in this half-year.
    """

    starts_at: datetime
    price_cents: int
    hours: OfficeHours
    late_before: int = 0
    moves_before: int = 0
    skips_before: int = 0


@dataclass(frozen=True)
class ChangeDecision:
    """Whether the customer may do it, what it costs, and until when it would have been free.

    `rule` names what decided: free, late, grace, begun, too_late or limit. `next_price_cents` is what the next
    visit of the plan costs after a skip, where that changes.
    """

    is_allowed: bool
    fee_cents: int
    free_until: datetime
    cleaner_cents: int = 0
    rule: str = "free"
    next_price_cents: int | None = None


def free_until(*, starts_at: datetime, terms: PolicyTerms, hours: OfficeHours, notice_minutes: int) -> datetime:
    """Will give the last moment at which a change is free."""
    notice = counted_back(starts_at, timedelta(minutes=notice_minutes), hours, terms.counting)
    if not terms.cut_off_days:
        return notice
    return min(notice, day_before(starts_at, terms.cut_off_days, terms.cut_off_clock, hours, terms.counting))


def decide_cancellation(*, occasion: Occasion, terms: PolicyTerms, now: datetime) -> ChangeDecision:
    """Will say what cancelling costs now; after the visit has begun it is not allowed."""
    until = _free_until(occasion, terms)
    if now <= until:
        return ChangeDecision(now < occasion.starts_at, 0, until, rule="free" if now < occasion.starts_at else "begun")
    is_allowed = now < occasion.starts_at
    if is_allowed and occasion.late_before < terms.grace_per_half_year:
        return ChangeDecision(is_allowed, 0, until, rule="grace")
    fee = _late_fee(occasion, terms, now=now)
    amount = fee.of(occasion.price_cents)
    return ChangeDecision(is_allowed, amount, until, fee.share(amount), rule="late" if is_allowed else "begun")


def decide_rescheduling(*, occasion: Occasion, terms: PolicyTerms, now: datetime) -> ChangeDecision:
    """Will say whether a customer may still move a visit: free until the notice, by phone after it."""
    until = _free_until(occasion, terms)
    if now > until:
        return ChangeDecision(False, 0, until, rule="too_late")
    if terms.moves_per_visit is not None and occasion.moves_before >= terms.moves_per_visit:
        return ChangeDecision(False, 0, until, rule="limit")
    return ChangeDecision(True, 0, until)


def decide_skip(*, occasion: Occasion, terms: PolicyTerms, now: datetime) -> ChangeDecision:
    """Will say whether a customer may leave out a date of a plan, and what it costs."""
    notice = terms.notice_minutes if terms.skip_notice_minutes is None else terms.skip_notice_minutes
    until = free_until(starts_at=occasion.starts_at, terms=terms, hours=occasion.hours, notice_minutes=notice)
    if now > until:
        return ChangeDecision(False, 0, until, rule="too_late")
    if terms.skips_per_half_year is not None and occasion.skips_before >= terms.skips_per_half_year:
        return ChangeDecision(False, 0, until, rule="limit")
    free = terms.free_skips_per_half_year
    if free is None or occasion.skips_before < free:
        return ChangeDecision(True, 0, until)
    amount = terms.skip_fee.of(occasion.price_cents)
    return ChangeDecision(True, amount, until, terms.skip_fee.share(amount), rule="skip_fee" if amount else "free")


def is_far_move(*, days: float, terms: PolicyTerms) -> bool:
    """Whether a move by so many days is farther than the rules let a visit be moved."""
    return terms.move_within_days is not None and days > terms.move_within_days


def decide_far_move(*, occasion: Occasion, terms: PolicyTerms, now: datetime) -> ChangeDecision:
    """Will say whether a customer may move a plan's visit farther than the rules let it be moved, and what it costs.

    It counts as a date left out, and a visit besides: what holds for moving holds, and what holds for leaving out.
    """
    moving = decide_rescheduling(occasion=occasion, terms=terms, now=now)
    leaving_out = decide_skip(occasion=occasion, terms=terms, now=now)
    if not terms.is_far_move_skip:
        return ChangeDecision(False, 0, moving.free_until, rule="limit")
    if not moving.is_allowed:
        return moving
    return replace(leaving_out, free_until=min(moving.free_until, leaving_out.free_until))


def decide_lock_out(*, occasion: Occasion, terms: PolicyTerms) -> ChangeDecision:
    """Will say what it costs when nobody lets us in."""
    amount = terms.lock_out_fee.of(occasion.price_cents)
    share = terms.lock_out_fee.share(amount)
    return ChangeDecision(True, amount, _free_until(occasion, terms), share, rule="lock_out")


def rhythm_of_gap(days: int, terms: PolicyTerms) -> str:
    """Will name the rhythm whose price a visit has that comes this many days after the one before."""
    return next((frequency for up_to, frequency in sorted(terms.gap_bands) if days <= up_to), "once")


def half_year_of(day: date) -> tuple[date, date]:
    """Will give the first and last day of a day's half of the calendar year."""
    if day.month <= 6:
        return date(day.year, 1, 1), date(day.year, 6, 30)
    return date(day.year, 7, 1), date(day.year, 12, 31)


def _free_until(occasion: Occasion, terms: PolicyTerms) -> datetime:
    return free_until(
        starts_at=occasion.starts_at, terms=terms, hours=occasion.hours, notice_minutes=terms.notice_minutes
    )


def _late_fee(occasion: Occasion, terms: PolicyTerms, *, now: datetime) -> Fee:
    reached = [terms.late_fee]
    for step in terms.late_steps:
        within = timedelta(minutes=step.within_minutes)
        if now > counted_back(occasion.starts_at, within, occasion.hours, terms.counting):
            reached.append(step.fee)
    # Waiting never makes it cheaper, whatever the order of the steps.
    return max(reached, key=lambda fee: fee.of(occasion.price_cents))
