"""Customers are given all we have about them, and nothing about anybody else."""

import csv
import io
import json
import zipfile

import pytest
from tests.booking.plans.stage import year_cast
from tests.cast import by_user, make_customer, make_property
from tests.privacy.stage import AFTERWARDS, EMAIL, NAME, SAID, STREET, quentin_leaves_traces

from midway.customers.actions import show_access_notes
from midway.customers.models import Customer
from midway.privacy.copies import as_json, as_tables, everything_about

pytestmark = pytest.mark.django_db


def told(customer: Customer) -> str:
    return as_json(everything_about(customer, now=AFTERWARDS)).decode()


def test_everything_they_said_and_we_agreed_is_in_it() -> None:
    cast = year_cast()
    quentin = quentin_leaves_traces(cast)
    about = everything_about(quentin, now=AFTERWARDS)
    text = as_json(about).decode()
    assert [word for word in (NAME, EMAIL, STREET, *SAID) if word not in text] == []
    assert {"customer", "property", "booking", "visit", "plan", "rating", "outboxmessage", "smsreply"} <= set(about)
    assert json.loads(text)["visit"][0]["currency"] == "USD"
    assert "by" in about["entry"][0]


def test_nobody_else_is_in_it_and_no_key_to_an_account() -> None:
    cast = year_cast()
    make_property(customer=make_customer(name="Eva Else"), line1="7 Attic Lane")
    quentin = quentin_leaves_traces(cast)
    show_access_notes(premises=quentin.properties.get(), by=by_user(cast.dan), now=AFTERWARDS)
    text = told(quentin)
    assert [word for word in ("Eva Else", "Attic", "Dora", '"Dan"', "digest", "password") if word in text] == []


def test_the_tables_open_in_a_spreadsheet_and_compute_nothing() -> None:
    customer = make_customer(name='=HYPERLINK("http://example.com")', notes="a, b\nc")
    packed = zipfile.ZipFile(io.BytesIO(as_tables(everything_about(customer, now=AFTERWARDS))))
    assert packed.namelist() == ["customer.csv", "everything.json"]
    [row] = csv.DictReader(io.StringIO(packed.read("customer.csv").decode("utf-8-sig"), newline=""))
    assert row["name"] == '\'=HYPERLINK("http://example.com")'
    assert row["notes"] == "a, b\nc"
