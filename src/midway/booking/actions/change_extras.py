"""Other extras for one visit: its price and its length follow, for the customer as shown before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from midway.booking.actions.before import before
from midway.booking.actions.credits import COSTS_LESS, give_credit_back
from midway.booking.actions.reschedule_visit import ChangeTooLate, make_room
from midway.booking.actions.visit_lock import visit_to_change
from midway.booking.models import Visit
from midway.booking.notifications import tell_of_change
from midway.booking.policies import Rulebook
from midway.booking.visit_prices import ChangedPrice, VisitPrices
from midway.core.actor import Actor, ActorKind
from midway.core.policy import Occasion, decide_rescheduling
from midway.journal.actions import record
from midway.runtime.database import one_transaction


@dataclass(frozen=True)
class ExtrasDecision:
    """Whether the customer may still change the extras, and what the visit costs and takes then."""

    is_allowed: bool
    free_until: datetime
    price_cents: int
    duration_minutes: int
    lines: Sequence[dict[str, Any]]
    price_before_cents: int
    duration_before_minutes: int


def preview_extras(*, visit: Visit, extras: Sequence[str], now: datetime) -> ExtrasDecision:
    """Will say what the visit would cost and how long it would take with exactly these extras.

    Raises `core.pricing.PriceError` for an extra that is not sold.
    """
    changed = VisitPrices(visit, extras=extras, now=now).with_extras(extras)
    return _decided(visit, changed, now=now)


class PriceRose(Exception):
    """It costs more now than what was shown. Look at the price, then decide anew."""


@one_transaction
def change_extras(
    *, visit: UUID, extras: Sequence[str], by: Actor, now: datetime, shown_price_cents: int | None = None
) -> Visit:
    """Will have exactly these extras done at one visit, at the price `preview_extras` says, in the time they take.

    The cleaners stay; where one of them is not free for longer, others come. A customer is bound by the notice
    for changes, the office is not. When it cannot be done, everything stays as it was.
    Raises `VisitNotFound`, `VisitNotChangeable`, `ChangeTooLate`, `core.pricing.PriceError`, `SlotTaken`, and
    `PriceRose` when it costs more than what was shown.
    """
    found = visit_to_change(visit)
    earlier = list(found.agreed_extras)
    wanted = list(dict.fromkeys(extras))
    decision = preview_extras(visit=found, extras=wanted, now=now)
    if by.kind is ActorKind.CUSTOMER and not decision.is_allowed:
        raise ChangeTooLate(ChangeTooLate.__doc__)
    if set(earlier) == set(wanted):
        return found
    if shown_price_cents is not None and decision.price_cents > shown_price_cents:
        raise PriceRose(PriceRose.__doc__)
    stood = before([found])
    if decision.duration_minutes != decision.duration_before_minutes:
        make_room(found, length=timedelta(minutes=decision.duration_minutes), now=now)
    found.extras, found.lines, found.price_cents = wanted, list(decision.lines), decision.price_cents
    found.revision += 1
    found.save(update_fields=["extras", "lines", "price_cents", "during", "cleaners_missing", "revision"])
    entry = record(
        event="booking.visit.extras_changed",
        subject=found.code,
        by=by,
        at=now,
        facts={
            "from": earlier,
            "to": wanted,
            "from_cents": decision.price_before_cents,
            "price_cents": decision.price_cents,
            "minutes": decision.duration_minutes,
        },
    )
    give_credit_back(found, by=by, now=now, reason=COSTS_LESS)
    stood.keep(entry, subject=found.code, now=now)
    tell_of_change("visit_extras_changed", visit=found, now=now)
    return found


def _decided(visit: Visit, changed: ChangedPrice, *, now: datetime) -> ExtrasDecision:
    rules = Rulebook(visit.branch)
    terms, _policy = rules.terms(service_id=visit.service_id, now=now)
    hours = terms.hours(visit.branch.zoneinfo, rules.holidays if terms.needs_holidays else frozenset())
    occasion = Occasion(visit.starts_at, visit.price_cents, hours)
    decision = decide_rescheduling(occasion=occasion, terms=terms, now=now)
    return ExtrasDecision(
        is_allowed=decision.is_allowed,
        free_until=decision.free_until,
        price_cents=changed.price_cents,
        duration_minutes=changed.duration_minutes,
        lines=changed.lines,
        price_before_cents=visit.price_cents,
        duration_before_minutes=int(visit.duration / timedelta(minutes=1)),
    )
