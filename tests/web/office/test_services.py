"""The pages on which a company says what it sells."""

from django.test import Client
from django.urls import reverse
from tests.cast import TODAY, Cast

from midway.booking.models import PriceList, Service
from midway.booking.queries import price_list_in_force

FILLED = {"name": "Windows only", "name_es": "Solo ventanas", "kind": "special", "skill": "", "description": "All"}


def test_from_nothing_to_a_service_that_can_be_booked(cast: Cast, olga: Client) -> None:
    page = olga.post(reverse("office:new_service"), FILLED, follow=True).content.decode()
    assert "Give Windows only prices" in page
    page = olga.post(reverse("office:service_prices", args=["windows-only"]), follow=True).content.decode()
    assert 'name="windows-only-base_cents"' in page
    olga.post(reverse("office:offering", args=["windows-only"]), {"offered": "1"})
    assert Service.objects.get(code="windows-only").is_offered
    assert "windows-only" in price_list_in_force(cast.branch, on=TODAY)[1].services


def test_an_offered_service_without_prices_is_marked(cast: Cast, olga: Client) -> None:
    olga.post(reverse("office:new_service"), FILLED)
    Service.objects.filter(code="windows-only").update(is_offered=True)
    assert "No prices here" in olga.get(reverse("office:prices")).content.decode()


def test_a_name_that_is_taken_loses_nothing_typed(cast: Cast, olga: Client) -> None:
    answer = olga.post(reverse("office:new_service"), FILLED | {"name": cast.deep.name, "description": "Typed long"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "A service has this name already." in page
    assert "Typed long" in page


def test_a_description_is_changed(cast: Cast, olga: Client) -> None:
    address = reverse("office:service", args=[cast.deep.code])
    assert cast.deep.name in olga.get(address).content.decode()
    answer = olga.post(address, {"name": cast.deep.name, "kind": "deep", "description": "Ovens too"})
    assert answer.status_code == 302
    assert Service.objects.get(pk=cast.deep.pk).description == "Ovens too"


def test_an_empty_company_begins_with_the_usual(cast: Cast, olga: Client) -> None:
    PriceList.objects.all().delete()
    Service.objects.all().delete()
    assert "Begin with the usual services" in olga.get(reverse("office:prices")).content.decode()
    olga.post(reverse("office:usual_services"))
    olga.post(reverse("office:first_prices"))
    assert set(price_list_in_force(cast.branch, on=TODAY)[1].services) == set(
        Service.objects.values_list("code", flat=True)
    )


def test_who_sees_prices_but_may_not_change_them_adds_nothing(cast: Cast, dan: Client) -> None:
    assert dan.post(reverse("office:new_service"), FILLED).status_code == 403
    assert dan.post(reverse("office:usual_services")).status_code == 403
    assert "Add a service" not in dan.get(reverse("office:prices")).content.decode()
