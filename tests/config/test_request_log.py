import json
import logging

import pytest
import structlog
from django.conf import settings
from django.test import Client
from tests.cast import make_user

from midway.accounts.models import Role
from midway.runtime.metrics import exposition

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.config.failing_pages")]


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def lines_of(capsys: pytest.CaptureFixture[str], event: str = "request") -> list[dict[str, object]]:
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    return [line for line in lines if line["event"] == event]


def test_one_line_a_request_without_anything_about_people(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    address = "/visits/11111111-2222-3333-4444-555555555555?email=dora@example.com"
    client.get(address, headers={"x-request-id": "abcd-1234"})
    (line,) = lines_of(capsys)
    assert line["route"] == "visits/<uuid:code>"
    assert (line["method"], line["status"], line["request_id"]) == ("GET", 404, "abcd-1234")
    assert isinstance(line["ms"], float)
    assert "dora" not in json.dumps(line)
    assert "11111111" not in json.dumps(line)


def test_request_without_an_id_gets_one(client: Client) -> None:
    first, second = (client.get("/healthz")["X-Request-ID"] for _ in range(2))
    assert len(first) == 16
    assert first != second


@pytest.mark.parametrize("strange", ["short", "x" * 41, "with space 12", 'quo"te-1234', "new\nline-1234"])
def test_strange_ids_are_not_repeated(client: Client, strange: str) -> None:
    assert client.get("/healthz", HTTP_X_REQUEST_ID=strange)["X-Request-ID"] != strange


def test_not_being_ready_is_an_answer_and_no_mistake(
    client: Client, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:9/0")
    assert client.get("/readyz").status_code == 503
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {line["level"] for line in said} == {"warning"}


def test_failure_is_logged_with_its_place_and_without_the_customer(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    client.post("/fails/some-secret-code", {"email": "dora@example.com", "phone": "410-555-0199"})
    text = capsys.readouterr().err
    assert "dora" not in text
    assert "410-555" not in text
    assert "some-secret-code" not in text
    lines = [json.loads(line) for line in text.splitlines()]
    assert any("failing_pages.py" in str(line.get("exception", "")) for line in lines)
    (request_line,) = [line for line in lines if line["event"] == "request"]
    assert (request_line["status"], request_line["level"], request_line["route"]) == (500, "error", "fails/<str:code>")


def test_line_names_the_user_by_number(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    user = make_user(name="Dan", role=Role.DISPATCHER)
    client.force_login(user)
    capsys.readouterr()
    client.get("/accounts/email/")
    (line,) = lines_of(capsys)
    assert line["user"] == user.pk


def test_lines_of_other_libraries_are_json_with_the_request_id_too(capsys: pytest.CaptureFixture[str]) -> None:
    with structlog.contextvars.bound_contextvars(request_id="abcd1234"):
        logging.getLogger("allauth.something").warning("Careful with %s", "this")
    (line,) = lines_of(capsys, "Careful with this")
    assert (line["logger"], line["level"], line["request_id"]) == ("allauth.something", "warning", "abcd1234")


def test_health_is_not_logged_while_all_is_well(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    client.get("/healthz")
    assert lines_of(capsys) == []


def test_every_request_is_measured_by_route_and_status(client: Client) -> None:
    def count(route: str, status: int) -> float:
        wanted = f'midway_request_seconds_count{{method="GET",route="{route}",status="{status}"}} '
        return sum(float(line.split()[-1]) for line in exposition().decode().splitlines() if line.startswith(wanted))

    before = count("fails/<str:code>", 500), count("unmatched", 404)
    client.get("/fails/one")
    client.get("/fails/two")
    client.get("/made-up-address")
    assert (count("fails/<str:code>", 500), count("unmatched", 404)) == (before[0] + 2, before[1] + 1)
