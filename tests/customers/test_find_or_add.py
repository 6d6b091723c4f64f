"""Knowing a customer and a home again."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction
from tests.cast import NOW, make_customer, make_property

from midway.customers.actions import Address, Contact, find_or_add_customer, find_or_add_property
from midway.customers.models import Customer, Property

pytestmark = pytest.mark.django_db
EVA = Contact(name="Eva", email="Eva@Example.com", phone="410-555-0130")
HOME = Address(line1="7 Attic Lane", postcode="21201", access_notes="4711")


def home(customer: Customer, address: Address = HOME) -> int:
    return find_or_add_property(
        customer_id=customer.pk, address=address, bedrooms=3, bathrooms=2, square_feet=1200, now=NOW
    )


def test_a_new_customer_is_added_with_what_they_said() -> None:
    found = Customer.objects.get(pk=find_or_add_customer(contact=EVA, language="es", now=NOW))
    assert (found.name, found.email, found.phone, found.language) == ("Eva", "Eva@Example.com", "410-555-0130", "es")
    assert found.created_at == NOW


@pytest.mark.parametrize("email", ["eva@example.com", "EVA@EXAMPLE.COM"])
def test_an_address_is_the_same_in_any_case_and_overwrites_nothing(email: str) -> None:
    first = find_or_add_customer(contact=EVA, language="en", now=NOW)
    again = find_or_add_customer(contact=Contact("Mallory", email, "0"), language="es", now=NOW)
    assert first == again
    found = Customer.objects.get()
    assert (found.name, found.phone, found.language) == ("Eva", "410-555-0130", "en")


def test_nobody_has_two_records_whoever_writes_them() -> None:
    make_customer(email="eva@example.com")
    with pytest.raises(IntegrityError, match="one_customer_per_email"), transaction.atomic():
        make_customer(email="EVA@example.com")


def test_a_new_home_is_added_with_its_size() -> None:
    found = Property.objects.get(pk=home(make_customer()))
    assert (found.line1, found.bedrooms, found.bathrooms, found.square_feet) == ("7 Attic Lane", 3, 2, 1200)
    assert found.access_notes == "4711"


def test_the_same_address_of_the_same_customer_is_the_same_home() -> None:
    customer = make_customer()
    flat = make_property(customer=customer)
    again = Address(line1=flat.line1.lower(), postcode=flat.postcode)
    assert home(customer, again) == flat.pk
    flat.refresh_from_db()
    assert (flat.access_notes, flat.bedrooms) == ("Key under the blue pot", 2)
    assert home(customer, replace(again, access_notes="Ring")) == flat.pk
    flat.refresh_from_db()
    assert flat.access_notes == "Ring"


def test_another_customer_or_postcode_is_another_home() -> None:
    one, other = make_customer(), make_customer()
    homes = {home(one), home(other), home(one, replace(HOME, postcode="21202")), home(one)}
    assert len(homes) == 3


def test_customers_are_found_by_every_word() -> None:
    dora, eva = make_customer(name="Dora Stone", phone="410 1"), make_customer(name="Eva Stone", email="eva@x.org")
    make_property(customer=dora, line1="12 Calico Street", postcode="21201")
    make_property(customer=dora, line1="1 Calico Court", postcode="21202")
    search = Customer.objects.matching
    assert set(search("stone")) == {dora, eva}
    assert list(search("stone calico")) == [dora]
    assert list(search("stone 2120")) == [dora]
    assert list(search("x.org")) == [eva]
    assert list(search("stone nobody")) == []


def test_the_four_more_digits_of_a_zip_code_make_no_second_home() -> None:
    owner = find_or_add_customer(contact=EVA, language="en", now=NOW)
    homes = {
        find_or_add_property(
            customer_id=owner,
            address=Address(line1="5 Oak Street", postcode=postcode),
            bedrooms=2,
            bathrooms=1,
            square_feet=None,
            now=NOW,
        )
        for postcode in ("21201", "21201-1234", "21201-9999")
    }
    assert len(homes) == 1
