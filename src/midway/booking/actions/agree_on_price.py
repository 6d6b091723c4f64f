"""A customer's own price: agreed for a service at one home or all of them, and ended again."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from midway.booking.actions.before import before
from midway.booking.actions.charges import ReasonMissing
from midway.booking.actions.credits import COSTS_LESS, give_credit_back
from midway.booking.actions.own_prices import agreed_for, agreed_on, at_own_price, nearest_first
from midway.booking.models import AgreedPrice, CreditEntry, Plan, Service, Visit
from midway.booking.plan_models import ANNOUNCED
from midway.booking.plan_notifications import tell_of_rate_rise
from midway.core.actor import Actor
from midway.core.visit_states import STILL_TO_COME, VisitState
from midway.customers.models import Customer, Property
from midway.journal.actions import record
from midway.runtime.database import one_transaction

_SHOWN = ("branch", "customer", "premises", "service", "quote")


class PriceAgreedAlready(ValueError):
    """A price is agreed for these days already. End it first, or choose days after it."""


class AgreementOver(Exception):
    """This price has ended already."""


@dataclass(frozen=True)
class OwnPrice:
    """What was agreed: the price of the clean without extras, from when, until when (none: until it is ended), why.

    `premises`: for this home alone. `with_plans`: regular cleans that go on cost it too, on its days alone where it has
    an end, however late those get their visits.
    """

    service: Service
    price_cents: int
    starts_on: date
    reason: str
    premises: Property | None = None
    ends_on: date | None = None
    with_plans: bool = False


@dataclass(frozen=True)
class Agreed:
    """The agreement, and how many visits to come have its price now."""

    price: AgreedPrice
    visits: int


@one_transaction
def agree_on_price(*, customer: Customer, agreed: OwnPrice, by: Actor, now: datetime) -> Agreed:
    """Will keep a customer's own price; new quotes of theirs have it, and no rate rise touches it.

    Raises `PriceAgreedAlready` or `ReasonMissing`.
    """
    if not agreed.reason.strip():
        raise ReasonMissing(ReasonMissing.__doc__)
    try:
        with transaction.atomic():
            kept = AgreedPrice.objects.create(
                customer=customer,
                service=agreed.service,
                premises=agreed.premises,
                price_cents=agreed.price_cents,
                starts_on=agreed.starts_on,
                ends_on=agreed.ends_on,
                is_for_plans=agreed.with_plans,
                reason=agreed.reason.strip(),
                at=now,
                by_label=by.label,
            )
    except IntegrityError as refused:
        if "agreed_prices_follow_each_other" in str(refused):
            raise PriceAgreedAlready(PriceAgreedAlready.__doc__) from refused
        raise
    plans = list(_plans_of(kept)) if agreed.with_plans else []
    visits = sum(_reprice(plan, kept, by=by, now=now) for plan in plans)
    record(event="booking.own_price.agreed", subject=customer.code, by=by, at=now, facts=_facts(kept, visits=visits))
    return Agreed(kept, visits)


@one_transaction
def end_agreed_price(*, price: AgreedPrice, last_on: date, reason: str, by: Actor, now: datetime) -> AgreedPrice:
    """Will let a customer's own price hold up to `last_on`; what was quoted or agreed at it keeps it.

    One that would have ended before it began never holds. Raises `AgreementOver` or `ReasonMissing`.
    """
    if not reason.strip():
        raise ReasonMissing(ReasonMissing.__doc__)
    found = AgreedPrice.objects.select_for_update(of=("self",), no_key=True).select_related("customer", "service")
    row = found.get(pk=price.pk)
    if row.ends_on is not None and row.ends_on <= last_on:
        raise AgreementOver(AgreementOver.__doc__)
    row.ends_on = max(last_on, row.starts_on)
    row.save(update_fields=["ends_on"])
    facts = {**_facts(row), "reason": reason.strip()}
    record(event="booking.own_price.ended", subject=row.customer.code, by=by, at=now, facts=facts)
    return row


def _plans_of(kept: AgreedPrice) -> list[Plan]:
    plans = Plan.objects.going_on().filter(customer=kept.customer, service=kept.service)
    if kept.premises_id is not None:
        plans = plans.filter(premises=kept.premises_id)
    return list(plans.select_for_update(of=("self",), no_key=True).select_related(*_SHOWN).order_by("id"))


def _reprice(plan: Plan, kept: AgreedPrice, *, by: Actor, now: datetime) -> int:
    visits = _ahead(plan, kept, now=now)
    stood = before(visits, [plan])
    usual = [at_own_price(visit, kept, now=now) for visit in visits]
    for visit in visits:
        visit.revision += 1
    changed = Visit.objects.bulk_update(visits, ["price_cents", "lines", "revision"])
    paid = set(CreditEntry.objects.filter(visit__in=visits).values_list("visit_id", flat=True))
    for visit in (visit for visit in visits if visit.pk in paid):
        give_credit_back(visit, by=by, now=now, reason=COSTS_LESS)
    cents = usual[-1] if usual else kept.price_cents
    if kept.ends_on is None and (visits or agreed_on(_followed(plan), kept.starts_on) == kept):
        _follow(plan, kept, cents=cents, now=now)
    elif visits:
        _tell_of_days(plan, kept, cents=cents, now=now)
    facts = {"price_cents": kept.price_cents, "from": kept.starts_on, "visits": changed}
    entry = record(event="booking.plan.repriced", subject=plan.code, by=by, at=now, facts=facts)
    stood.keep(entry, subject=plan.code, now=now)
    return changed


def _ahead(plan: Plan, kept: AgreedPrice, *, now: datetime) -> list[Visit]:
    ahead = Visit.objects.select_for_update(of=("self",), no_key=True).filter(
        plan=plan, state__in=[*STILL_TO_COME, VisitState.SKIPPED], during__startswith__gt=now,
        occurrence_on__gte=kept.starts_on,
    )  # fmt: skip
    if kept.ends_on is not None:
        ahead = ahead.filter(occurrence_on__lte=kept.ends_on)
    ahead = ahead.select_related("branch", "booking__quote__price_list", "booking__quote__service")
    theirs = _followed(plan)
    return [v for v in ahead.order_by("id") if v.occurrence_on and agreed_on(theirs, v.occurrence_on) == kept]


def _followed(plan: Plan) -> list[AgreedPrice]:
    return nearest_first(agreed_for(plan).filter(is_for_plans=True))


def _follow(plan: Plan, kept: AgreedPrice, *, cents: int, now: datetime) -> None:
    today = now.astimezone(plan.branch.zoneinfo).date()
    since = max(kept.starts_on, today)
    if cents != plan.price_on(since):
        tell_of_rate_rise(plan=plan, new_price_cents=cents, from_on=since, now=now)
    if kept.starts_on <= today + timedelta(days=1):
        plan.price_cents = cents
        plan.announce_prices([])
    else:
        plan.announce_price(kept.starts_on, cents)
    plan.revision += 1
    plan.save(update_fields=["price_cents", *ANNOUNCED, "revision"])


def _tell_of_days(plan: Plan, kept: AgreedPrice, *, cents: int, now: datetime) -> None:
    since = max(kept.starts_on, now.astimezone(plan.branch.zoneinfo).date())
    if cents != plan.price_on(since):
        tell_of_rate_rise(plan=plan, new_price_cents=cents, from_on=since, until_on=kept.ends_on, now=now)


def _facts(kept: AgreedPrice, **more: object) -> dict[str, object]:
    return {
        "service": kept.service.name, "price_cents": kept.price_cents, "from": kept.starts_on, "to": kept.ends_on,
        "home": str(kept.premises_id or ""), "reason": kept.reason, **more,
    }  # fmt: skip
