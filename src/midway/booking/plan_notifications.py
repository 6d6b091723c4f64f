"""Collects the facts of what customers are told about their plans: one message a deed, not one a visit."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from midway.booking.models import Booking, Plan, Visit
from midway.booking.notifications import manage_url
from midway.core.visit_states import STILL_TO_COME
from midway.customers.reach import recipient_of
from midway.messaging.actions import tell


def tell_of_plan(
    template: str, *, plan: Plan, next_visit: Visit | None, now: datetime, more: Mapping[str, Any] | None = None
) -> None:
    """Will tell the customer that a plan was started, changed, paused, resumed or ended (`plan_…`)."""
    booking = Booking.objects.get(quote_id=plan.quote_id)
    tell(
        key=f"{template}:{plan.code}:{plan.revision}",
        template=template,
        recipient=recipient_of(
            plan.customer, zone=plan.branch.zone, email=booking.contact_email, phone=booking.contact_phone
        ),
        subject_code=plan.code,
        facts={**facts_of_plan(plan, booking), **_next(next_visit), **(more or {})},
        now=now,
    )


def tell_of_rate_rise(
    *, plan: Plan, new_price_cents: int, from_on: date, until_on: date | None = None, now: datetime
) -> None:
    """Will tell the customer what each visit of a plan costs from a day on, or up to another; once for each price and
    day."""
    coming = plan.visits.filter(state__in=STILL_TO_COME, during__startswith__gt=now).order_by("during").first()
    booking = Booking.objects.get(quote_id=plan.quote_id)
    tell(
        key=f"rate_rise:{plan.code}:{from_on}:{new_price_cents}",
        template="rate_rise",
        recipient=recipient_of(
            plan.customer, zone=plan.branch.zone, email=booking.contact_email, phone=booking.contact_phone
        ),
        subject_code=plan.code,
        facts={
            **facts_of_plan(plan, booking),
            **_next(coming),
            "new_price_cents": new_price_cents,
            "from_on": from_on.isoformat(),
            "until_on": until_on and until_on.isoformat(),
        },
        now=now,
    )


def facts_of_plan(plan: Plan, booking: Booking) -> dict[str, Any]:
    """What a message about a plan may speak of."""
    return {
        "name": booking.contact_name,
        "service": plan.service.name,
        "service_es": plan.service.name_es,
        "every": plan.every,
        "weekdays": list(plan.weekdays),
        "nth": plan.nth,
        "local_time": plan.local_time.isoformat("minutes"),
        "zone": plan.branch.zone,
        "address": f"{plan.premises.line1}, {plan.premises.postcode}",
        "price_cents": plan.price_cents,
        "currency": plan.currency,
        "revision": plan.revision,
        "branch": plan.branch.name,
        "phone": plan.branch.phone,
    }


def _next(visit: Visit | None) -> dict[str, Any]:
    if visit is None:
        return {}
    return {
        "start": visit.starts_at.isoformat(),
        "end": visit.ends_at.isoformat(),
        "manage_url": manage_url(visit.code),
    }
