"""Raise prices by a percentage: a new price list, and for each plan a new price once its notice has run."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from midway.booking.actions.own_prices import agreed_for_a_time, agreed_on
from midway.booking.actions.publish_price_list import price_list_subject, publish_price_list
from midway.booking.models import AgreedPrice, Plan, PriceList, Visit
from midway.booking.plan_models import ANNOUNCED
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
    """What a plan's visit costs now and then, and from when: after the last day of a price of the customer's own, and
    not before a rise the customer was told of earlier."""

    plan: Plan
    before_cents: int
    after_cents: int
    from_on: date


def preview_price_rise(*, branch: Branch, rise: PriceRise) -> list[PlanRise]:
    """Which plans would cost more, and how much. Those whose customer has a price of their own would not
    before it ends."""
    return _rises(branch, rise)


@one_transaction
def raise_prices(*, branch: Branch, rise: PriceRise, by: Actor, now: datetime) -> list[PlanRise]:
    """Will publish the raised price list and tell every customer with a plan of their new price and its day; gives
    the plans that cost more.

    Until that day they pay what they paid, or what they were told before. Quotes already given keep their prices.
    Raises `RiseTooSoon` when the notice of the policy is not kept.
    """
    if rise.plans_from_on < earliest_for_plans(branch, now=now):
        raise RiseTooSoon(RiseTooSoon.__doc__)
    Branch.objects.select_for_update(no_key=True).get(pk=branch.pk)
    newest = PriceList.objects.filter(branch=branch).order_by("-version")[0]
    rates = raised_rates(rates_from_json(newest.rates), rise.percent)
    published = publish_price_list(branch=branch, rates=rates, effective_on=rise.effective_on, by=by, now=now)
    rises = _rises(branch, rise)
    # In the order of their ids, like everybody who locks several plans.
    for found in sorted(rises, key=lambda rise: rise.plan.pk):
        _raise_plan(found, by=by, now=now)
    record(
        event="booking.prices.raised",
        subject=price_list_subject(branch),
        by=by,
        at=now,
        facts={"percent": rise.percent, "plans": len(rises), "from": rise.plans_from_on, "version": published.version},
    )
    return rises


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
    come = [announced for announced in plan.announced_prices if announced[0] <= today]
    if not come:
        return 0
    plan.price_cents = plan.price_on(today)
    plan.announce_prices(plan.announced_prices[len(come) :])
    plan.save(update_fields=["price_cents", *ANNOUNCED])
    return 1


def _rises(branch: Branch, rise: PriceRise) -> list[PlanRise]:
    plans = (
        Plan.objects.going_on()
        .filter(branch=branch)
        .exclude(until_on__lt=rise.plans_from_on)
        .select_related("branch", "customer", "premises", "service", "quote__price_list")
        .order_by("customer__name", "id")
    )
    found = []
    own = _own_prices(plans)
    for plan in plans:
        told_of = [on for on, _cents in plan.announced_prices]
        day = max([rise.plans_from_on, *told_of])
        from_on = _first_day(plan, own.get((plan.customer_id, plan.service_id), ()), day)
        if from_on is None:
            continue
        before = plan.price_on(from_on)
        step = int(plan.quote.price_list.rates.get("round_to_cents", 1))
        after = raised(before, rise.percent, step=step)
        if after > before:
            found.append(PlanRise(plan, before, after, from_on))
    return found


def _own_prices(plans: Iterable[Plan]) -> dict[tuple[int, int], list[AgreedPrice]]:
    found: dict[tuple[int, int], list[AgreedPrice]] = defaultdict(list)
    for kept in AgreedPrice.objects.filter(customer__in={plan.customer_id for plan in plans}).order_by("starts_on"):
        found[kept.customer_id, kept.service_id].append(kept)
    return found


def _first_day(plan: Plan, own: Sequence[AgreedPrice], day: date) -> date | None:
    """The first day from `day` on without a price of the customer's own at this home; none where that has no end."""
    theirs = [kept for kept in own if kept.premises_id in {None, plan.premises_id}]
    while (kept := agreed_on(theirs, day)) is not None:
        if kept.ends_on is None:
            return None
        day = kept.ends_on + timedelta(days=1)
    return day if plan.until_on is None or day <= plan.until_on else None


def _raise_plan(found: PlanRise, *, by: Actor, now: datetime) -> None:
    plan = Plan.objects.select_for_update(of=("self",), no_key=True).get(pk=found.plan.pk)
    plan.announce_price(found.from_on, found.after_cents)
    plan.revision += 1
    plan.save(update_fields=[*ANNOUNCED, "revision"])
    _raise_visits(_ahead(plan, found.from_on), found.after_cents - found.before_cents)
    record(
        event="booking.plan.price_announced",
        subject=plan.code,
        by=by,
        at=now,
        facts={"from_cents": found.before_cents, "price_cents": found.after_cents, "from": found.from_on},
    )
    found.plan.revision = plan.revision
    tell_of_rate_rise(plan=found.plan, new_price_cents=found.after_cents, from_on=found.from_on, now=now)


def _ahead(plan: Plan, from_on: date) -> list[Visit]:
    """What costs more: the visits from a day on, but for those on days for which another price is agreed."""
    states = [*STILL_TO_COME, VisitState.SKIPPED]
    ahead = plan.visits.select_for_update(of=("self",), no_key=True).filter(
        state__in=states, occurrence_on__gte=from_on
    )
    held = agreed_for_a_time(plan, first=from_on, last=date.max)
    return [v for v in ahead.order_by("id") if v.occurrence_on and agreed_on(held, v.occurrence_on) is None]


def _raise_visits(visits: Sequence[Visit], more: int) -> None:
    for visit in visits:
        visit.price_cents += more
        visit.revision += 1
        if visit.lines is not None:
            visit.lines = [*visit.lines, {"label": "changed", "amount_cents": more, "minutes": 0}]
    Visit.objects.bulk_update(visits, ["price_cents", "lines", "revision"])
