"""A messy spreadsheet, made from a seed: how companies really keep their customers, and what is wrong with each row."""

import csv
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

HEADINGS = (
    "Customer Name", "E-Mail", "Cell Phone", "Street Address", "City", "ZIP", "Beds", "Baths", "Entry notes",
    "Service Type", "How often", "Day", "Start time", "Last clean", "Next clean", "Rate", "Cleaner", "Comments",
)  # fmt: skip
DAYS = ("Monday", "Tue", "miércoles", "Thursday", "fri")
FREQUENCIES = ("weekly", "Bi-Weekly", "every other week", "quincenal", "every 3 weeks", "every 4 weeks", "Monthly")
SERVICES = ("Regular clean", "standard", "Deep clean", "regular", "")
NAMES = ("Ann", "Béatrice", "Chloé", "Diego", "Eñe", "Fay", "Gus", "Hugo", "Inés", "Jörg", "Kim", "Lou", "Mia", "Noël")


@dataclass
class Messy:
    """The sheet, and by line what must become of it: "loaded", "unchanged", or the field of the first reason."""

    rows: list[Sequence[str]] = field(default_factory=list)
    wanted: dict[int, str] = field(default_factory=dict)

    def add(self, cells: Sequence[str], becomes: str) -> None:
        self.rows.append(cells)
        self.wanted[len(self.rows) + 1] = becomes

    def as_bytes(self, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
        written = io.StringIO()
        csv.writer(written, delimiter=delimiter).writerows([HEADINGS, *self.rows])
        return written.getvalue().encode(encoding)


def messy_sheet(*, rows: int, seed: int, today: date, postcode: str, style: str = "%m/%d/%Y") -> Messy:
    """One row in ten is bad in one of the usual ways; each of the others is a home of its own."""
    sheet, chance = Messy(), random.Random(seed)
    good: list[list[str]] = []
    # A date that can be read in one way only, so that the others can be read.
    while len(sheet.rows) < rows:
        number = len(sheet.rows)
        row = _row(number, chance, today=today, postcode=postcode, style=style)
        if number % 10 != 9 or not good:
            good.append(row)
            sheet.add(row, "loaded")
            continue
        spoil = SPOILERS[number // 10 % len(SPOILERS)]
        cells, becomes = spoil(row, chance.choice(good), today)
        sheet.add(cells, becomes)
    return sheet


def _row(number: int, chance: random.Random, *, today: date, postcode: str, style: str) -> list[str]:
    weekday = number % 5
    name = f"{chance.choice(NAMES)} Family {number}"
    next_on = today + timedelta(days=7 + (weekday - today.weekday()) % 7 + 7 * chance.randrange(3))
    every = chance.choice(FREQUENCIES)
    return [
        name,
        f"Family{number}@Example.com" if number % 3 else f"<family{number}@example.com>",
        _phone(number, chance),
        f"{number + 1} Cedar Street",
        "Baltimore",
        postcode,
        str(chance.randrange(1, 3)),
        f"{chance.randrange(1, 2)}",
        "Key under the pot; door 12#",
        chance.choice(SERVICES[:2]),
        every,
        DAYS[weekday],
        ("8:00 AM", "10:30", "1 pm", "15h")[number // 5 % 4],
        (next_on - timedelta(days=84)).strftime(style),
        next_on.strftime(style),
        chance.choice(("$120.00", "95", "1.050,00", "")),
        chance.choice(("", "Crew 1", "Nobody We Know")),
        chance.choice(("", "Has a dog", "=1+1")),
    ]


def _phone(number: int, chance: random.Random) -> str:
    digits = f"{410 + number // 9000}5{55 + number // 1000 % 40:02d}{number % 10000:04d}"[:10]
    area, middle, end = digits[:3], digits[3:6], digits[6:]
    return chance.choice((f"({area}) {middle}-{end}", f"+1 {area} {middle} {end}", f"{area}.{middle}.{end}", ""))


def _with(row: list[str], **cells: str) -> list[str]:
    changed = list(row)
    for name, value in cells.items():
        changed[{"name": 0, "email": 1, "phone": 2, "line1": 3, "postcode": 5, "service": 9, "frequency": 10,
                 "day": 11, "time": 12, "last": 13, "next": 14, "price": 15}[name]] = value  # fmt: skip
    return changed


SPOILERS = (
    lambda row, _good, _today: (_with(row, service="Carpet rinse"), "service"),
    lambda row, _good, _today: (_with(row, email="no at sign"), "email"),
    lambda _row, good, _today: (list(good), "unchanged"),
    lambda row, _good, _today: (_with(row, time="22:00"), "time"),
    lambda row, _good, _today: (_with(row, postcode="99999"), "postcode"),
    lambda _row, good, _today: (_with(good, price="77"), "frequency"),
    lambda row, _good, _today: (_with(row, frequency="now and then"), "frequency"),
    lambda row, _good, _today: (_with(row, next="31/31/2026"), "next_on"),
    lambda row, _good, _today: (_with(row, time="10:10"), "time"),
    lambda row, _good, _today: (_with(row, email="", phone=""), "email"),
    lambda row, _good, _today: (_with(row, phone="call her"), "phone"),
    lambda row, _good, _today: (_with(row, day="Caturday"), "weekday"),
    lambda row, _good, _today: (_with(row, price="free"), "price"),
)
