"""The facts of a real visit or plan, to show what a text would say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from midway.booking.credit_notifications import credit_url
from midway.booking.models import Booking, Plan, Visit
from midway.booking.notifications import facts_of_visit, manage_url, rating_url
from midway.booking.plan_notifications import facts_of_plan
from midway.booking.waiting_notifications import offer_url, withdrawal_url
from midway.crew.models import Branch

NOBODY = UUID(int=0)
START = datetime(2026, 3, 3, 14, tzinfo=UTC)


@dataclass(frozen=True)
class Example:
    """Facts, and whose they are; `visit` is nothing where the company has no visit yet."""

    facts: Mapping[str, Any]
    visit: UUID | None
    name: str


def example_facts(branch: Branch, template: str) -> Example:
    """The branch's latest visit (of a plan, where the text is about plans) as a message would tell of it."""
    of_plan = template.startswith("plan_") or template == "rate_rise"
    found = Visit.objects.filter(branch=branch, plan__isnull=not of_plan).order_by("-id")
    visit = found.select_related("branch", "booking", "customer", "premises", "service", "plan__service").first()
    if visit is None:
        return Example({**_made_up(branch), **_more(NOBODY)}, None, _made_up(branch)["name"])
    facts = facts_of_visit(visit, fee_cents=visit.price_cents // 2)
    if visit.plan is not None:
        facts = {**_plan_facts(visit.plan), **facts}
    return Example({**facts, **_more(visit.code), **_on(visit)}, visit.code, visit.booking.contact_name)


def _plan_facts(plan: Plan) -> dict[str, Any]:
    return facts_of_plan(plan, Booking.objects.get(quote_id=plan.quote_id))


def _on(visit: Visit) -> dict[str, Any]:
    day = visit.starts_at.astimezone(visit.branch.zoneinfo).date()
    return {
        "from_on": day.isoformat(),
        "resumes_on": (day + timedelta(days=28)).isoformat(),
        "new_price_cents": visit.price_cents + visit.price_cents // 20,
    }


def _more(visit: UUID) -> dict[str, Any]:
    return {
        "rating_url": rating_url(visit),
        "sign_in_url": manage_url(visit),
        "minutes": 20,
        "offer_url": offer_url(NOBODY),
        "withdrawal_url": withdrawal_url(NOBODY),
        "until": "11:00",
        "amount_cents": 2500,
        "balance_cents": 4000,
        "valid_to": (START + timedelta(days=90)).date().isoformat(),
        "credit_url": credit_url(),
    }


def _made_up(branch: Branch) -> dict[str, Any]:
    return {
        "name": "Dora Miller",
        "service": "Regular clean",
        "service_es": "Limpieza regular",
        "start": START.isoformat(),
        "end": (START + timedelta(hours=2)).isoformat(),
        "zone": branch.zone,
        "address": "12 Calico Street, 21201",
        "price_cents": 12000,
        "new_price_cents": 12600,
        "currency": branch.currency,
        "fee_cents": 6000,
        "every": 2,
        "from_on": START.date().isoformat(),
        "manage_url": manage_url(NOBODY),
        "branch": branch.name,
        "phone": branch.phone,
    }
