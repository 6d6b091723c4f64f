"""What every address says to requests it cannot serve: always a problem document."""

import pytest
from django.test import Client
from tests.api.conftest import Program
from tests.cast import Cast


@pytest.mark.parametrize("path", ["nothing", "", "visits/not-a-code", "quotes/", "docs/more"])
def test_nothing_here_is_a_problem(cast: Cast, program: Program, path: str) -> None:
    answer = program.get(path)
    assert (answer.status, answer.kind) == (404, "application/problem+json")
    assert answer.body["status"] == 404


def test_nothing_here_is_said_to_posts_too(cast: Cast) -> None:
    answer = Client(enforce_csrf_checks=True).post("/api/v1/visits/x/cancellation", b"{}", "application/json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


def test_the_wrong_method_is_told_the_right_one(cast: Cast, program: Program) -> None:
    answer = program.get("bookings")
    assert (answer.status, answer.kind) == (405, "application/problem+json")
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_only_json_is_read(cast: Cast, program: Program, kind: str) -> None:
    answer = program.post("quotes", b"{}", content_type=kind)
    assert (answer.status, answer.kind) == (415, "application/problem+json")


def test_a_huge_body_is_turned_away(cast: Cast, program: Program) -> None:
    answer = program.post("quotes", b" " * 3_000_000)
    assert (answer.status, answer.kind) == (413, "application/problem+json")


def test_our_own_mistake_says_nothing_of_the_inside(
    cast: Cast, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    from midway.api.v1 import services

    def broken() -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(services, "first_branch", broken)
    answer = program.get("services")
    assert (answer.status, answer.kind) == (500, "application/problem+json")
    assert "secret" not in str(answer.body)


def test_the_contract_is_shown_without_script_of_others(cast: Cast, program: Program) -> None:
    page = program.get("docs")
    assert page.status == 200
    text = page.body.decode()
    assert "/api/v1/availability" in text
    assert 'id="slot-taken"' in text
    assert "cdn" not in text
    assert program.get("openapi.json").body["openapi"].startswith("3.")


def test_another_host_is_refused_in_the_same_form(cast: Cast) -> None:
    for path in ("/api/v1/services", "/api/v1/availability?service=regular"):
        answer = Client().get(path, headers={"host": "elsewhere.example"})
        assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert Client().get("/", headers={"host": "elsewhere.example"}).headers["Content-Type"].startswith("text/html")
