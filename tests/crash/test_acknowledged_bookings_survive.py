"""Again and again something is killed with -9 while people book: what was acknowledged is there afterwards."""

import random
import shutil
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import psycopg
import pytest
import requests
from tests.buyers import Buyer
from tests.product import RunningProduct, database_address, start_product, state

pytestmark = [pytest.mark.crash, pytest.mark.slow]

ROUNDS = 30
BUYERS = 4


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="midway-crash-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def look(product: RunningProduct, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database_address(product)) as connection:
        return connection.execute(sql).fetchall()


def test_nothing_acknowledged_is_lost_and_nobody_is_in_two_places(folder: Path) -> None:
    pick = random.Random(30)
    product = start_product(folder / "data")
    try:
        product.wait_until_ready()
        postcode = str(look(product, "SELECT postcode FROM crew_area ORDER BY id LIMIT 1")[0][0])
        acknowledged: list[str] = []
        for round_number in range(ROUNDS):
            target = pick.choice(["postgres", "web", "everything"])
            acknowledged += book_until_killed(product, postcode, round_number, target, after=pick.uniform(0.2, 1.2))
            if target == "everything":
                product = start_product(folder / "data", port=product.port)
                product.wait_until_ready()
            wait_until_served(product)
            kept = {str(code) for (code,) in look(product, "SELECT code FROM booking_visit WHERE state = 'scheduled'")}
            assert set(acknowledged) <= kept, f"round {round_number}: lost {set(acknowledged) - kept}"
            assert look(product, OVERLAPS) == []
        assert len(acknowledged) > ROUNDS
    finally:
        product.stop()


OVERLAPS = (
    "SELECT a.id FROM crew_commitment a JOIN crew_commitment b ON a.cleaner_id = b.cleaner_id AND a.id < b.id"
    " AND a.during && b.during WHERE a.active AND b.active AND lower(a.during) > now()"
)


def book_until_killed(
    product: RunningProduct, postcode: str, round_number: int, target: str, *, after: float
) -> list[str]:
    """Buyers book as fast as they can; after a moment the target is killed, and they stop at the first broken line."""
    buyers = [Buyer(product.url, seed=round_number * 100 + n, postcode=postcode) for n in range(BUYERS)]
    enough = threading.Event()
    threads = [threading.Thread(target=keep_booking, args=(buyer, enough)) for buyer in buyers]
    for thread in threads:
        thread.start()
    threading.Event().wait(after)
    kill(product, target)
    enough.set()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    return [code for buyer in buyers for code in buyer.acknowledged]


def keep_booking(buyer: Buyer, enough: threading.Event) -> None:
    first = (datetime.now(tz=UTC) + timedelta(days=2 + buyer.seed % 40)).date().isoformat()
    try:
        while not enough.is_set():
            quote = buyer.quote()
            slots = buyer.slots(first=first, days=14, minutes=quote["duration_minutes"])
            buyer.book(quote["code"], buyer.pick.choice(slots))
    except (requests.RequestException, AssertionError, IndexError, ValueError):
        return  # the server died under us, as it should


def kill(product: RunningProduct, target: str) -> None:
    if target == "everything":
        product.kill_everything()
        return
    part = psutil.Process(int(str(state(product)["parts"][target]["pid"])))
    for member in [part, *part.children(recursive=True)]:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue


def wait_until_served(product: RunningProduct) -> None:
    """The supervisor mends by itself; readiness says when."""
    deadline = datetime.now(tz=UTC) + timedelta(seconds=60)
    while datetime.now(tz=UTC) < deadline:
        try:
            checks = requests.get(f"{product.url}/readyz", timeout=5).json()["checks"]
            if checks["database"] == "ok" and state(product)["parts"]["postgres"]["pid"]:
                look(product, "SELECT 1")
                return
        except (requests.RequestException, psycopg.Error, ValueError, KeyError, OSError):
            pass
        threading.Event().wait(0.1)
    raise AssertionError(f"did not come back:\n{product.said}")
