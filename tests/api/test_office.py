"""What the office's programs read, and what their tokens allow."""

from datetime import date, timedelta

import pytest
from tests.api.conftest import Program
from tests.cast import NOW, POSTCODE, Cast, at, by_user, make_customer, make_property, make_quote, make_visit

from midway.accounts.actions import issue_token, revoke_token
from midway.booking.models import Visit
from midway.journal.models import Entry

DAY = date(2026, 3, 12)


def token_for(cast: Cast, *scopes: str) -> dict[str, str]:
    _, secret = issue_token(user=cast.dan, name="Route planner", scopes=scopes, by=by_user(cast.olga), now=NOW)
    return {"Authorization": f"Bearer {secret}"}


def visits_of(cast: Cast, number: int) -> list[Visit]:
    return [
        make_visit(
            premises=cast.flat, price_list=cast.price_list, service=cast.regular,
            start=at("08:00", on=DAY + timedelta(days=n // 3)), cleaners=[cast.cleaners[n % 3]],
        )
        for n in range(number)
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["visits?from=2026-03-01&to=2026-03-31", "customers"])
def test_strangers_and_weaker_tokens_are_kept_out(cast: Cast, program: Program, path: str) -> None:
    stranger = program.get(path)
    assert (stranger.status, stranger.kind) == (401, "application/problem+json")
    assert stranger.headers["WWW-Authenticate"].startswith("Bearer")
    assert program.get(path, Authorization="Bearer midway_wrong").status == 401
    assert program.get(path, Authorization="Basic b2xnYQ==").status == 401
    weaker = program.get(path, **token_for(cast, "prices:read"))
    assert (weaker.status, weaker.kind) == (403, "application/problem+json")


def test_a_revoked_token_opens_nothing(cast: Cast, program: Program) -> None:
    token, secret = issue_token(user=cast.dan, name="Old", scopes=["customers:read"], by=by_user(cast.olga), now=NOW)
    revoke_token(token=token, by=by_user(cast.olga), now=NOW)
    assert program.get("customers", Authorization=f"Bearer {secret}").status == 401


def test_visits_come_page_by_page_in_the_order_they_begin(cast: Cast, program: Program) -> None:
    made = visits_of(cast, 7)
    token, cursor, seen = token_for(cast, "visits:read"), "", []
    for _ in range(4):
        query = {"from": "2026-03-12", "to": "2026-03-14", "limit": 2, "cursor": cursor}
        answer = program.get("visits", query, **token)
        assert answer.status == 200
        seen += answer.body["visits"]
        cursor = answer.body["next"]
    assert cursor is None
    assert [v["code"] for v in seen] == [str(v.code) for v in made]
    assert seen[0]["customer"]["name"] == "Dora"
    assert seen[0]["cleaners"] == [{"code": str(cast.ana.code), "name": "Ana"}]


def test_visits_are_those_of_the_days_asked(cast: Cast, program: Program) -> None:
    visits_of(cast, 7)
    answer = program.get("visits", {"from": "2026-03-13", "to": "2026-03-13"}, **token_for(cast, "visits:read"))
    assert {v["start"][:10] for v in answer.body["visits"]} == {"2026-03-13"}
    assert len(answer.body["visits"]) == 3


def test_a_page_of_visits_costs_the_same_whatever_its_length(
    cast: Cast, program: Program, django_assert_max_num_queries: object
) -> None:
    visits_of(cast, 9)
    token = token_for(cast, "visits:read")
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        assert len(program.get("visits", {"from": "2026-03-12", "to": "2026-03-31"}, **token).body["visits"]) == 9


def test_customers_are_found_by_any_of_their_words(cast: Cast, program: Program) -> None:
    make_property(customer=make_customer(name="Ada Morales"), line1="7 Elm Row")
    token = token_for(cast, "customers:read")
    assert [c["name"] for c in program.get("customers", {"q": "elm ada"}, **token).body["customers"]] == ["Ada Morales"]
    first = program.get("customers", {"limit": 1}, **token).body
    second = program.get("customers", {"limit": 1, "cursor": first["next"]}, **token).body
    assert [first["customers"][0]["name"], second["customers"][0]["name"]] == ["Ada Morales", "Dora"]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-03-12"}, "to"),
        ({"from": "2026-03-12", "to": "2026-03-11"}, "to"),
        ({"from": "2026-03-12", "to": "2028-03-11"}, "to"),
        ({"from": "2026-03-12", "to": "2026-03-12", "cursor": "???"}, "cursor"),
        ({"from": "2026-03-12", "to": "2026-03-12", "cursor": "W10"}, "cursor"),
        ({"from": "2026-03-12", "to": "2026-03-12", "cursor": "é"}, "cursor"),
        ({"from": "2026-03-12", "to": "2026-03-12", "cursor": "W2ZhbHNlLDFd"}, "cursor"),
        ({"from": "2026-03-12", "to": "2026-03-12", "branch": "nowhere"}, "branch"),
        ({"from": "2026-03-12", "to": "2026-03-12", "limit": "0"}, "limit"),
    ],
)
def test_what_does_not_fit_is_named(cast: Cast, program: Program, query: dict[str, str], field: str) -> None:
    answer = program.get("visits", query, **token_for(cast, "visits:read"))
    assert answer.status == 422
    assert [e["field"] for e in answer.body["errors"]] == [field]


def test_words_with_nothing_in_them_are_not_valid(cast: Cast, program: Program) -> None:
    assert program.get("customers", {"q": "a\u0000"}, **token_for(cast, "customers:read")).status == 422


def test_the_office_moves_a_visit_after_the_customers_time_is_up(cast: Cast, program: Program) -> None:
    visit = make_visit(
        premises=cast.flat, price_list=cast.price_list, service=cast.regular, start=NOW + timedelta(hours=23),
        cleaners=[cast.ana],
    )  # fmt: skip
    body = {"start": "2026-03-04T10:00:00-05:00"}
    assert program.post(f"visits/{visit.code}/rescheduling", body).status == 409
    assert program.post(f"visits/{visit.code}/rescheduling", body, **token_for(cast, "visits:read")).status == 403
    assert program.post(f"visits/{visit.code}/rescheduling", body, **token_for(cast, "visits:write")).status == 200
    assert Entry.objects.get(event="booking.visit.rescheduled").actor_label == "Route planner"


def test_a_booking_by_token_is_the_programs_deed(cast: Cast, program: Program) -> None:
    quote = make_quote(price_list=cast.price_list, service=cast.regular)
    body = {
        "quote": str(quote.code),
        "start": "2026-03-04T10:00:00-05:00",
        "customer": {"name": "Ada", "email": "ada@example.com", "phone": "410-555-0101"},
        "property": {"line1": "1 Main Street", "postcode": POSTCODE},
    }
    assert program.post("bookings", body, **token_for(cast, "visits:write")).status == 201
    assert Entry.objects.get(event="booking.visit.booked").actor_label == "Route planner"
