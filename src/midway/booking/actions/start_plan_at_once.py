"""Price a home and sell a plan for it in one go, as the office does on the telephone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from midway.booking.actions.book_at_once import Appointment, wishes_of
from midway.booking.actions.book_visit import BookingOrder
from midway.booking.actions.quote_home import quote_home
from midway.booking.actions.start_plan import PlanOrder, StartedPlan, start_plan
from midway.core.actor import Actor
from midway.core.recurrence import Change, HolidayShift, Rule
from midway.runtime.database import one_transaction


@dataclass(frozen=True)
class AgreedPlan:
    """What was agreed on the telephone: the first visit, the rhythm, what becomes of the dates that do not fit."""

    appointment: Appointment
    rule: Rule
    decisions: Mapping[date, Change] = field(default_factory=dict)
    holiday_shift: HolidayShift = HolidayShift.AFTER
    preferred: Sequence[int] = ()


@one_transaction
def start_plan_at_once(*, agreed: AgreedPlan, by: Actor, now: datetime) -> StartedPlan:
    """Will quote the home by the prices in force and sell the plan; when it cannot begin so, nothing is kept.

    Raises as `quote_home` and `start_plan`.
    """
    told = agreed.appointment
    address = told.address
    wishes = wishes_of(email=told.contact.email, line1=address.line1, postcode=address.postcode)
    quote = quote_home(offer=told.offer, home=told.home, postcode=address.postcode, now=now, wishes=wishes)
    booking = BookingOrder(
        quote=quote,
        start=told.start,
        contact=told.contact,
        address=told.address,
        notes=told.notes,
        language=told.language,
    )
    order = PlanOrder(
        booking=booking,
        rule=agreed.rule,
        decisions=agreed.decisions,
        holiday_shift=agreed.holiday_shift,
        preferred=agreed.preferred,
    )
    return start_plan(order=order, by=by, now=now)
