"""A home's size and address, kept with what they were. Another house is another home."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from midway.customers.models import Property

SIZE = ("bedrooms", "bathrooms", "half_baths", "square_feet")
PLACE = ("line1", "line2", "city", "postcode")


@dataclass(frozen=True)
class HomeDetails:
    """Where a home is and how big."""

    line1: str
    postcode: str
    line2: str = ""
    city: str = ""
    bedrooms: int = 1
    bathrooms: int = 1
    half_baths: int = 0
    square_feet: int | None = None


@dataclass(frozen=True)
class KeptHome:
    """The home as it is kept now, and what of it is different."""

    home: Property
    changed: Sequence[str] = ()

    @property
    def is_priced_anew(self) -> bool:
        """Whether something is different that makes its price."""
        return bool({"postcode", *SIZE} & set(self.changed))


def keep_home(*, home: Property, wanted: HomeDetails, now: datetime) -> KeptHome:
    """Will keep what is wanted, in the caller's transaction; the row is locked before.

    The same house stays the same home. At another one, the customer's home there is found or added, without what was
    noted about the way in.
    """
    changed = [name for name in (*PLACE, *SIZE) if getattr(home, name) != getattr(wanted, name)]
    if not changed:
        return KeptHome(home)
    is_other_house = not is_same_house(home, wanted.line1, wanted.postcode)
    kept = _home_at(home, wanted, now=now) if is_other_house else home
    for name in (*PLACE, *SIZE):
        setattr(kept, name, getattr(wanted, name))
    kept.save()
    return KeptHome(kept, changed)


def is_same_house(home: Property, line1: str, postcode: str) -> bool:
    """Whether an address is this home's, however it is written."""
    return (_plain(home.line1), _zip5(home.postcode)) == (_plain(line1), _zip5(postcode))


def _home_at(home: Property, wanted: HomeDetails, *, now: datetime) -> Property:
    for other in Property.objects.filter(customer=home.customer_id).exclude(pk=home.pk).order_by("id"):
        if is_same_house(other, wanted.line1, wanted.postcode):
            return other
    return Property(customer_id=home.customer_id, created_at=now)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _zip5(postcode: str) -> str:
    plain = postcode.replace(" ", "").upper()
    return plain[:5] if len(plain) == 10 and plain[5] == "-" else plain
