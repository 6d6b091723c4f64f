"""How we get in, encrypted at rest."""

import pytest
from django.db import connection
from django.test import override_settings
from tests.cast import make_customer, make_property

from midway.customers.models import Property
from midway.runtime.sealing import Unreadable

SECRET = "Door code 4711, alarm 0815 — llave en la maceta 🌵"


def kept() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_notes FROM customers_property")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db
def test_what_is_written_comes_back_and_the_table_does_not_show_it() -> None:
    make_property(customer=make_customer(), access_notes=SECRET)
    assert "4711" not in kept()
    assert Property.objects.get().access_notes == SECRET


@pytest.mark.django_db
def test_the_same_words_are_not_recognised_in_the_table() -> None:
    customer = make_customer()
    for _ in range(2):
        make_property(customer=customer, access_notes=SECRET)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT access_notes) FROM customers_property")
        assert cursor.fetchone() == (2,)


@pytest.mark.django_db
def test_no_notes_stay_empty() -> None:
    make_property(customer=make_customer(), access_notes="")
    assert kept() == ""
    assert Property.objects.get().access_notes == ""


@pytest.mark.django_db
def test_another_key_says_what_is_wrong() -> None:
    make_property(customer=make_customer(), access_notes=SECRET)
    with override_settings(SECRET_KEY="another key"), pytest.raises(Unreadable, match="MIDWAY_SECRET_KEY"):
        Property.objects.get()


@pytest.mark.django_db
def test_a_changed_byte_is_noticed() -> None:
    make_property(customer=make_customer(), access_notes=SECRET)
    damaged = kept()[:40] + ("A" if kept()[40] != "A" else "B") + kept()[41:]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_property SET access_notes = %s", [damaged])
    with pytest.raises(Unreadable):
        Property.objects.get()
