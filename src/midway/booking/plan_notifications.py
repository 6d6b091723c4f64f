"""Collects the facts of what customers are told about their plans: one message a deed, not one a visit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from midway.booking.models import Booking, Plan, Visit
from midway.booking.notifications import manage_url
from midway.messaging.actions import enqueue_message


def tell_of_plan(
    template: str, *, plan: Plan, next_visit: Visit | None, now: datetime, more: Mapping[str, Any] | None = None
) -> None:
    """Will tell the customer that a plan was started, changed, paused, resumed or ended (`plan_…`)."""
    booking = Booking.objects.get(quote_id=plan.quote_id)
    facts: dict[str, Any] = {
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
        **_next(next_visit),
        **(more or {}),
    }
    enqueue_message(
        key=f"{template}:{plan.code}:{plan.revision}",
        template=template,
        to=booking.contact_email,
        language=plan.customer.language,
        subject_code=plan.code,
        facts=facts,
        now=now,
    )


def _next(visit: Visit | None) -> dict[str, Any]:
    if visit is None:
        return {}
    return {
        "start": visit.starts_at.isoformat(),
        "end": visit.ends_at.isoformat(),
        "manage_url": manage_url(visit.code),
    }
