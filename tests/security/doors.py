"""Every address the product has, with real objects of Dora's where it names one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.urls import get_resolver

from midway.accounts.access import RIGHTS, Access
from midway.accounts.checks import views
from midway.accounts.models import Role

_PART = re.compile(r"<(?:(\w+):)?(\w+)>")
_WORDS = {"int": "1", "str": "2026-03-06", "slug": "regular", "path": "index.html"}


@dataclass(frozen=True)
class Door:
    """An address as a template, and what its view declares."""

    template: str
    access: Access | None

    def opens_to(self, role: str) -> bool:
        """Whether the declaration lets somebody of this role in."""
        assert self.access is not None
        rights = RIGHTS[role]
        match self.access.kind:
            case "office":
                return role in {Role.OWNER, Role.DISPATCHER, Role.SUPPORT} and self.access.rights <= rights
            case "owner":
                return role == Role.OWNER
            case "customer" | "cleaner":
                return self.access.rights <= rights
        return True

    def address(self, codes: dict[str, Any]) -> str:
        """The address with the code that stands for what its words speak of."""

        def fill(found: "re.Match[str]") -> str:
            kind, name = found[1] or "str", found[2]
            if kind != "uuid":
                return _WORDS[kind]
            before = self.template[: found.start()].rstrip("/").rpartition("/")[2]
            return str(codes.get(name) or codes.get(before) or uuid4())

        return _PART.sub(fill, self.template)


def doors() -> Iterator[Door]:
    """All addresses that are ours, the API's aside: it declares scopes, which its own tests hold it to."""
    for address, name, view in views(get_resolver().url_patterns):
        access = getattr(view, "access", None)
        if name.startswith("midway.") and isinstance(access, Access) and "(?" not in address:
            yield Door(address.replace("^", ""), access)
