"""One row of the spreadsheet in our words: who, where, and which visits again and again."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

import orjson
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from midway.booking.intake.dates import DateStyle, day_with_year, readings
from midway.booking.intake.words import (
    Rhythm,
    cents_in,
    clock_in,
    language_in,
    minutes_in,
    phone_in,
    rhythm_in,
    weekdays_in,
    whole_in,
)


@dataclass(frozen=True)
class Reason:
    """Why a row is refused, and what mends it; `field` is where, as `headings.FIELDS` names it."""

    field: str
    problem: str
    mend: str


@dataclass(frozen=True)
class Person:
    """Who is spoken of, as far as the row tells."""

    name: str
    email: str = ""
    phone: str = ""
    language: str = "en"
    notes: str = ""


@dataclass(frozen=True)
class Place:
    """Where they live; what is not told of the home's size is zero."""

    line1: str
    postcode: str
    line2: str = ""
    city: str = ""
    bedrooms: int = 1
    bathrooms: int = 1
    square_feet: int | None = None
    access_notes: str = ""


@dataclass(frozen=True)
class Wish:
    """The visits of a row, as far as it can be understood without looking at the calendar."""

    rhythm: Rhythm
    weekdays: frozenset[int]
    clock: time
    service: str
    last_on: date | None = None
    next_on: date | None = None
    until_on: date | None = None
    price_cents: int | None = None
    duration_minutes: int | None = None
    cleaner: str = ""
    notes: str = ""


@dataclass(frozen=True)
class Row:
    """A row that could be read."""

    line: int
    person: Person
    place: Place
    wish: Wish | None = None
    remarks: Sequence[str] = ()
    fingerprint: str = field(default="", compare=False)


@dataclass(frozen=True)
class Reader:
    """What rows are read with: how the file writes dates, where its telephones are."""

    style: DateStyle
    region: str

    def read(self, line: int, said: Mapping[str, str]) -> Row | list[Reason]:
        """Will read a row's answers, or say everything that is wrong with them."""
        reading = _Reading(self, said)
        person, place, wish = reading.person(), reading.place(), reading.wish()
        if reading.reasons:
            return reading.reasons
        row = Row(line, person, place, wish, tuple(reading.remarks))
        return Row(**{**vars(row), "fingerprint": fingerprint_of(row)})


def fingerprint_of(row: Row) -> str:
    """What a row says, however it is written, as a short text; the same row has the same one in every file."""
    meant: list[dict[str, Any] | None] = [vars(row.person), vars(row.place), None]
    if row.wish is not None:
        wish = row.wish
        meant[2] = {**vars(wish), "rhythm": vars(wish.rhythm), "weekdays": sorted(wish.weekdays)}
    return hashlib.sha256(orjson.dumps(meant, option=orjson.OPT_SORT_KEYS)).hexdigest()


_POSTCODE_AT_END = re.compile(r"^(.*?)[,\s]+(?:([^,]+?),?\s+)?(?:[A-Z]{2}\.?\s+)?(\d{5}(?:-\d{4})?)$")


class _Reading:
    """One row being read: the answers so far, and what was found wrong."""

    def __init__(self, reader: Reader, said: Mapping[str, str]) -> None:
        self.reader, self.said = reader, said
        self.reasons: list[Reason] = []
        self.remarks: list[str] = []

    def refuse(self, field: str, problem: str, mend: str) -> None:
        self.reasons.append(Reason(field, problem, mend))

    def person(self) -> Person:
        said = self.said
        name = said.get("name") or f"{said.get('first_name', '')} {said.get('last_name', '')}".strip()
        if "," in name and name.count(",") == 1 and "name" in said:
            name = " ".join(part.strip() for part in reversed(name.split(",")))
        name = " ".join(name.split())
        if not name:
            self.refuse("name", _("There is no name."), _("Write the customer's name."))
        self._too_long("name", name, 120)
        return Person(
            name=name,
            email=self._email(),
            phone=self._phone(),
            language=language_in(said.get("language", "")),
            notes=said.get("customer_notes", ""),
        )

    def _email(self) -> str:
        said = self.said.get("email", "").strip()
        if not said:
            return ""
        inner = re.search(r"<([^>]+)>", said)
        found = (inner[1] if inner else re.split(r"[;,/ ]+", said)[0]).removeprefix("mailto:")
        try:
            validate_email(found)
        except ValidationError:
            self.refuse(
                "email",
                _("%(said)s is not an e-mail address.") % {"said": _quoted(said)},
                _("Correct the address; it looks like name@example.com."),
            )
        return found.lower()

    def _phone(self) -> str:
        said = self.said.get("phone", "")
        found = phone_in(said, region=self.reader.region) if said else ""
        if found is None:
            self.refuse(
                "phone",
                _("%(said)s is not a telephone number.") % {"said": _quoted(said)},
                _("Write the whole number with its area code, or leave it empty."),
            )
        return found or ""

    def place(self) -> Place:
        said = self.said
        line1, city, postcode = said.get("line1", ""), said.get("city", ""), said.get("postcode", "")
        if line1 and not postcode:
            whole = _POSTCODE_AT_END.match(" ".join(line1.split()))
            if whole:
                line1, city, postcode = whole[1].rstrip(", "), city or (whole[2] or ""), whole[3]
        if not line1:
            self.refuse("line1", _("There is no address."), _("Write the street and number."))
        if not postcode:
            self.refuse("postcode", _("There is no postcode."), _("Add the postcode of the home."))
        self._too_long("line1", line1, 160)
        return Place(
            line1=" ".join(line1.split()),
            postcode=postcode.removesuffix(".0"),
            line2=said.get("line2", "")[:160],
            city=city[:80],
            bedrooms=self._whole("bedrooms", most=20),
            bathrooms=self._whole("bathrooms", most=20),
            square_feet=self._whole("square_feet", most=20_000, otherwise=0) or None,
            access_notes=said.get("access_notes", ""),
        )

    def _whole(self, field: str, *, most: int, otherwise: int = 1) -> int:
        said = self.said.get(field, "")
        if not said:
            return otherwise
        found = whole_in(said, most=most)
        if found is None:
            self.refuse(
                field,
                _("%(said)s is not a number up to %(most)d.") % {"said": _quoted(said), "most": most},
                _("Write a whole number, or leave it empty."),
            )
        return found or 0

    def wish(self) -> Wish | None:
        """The visits, where the row speaks of any."""
        said = self.said
        if not said.get("frequency"):
            asked = [field for field in ("weekday", "time", "next_on") if said.get(field)]
            if asked and said.get("service"):
                self.remarks.append(_("It does not say how often we come: only the customer and the home are kept."))
            return None
        found = rhythm_in(said["frequency"])
        if found is None:
            self.refuse(
                "frequency",
                _("%(said)s is no rhythm we know.") % {"said": _quoted(said["frequency"])},
                _("Write weekly, every 2 weeks, every 4 weeks, monthly, or once."),
            )
            return None
        rhythm, named = found
        if not rhythm.every and not (said.get("next_on") and said.get("time")):
            text = _(
                "A single clean needs the date and time it is agreed for: only the customer and the home are kept."
            )
            self.remarks.append(text)
            return None
        weekdays, clock = self._weekdays(named), self._clock()
        days = [self._day(field, weekdays) for field in ("last_on", "next_on", "until_on")]
        price, minutes = self._price(), self._minutes()
        if clock is None or self.reasons:
            return None
        return Wish(
            rhythm=rhythm,
            weekdays=weekdays,
            clock=clock,
            service=said.get("service", ""),
            last_on=days[0],
            next_on=days[1],
            until_on=days[2],
            price_cents=price,
            duration_minutes=minutes,
            cleaner=said.get("cleaner", ""),
            notes=said.get("notes", ""),
        )

    def _weekdays(self, named: frozenset[int]) -> frozenset[int]:
        said = self.said.get("weekday", "")
        if not said:
            return named
        found = weekdays_in(said)
        if found is None:
            self.refuse(
                "weekday",
                _("%(said)s is no day of the week.") % {"said": _quoted(said)},
                _("Write a day such as Tuesday, or two as Monday, Thursday."),
            )
        return found or named

    def _clock(self) -> time | None:
        said = self.said.get("time", "")
        found = clock_in(said) if said else None
        if found is None:
            problem = _("There is no time.") if not said else _("%(said)s is no time of day.") % {"said": _quoted(said)}
            self.refuse("time", problem, _("Write the time the visit starts, such as 9:00 or 1:30 pm."))
        return found

    def _day(self, field: str, weekdays: frozenset[int]) -> date | None:
        said = self.said.get(field, "")
        if not said:
            return None
        found = readings(said)
        day = found.by(self.reader.style, weekdays)
        if day is None and found.us and found.european:
            self.refuse(
                field,
                _("%(said)s can be read in two ways, and this file writes dates in both.") % {"said": _quoted(said)},
                _("Write %(one)s for %(day)s, %(other)s for %(other_day)s.")
                % {
                    "one": found.us.isoformat(),
                    "day": day_with_year(found.us),
                    "other": found.european.isoformat(),
                    "other_day": day_with_year(found.european),
                },
            )
        elif day is None:
            self.refuse(
                field,
                _("%(said)s is no date.") % {"said": _quoted(said)},
                _("Write the date as 2026-03-31."),
            )
        return day

    def _price(self) -> int | None:
        said = self.said.get("price", "")
        found = cents_in(said) if said else None
        if said and found is None:
            self.refuse(
                "price",
                _("%(said)s is no price.") % {"said": _quoted(said)},
                _("Write the price of one visit, such as 120.00, or leave it empty for the price list's."),
            )
        return found

    def _minutes(self) -> int | None:
        said = self.said.get("duration", "")
        found = minutes_in(said) if said else None
        if said and found is None:
            self.refuse(
                "duration",
                _("%(said)s is no length of a visit.") % {"said": _quoted(said)},
                _("Write hours or minutes, such as 2.5 or 150, or leave it empty."),
            )
        return found

    def _too_long(self, field: str, text: str, most: int) -> None:
        if len(text) > most:
            self.refuse(field, _("This is longer than %(most)d letters.") % {"most": most}, _("Write it shorter."))


def _quoted(text: str) -> str:
    return f"“{text[:60]}”"
