"""First prices of one service at a branch that has a price list already."""

from dataclasses import replace
from datetime import datetime

from midway.booking.actions.begin_price_list import rate_to_start_from
from midway.booking.actions.publish_price_list import publish_price_list
from midway.booking.models import PriceList, Service
from midway.booking.queries import NoPrices
from midway.booking.rates import rates_from_json
from midway.core.actor import Actor
from midway.crew.models import Branch
from midway.runtime.database import one_transaction


class ServicePriced(Exception):
    """This service has prices here already. Change them below."""


@one_transaction
def price_service(*, branch: Branch, service: Service, by: Actor, now: datetime) -> list[PriceList]:
    """Will publish plain figures for a service, in the prices of today and in those that are planned.

    Raises `NoPrices` when the branch has none at all, `ServicePriced` when this service is in each of them.
    """
    Branch.objects.select_for_update(no_key=True).get(pk=branch.pk)
    today = now.astimezone(branch.zoneinfo).date()
    # The newest version of each day counts; of those already effective, the last one.
    counting = {
        version.effective_on: version for version in PriceList.objects.filter(branch=branch).order_by("version")
    }
    past = [on for on in counting if on <= today]
    bases = [counting[on] for on in sorted(counting) if on > today or on == max(past)]
    if not bases:
        raise NoPrices(NoPrices.__doc__)
    published = []
    for base in bases:
        rates = rates_from_json(base.rates)
        if service.code in rates.services:
            continue
        more = replace(rates, services={**rates.services, service.code: rate_to_start_from(service)})
        since = max(base.effective_on, today)
        published.append(publish_price_list(branch=branch, rates=more, effective_on=since, by=by, now=now))
    if not published:
        raise ServicePriced(ServicePriced.__doc__)
    return published
