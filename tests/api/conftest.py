"""The stage of the API's tests: the cast, at nine on Monday 2 March 2026, and a client that speaks JSON."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
import time_machine
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from tests.cast import NOW, Cast, make_cast

from midway.api.v1 import offers


@dataclass(frozen=True)
class Answer:
    """A response, read."""

    status: int
    kind: str
    body: Any
    headers: Any


class Program:
    """Somebody else's program."""

    def __init__(self) -> None:
        self.client = Client(raise_request_exception=False)

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Answer:
        return self._read(self.client.get(f"/api/v1/{path}", query or {}, headers=headers))

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = headers.pop("content_type", "application/json")
        return self._read(self.client.post(f"/api/v1/{path}", data, content_type=kind, headers=headers))

    @staticmethod
    def _read(response: Any) -> Answer:
        kind = response.headers.get("Content-Type", "")
        body = orjson.loads(response.content) if kind.endswith("json") else response.content
        return Answer(response.status_code, kind, body, response.headers)


@pytest.fixture
def program() -> Program:
    return Program()


@pytest.fixture
def inside_the_test(db: None) -> Iterator[None]:
    """As Django's own test client does: the end of a request must not end the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def at_nine() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        offers.forget()
        yield


@pytest.fixture
def cast(db: None, at_nine: None) -> Cast:
    return make_cast()
