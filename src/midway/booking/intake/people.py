"""Whom and which homes we know already, from the books and from the rows before."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from midway.booking.intake.headings import plainly
from midway.booking.intake.row import Person, Place, Row
from midway.booking.models import Visit
from midway.core.timespan import Span
from midway.customers.models import Customer, Property

_TELLING_DIGITS = 9
"""So many last figures of a telephone number tell it apart, however its country is written."""


@dataclass
class Known:
    """Somebody we know: in the books since before, or from a row of this file."""

    name: str
    email: str
    phone: str
    customer_id: int | None = None
    line: int | None = None


@dataclass
class Home:
    """A home we know, and when it is cleaned."""

    property_id: int | None = None
    line: int | None = None
    busy: list[tuple[Span, int | None]] | None = None
    """The visits to come, each with the row it comes from; not looked up yet without."""


@dataclass(frozen=True)
class Match:
    """Who a row speaks of: somebody known or somebody new, and why we think so."""

    person: Known
    is_new: bool
    remarks: list[str] = field(default_factory=list)


class People:
    """Everybody known so far. What is found is only a proposal; `keep` makes it so."""

    def __init__(self) -> None:
        self._by_email: dict[str, Known] = {}
        self._by_phone: dict[str, list[Known]] = {}
        self._by_home: dict[tuple[str, str, str], Known] = {}
        self._homes: dict[tuple[int, str, str], Home] = {}
        by_id: dict[int, Known] = {}
        for pk, name, email, phone in Customer.objects.values_list("pk", "name", "email", "phone"):
            by_id[pk] = Known(name, email.lower(), phone, customer_id=pk)
            self._index(by_id[pk])
        rows = Property.objects.order_by("-pk").values_list("pk", "customer_id", "line1", "postcode")
        for pk, customer_id, line1, postcode in rows:
            self._keep_home(by_id[customer_id], line1, postcode, Home(property_id=pk))

    def match(self, row: Row) -> Match:
        """Will say who a row speaks of: the same e-mail address, else telephone and name, else name and home."""
        person, found = row.person, None
        remarks: list[str] = []
        if person.email and person.email in self._by_email:
            found = self._by_email[person.email]
            why = _("the same e-mail address")
        elif (same := self._same_phone(person)) is not None:
            found, why = same, _("the same telephone number")
        elif (known := self._by_home.get(_home_key(person.name, row.place.line1, row.place.postcode))) is not None:
            found, why = known, _("the same name and home")
        if found is None:
            return Match(Known(person.name, person.email, person.phone, line=row.line), is_new=True)
        remarks.append(_same_person(found, why))
        if plainly(found.name) != plainly(person.name):
            remarks.append(_("The name stays %(name)s.") % {"name": found.name})
        if person.email and found.email != person.email:
            remarks.append(_("The e-mail address stays %(email)s.") % {"email": found.email})
        return Match(found, is_new=False, remarks=remarks)

    def home(self, person: Known, place: Place) -> Home | None:
        """The person's home at this address, where it is known."""
        return self._homes.get((id(person), plainly(place.line1), place.postcode))

    def busy(self, home: Home, *, now: datetime) -> list[tuple[Span, int | None]]:
        """When a home is cleaned from now on."""
        if home.busy is None:
            home.busy = []
            if home.property_id is not None:
                visits = Visit.objects.kept().filter(premises_id=home.property_id, during__endswith__gt=now)
                home.busy += [(Span(v.starts_at, v.ends_at), None) for v in visits]
        return home.busy

    def keep(self, person: Known, row: Row, home: Home) -> None:
        """Will know from now on that this person lives here."""
        self._index(person)
        self._keep_home(person, row.place.line1, row.place.postcode, home)

    def _index(self, person: Known) -> None:
        if person.email:
            self._by_email.setdefault(person.email, person)
        digits = _telling(person.phone)
        if digits and person not in self._by_phone.setdefault(digits, []):
            self._by_phone[digits].append(person)

    def _keep_home(self, person: Known, line1: str, postcode: str, home: Home) -> None:
        self._by_home.setdefault(_home_key(person.name, line1, postcode), person)
        self._homes[(id(person), plainly(line1), postcode)] = home

    def _same_phone(self, person: Person) -> Known | None:
        # A telephone alone is not a person: families and caretakers share one.
        for known in self._by_phone.get(_telling(person.phone), ()):
            if not person.email or plainly(known.name) == plainly(person.name):
                return known
        return None


def _telling(phone: str) -> str:
    digits = "".join(c for c in phone if c.isdigit())
    return digits[-_TELLING_DIGITS:] if len(digits) >= _TELLING_DIGITS else ""


def _home_key(name: str, line1: str, postcode: str) -> tuple[str, str, str]:
    return plainly(name), plainly(line1), postcode


def _same_person(found: Known, why: str) -> str:
    if found.line is not None:
        return _("Taken for the person of line %(line)d: %(why)s.") % {"line": found.line, "why": why}
    return _("Taken for %(name)s, whom we know: %(why)s.") % {"name": found.name, "why": why}
