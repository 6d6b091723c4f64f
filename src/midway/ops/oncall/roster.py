"""The roster: who takes turns, who took over what, and how everybody is reached.

It is also kept in a file of the data folder, so that somebody can be called while the database is away.
"""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from midway.accounts.access import Right, has_right
from midway.accounts.models import User
from midway.core import oncall
from midway.core.oncall import Override, Rotation, Turn
from midway.core.timespan import Span
from midway.core.triage import Triage, triage_from
from midway.crew.models import Branch, Holiday
from midway.customers.reach import international
from midway.ops.incidents.triage import triage
from midway.ops.models import Contact, OnCallRotation, TakeOver
from midway.runtime.sealing import seal, unseal

FILE = "ops/on-call.json"
_PURPOSE = "on-call addresses"


@dataclass(frozen=True)
class Reach:
    """Somebody who can be called, and how."""

    id: int
    name: str
    email: str
    language: str
    phone: str = ""
    chat: str = ""

    @property
    def ways(self) -> str:
        """In one word each: mail, sms, chat."""
        return " ".join(word for word, has in (("mail", self.email), ("sms", self.phone), ("chat", self.chat)) if has)


@dataclass(frozen=True)
class Roster:
    """All of it, at hand."""

    rotations: tuple[Rotation, ...] = ()
    overrides: tuple[Override, ...] = ()
    people: Mapping[int, Reach] = field(default_factory=dict)
    last_resort: tuple[int, ...] = ()
    """Those who are called when nobody of the rotation answers, or when there is none."""
    triage: Triage = field(default_factory=Triage)
    """How urgent things are, and how long whoever is called has."""
    zone: ZoneInfo = ZoneInfo("UTC")  # noqa: RUF009 - it never changes
    """The company's time, by which people are told when it was."""

    def on_call(self, *, at: datetime) -> Reach | None:
        """Whose turn it is, if they can still be reached."""
        person = oncall.on_call(self.rotations, self.overrides, at=at)
        return self.people.get(person) if person is not None else None

    def ladder(self, *, at: datetime) -> list[Reach]:
        """Whom to call, one after the other."""
        order = dict.fromkeys((*oncall.ladder(self.rotations, self.overrides, at=at), *self.last_resort))
        return [self.people[person] for person in order if person in self.people]

    def turns(self, *, during: Span) -> list[Turn]:
        """Whose turn it is in every moment."""
        return oncall.turns(self.rotations, self.overrides, during=during)


def roster() -> Roster:
    """The roster as it stands in the database."""
    holidays = frozenset(Holiday.objects.values_list("on", flat=True))
    rotations = OnCallRotation.objects.prefetch_related("places").order_by("begins_at")
    users = list(User.objects.filter(is_active=True).select_related("on_call_contact").order_by("id"))
    zone = company_zone()
    return Roster(
        rotations=tuple(one.as_rule(holidays=holidays) for one in rotations if one.places.all()),
        overrides=tuple(one.as_rule() for one in TakeOver.objects.filter(withdrawn_at=None).order_by("during")),
        people={user.pk: _reach(user, zone.key) for user in users if user.is_office},
        last_resort=tuple(user.pk for user in users if has_right(user, Right.SEE_SYSTEM)),
        triage=triage(),
        zone=zone,
    )


def company_zone() -> ZoneInfo:
    """The first branch's time, in which the company lives."""
    return ZoneInfo(Branch.objects.order_by("id").values_list("zone", flat=True).first() or "UTC")


def _reach(user: User, zone: str) -> Reach:
    contact: Contact | None = getattr(user, "on_call_contact", None)
    return Reach(
        user.pk,
        user.name,
        user.email,
        user.language,
        phone=international(contact.phone, zone=zone) if contact else "",
        chat=contact.chat if contact else "",
    )


def write_roster(data: Path, found: Roster) -> None:
    """Will keep it in the data folder, readable by nobody else, whole or not at all."""
    path = data / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(_as_json(found)))
    beside.replace(path)


def kept_roster(data: Path) -> Roster:
    """The roster as it was when the database was last there; an empty one where none was kept."""
    try:
        return _from_json(orjson.loads((data / FILE).read_bytes()))
    except (OSError, ValueError, KeyError):
        return Roster()


def _as_json(found: Roster) -> dict[str, Any]:
    return {
        "rotations": [
            {
                "people": one.people,
                "starts_on": one.starts_on.isoformat(),
                "hand_over": one.hand_over.isoformat(),
                "zone": one.zone.key,
                "turn_days": one.turn_days,
                "holidays": sorted(day.isoformat() for day in one.holidays),
            }
            for one in found.rotations
        ],
        "overrides": [
            {"person": one.person, "start": one.span.start.isoformat(), "end": one.span.end.isoformat()}
            for one in found.overrides
        ],
        "people": [
            {**asdict(one), "chat": seal(one.chat, purpose=_PURPOSE) if one.chat else ""}
            for one in found.people.values()
        ],
        "last_resort": found.last_resort,
        "triage": found.triage.as_json(),
        "zone": found.zone.key,
    }


def _from_json(said: dict[str, Any]) -> Roster:
    people = [
        Reach(**{**one, "chat": unseal(one["chat"], purpose=_PURPOSE) if one["chat"] else ""}) for one in said["people"]
    ]
    return Roster(
        rotations=tuple(
            Rotation(
                tuple(one["people"]),
                date.fromisoformat(one["starts_on"]),
                time.fromisoformat(one["hand_over"]),
                ZoneInfo(one["zone"]),
                one["turn_days"],
                frozenset(map(date.fromisoformat, one["holidays"])),
            )
            for one in said["rotations"]
        ),
        overrides=tuple(
            Override(one["person"], Span(datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"])))
            for one in said["overrides"]
        ),
        people={one.id: one for one in people},
        last_resort=tuple(said["last_resort"]),
        # Neither stands in what a release before kept.
        triage=triage_from(said["triage"]) if "triage" in said else Triage(),
        zone=ZoneInfo(said.get("zone", "UTC")),
    )
