"""People who book through the product on two app hosts, and ask again with the same key when nobody answered."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import requests
from tests.buyers import Buyer
from tests.topology.app_hosts import AppHosts
from tests.topology.crowd import Crowd

# What became of one wish to book: nobody else has its number, and so its address.
BOOKED = (
    "SELECT b.contact_email, v.code::text, v.state FROM booking_booking b JOIN booking_visit v ON v.booking_id = b.id"
)
OVERLAPS = """
SELECT count(*) FROM crew_commitment a JOIN crew_commitment b ON a.cleaner_id = b.cleaner_id AND a.id < b.id
AND a.during && b.during WHERE a.active AND b.active
"""


@dataclass
class Wish:
    """What somebody wanted, as often as they had to ask, and all that they were told."""

    email: str
    asked: int = 0
    told_yes: set[str] = field(default_factory=set)  # the codes of visits
    told_no: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a fault has cost."""

    lost: int  # acknowledged visits that are gone
    twice: int  # wishes that were fulfilled twice
    denied: int  # wishes that were refused, and yet are booked
    overlaps: int  # cleaners in two places


NOTHING = Outcome(lost=0, twice=0, denied=0, overlaps=0)


class People(Crowd):
    """Several of them; each turns to the other app host when one does not answer, as a balancer would."""

    def __init__(self, hosts: AppHosts) -> None:
        super().__init__()
        self.wishes: list[Wish] = []
        self._hosts = hosts

    @property
    def asked_again(self) -> int:
        """How often somebody repeated a booking because nobody could say what had become of it."""
        return sum(wish.asked - 1 for wish in self.wishes)

    def _book(self, number: int) -> None:
        buyer = Buyer(self._hosts.urls[number % 2], seed=uuid4().int % 2**32, postcode=self._hosts.postcode)
        spare: tuple[str, str] | None = None  # booked when nobody answers, so that somebody always does just then
        with buyer.session:
            while not self._stopping.is_set():
                try:
                    chosen = _choose(buyer)
                except (requests.RequestException, AssertionError):
                    self._turn_to_another(buyer)
                    chosen, spare = spare, None
                else:
                    if spare is None:
                        chosen, spare = None, chosen
                if chosen is not None:
                    self._until_answered(buyer, *chosen)

    def _until_answered(self, buyer: Buyer, quote: str, start: str) -> None:
        """Will ask until there is a yes or a no, with one key: as a program must that was told neither."""
        key, number = str(uuid4()), buyer.pick.randrange(10**12)
        wish = Wish(email=f"b{number}@example.com")
        self.wishes.append(wish)
        while True:
            wish.asked += 1
            try:
                answer = buyer.book(quote, start, key=key, number=number)
            except requests.RequestException as problem:
                self.memory.answers[type(problem).__name__] += 1
            else:
                self.memory.answers[str(answer.status_code)] += 1
                if answer.status_code == 201:
                    code = answer.json()["visit"]["code"]
                    wish.told_yes.add(code)
                    self.memory.acknowledged.append((code, time.monotonic(), buyer.url))
                wish.told_no = 400 <= answer.status_code < 500
                if answer.status_code < 500:
                    return
            if self._stopping.is_set():
                return
            self._turn_to_another(buyer)

    def _turn_to_another(self, buyer: Buyer) -> None:
        buyer.url = next(url for url in self._hosts.urls if url != buyer.url)
        self._stopping.wait(0.1)


def _choose(buyer: Buyer) -> tuple[str, str] | None:
    """A price, and one of the times that are free."""
    quote = buyer.quote()
    first = (datetime.now(tz=UTC) + timedelta(days=2 + 7 * buyer.pick.randrange(5))).date().isoformat()
    slots = buyer.slots(first=first, days=7, minutes=quote["duration_minutes"])
    return (quote["code"], buyer.pick.choice(slots[:40])) if slots else None


def outcome(hosts: AppHosts, wishes: Iterable[Wish]) -> Outcome:
    """What is in the database, beside what people were told."""
    with hosts.look() as connection:
        found = connection.execute(BOOKED).fetchall()
        crossed = connection.execute(OVERLAPS).fetchone()
    assert crossed is not None
    kept = {code for _, code, state in found if state == "scheduled"}
    booked = Counter(email for email, _, _ in found)
    wishes = list(wishes)
    return Outcome(
        lost=sum(len(wish.told_yes - kept) for wish in wishes),
        twice=sum(booked[wish.email] > 1 or len(wish.told_yes) > 1 for wish in wishes),
        denied=sum(wish.told_no and booked[wish.email] > 0 for wish in wishes),
        overlaps=crossed[0],
    )
