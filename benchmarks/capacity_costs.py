"""The capacity model's coefficients, measured: one app host with its worker and a small company, each kind of question
asked alone, CPU time read from the kernel."""

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import requests
from tests.buyers import Buyer
from tests.topology.app_hosts import AppHosts, app_hosts
from tests.topology.one_server import one_server

from benchmarks.capacity import Costs
from benchmarks.stand import cpu_milliseconds
from midway.ops.stage.postgres import DATABASE, StagePostgres

WARM, TIMES, BOOKINGS = 20, 150, 150
QUIET_SECONDS, LONGEST_SECONDS = 6, 90


def measure() -> Costs:
    """Will start a company of 24 cleaners, ask, book, and wait until what the bookings caused is done."""
    with tempfile.TemporaryDirectory(prefix="midway-capacity-") as name:
        folder = Path(name)
        with one_server(folder) as server, app_hosts(folder, server.url(DATABASE), count=1, worker=True) as hosts:
            return _Measured(server, hosts).costs()


class _Measured:
    def __init__(self, server: StagePostgres, hosts: AppHosts) -> None:
        self._hosts = hosts
        self._web, self._worker = hosts.pids
        self._database = int((server.data / "postmaster.pid").read_text().split()[0])
        self._url = hosts.urls[0]
        self._buyer = Buyer(self._url, seed=7, postcode=hosts.postcode)
        self._office = hosts.sign_in()
        self._web_ms: dict[str, float] = {}
        self._database_ms: dict[str, float] = {}

    def costs(self) -> Costs:
        self._wait_until_quiet()
        quote = self._buyer.quote()
        tomorrow = (datetime.now(tz=UTC) + timedelta(days=2)).date().isoformat()
        minutes = quote["duration_minutes"]
        pages = ("/", f"/book/{quote['code']}/when", "/accounts/login/")
        rooms = ("/office/", "/office/board/", "/office/customers/")
        self._ask("page", lambda turn: _fetched(self._buyer.session, self._url + pages[turn % 3]))
        self._ask("quote", lambda turn: self._buyer.quote())
        self._ask("times", lambda turn: self._buyer.slots(first=tomorrow, days=14, minutes=minutes))
        self._ask("office", lambda turn: _fetched(self._office, self._url + rooms[turn % 3]))
        worker_ms, booking_kb = self._book()
        return Costs(
            web_ms=self._web_ms,
            database_ms=self._database_ms,
            worker_ms=round(worker_ms, 1),
            booking_kb=round(booking_kb, 1),
            web_mb=_weight(self._web),
            worker_mb=_weight(self._worker),
        )

    def _ask(self, kind: str, question: Callable[[int], Any], *, times: int = TIMES, warm: int = WARM) -> None:
        for turn in range(warm):
            question(turn)
        before = self._cpu()
        for turn in range(times):
            question(turn)
        web, database = (after - earlier for after, earlier in zip(self._cpu(), before, strict=True))
        self._web_ms[kind], self._database_ms[kind] = round(web / times, 2), round(database / times, 2)

    def _book(self) -> tuple[float, float]:
        """What the worker did for a booking until nothing was left to do, and what the database has grown by."""
        wishes = iter(self._wishes())
        before, size = cpu_milliseconds(self._worker), self._size()
        idle = self._idle_worker()
        began = time.monotonic()
        self._ask("booking", lambda turn: self._booked(*next(wishes)), times=BOOKINGS, warm=0)
        self._wait_until_quiet()
        worked = cpu_milliseconds(self._worker) - before - idle * (time.monotonic() - began)
        return max(0.0, worked) / BOOKINGS, (self._size() - size) / 1024 / BOOKINGS

    def _wishes(self) -> list[tuple[str, str]]:
        """Prices with a time each, all different."""
        quotes = [self._buyer.quote() for _ in range(BOOKINGS)]
        minutes = quotes[0]["duration_minutes"]
        starts: list[str] = []
        for week in range(6):
            first = (datetime.now(tz=UTC) + timedelta(days=2 + 7 * week)).date().isoformat()
            starts += self._buyer.slots(first=first, days=7, minutes=minutes)
        spread = starts[:: max(1, len(starts) // BOOKINGS)]
        return [(quote["code"], start) for quote, start in zip(quotes, spread, strict=False)]

    def _booked(self, quote: str, start: str) -> None:
        answer = self._buyer.book(quote, start)
        assert answer.status_code in {201, 409}, answer.text

    def _idle_worker(self) -> float:
        """CPU milliseconds a second of a worker with nothing to do."""
        before, began = cpu_milliseconds(self._worker), time.monotonic()
        time.sleep(QUIET_SECONDS)
        return (cpu_milliseconds(self._worker) - before) / (time.monotonic() - began)

    def _wait_until_quiet(self) -> None:
        """Until the mail is out and the worker has rested for some seconds, or long enough."""
        deadline = time.monotonic() + LONGEST_SECONDS
        while time.monotonic() < deadline:
            before = cpu_milliseconds(self._worker)
            time.sleep(QUIET_SECONDS)
            if cpu_milliseconds(self._worker) - before < 60 * QUIET_SECONDS:
                return

    def _cpu(self) -> tuple[float, float]:
        return cpu_milliseconds(self._web), cpu_milliseconds(self._database)

    def _size(self) -> int:
        with self._hosts.look() as connection:
            found = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        assert found is not None
        return int(found[0])


def _fetched(session: requests.Session, url: str) -> None:
    answer = session.get(url, timeout=30)
    assert answer.status_code in {200, 204}, (url, answer.status_code)


def _weight(pid: int) -> float:
    root = psutil.Process(pid)
    return round(sum(one.memory_full_info().pss for one in [root, *root.children(recursive=True)]) / 2**20, 1)
