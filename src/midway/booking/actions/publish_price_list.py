"""Bring new prices into force."""

from datetime import date, datetime
from uuid import UUID, uuid5

from django.db.models import Max

from midway.booking.models import PriceList
from midway.booking.rates import rates_to_json
from midway.core.actor import Actor
from midway.core.pricing import Rates
from midway.crew.models import Branch
from midway.journal.actions import record
from midway.runtime.database import one_transaction

_SUBJECTS = UUID("6f6d2b0e-6f0c-4f1f-9a3e-0c5a6c1d8a11")


def price_list_subject(branch: Branch) -> UUID:
    """What the journal calls a branch's prices."""
    return uuid5(_SUBJECTS, branch.code)


@one_transaction
def publish_price_list(*, branch: Branch, rates: Rates, effective_on: date, by: Actor, now: datetime) -> PriceList:
    """Will add the next version of a branch's prices; quotes already given keep theirs."""
    Branch.objects.select_for_update(no_key=True).get(pk=branch.pk)
    latest = PriceList.objects.filter(branch=branch).aggregate(Max("version"))["version__max"] or 0
    price_list = PriceList.objects.create(
        branch=branch, version=latest + 1, effective_on=effective_on, rates=rates_to_json(rates), created_at=now
    )
    record(
        event="booking.price_list.published",
        subject=price_list_subject(branch),
        by=by,
        at=now,
        facts={"version": price_list.version, "effective_on": effective_on},
    )
    return price_list
