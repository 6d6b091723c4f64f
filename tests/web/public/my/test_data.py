"""A customer takes their data along, and has themselves erased."""

import io
import json
import zipfile
from dataclasses import replace

import pytest
from django.conf import settings
from django.test import Client
from tests.cast import Cast

from midway.booking.models import Visit
from midway.customers.models import Customer
from midway.insight.models import AnalyticsConsent
from midway.journal.models import Entry


def test_everything_comes_as_one_file(cast: Cast, dora: Client, friday: Visit, evas: Visit) -> None:
    response = dora.get("/my/data/midway.json")
    assert response["Content-Disposition"] == 'attachment; filename="midway.json"'
    about = json.loads(response.content)
    assert about["customer"][0]["email"] == "dora@example.com"
    assert [visit["code"] for visit in about["visit"]] == [str(friday.code)]
    assert "Attic Lane" not in response.content.decode()


def test_or_as_tables(cast: Cast, dora: Client, friday: Visit) -> None:
    packed = zipfile.ZipFile(io.BytesIO(dora.get("/my/data/midway.zip").content))
    assert {"customer.csv", "property.csv", "visit.csv", "everything.json"} <= set(packed.namelist())


def test_erased_they_are_signed_out_and_unknown(cast: Cast, dora: Client) -> None:
    assert "What stays" in dora.get("/my/data/erasure").content.decode()
    page = dora.post("/my/data/erasure", {"sure": "on"}).content.decode()
    assert "You are erased" in page
    assert dora.get("/my/")["Location"].startswith("/my/sign-in")
    assert Customer.objects.get(pk=cast.dora.pk).name == "[erased]"
    entry = Entry.objects.get(event="customers.customer.erased")
    assert (entry.actor_kind, entry.actor_label) == ("customer", "Customer")


def test_without_a_yes_nothing_happens(cast: Cast, dora: Client) -> None:
    response = dora.post("/my/data/erasure")
    assert response.status_code == 422
    assert "Tick this" in response.content.decode()
    assert Customer.objects.get(pk=cast.dora.pk).erased_at is None


def test_what_is_still_open_is_said(cast: Cast, dora: Client, friday: Visit) -> None:
    response = dora.post("/my/data/erasure", {"sure": "on"})
    assert response.status_code == 409
    assert "Visits are still to come" in response.content.decode()
    assert dora.get("/my/").status_code == 200


def test_they_agree_to_be_told_apart_and_take_it_back(
    cast: Cast, dora: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Yes, you may" not in dora.get("/my/data/").content.decode()  # nothing is told to anybody
    monkeypatch.setattr(settings, "UPKEEP", replace(settings.UPKEEP, segment_write_key="key"))
    assert "Yes, you may" in dora.get("/my/data/").content.decode()
    page = dora.post("/my/data/analytics-consent", {"agreed": "yes"}, follow=True).content.decode()
    assert "You said yes" in page
    assert AnalyticsConsent.objects.get().customer == cast.dora.code
    page = dora.post("/my/data/analytics-consent", {"agreed": "no"}, follow=True).content.decode()
    assert "Yes, you may" in page
    assert not AnalyticsConsent.objects.exists()
    told = Entry.objects.filter(event__startswith="insight.consent").order_by("pk")
    assert [(entry.event, entry.actor_kind) for entry in told] == [
        ("insight.consent.given", "customer"),
        ("insight.consent.withdrawn", "customer"),
    ]
