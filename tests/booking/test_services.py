"""What the company sells: added, described, priced, put on offer."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.cast import NOW, TODAY, Cast, make_cast

from midway.booking.actions import (
    ServiceDetails,
    ServiceKnown,
    ServicePriced,
    add_service,
    add_usual_services,
    change_service,
    offer_service,
    price_service,
    publish_price_list,
)
from midway.booking.models import PriceList, Service
from midway.booking.queries import NoPrices, price_list_in_force
from midway.booking.rates import rates_from_json
from midway.core.actor import SYSTEM
from midway.journal.models import Entry

pytestmark = pytest.mark.django_db
WINDOWS = ServiceDetails("Windows only", Service.Kind.SPECIAL, "Solo ventanas")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_a_new_service_waits_until_it_is_priced_and_offered(cast: Cast) -> None:
    added = add_service(details=WINDOWS, by=SYSTEM, now=NOW)

    assert (added.code, added.is_offered) == ("windows-only", False)
    assert added.position == max(Service.objects.exclude(pk=added.pk).values_list("position", flat=True)) + 1
    assert Entry.objects.get(event="booking.service.added").facts["name_es"] == "Solo ventanas"
    price_service(branch=cast.branch, service=added, by=SYSTEM, now=NOW)
    _, rates = price_list_in_force(cast.branch, on=TODAY)
    assert rates.services["windows-only"].minimum_cents > 0


def test_prices_already_planned_get_the_service_too(cast: Cast) -> None:
    _, rates = price_list_in_force(cast.branch, on=TODAY)
    later = TODAY + timedelta(days=40)
    for dearer in (1, 2):  # the second takes the place of the first
        changed = replace(rates, frequency_percent={"weekly": dearer})
        publish_price_list(branch=cast.branch, rates=changed, effective_on=later, by=SYSTEM, now=NOW)
    added = add_service(details=WINDOWS, by=SYSTEM, now=NOW)

    published = price_service(branch=cast.branch, service=added, by=SYSTEM, now=NOW)

    assert [version.effective_on for version in published] == [TODAY, later]
    assert rates_from_json(published[1].rates).frequency_percent == {"weekly": 2}
    with pytest.raises(ServicePriced):
        price_service(branch=cast.branch, service=added, by=SYSTEM, now=NOW)


def test_a_branch_without_prices_needs_them_first(cast: Cast) -> None:
    PriceList.objects.all().delete()
    added = add_service(details=WINDOWS, by=SYSTEM, now=NOW)
    with pytest.raises(NoPrices):
        price_service(branch=cast.branch, service=added, by=SYSTEM, now=NOW)


def test_two_services_do_not_share_a_name(cast: Cast) -> None:
    added = add_service(details=WINDOWS, by=SYSTEM, now=NOW)
    with pytest.raises(ServiceKnown):
        add_service(details=replace(WINDOWS, name="WINDOWS ONLY"), by=SYSTEM, now=NOW)
    with pytest.raises(ServiceKnown):
        change_service(service=added, details=replace(WINDOWS, name=cast.deep.name), by=SYSTEM, now=NOW)
    change_service(service=added, details=replace(WINDOWS, description="Inside and out"), by=SYSTEM, now=NOW)
    added.refresh_from_db()
    assert (added.name, added.description) == ("Windows only", "Inside and out")


def test_a_change_of_nothing_leaves_no_trace(cast: Cast) -> None:
    added = add_service(details=WINDOWS, by=SYSTEM, now=NOW)
    change_service(service=added, details=WINDOWS, by=SYSTEM, now=NOW)
    assert not Entry.objects.filter(event="booking.service.changed").exists()


def test_like_names_get_addresses_of_their_own(cast: Cast) -> None:
    add_service(details=WINDOWS, by=SYSTEM, now=NOW)
    assert add_service(details=replace(WINDOWS, name="Windows, only"), by=SYSTEM, now=NOW).code == "windows-only-2"


def test_the_usual_services_come_once(cast: Cast) -> None:
    known = Service.objects.count()
    names = {service.name for service in add_usual_services(by=SYSTEM, now=NOW)}
    assert add_usual_services(by=SYSTEM, now=NOW) == []
    assert Service.objects.count() == known + len(names)
    for service in Service.objects.filter(name__in=names):
        offer_service(service=service, is_offered=True, by=SYSTEM, now=NOW)
