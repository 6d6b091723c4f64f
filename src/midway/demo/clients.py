"""The demo company's customers: homes and offices scattered about the city, and what each of them wishes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from uuid import UUID

from midway.demo.city import Neighbourhood, neighbourhoods
from midway.demo.names import access_note, firm_name, mail_address, person_name, phone_number, street_address
from midway.demo.quarters import random_code

_WISHES = ("weekly", "biweekly", "every_4_weeks", "once", "office")
_SHARES = (16, 45, 17, 12, 10)
"""Offices come weekly too, so that a quarter of all customers do; every other week is the commonest rhythm."""

_PLAN_FOR_EVERY = 3
"""Every third customer at home who stays is on a plan."""

_HOMES = (
    (0, 1, 450, 700),
    (1, 1, 600, 900),
    (2, 1, 800, 1100),
    (2, 2, 950, 1300),
    (3, 2, 1250, 1800),
    (4, 3, 1900, 2900),
)
_HOME_SHARES = (7, 24, 27, 20, 17, 5)


@dataclass(slots=True)
class Client:
    """A customer and the one place we clean for them."""

    id: int
    code: UUID
    premises_code: UUID
    name: str
    email: str
    phone: str
    language: str
    place: Neighbourhood
    latitude: float
    longitude: float
    line1: str
    line2: str
    bedrooms: int
    bathrooms: int
    square_feet: int
    access: str
    wish: str
    times_a_week: int
    joined_on: date
    left_on: date | None
    single_on: date | None = None
    """The day of the latest single visit, so that nobody is cleaned for twice a month out of turn."""

    @property
    def frequency(self) -> str:
        """The rhythm as the price list knows it."""
        return "weekly" if self.wish == "office" else self.wish

    @property
    def is_on_a_plan(self) -> bool:
        """Whether the agreement is a plan, a year ahead; the other recurring customers ask for each visit."""
        return self.id % _PLAN_FOR_EVERY == 1 and self.wish != "office" and self.left_on is None

    def is_with_us(self, day: date) -> bool:
        """Whether visits may fall on this day."""
        return self.joined_on < day and (self.left_on is None or day <= self.left_on)


def sign_up(rng: Random, *, count: int, first: date, today: date) -> Iterator[Client]:
    """Will make up customers, numbered from 1; the first is the one who can sign in."""
    places = neighbourhoods()
    weights = [place.weight for place in places]
    for number in range(count):
        place = rng.choices(places, weights)[0]
        wish = "biweekly" if number == 0 else rng.choices(_WISHES, _SHARES)[0]
        joined_on, left_on = _stay(rng, wish, first=first, today=today)
        if number == 0:
            joined_on, left_on = first - timedelta(days=30), None
        yield _client(rng, number, place=place, wish=wish, joined_on=joined_on, left_on=left_on)


def _client(
    rng: Random, number: int, *, place: Neighbourhood, wish: str, joined_on: date, left_on: date | None
) -> Client:
    is_office = wish == "office"
    bedrooms, bathrooms, least, most = (
        (0, rng.randrange(1, 5), 900, 4500) if is_office else rng.choices(_HOMES, _HOME_SHARES)[0]
    )
    name = firm_name(rng) if is_office else person_name(rng)
    return Client(
        id=number + 1,
        code=random_code(rng),
        premises_code=random_code(rng),
        name=name,
        email="customer@example.com" if number == 0 else mail_address(name, number + 1),
        phone=phone_number(40 + number),
        language="es" if rng.random() < 0.09 else "en",
        place=place,
        latitude=round(place.latitude + rng.gauss(0, 0.004), 5),
        longitude=round(place.longitude + rng.gauss(0, 0.005), 5),
        line1=street_address(rng),
        line2=f"Apt {rng.randrange(1, 40)}" if not is_office and rng.random() < 0.3 else "",
        bedrooms=bedrooms,
        bathrooms=bathrooms,
        square_feet=rng.randrange(least, most, 25),
        access=access_note(rng) if rng.random() < 0.8 else "",
        wish=wish,
        times_a_week=rng.choice((3, 3, 5, 5)) if is_office else 1,
        joined_on=joined_on,
        left_on=left_on,
    )


def _stay(rng: Random, wish: str, *, first: date, today: date) -> tuple[date, date | None]:
    span = (today - first).days
    if wish == "once" or rng.random() < 0.28:
        joined_on = first + timedelta(days=rng.randrange(-10, max(1, span)))
    else:
        joined_on = first - timedelta(days=rng.randrange(7, 700))
    left_on = None
    if wish != "once" and rng.random() < 0.11:
        earliest = (max(joined_on, first) - first).days + 60
        if earliest < span - 5:
            left_on = first + timedelta(days=rng.randrange(earliest, span - 5))
    return joined_on, left_on
