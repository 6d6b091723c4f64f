"""Raise prices by a percentage: a new price list, and for each plan a new price once its notice has run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from midway.booking.actions.publish_price_list import price_list_subject, publish_price_list
from midway.booking.models import AgreedPrice, Plan, PriceList, Visit
from midway.booking.plan_notifications import tell_of_rate_rise
from midway.booking.policies import Rulebook
from midway.booking.rates import rates_from_json
from midway.core.actor import Actor
from midway.core.price_rise import raised, raised_rates
from midway.core.visit_states import STILL_TO_COME, VisitState
from midway.crew.models import Branch
from midway.journal.actions import record
from midway.runtime.database import one_transaction

LARGEST_PERCENT = 100


class RiseTooSoon(ValueError):
    """Customers with a plan must be told of a new price earlier. Choose a later day for the plans."""


@dataclass(frozen=True)
class PriceRise:
    """By how much, from when for new quotes, and from when for the plans that go on."""

    percent: int
    effective_on: date
    plans_from_on: date


@dataclass(frozen=True)
class PlanRise:
    """What a plan's visit costs now and then."""

    plan: Plan
    before_cents: int
    after_cents: int


def preview_price_rise(*, branch: Branch, rise: PriceRise, now: datetime) -> list[PlanRise]:
    """Which plans would cost more, and how much. Those whose customer has a price of their own would not."""
    return _rises(branch, rise, now=now)


@one_transaction
def raise_prices(*, branch: Branch, rise: PriceRise, by: Actor, now: datetime) -> PriceList:
    """Will publish the raised price list and tell every customer with a plan of their new price and its day.

    Until that day they pay what they paid. Quotes already given keep their prices.
    Raises `RiseTooSoon` when the notice of the policy is not kept.
    """
    if rise.plans_from_on < earliest_for_plans(branch, now=now):
        raise RiseTooSoon(RiseTooSoon.__doc__)
    Branch.objects.select_for_update(no_key=True).get(pk=branch.pk)
    newest = PriceList.objects.filter(branch=branch).order_by("-version")[0]
    rates = raised_rates(rates_from_json(newest.rates), rise.percent)
    published = publish_price_list(branch=branch, rates=rates, effective_on=rise.effective_on, by=by, now=now)
    rises = _rises(branch, rise, now=now)
    for found in rises:
        _raise_plan(found, rise, by=by, now=now)
    record(
        event="booking.prices.raised",
        subject=price_list_subject(branch),
        by=by,
        at=now,
        facts={"percent": rise.percent, "plans": len(rises), "from": rise.plans_from_on, "version": published.version},
    )
    return published


def earliest_for_plans(branch: Branch, *, now: datetime) -> date:
    """The first day on which plans may cost more when their customers are told now."""
    terms, _policy = Rulebook(branch).terms(service_id=None, now=now)
    return now.astimezone(branch.zoneinfo).date() + timedelta(days=terms.price_rise_notice_days)


def take_over_prices(*, now: datetime) -> int:
    """Will make prices whose day has come the plans' own, and give how many."""
    done = 0
    for branch in Branch.objects.order_by("id"):
        today = now.astimezone(branch.zoneinfo).date()
        for plan in Plan.objects.filter(branch=branch, next_price_on__lte=today).order_by("id"):
            done += _take_over(plan.pk, today=today)
    return done


@one_transaction
def _take_over(plan_id: int, *, today: date) -> int:
    plan = Plan.objects.select_for_update(no_key=True).get(pk=plan_id)
    if plan.next_price_on is None or plan.next_price_cents is None or plan.next_price_on > today:
        return 0
    plan.price_cents, plan.next_price_cents, plan.next_price_on = plan.next_price_cents, None, None
    plan.save(update_fields=["price_cents", "next_price_cents", "next_price_on"])
    return 1


def _rises(branch: Branch, rise: PriceRise, *, now: datetime) -> list[PlanRise]:
    today = now.astimezone(branch.zoneinfo).date()
    kept = AgreedPrice.objects.filter(starts_on__lte=today).filter(Q(ends_on=None) | Q(ends_on__gte=today))
    own = set(kept.values_list("customer_id", "service_id"))
    plans = (
        Plan.objects.going_on()
        .filter(branch=branch)
        .exclude(until_on__lt=rise.plans_from_on)
        .select_related("branch", "customer", "premises", "service", "quote__price_list")
        .order_by("customer__name", "id")
    )
    found = []
    for plan in plans:
        before = plan.price_on(rise.plans_from_on)
        step = int(plan.quote.price_list.rates.get("round_to_cents", 1))
        after = raised(before, rise.percent, step=step)
        if (plan.customer_id, plan.service_id) not in own and plan.quote.agreed_cents is None and after > before:
            found.append(PlanRise(plan, before, after))
    return found


def _raise_plan(found: PlanRise, rise: PriceRise, *, by: Actor, now: datetime) -> None:
    plan = Plan.objects.select_for_update(of=("self",), no_key=True).get(pk=found.plan.pk)
    more = found.after_cents - found.before_cents
    plan.next_price_cents, plan.next_price_on = found.after_cents, rise.plans_from_on
    plan.revision += 1
    plan.save(update_fields=["next_price_cents", "next_price_on", "revision"])
    _raise_visits(_ahead(plan, rise), more)
    record(
        event="booking.plan.price_announced",
        subject=plan.code,
        by=by,
        at=now,
        facts={"from_cents": found.before_cents, "price_cents": found.after_cents, "from": rise.plans_from_on},
    )
    found.plan.revision = plan.revision
    tell_of_rate_rise(plan=found.plan, new_price_cents=found.after_cents, from_on=rise.plans_from_on, now=now)


def _ahead(plan: Plan, rise: PriceRise) -> list[Visit]:
    states = [*STILL_TO_COME, VisitState.SKIPPED]
    ahead = plan.visits.select_for_update(of=("self",), no_key=True).filter(
        state__in=states, occurrence_on__gte=rise.plans_from_on
    )
    return list(ahead.order_by("id"))


def _raise_visits(visits: Sequence[Visit], more: int) -> None:
    for visit in visits:
        visit.price_cents += more
        visit.revision += 1
        if visit.lines is not None:
            visit.lines = [*visit.lines, {"label": "changed", "amount_cents": more, "minutes": 0}]
    Visit.objects.bulk_update(visits, ["price_cents", "lines", "revision"])
