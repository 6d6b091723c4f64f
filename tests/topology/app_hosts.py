"""App hosts as processes: the real product on a database that is elsewhere."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import requests
from psycopg import sql
from tests.product import SOURCE, free_port
from tests.topology.three_hosts import PASSWORD, ThreeHosts

from midway.demo.sign_ins import DEMO_PASSWORD

PATIENCE_SECONDS = 90
COMPANY = ("--cleaners", "24", "--customers", "30", "--months", "1")


class AppHosts:
    """Some hosts, each with a data folder of its own; one signing key, one database."""

    def __init__(self, folder: Path, database: str, settings: dict[str, str], *, worker: bool) -> None:
        self._folder, self._database, self._settings, self._has_worker = folder, database, settings, worker
        self._log = (folder / "app.log").open("ab")
        self._parts: list[subprocess.Popen[bytes]] = []
        self.urls: list[str] = []
        self.postcode = ""

    def build(self, count: int) -> None:
        """Will migrate, load a company and serve."""
        numbers = range(1, count + 1)
        for number in numbers:
            self._do(number, "prepare")
        self._do(1, "demo", "load", *COMPANY)
        for number in numbers:
            port = free_port()
            words = [sys.executable, "-m", "midway.runtime.web", "127.0.0.1", str(port), "1"]
            self._start(number, words)
            self.urls.append(f"http://127.0.0.1:{port}")
            if self._has_worker:
                self._start(number, [sys.executable, "-m", "midway", "worker"])
        for url in self.urls:
            self._wait_for(url)
        with self.look() as connection:
            found = connection.execute("SELECT postcode FROM crew_area ORDER BY id LIMIT 1").fetchone()
            assert found is not None
            self.postcode = found[0]

    def look(self) -> "psycopg.Connection[Any]":
        """A connection of our own to whichever host takes writes."""
        return psycopg.connect(self._database, autocommit=True, connect_timeout=3)

    def sign_in(self) -> requests.Session:
        """Somebody of the office, signed in at the first host; the cookies are good for all."""
        return signed_in(self.urls[0])

    def wait_until_ready(self) -> None:
        """Will return when every host says that database, worker and schedule are well."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        told: list[dict[str, str]] = []
        while time.monotonic() < deadline:
            told = [requests.get(f"{url}/readyz", timeout=30).json()["checks"] for url in self.urls]
            if all(word == "ok" or word.startswith("skipped") for checks in told for word in checks.values()):
                return
            time.sleep(0.5)
        raise AssertionError(f"not ready: {told}\n{self.said[-3000:]}")

    @property
    def pids(self) -> list[int]:
        """The processes, as they were started: of each host the web server, then its worker."""
        return [part.pid for part in self._parts]

    @property
    def said(self) -> str:
        """What the hosts wrote."""
        return (self._folder / "app.log").read_text(errors="replace")

    def close(self) -> None:
        """Will stop what runs."""
        for part in self._parts:
            part.terminate()
        for part in self._parts:
            try:
                part.wait(timeout=8)
            except subprocess.TimeoutExpired:  # a worker finishes the day's look at everything first
                part.kill()
                part.wait(timeout=10)
        self._log.close()

    def _env(self, number: int) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), "DJANGO_SETTINGS_MODULE": "midway.config.settings",
            "DATABASE_URL": self._database, "MIDWAY_DATA": str(self._folder / f"app-{number}"),
            "MIDWAY_SECRET_KEY": "the-same-on-every-host-" * 2, "MIDWAY_RATE_LIMITS": "off",
            **self._settings,
        }  # fmt: skip

    def _do(self, number: int, *words: str) -> None:
        command = [sys.executable, "-m", "midway", *words]
        done = subprocess.run(command, env=self._env(number), stdout=self._log, stderr=self._log, check=False)
        assert done.returncode == 0, self.said[-3000:]

    def _start(self, number: int, words: list[str]) -> None:
        self._parts.append(subprocess.Popen(words, env=self._env(number), stdout=self._log, stderr=self._log))

    def _wait_for(self, url: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                if requests.get(f"{url}/api/v1/services", timeout=5).status_code == 200:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.1)
        raise AssertionError(f"{url} does not answer\n{self.said[-3000:]}")


def signed_in(url: str) -> requests.Session:
    """The owner of the demo company, signed in."""
    session = requests.Session()
    page = session.get(f"{url}/accounts/login/", timeout=30).text
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    form = {"csrfmiddlewaretoken": token, "login": "owner@example.com", "password": DEMO_PASSWORD}
    headers = {"Referer": f"{url}/accounts/login/"}
    answer = session.post(f"{url}/accounts/login/", data=form, headers=headers, allow_redirects=False, timeout=30)
    assert answer.status_code == 302, answer.text
    return session


@contextmanager
def app_hosts(folder: Path, database: str, *, count: int, worker: bool = False, **settings: str) -> Iterator[AppHosts]:
    """The product on an empty database, with a small company; gone afterwards."""
    hosts = AppHosts(folder, database, settings, worker=worker)
    try:
        hosts.build(count)
        yield hosts
    finally:
        hosts.close()


@contextmanager
def app_hosts_on(cluster: ThreeHosts, folder: Path) -> Iterator[AppHosts]:
    """Two of them on the cluster, by a role of their own."""
    with cluster.connect() as connection:
        connection.execute(sql.SQL("CREATE ROLE midway LOGIN PASSWORD {}").format(PASSWORD))
        connection.execute("CREATE DATABASE midway OWNER midway")
    with app_hosts(folder, cluster.url("midway", user="midway"), count=2, worker=True) as hosts:
        yield hosts
