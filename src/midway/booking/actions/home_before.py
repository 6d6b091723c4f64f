"""How a home stood before a change, and putting it back; in the caller's transaction."""

from collections.abc import Mapping
from typing import Any

from midway.crew.before import ChangedSince
from midway.customers.home import PLACE, SIZE
from midway.customers.models import Property


def home_facts(home: Property, was: Mapping[str, Any]) -> dict[str, Any]:
    """How a home was, and what has become of it, to be kept with the entry of the change."""
    return {"home": {"code": home.code, "was": dict(was), "became": columns_of_home(home)}}


def columns_of_home(home: Property) -> dict[str, Any]:
    """Its size and address."""
    return {name: getattr(home, name) for name in (*PLACE, *SIZE)}


def put_home_back(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Will put a home back as it was, and give how it stood until now. Raises `ChangedSince`."""
    home = Property.objects.select_for_update().get(code=facts["code"])
    stood = columns_of_home(home)
    if stood != facts["became"] or home.customer.erased_at is not None:
        raise ChangedSince(ChangedSince.__doc__)
    for name, value in facts["was"].items():
        setattr(home, name, value)
    home.save(update_fields=list(facts["was"]))
    return home_facts(home, stood)
