"""The way back, as an owner walks it on the page of a running product: proved, lost for a moment, restored, signed off.

And with the process that does it killed in the middle: the page names one next step, which leads on.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Container, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, Page, expect
from tests.journeys.story import sign_in
from tests.product import SOURCE, RunningProduct, database_address, running_product

from midway.ops.backup.server import Server
from midway.ops.recovery.errand import Errand, last_errand
from midway.runtime.folder import DataFolder

pytestmark = pytest.mark.drills
LONGEST_SECONDS = 180


def midway(product: RunningProduct, *words: str, expected: Container[int] = (0,)) -> str:
    """A command as it is typed on the server."""
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    environment |= {"MIDWAY_DATA": str(product.data), "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-m", "midway", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in expected, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def own_product() -> Iterator[RunningProduct]:
    """A product of this story's own with a small company and one backup."""
    folder = Path(tempfile.mkdtemp(prefix="midway-restore-"))
    folder.chmod(0o755)
    try:
        with running_product(folder / "data", "--empty", EMAIL_URL=f"file://{folder / 'mail'}") as running:
            midway(running, "demo", "load", "--cleaners", "3", "--customers", "12", "--months", "1")
            midway(running, "backup", "create")
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def proved(own_product: RunningProduct) -> RunningProduct:
    """The product once its backup is proved, whichever of these stories is told first."""
    newest = json.loads(midway(own_product, "backup", "list", "--json", expected={0, 1}))["backups"][0]
    if newest["state"] != "proved":
        midway(own_product, "backup", "drill")
    return own_product


def recovery(page: Page, product: RunningProduct) -> Page:
    """The page, once it answers: it does not while the databases change places, and then asks to sign in anew."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline:
        with suppress(Error):
            answer = page.goto(f"{product.url}/office/system/recovery/")
            if answer is not None and answer.ok:
                break
            page.wait_for_timeout(200)
    if "/accounts/login/" in page.url:
        sign_in(page, product.url, "owner@example.com")
        page.goto(f"{product.url}/office/system/recovery/")
    return page


def customers(product: RunningProduct) -> int:
    with psycopg.connect(database_address(product)) as session:
        row = session.execute("SELECT count(*) FROM customers_customer").fetchone()
    return int(row[0]) if row else 0


def lose_customers(product: RunningProduct) -> None:
    with psycopg.connect(database_address(product)) as session:
        session.execute("SET session_replication_role = replica")
        session.execute("DELETE FROM customers_customer")


def database_name(product: RunningProduct) -> str:
    with psycopg.connect(database_address(product)) as session:
        return session.info.dbname


class Gate:
    """Lets nobody make, drop or rename a database: a restore stands still where it would, for as long as one looks."""

    def __init__(self, product: RunningProduct) -> None:
        self._address = Server(database_address(product)).named("postgres").url
        self._holder = self._shut()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._holder.close()

    def lead_to(self, errand: Callable[[], Errand], step: str) -> None:
        """Will let a restore by, one database at a time, until it stands before one in this step."""
        while True:
            until(lambda: bool(self._waiting()), errand)
            if said_last(errand()) == step:
                return
            self._let_one_by()

    def kill(self, errand: Errand) -> None:
        """Will kill the process of the restore, and what it asked of the server is not done either."""
        os.kill(errand.pid, signal.SIGKILL)
        while self._waiting():
            self._holder.execute("SELECT pg_terminate_backend(pid, 10000) FROM unnest(%s) pid", [self._waiting()])

    def _let_one_by(self) -> None:
        """Whoever waits goes first, and we are next: the gate is shut again before anybody else comes."""
        already = self._waiting()
        shutting = ThreadPoolExecutor(1)
        after = shutting.submit(self._shut)
        while len(self._waiting()) == len(already):
            assert not after.done()
        self._holder.close()
        self._holder = after.result(LONGEST_SECONDS)
        shutting.shutdown()

    def _shut(self) -> "psycopg.Connection[Any]":
        session = psycopg.connect(self._address)
        session.execute("LOCK TABLE pg_database IN SHARE MODE")
        return session

    def _waiting(self) -> list[int]:
        question = "SELECT pid FROM pg_locks WHERE relation = 'pg_database'::regclass AND NOT granted"
        return [row[0] for row in self._holder.execute(question)]


def until(is_so: Callable[[], bool], errand: Callable[[], Errand]) -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, errand().said
        assert errand().code is None, errand().said


def said_last(errand: Errand) -> str:
    """The step a restore says that it is at."""
    steps = [line for line in errand.said if line.startswith("Step ")]
    return steps[-1].partition(": ")[2] if steps else ""


def begin(page: Page, product: RunningProduct) -> None:
    recovery(page, product)
    page.get_by_role("link", name=re.compile("Restore…")).first.click()
    page.get_by_label("Name of the database").fill(database_name(product))
    page.get_by_role("button", name="Restore everything").click()
    expect(page.get_by_text("Under way")).to_be_visible()


def errand_of(product: RunningProduct) -> Errand:
    found = last_errand(DataFolder(product.data))
    assert found is not None
    return found


def killed_at(page: Page, product: RunningProduct, step: str) -> None:
    """Will begin a restore on the page and kill its process in this step."""
    with Gate(product) as gate:
        begin(page, product)
        gate.lead_to(lambda: errand_of(product), step)
        gate.kill(errand_of(product))


def until_it_ended(page: Page, product: RunningProduct) -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    while errand_of(product).is_running:
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)
    recovery(page, product)


def is_for_everybody(page: Page, picture: str) -> None:
    """At a desk and on a phone, by day and by night: nothing runs out of the page, and axe finds nothing."""
    for width, scheme in ((1440, "light"), (360, "light"), (360, "dark"), (1440, "dark")):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 900})
        if folder := os.environ.get("MIDWAY_PICTURES"):
            page.screenshot(path=f"{folder}/{picture}-{width}-{scheme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    page.set_viewport_size({"width": 1440, "height": 900})


def test_an_owner_restores_on_the_page_and_signs_off(own_product: RunningProduct, page: Page) -> None:
    product = own_product
    sign_in(page, product.url, "owner@example.com")
    recovery(page, product)
    expect(page.get_by_text("none has been restored to prove it")).to_be_visible()
    is_for_everybody(page, "not-proved")

    page.get_by_role("button", name=re.compile("Prove it")).first.click()
    expect(page.get_by_text("Under way")).to_be_visible()
    expect(page.get_by_text(re.compile("Last restore proved"))).to_be_visible(timeout=LONGEST_SECONDS * 1000)
    before = customers(product)
    lose_customers(product)

    page.get_by_role("link", name=re.compile("Restore…")).first.click()
    is_for_everybody(page, "restore")
    page.get_by_label("Name of the database").fill("something else")
    page.get_by_role("button", name="Restore everything").click()
    expect(page.get_by_text("That is not the name of the database")).to_be_visible()
    assert customers(product) == 0, "nothing is done without the name"

    with Gate(product) as gate:  # it stands still while it is looked at
        page.get_by_label("Name of the database").fill(database_name(product))
        page.get_by_role("button", name="Restore everything").click()
        expect(page.get_by_text("Under way")).to_be_visible()
        gate.lead_to(lambda: errand_of(product), "load")
        expect(page.get_by_text("Step 2 of 6: load")).to_be_visible()
        is_for_everybody(page, "under-way")
    until_it_ended(page, product)
    assert customers(product) == before
    expect(page.get_by_role("heading", name="The restore")).to_be_visible()
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    note = page.locator(".note", has_text="The database from before is kept as")
    expect(note).to_be_visible()

    note.get_by_text("Drop it…").click()
    is_for_everybody(page, "kept")
    field = note.get_by_label(re.compile("Type its name"))
    field.fill("something else")
    note.get_by_role("button", name="Drop it for good").click()
    expect(page.get_by_text("That is not the name of the database")).to_be_visible()
    kept = re.search(r"kept as (\S+)\.", note.inner_text())
    assert kept
    note.get_by_text("Drop it…").click()
    note.get_by_label(re.compile("Type its name")).fill(kept[1])
    note.get_by_role("button", name="Drop it for good").click()
    expect(page.get_by_text(f"{kept[1]} is gone.")).to_be_visible()
    expect(note).to_have_count(0)

    page.get_by_role("button", name=re.compile("Prove it")).first.click()
    expect(page.get_by_role("heading", name="Age of what came back")).to_be_visible(timeout=LONGEST_SECONDS * 1000)
    is_for_everybody(page, "two-proofs")
    page.get_by_role("button", name="Español").click()
    expect(page.get_by_role("heading", name="Antigüedad de lo recuperado")).to_be_visible()
    is_for_everybody(page, "dos-pruebas")


def test_killed_in_the_middle_the_page_names_one_next_step_which_leads_on(proved: RunningProduct, page: Page) -> None:
    product = proved
    sign_in(page, product.url, "owner@example.com")
    before = customers(product)
    lose_customers(product)
    killed_at(page, product, "load")
    recovery(page, product)
    expect(page.get_by_text("Cut off")).to_be_visible()
    expect(page.get_by_text("stopped at its step load")).to_be_visible()
    is_for_everybody(page, "cut-off")
    assert customers(product) == 0, "the living database is as it was"
    page.get_by_role("button", name="Go on with it").click()
    until_it_ended(page, product)
    assert customers(product) == before

    killed_at(page, product, "load")
    recovery(page, product).get_by_role("button", name="Go back to the database of before").click()
    until_it_ended(page, product)
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    assert customers(product) == before


def test_killed_while_closed_it_opens_again_by_itself(proved: RunningProduct, page: Page) -> None:
    product = proved
    sign_in(page, product.url, "owner@example.com")
    before = customers(product)
    lose_customers(product)
    killed_at(page, product, "exchange")
    answer = page.goto(f"{product.url}/office/system/recovery/")
    assert answer is not None
    assert answer.status == 503
    expect(page.get_by_role("heading", name="We are back in a moment")).to_be_visible()
    recovery(page, product)  # which waits until it answers
    assert customers(product) == before
    expect(page.get_by_text("Asked for by Midway.")).to_be_visible()
