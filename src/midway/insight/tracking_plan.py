"""The tracking plan: which product events there are, what each may say, and nothing besides.

Events come out of the journal, never out of somebody's browser. What is not declared here does not leave the house: no
free text, no name, no address, no code by which a visit could be opened.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Facts = Mapping[str, Any]
Value = int | bool | str


class NotInThePlan(ValueError):
    """What was to be told is not in the tracking plan: it stays here."""


@dataclass(frozen=True)
class Property:
    """One thing an event says: a number, a yes or no, or one of a few fixed words."""

    name: str
    kind: type
    means: str
    words: tuple[str, ...] = ()

    def check(self, value: object) -> None:
        """Raises `NotInThePlan` when this is not what was declared."""
        if type(value) is not self.kind or (self.kind is str and value not in self.words):
            raise NotInThePlan(f"{self.name} is {type(value).__name__}, not what the tracking plan says")


@dataclass(frozen=True)
class TrackedEvent:
    """An event, the journal's word it comes from, and how its properties are read from the facts."""

    name: str
    journal: str
    means: str
    properties: tuple[Property, ...]
    read: Callable[[Facts, datetime], dict[str, Value]]

    def properties_of(self, facts: Facts, at: datetime) -> dict[str, Value]:
        """What is told, checked against the plan. Raises `NotInThePlan`."""
        found = self.read(facts, at)
        declared = {one.name: one for one in self.properties}
        if found.keys() != declared.keys():
            raise NotInThePlan(f"{self.name} would say {', '.join(sorted(found.keys() ^ declared.keys()))}")
        for name, value in found.items():
            declared[name].check(value)
        return found


def _days_between(earlier: datetime, later: object) -> int:
    return max(0, (datetime.fromisoformat(str(later)) - earlier).days)


def _cents(facts: Facts, name: str) -> int:
    return int(facts.get(name) or 0)


_PRICE = Property("price_cents", int, "what the visit costs, in minor units")
_AHEAD = Property("days_ahead", int, "whole days from then to the visit")
_FEE = Property("fee_cents", int, "the fee, in minor units")
_LATE = Property("is_late", bool, "whether it was too late to be free")


PLAN: tuple[TrackedEvent, ...] = (
    TrackedEvent(
        "Visit Booked",
        "booking.visit.booked",
        "somebody booked a visit, alone or as the first of a plan",
        (_PRICE, _AHEAD, Property("is_recurring", bool, "whether a plan began with it")),
        lambda facts, at: {
            "price_cents": _cents(facts, "price_cents"),
            "days_ahead": _days_between(at, facts["start"]),
            "is_recurring": "plan" in facts,
        },
    ),
    TrackedEvent(
        "Visit Rescheduled",
        "booking.visit.rescheduled",
        "a visit was moved to another time",
        (_AHEAD,),
        lambda facts, at: {"days_ahead": _days_between(at, facts["to"])},
    ),
    TrackedEvent(
        "Visit Cancelled",
        "booking.visit.cancelled",
        "a visit was called off",
        (_FEE, _LATE),
        lambda facts, at: {"fee_cents": _cents(facts, "fee_cents"), "is_late": bool(facts.get("is_late"))},
    ),
    TrackedEvent(
        "Visit Rated",
        "booking.visit.rated",
        "a customer said what they thought of a visit",
        (Property("stars", int, "one to five"),),
        lambda facts, at: {"stars": _cents(facts, "stars")},
    ),
    TrackedEvent("Plan Started", "booking.plan.started", "a recurring plan began", (), lambda facts, at: {}),
    TrackedEvent("Plan Paused", "booking.plan.paused", "a plan was interrupted", (), lambda facts, at: {}),
    TrackedEvent("Plan Resumed", "booking.plan.resumed", "a plan goes on", (), lambda facts, at: {}),
    TrackedEvent("Plan Ended", "booking.plan.ended", "a plan came to its end", (), lambda facts, at: {}),
    TrackedEvent(
        "Waiting List Joined", "booking.wish.left", "somebody would take a time that becomes free", (),
        lambda facts, at: {},
    ),
    TrackedEvent(
        "Waiting List Booked", "booking.wish.booked", "somebody who waited took a freed time", (), lambda facts, at: {}
    ),
)  # fmt: skip
BY_JOURNAL = {event.journal: event for event in PLAN}
WHO = Property("by", str, "whose hand it was", ("customer", "office", "program", "midway"))
_HANDS = {"customer": "customer", "user": "office", "program": "program", "system": "midway"}


def whose_hand(actor_kind: str) -> str:
    """The plan's word for the journal's kind of actor."""
    return _HANDS.get(actor_kind, "midway")


def as_text() -> str:
    """The plan for people: `docs/tracking-plan.md`."""
    lines = [
        "<!-- Written by tools/tracking_plan.py from src/midway/insight/tracking_plan.py. -->",
        "# Tracking plan",
        "",
        "What is told to the collector at `SEGMENT_WRITE_KEY`; nothing besides. Every event also says `by`: "
        f"{', '.join(WHO.words)}.",
        "",
        "| event | when | says | from |",
        "| --- | --- | --- | --- |",
    ]
    for event in PLAN:
        says = ", ".join(f"`{one.name}` ({one.means})" for one in event.properties) or "that it happened"
        lines.append(f"| {event.name} | {event.means} | {says} | `{event.journal}` |")
    return "\n".join(lines) + "\n"
