"""The same crowds against the running product, over HTTP."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import psycopg
import pytest
import requests
from tests.buyers import Buyer
from tests.product import RunningProduct, database_address

pytestmark = pytest.mark.races

CROWD = 200


@pytest.fixture(autouse=True)
def _wide_pool() -> None:
    """The crowd connects to the product, not to the tests' database."""


@pytest.fixture(scope="module")
def postcode(product: RunningProduct) -> str:
    return str(look(product, "SELECT postcode FROM crew_area ORDER BY id LIMIT 1")[0][0])


def look(product: RunningProduct, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database_address(product)) as connection:
        return connection.execute(sql).fetchall()


def send_at_once(buyers: list[Buyer], requests_to_send: list[tuple[str, str, str]]) -> list[requests.Response]:
    """All requests (quote, start, key) are released at the same moment, each on its own connection."""
    gate = Barrier(len(buyers))

    def send(item: tuple[Buyer, tuple[str, str, str]]) -> requests.Response:
        buyer, (quote, start, key) = item
        gate.wait(timeout=60)
        return buyer.book(quote, start, key=key)

    with ThreadPoolExecutor(max_workers=len(buyers)) as crowd:
        return list(crowd.map(send, zip(buyers, requests_to_send, strict=True)))


def slots_with_count(product: RunningProduct, postcode: str, minutes: int, weeks: int) -> list[tuple[str, int]]:
    first = (datetime.now(tz=UTC) + timedelta(weeks=weeks)).date().isoformat()
    answer = requests.get(
        f"{product.url}/api/v1/availability",
        params={
            "service": "regular", "from": first, "days": 7, "duration_minutes": minutes, "postcode": postcode,
        },
        timeout=30,
    )  # fmt: skip
    return [(slot["start"], slot["cleaners_free"]) for day in answer.json()["days"] for slot in day["slots"]]


def assert_nobody_is_in_two_places(product: RunningProduct) -> None:
    assert not look(
        product,
        "SELECT 1 FROM crew_commitment a JOIN crew_commitment b ON a.cleaner_id = b.cleaner_id AND a.id < b.id"
        " AND a.during && b.during WHERE a.active AND b.active AND lower(a.during) > now()",
    )


def test_exactly_as_many_bookings_succeed_as_cleaners_are_free(product: RunningProduct, postcode: str) -> None:
    buyers = [Buyer(product.url, seed=n, postcode=postcode) for n in range(CROWD)]
    quotes = [buyer.quote() for buyer in buyers]
    start, free = random.Random(1).choice(slots_with_count(product, postcode, quotes[0]["duration_minutes"], weeks=3))

    answers = send_at_once(buyers, [(quote["code"], start, f"crowd-{n}") for n, quote in enumerate(quotes)])

    assert Counter(answer.status_code for answer in answers) == {201: free, 409: CROWD - free}
    for refused in (answer for answer in answers if answer.status_code == 409):
        assert refused.headers["Content-Type"].startswith("application/problem+json")
        assert refused.json()["slots"], "a refusal comes with other times"
        assert start not in [slot["start"] for slot in refused.json()["slots"]]
    assert_nobody_is_in_two_places(product)


def test_the_same_key_sent_fifty_times_makes_one_booking(product: RunningProduct, postcode: str) -> None:
    buyers = [Buyer(product.url, seed=5, postcode=postcode) for _ in range(50)]  # one seed: the same words
    quote = buyers[0].quote()
    start, _ = random.Random(2).choice(slots_with_count(product, postcode, quote["duration_minutes"], weeks=4))
    before = look(product, "SELECT count(*) FROM booking_visit")

    answers = send_at_once(buyers, [(quote["code"], start, "the-same-key")] * 50)

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert look(product, "SELECT count(*) FROM booking_visit") == [(before[0][0] + 1,)]  # type: ignore[operator]


def test_overlapping_wishes_all_week_end_without_an_error(product: RunningProduct, postcode: str) -> None:
    pick = random.Random(3)
    buyers = [Buyer(product.url, seed=1000 + n, postcode=postcode) for n in range(CROWD)]
    quotes = [buyer.quote(bedrooms=pick.randint(1, 4)) for buyer in buyers]
    slots = slots_with_count(product, postcode, 120, weeks=5)[:20]

    answers = send_at_once(
        buyers, [(quote["code"], pick.choice(slots)[0], f"mixed-{n}") for n, quote in enumerate(quotes)]
    )

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert_nobody_is_in_two_places(product)
