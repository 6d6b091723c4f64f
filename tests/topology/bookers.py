"""People who book through the product without a pause, whatever happens to its database, and remember what they were
told."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import requests
from tests.buyers import Buyer
from tests.topology.app_hosts import AppHosts

LOST = "SELECT code::text FROM booking_visit WHERE state = 'scheduled'"
TWICE = """
SELECT contact_email FROM booking_booking WHERE contact_email LIKE 'b%@example.com'
GROUP BY contact_email HAVING count(*) > 1
"""
OVERLAPS = """
SELECT count(*) FROM crew_commitment a JOIN crew_commitment b ON a.cleaner_id = b.cleaner_id AND a.id < b.id
AND a.during && b.during WHERE a.active AND b.active
"""


@dataclass
class Memory:
    """What was acknowledged: the visit's code and when. What else was answered, and how often a booking was asked for
    again with its key because nobody could say what had become of it."""

    acknowledged: list[tuple[str, float]] = field(default_factory=list)
    answers: "Counter[str]" = field(default_factory=Counter)
    asked_again: int = 0

    def outage(self, since: float) -> float:
        """The longest time without a yes, from the last yes before the fault to the first after it."""
        before = [at for _, at in self.acknowledged if at < since]
        times = sorted([max(before, default=since), *(at for _, at in self.acknowledged if at >= since)])
        return max((later - earlier for earlier, later in pairwise(times)), default=0.0)


class Bookers:
    """Several of them while the block runs; each wants times that others want as well."""

    def __init__(self, hosts: AppHosts, people: int = 3) -> None:
        self.memory = Memory()
        self._hosts = hosts
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._book, args=(number,), daemon=True) for number in range(people)]

    def __enter__(self) -> Memory:
        for thread in self._threads:
            thread.start()
        return self.memory

    def __exit__(self, *problem: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=60)
        assert not any(thread.is_alive() for thread in self._threads)

    def wait_for(self, bookings: int) -> None:
        """Will return when so many more were acknowledged."""
        goal = len(self.memory.acknowledged) + bookings
        deadline = time.monotonic() + 150
        while len(self.memory.acknowledged) < goal:
            assert time.monotonic() < deadline, f"nobody can book any more: {self.memory.answers}"
            time.sleep(0.02)

    def _book(self, number: int) -> None:
        seed = uuid4().int % 2**32
        buyer = Buyer(self._hosts.urls[number % 2], seed=seed, postcode=self._hosts.postcode)
        while not self._stopping.is_set():
            try:
                quote = buyer.quote()
                first = (datetime.now(tz=UTC) + timedelta(days=2 + 7 * buyer.pick.randrange(5))).date().isoformat()
                slots = buyer.slots(first=first, days=7, minutes=quote["duration_minutes"])
            except (requests.RequestException, AssertionError):
                self._turn_to_another(buyer)
                continue
            if slots:
                self._until_answered(buyer, quote["code"], buyer.pick.choice(slots[:40]))

    def _until_answered(self, buyer: Buyer, quote: str, start: str) -> None:
        """Will ask until there is a yes or a no, with one key: as a program must that was told neither."""
        key, who = str(uuid4()), buyer.pick.randrange(10**12)
        while True:
            try:
                answer = buyer.book(quote, start, key=key, number=who)
            except requests.RequestException as problem:
                self.memory.answers[type(problem).__name__] += 1
            else:
                self.memory.answers[str(answer.status_code)] += 1
                if answer.status_code == 201:
                    self.memory.acknowledged.append((buyer.acknowledged[-1], time.monotonic()))
                if answer.status_code < 500:
                    return
            if self._stopping.is_set():
                return
            self.memory.asked_again += 1
            self._turn_to_another(buyer)

    def _turn_to_another(self, buyer: Buyer) -> None:
        """What a balancer would do."""
        buyer.url = next(url for url in self._hosts.urls if url != buyer.url)
        self._stopping.wait(0.1)


@dataclass(frozen=True)
class Outcome:
    """What a fault has cost: acknowledged visits that are gone, bookings made twice, cleaners in two places."""

    lost: int
    twice: int
    overlaps: int


def outcome(hosts: AppHosts, memory: Memory) -> Outcome:
    """What is in the database, beside what people were told."""
    with hosts.look() as connection:
        kept = {code for (code,) in connection.execute(LOST).fetchall()}
        twice = len(connection.execute(TWICE).fetchall())
        found = connection.execute(OVERLAPS).fetchone()
    assert found is not None
    return Outcome(lost=len({code for code, _ in memory.acknowledged} - kept), twice=twice, overlaps=found[0])
