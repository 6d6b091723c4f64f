"""What was agreed with a demo customer, priced by the price list of the day it was agreed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from uuid import UUID

from midway.core.pricing import Home, Price, Rates, price_home
from midway.demo.clients import Client
from midway.demo.crew import Worker
from midway.demo.offer import FIRST_RATES, OFFERS, SECOND_RATES
from midway.demo.quarters import random_code

_SKILL_OF = {offer.code: offer.skill for offer in OFFERS}
_EXTRAS = tuple(extra.code for extra in FIRST_RATES.extras)


@dataclass(slots=True)
class Deal:
    """An agreement: a quote and the booking made of it. `id` is 0 until agreed."""

    client: Client
    service: str
    frequency: str
    extras: tuple[str, ...]
    price: Price
    version: int
    booked_on: date
    id: int = 0
    code: UUID | None = None
    quote_code: UUID | None = None
    booked_at: datetime | None = None
    """Set when its rows are written."""
    plan_code: UUID | None = None
    """Set where the agreement is a plan, whose visits exist a year ahead."""
    plan_id: int = 0

    @property
    def cells(self) -> int:
        """Promised quarter hours."""
        return self.price.duration_minutes // 15

    def may_be_done_by(self, worker: Worker) -> bool:
        """Whether the cleaner has the skill."""
        skill = _SKILL_OF[self.service]
        return skill is None or skill in worker.skills


class Prices:
    """Makes deals. The second price list is in force from `second_from` on."""

    def __init__(self, rng: Random, *, second_from: date, today: date, start_id: int) -> None:
        self._rng = rng
        self._second_from = second_from
        self._today = today
        self.next_id = start_id

    def deal(self, client: Client, service: str, *, frequency: str, wanted_for: date) -> Deal:
        """Will price a wish some days before it is wanted, but after the customer joined and not in the future."""
        ahead = self._rng.randrange(2, 18)
        booked_on = min(self._today - timedelta(days=1), max(client.joined_on, wanted_for - timedelta(days=ahead)))
        if frequency != "once":
            booked_on = client.joined_on
        is_second = booked_on >= self._second_from
        is_home = service in {"regular", "deep", "special"} and client.wish != "office"
        extras = tuple(self._rng.sample(_EXTRAS, k=1)) if is_home and self._rng.random() < 0.12 else ()
        home = Home(service, client.bedrooms, client.bathrooms, client.square_feet, extras, frequency)
        price = _price(home, is_second)
        return Deal(client, service, frequency, extras, price, 2 if is_second else 1, booked_on)

    def agree(self, deal: Deal) -> None:
        """Will give the deal its number and codes."""
        deal.id, self.next_id = self.next_id, self.next_id + 1
        deal.code, deal.quote_code = random_code(self._rng), random_code(self._rng)


@cache
def _price(home: Home, is_second: bool) -> Price:
    return price_home(home, _rates(is_second))


def _rates(is_second: bool) -> Rates:
    return SECOND_RATES if is_second else FIRST_RATES
