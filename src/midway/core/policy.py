"""What may be changed until when, and what a late change costs."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from midway.core.pricing import percent_of


@dataclass(frozen=True)
class ChangeTerms:
    """A branch's rules: free until `notice` before the visit, then `late_fee_percent` of its price."""

    notice: timedelta
    late_fee_percent: int


@dataclass(frozen=True)
class ChangeDecision:
    """Whether the customer may do it, what it costs, and until when it would have been free."""

    is_allowed: bool
    fee_cents: int
    free_until: datetime


def decide_cancellation(*, starts_at: datetime, price_cents: int, terms: ChangeTerms, now: datetime) -> ChangeDecision:
    """Will say what cancelling costs now; after the visit has begun it is not allowed."""
    free_until = starts_at - terms.notice
    fee = 0 if now <= free_until else percent_of(price_cents, terms.late_fee_percent)
    return ChangeDecision(is_allowed=now < starts_at, fee_cents=fee, free_until=free_until)


def decide_rescheduling(*, starts_at: datetime, terms: ChangeTerms, now: datetime) -> ChangeDecision:
    """Will say whether a customer may still move a visit: free until the notice, by phone after it."""
    free_until = starts_at - terms.notice
    return ChangeDecision(is_allowed=now <= free_until, fee_cents=0, free_until=free_until)
