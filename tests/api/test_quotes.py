"""POST /quotes and GET /services."""

from typing import Any

import pytest
from tests.api.conftest import Program
from tests.cast import POSTCODE, Cast

from midway.booking.models import Quote, Service

HOME = {"service": "regular", "bedrooms": 2, "bathrooms": 1, "square_feet": 900, "postcode": POSTCODE}


def test_services_list_what_can_be_booked_with_its_extras(cast: Cast, program: Program) -> None:
    answer = program.get("services")
    assert answer.status == 200
    assert [s["code"] for s in answer.body["services"]] == ["regular", "deep"]
    assert answer.body["services"][0]["extras"][0] == {
        "code": "oven", "name": "Inside the oven", "amount_cents": 3500, "minutes": 30,
    }  # fmt: skip


def test_services_and_extras_are_named_in_the_language_asked_for(cast: Cast, program: Program) -> None:
    Service.objects.filter(code="regular").update(name_es="Limpieza regular", description_es="Cada rincón")
    answer = program.get("services", **{"Accept-Language": "es-MX, en;q=0.5"})
    regular, deep = answer.body["services"]
    assert (regular["name"], regular["description"]) == ("Limpieza regular", "Cada rincón")
    assert regular["extras"][0]["name"] == "Dentro del horno"
    assert deep["name"] == "Deep clean"  # nobody has translated it
    assert "Accept-Language" in answer.headers["Vary"]
    assert program.get("services").body["services"][0]["name"] == "Regular clean"


def test_a_quote_shows_its_working_and_is_kept(cast: Cast, program: Program) -> None:
    answer = program.post("quotes", {**HOME, "extras": ["oven"]})
    assert answer.status == 200
    kept = Quote.objects.get(code=answer.body["code"])
    assert answer.body["total_cents"] == kept.total_cents == sum(line["amount_cents"] for line in answer.body["lines"])
    assert answer.body["duration_minutes"] == kept.duration_minutes
    assert answer.body["expires_at"] == "2026-03-16T10:00:00-04:00"  # two weeks on, the clock has gone forward


def test_a_rhythm_makes_the_price_lower(cast: Cast, program: Program) -> None:
    once = program.post("quotes", HOME).body
    weekly = program.post("quotes", {**HOME, "frequency": "weekly"}).body
    assert weekly["total_cents"] < once["total_cents"]
    assert weekly["frequency"] == "weekly"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"service": "windows"}, "service"),
        ({"service": "a\u0000b"}, "service"),
        ({"postcode": "99999"}, "postcode"),
        ({"postcode": "2\u00001"}, "postcode"),
        ({"postcode": None}, "postcode"),
        ({"bedrooms": 10**30}, "bedrooms"),
        ({"bedrooms": "2"}, "bedrooms"),
        ({"bedrooms": True}, "bedrooms"),
        ({"bedrooms": -1}, "bedrooms"),
        ({"square_feet": 50_000}, "square_feet"),
        ({"extras": ["sauna"]}, "extras"),
        ({"extras": "oven"}, "extras"),
        ({"extras": [7]}, "extras.0"),
        ({"frequency": "hourly"}, "frequency"),
    ],
)
def test_what_does_not_fit_is_named(cast: Cast, program: Program, change: dict[str, Any], field: str) -> None:
    answer = program.post("quotes", {**HOME, **change})
    assert answer.status == 422
    assert answer.kind == "application/problem+json"
    assert [e["field"] for e in answer.body["errors"]] == [field]
    assert answer.body["errors"][0]["message"]
    assert not Quote.objects.exists()


@pytest.mark.parametrize("body", [b"[1]", b'"x"', b"7", b"null"])
def test_a_body_that_is_no_object_is_not_valid(cast: Cast, program: Program, body: bytes) -> None:
    assert program.post("quotes", body).status == 422


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'{"service":"\\ud800"}', b"[" * 100_000, b'{"bedrooms":NaN}'])
def test_a_body_that_is_no_json_is_a_problem(cast: Cast, program: Program, body: bytes) -> None:
    answer = program.post("quotes", body)
    assert (answer.status, answer.kind) == (400, "application/problem+json")


def test_prices_that_are_not_published_yet_are_our_problem(cast: Cast, program: Program) -> None:
    cast.price_list.delete()
    assert program.post("quotes", HOME).status == 503
    assert program.get("services").status == 503
