"""The first prices of a branch: those of another branch, or figures to start from."""

from dataclasses import replace
from datetime import datetime

from midway.booking.actions.publish_price_list import publish_price_list
from midway.booking.models import PriceList, Service
from midway.booking.queries import price_list_in_force
from midway.core.actor import Actor
from midway.core.pricing import Rates, ServiceRate
from midway.crew.models import Branch
from midway.runtime.database import one_transaction


class PricesKnown(Exception):
    """This branch has prices already. Change them under Prices."""


_PER_KIND = {
    Service.Kind.REGULAR: ServiceRate(
        base_cents=6000,
        base_minutes=45,
        bedroom_cents=1500,
        bedroom_minutes=20,
        bathroom_cents=2500,
        bathroom_minutes=25,
        minimum_cents=9000,
    ),
    Service.Kind.DEEP: ServiceRate(
        base_cents=12000,
        base_minutes=90,
        bedroom_cents=3000,
        bedroom_minutes=40,
        bathroom_cents=4500,
        bathroom_minutes=45,
        minimum_cents=18000,
        team_size=2,
    ),
    Service.Kind.MOVE: ServiceRate(
        base_cents=15000,
        base_minutes=120,
        bedroom_cents=3500,
        bedroom_minutes=45,
        bathroom_cents=5000,
        bathroom_minutes=50,
        minimum_cents=22000,
        team_size=2,
    ),
}
_ANY_KIND = ServiceRate(
    base_cents=9000,
    base_minutes=90,
    bedroom_cents=1000,
    bedroom_minutes=15,
    bathroom_cents=1500,
    bathroom_minutes=20,
    minimum_cents=9000,
)
_PERCENT = {"weekly": 20, "biweekly": 15, "every_3_weeks": 12, "every_4_weeks": 10}


def rate_to_start_from(service: Service) -> ServiceRate:
    """Plain figures for a service of its kind."""
    return _PER_KIND.get(Service.Kind(service.kind), _ANY_KIND)


def rates_to_start_from(branch: Branch) -> Rates:
    """Plain figures for every service there is, in the branch's currency, to be gone through before anybody books."""
    services = {service.code: rate_to_start_from(service) for service in Service.objects.order_by("position", "id")}
    return Rates(currency=branch.currency, services=services, frequency_percent=_PERCENT)


@one_transaction
def begin_price_list(*, branch: Branch, like: Branch | None, by: Actor, now: datetime) -> PriceList:
    """Will publish a branch's first prices, in force today: the figures of `like` in the branch's own currency.

    Without `like` they are figures to start from. Raises `PricesKnown`, or `NoPrices` when `like` has none.
    """
    Branch.objects.select_for_update(no_key=True).get(pk=branch.pk)
    if PriceList.objects.filter(branch=branch).exists():
        raise PricesKnown(PricesKnown.__doc__)
    today = now.astimezone(branch.zoneinfo).date()
    if like is None:
        rates = rates_to_start_from(branch)
    else:
        _, copied = price_list_in_force(like, on=now.astimezone(like.zoneinfo).date())
        rates = replace(copied, currency=branch.currency)
    return publish_price_list(branch=branch, rates=rates, effective_on=today, by=by, now=now)
