import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from midway.config.sentry import scrub_text

PROGRAM = """
import django, logging
django.setup()
from django.conf import settings
settings.ROOT_URLCONF = "tests.config.failing_pages"
settings.ALLOWED_HOSTS = ["testserver"]
from django.test import Client
client = Client(raise_request_exception=False)
client.cookies["midway"] = "the-session-cookie"
client.post(
    "/fails/private-code-of-a-visit?email=dora@example.com",
    {"name": "Dora Explorer", "notes": "key under the mat", "email": "dora@example.com", "phone": "410-555-0199"},
    headers={"authorization": "Bearer midway_abcdefghijklmnopqrstuvwxyz0123456789", "x-request-id": "abcd-1234"},
    REMOTE_ADDR="203.0.113.77",
)
logging.getLogger("midway.somewhere").error("Cannot reach %s", "dora@example.com", extra={"phone": "410-555-0199"})
import sentry_sdk
sentry_sdk.flush(timeout=10)
"""
PRIVATE = (
    "dora", "Dora", "key under the mat", "the-session-cookie", "private-code", "410-555", "midway_abc", "203.0.113",
)  # fmt: skip


@pytest.fixture
def sentry() -> Iterator[tuple[str, list[str]]]:
    """An address that speaks Sentry's language, and the texts it was sent."""
    texts: list[str] = []

    class Keep(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            texts.append((gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body).decode())
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keep)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://key@127.0.0.1:{server.server_port}/1", texts
    server.shutdown()
    server.server_close()


def run(program: str, **more: str) -> str:
    paths = os.pathsep.join(["src", "."])
    environ = {"PYTHONPATH": paths, "DJANGO_SETTINGS_MODULE": "midway.config.settings", "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environ | more, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_failure_is_reported_without_anything_about_people(sentry: tuple[str, list[str]]) -> None:
    dsn, texts = sentry
    run(PROGRAM, SENTRY_DSN=dsn)
    everything = "\n".join(texts)
    for words in PRIVATE:
        assert words not in everything
    events = [
        json.loads(line)
        for text in texts
        for line in text.splitlines()
        if '"event_id"' in line and '"platform"' in line
    ]
    failure = next(event for event in events if event.get("exception"))
    assert failure["exception"]["values"][-1]["type"] == "IntegrityError"
    assert failure["release"].startswith("midway@")
    assert failure["tags"]["request_id"] == "abcd-1234"
    assert failure["transaction"] == "/fails/{code}"
    frames = failure["exception"]["values"][-1]["stacktrace"]["frames"]
    assert frames[-1]["function"] == "fails"
    assert not any("vars" in frame for frame in frames)
    logged = next(event for event in events if not event.get("exception"))
    assert logged["logentry"]["message"] == "Cannot reach %s"


BEHIND_THE_SCENES = """
import django, structlog
django.setup()
from midway.customers.models import Customer
def night():
    note, home = "door code 4711", "1 Main Street"
    raise ValueError(f"cannot write to dora@example.com, telephone 410-555-0199")
try:
    night()
except ValueError:
    structlog.get_logger("midway.scheduler").exception("scheduler.run.failed", job="remind", email="dora@example.com")
import sentry_sdk
sentry_sdk.flush(timeout=10)
"""


def test_failures_of_the_worker_are_reported_too_with_the_release(sentry: tuple[str, list[str]]) -> None:
    dsn, texts = sentry
    run(BEHIND_THE_SCENES, SENTRY_DSN=dsn, MIDWAY_RELEASE="midway@2026.11.2")
    everything = "\n".join(texts)
    for words in (*PRIVATE, "4711", "Main Street"):
        assert words not in everything
    (event,) = [json.loads(line) for text in texts for line in text.splitlines() if '"platform"' in line]
    assert event["release"] == "midway@2026.11.2"
    assert event["tags"]["event"] == "scheduler.run.failed"
    assert event["exception"]["values"][-1]["value"] == "cannot write to [e-mail], telephone [number]"


def test_without_an_address_the_library_is_not_even_loaded() -> None:
    told = run("import django, sys; django.setup(); print('sentry_sdk' in sys.modules)")
    assert told.strip() == "False"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("mail to dora@example.com failed", "mail to [e-mail] failed"),
        ("call +1 (410) 555-0199 now", "call [number] now"),
        ('violates "x"\nDETAIL:  Failing row contains (1, Dora).', 'violates "x"\nDETAIL [left out]'),
        ("visit 42 of 2026-03-02 at 9", "visit 42 of [number] at 9"),
        ("slot 14 is gone", "slot 14 is gone"),
    ],
)
def test_texts_are_scrubbed(text: str, clean: str) -> None:
    assert scrub_text(text) == clean
