"""The rehearsal on the running product: its PostgreSQL is stopped, and everything else happens by itself until somebody
answers. Mail, text message and chat really leave; what a person does, they do by a link or a command.

The time to answer is ten seconds here instead of five minutes; nothing else is quicker than in life.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.request import Request, urlopen

import psutil
import psycopg
import pytest
from tests.messaging.gateway import gateway_server
from tests.ops.rehearsal.conftest import Mailbox
from tests.product import SOURCE, RunningProduct, database_address, running_product

pytestmark = pytest.mark.drills
DAN, OLGA = "dispatcher@example.com", "owner@example.com"
NUMBER = "+14105550133"
ABOUT = "The database does not answer"


@contextmanager
def chat_room() -> Iterator[tuple[str, "Queue[dict[str, Any]]"]]:
    """An address as Apprise knows it, and what is said there."""
    said: Queue[dict[str, Any]] = Queue()

    class Room(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Room)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"json://127.0.0.1:{server.server_address[1]}/room", said
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Night:
    """The product, a terminal beside it, and what happened after how long."""

    def __init__(self, product: RunningProduct, source: Path) -> None:
        self.product, self.source = product, source
        self.begun, self.told = time.monotonic(), list[str]()

    @property
    def status_page(self) -> str:
        """What everybody may read."""
        return (self.product.data / "status" / "index.html").read_text()

    def tell(self, what: str) -> None:
        self.told.append(f"{(time.monotonic() - self.begun) / 60:5.2f} min  {what}")

    def midway(self, *words: str, code: int = 0) -> str:
        """What a command says; it ends with this code."""
        away = {"DATABASE_URL": "", "REDIS_URL": ""}
        environment = {**os.environ, **away, "MIDWAY_DATA": str(self.product.data), "PYTHONPATH": str(self.source)}
        done = subprocess.run(
            [sys.executable, "-m", "midway", *words], env=environment, capture_output=True, text=True, check=False,
            timeout=60,
        )  # fmt: skip
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def at_once(self, *commands: tuple[str, ...], code: int = 0) -> list[str]:
        """What several people say at several terminals, in whatever order."""
        with ThreadPoolExecutor(len(commands)) as terminals:
            return list(terminals.map(lambda words: self.midway(*words, code=code), commands))

    @contextmanager
    def without_postgres(self) -> Iterator[None]:
        """It is stopped, and whoever would start it again is held back meanwhile."""
        supervisor = psutil.Process(self.product.process.pid)
        path = self.product.data / "run" / "state.json"
        postgres = psutil.Process(json.loads(path.read_text())["parts"]["postgres"]["pid"])
        supervisor.suspend()
        try:
            postgres.send_signal(signal.SIGINT)
            wait_until(lambda: postgres.status() == psutil.STATUS_ZOMBIE, "PostgreSQL ends")
            yield
        finally:
            supervisor.resume()

    def asked(self, question: str) -> Any:
        """The first answer of the product's database; nothing while it is not there."""
        try:
            with psycopg.connect(database_address(self.product)) as session:
                row = session.execute(question.encode()).fetchone()
        except psycopg.OperationalError:
            return None
        return row[0] if row else None


def wait_until(is_so: Callable[[], Any], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"Waited in vain for: {what}"
        time.sleep(0.1)  # for another process, whose clock is not ours


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the program, beside which tests can be written."""
    shutil.copytree(SOURCE / "midway", tmp_path / "src" / "midway", ignore=shutil.ignore_patterns("site"))
    return tmp_path


def test_the_database_of_the_running_product_stops(checkout: Path, mail_server: Mailbox) -> None:
    source = checkout / "src"
    with (
        gateway_server() as gateway,
        chat_room() as (address, chat),
        running_product(
            checkout / "data", "--empty", EMAIL_URL=f"smtp://127.0.0.1:{mail_server.port}", SMS_URL=gateway.url,
            PYTHONPATH=str(source),
        ) as product,
    ):  # fmt: skip
        night = Night(product, source)
        prepare(night, address)
        night.begun = time.monotonic()
        with night.without_postgres():
            night.tell("PostgreSQL is stopped")
            link = people_are_called(night, mail_server)
            said = chat.get(timeout=10)
            assert said["title"] == "P1: The database does not answer"
            assert "/call/" in said["message"]
            (text,) = [one for one in gateway.taken if one["to"] == NUMBER]
            assert "The database does not answer" in text["body"]
            assert "The database does not answer" in night.midway("incident", "list")
            page = night.status_page
            assert "We are looking into it" in page
            assert "Nothing can be booked or changed just now" in page
            answered(link)
            night.tell("Olga tapped: I have it; the database is still away")
        code = entered(night)
        worked_on(night, code)
        learned(night, code, checkout)
        later = [chat.get_nowait()["title"] for _ in range(chat.qsize())]
        assert said["title"] not in later, "each is called once"
    print(*night.told, sep="\n")  # noqa: T201 - the minutes are what the rehearsal is for


def prepare(night: Night, chat: str) -> None:
    """A small company, of whose people Dan is on call and can be texted; Olga comes after him."""
    night.midway("demo", "load", "--cleaners", "4", "--customers", "20", "--months", "1")
    yesterday = (datetime.now(tz=UTC) - timedelta(days=1)).date().isoformat()
    night.at_once(
        ("oncall", "rotate", DAN, OLGA, "--from", yesterday),
        ("oncall", "contact", DAN, "--phone", NUMBER, "--chat", chat),
        ("incident", "urgency", "--answer", "1=10s", "--reason", "A rehearsal"),
    )
    kept = night.product.data / "ops" / "on-call.json"
    wait_until(
        lambda: kept.exists() and NUMBER in kept.read_text() and '"1":10.0' in kept.read_text(), "the roster is kept"
    )


def people_are_called(night: Night, mail: Mailbox) -> str:
    """By mail: the first, and as nobody answers the second; gives the second's link."""
    to_dan = mail.next_letter(ABOUT)
    night.tell("the incident opened by itself, Dan was called by mail, text message and chat")
    assert (to_dan["To"], to_dan["Subject"]) == (DAN, "P1: The database does not answer")
    (lying,) = [json.loads(one.read_text()) for one in (night.product.data / "ops" / "incidents").glob("*.json")]
    assert "PostgreSQL does not answer" in lying["says"]
    assert lying["evidence"]["facts"]["postgres.writes"]["status"] in {"crit", "unknown"}
    assert lying["evidence"]["facts"]["host.disk"]["says"]
    to_olga = mail.next_letter(ABOUT)
    night.tell("nobody had answered: Olga was called")
    assert to_olga["To"] == OLGA
    assert b"One person was called before you" in body_of(to_olga)
    found = re.search(rb"http://\S+/call/[0-9a-f]+", body_of(to_olga))
    assert found
    return found[0].decode()


def body_of(letter: Message) -> bytes:
    body = letter.get_payload(decode=True)
    assert isinstance(body, bytes)
    return body


def answered(link: str) -> None:
    with urlopen(link, timeout=20) as page:
        assert "I have it" in page.read().decode()
    with urlopen(Request(link, method="POST", data=b""), timeout=20) as page:
        assert "you have it" in page.read().decode()


def entered(night: Night) -> str:
    """The database is back: the incident stands in it as it happened."""
    wait_until(lambda: night.asked("SELECT count(*) FROM ops_incident WHERE source = 'watch'"), "it is entered")
    night.tell("PostgreSQL is back, what was written meanwhile was entered")
    code = str(night.asked("SELECT code FROM ops_incident WHERE source = 'watch'"))[:8]
    shown = json.loads(night.midway("incident", "show", code, "--json"))
    assert (shown["priority"], shown["state"]) == (1, "acknowledged")
    kinds = [one["kind"] for one in shown["timeline"]]
    assert kinds == ["opened", "called", "called", "acknowledged", "adopted"]
    assert "was called by mail sms chat" in shown["timeline"][1]["text"]
    wait_until(lambda: "Something may not work just now" in night.status_page, "the page says no more than is known")
    return code


def worked_on(night: Night, code: str) -> None:
    """Closing is refused, a step is run, its procedure finds it mended."""
    assert "mended" in night.midway("incident", "close", code, code=1)
    night.midway("incident", "step", code, "postgres.writes", "--by", OLGA)
    night.tell("a step of the manual was run from the incident")
    assert night.midway("incident", "verify", code, "--by", OLGA) == "It is mended.\n"
    shown = json.loads(night.midway("incident", "show", code, "--json"))
    assert [one["kind"] for one in shown["timeline"]].count("step") >= 1
    night.tell("its procedure found it mended")
    night.midway("incident", "close", code, "--by", OLGA)
    wait_until(lambda: "Everything works" in night.status_page, "the page says so")
    night.tell("closed, and the page says that everything works")


def learned(night: Night, code: str, checkout: Path) -> None:
    """The draft is right, and what prevents is done only when something watches."""
    draft = night.midway("incident", "learn", code)
    assert "The database does not answer" in draft
    assert "2 people were called" in draft
    night.tell("the post-mortem was drafted from the record")
    done = night.midway("incident", "follow", code, "Ring before the disk is full", "--owner", DAN)
    follow_up = done.split(":")[0]
    test = "tests/test_since.py::test_it_would_ring"
    unnamed, unknown = night.at_once(
        ("incident", "done", follow_up), ("incident", "done", follow_up, "--proof", test), code=1
    )
    assert "Name the check" in unnamed
    assert "There is no such check" in unknown
    (checkout / "tests").mkdir()
    (checkout / "tests" / "test_since.py").write_text("def test_it_would_ring() -> None:\n    assert True\n")
    assert "Done: Ring before" in night.midway("incident", "done", follow_up, "--proof", test)
    night.tell("the prevent action was done when its check existed")
