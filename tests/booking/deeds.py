"""What the tests of booking have in common: an order, a visit on the stage, and what was told and written."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tests.cast import Cast, at, make_quote, make_visit

from midway.booking.actions import Address, BookingOrder, Contact
from midway.booking.models import Quote, Visit
from midway.core.actor import VISITOR
from midway.crew.models import Cleaner, Commitment
from midway.journal.queries import history_of
from midway.messaging.models import OutboxMessage

EVA = Contact(name="Eva", email="eva@example.com", phone="410-555-0130")
ATTIC = Address(line1="7 Attic Lane", postcode="21201", city="Baltimore", access_notes="Door code 4711")
CUSTOMER = VISITOR


def order(quote: Quote, start: datetime, **fields: Any) -> BookingOrder:
    return BookingOrder(**{"quote": quote, "start": start, "contact": EVA, "address": ATTIC, **fields})


def regular_quote(cast: Cast, **fields: Any) -> Quote:
    """Two hours for one cleaner."""
    return make_quote(price_list=cast.price_list, service=cast.regular, **{"duration_minutes": 120, **fields})


def deep_quote(cast: Cast, **fields: Any) -> Quote:
    """Three hours for a team of two who have the skill."""
    return make_quote(price_list=cast.price_list, service=cast.deep, **{"duration_minutes": 180, **fields})


def visit_at(cast: Cast, clock: str | datetime, *cleaners: Cleaner, **fields: Any) -> Visit:
    """A visit of two hours at Dora's flat for 100 dollars."""
    start = at(clock) if isinstance(clock, str) else clock
    return make_visit(
        premises=cast.flat,
        price_list=cast.price_list,
        service=cast.regular,
        start=start,
        cleaners=cleaners,
        **{"minutes": 120, "price_cents": 10_000, **fields},
    )


def set_rules(cast: Cast, **rules: Any) -> None:
    """Will give the branch other rules."""
    for name, value in rules.items():
        setattr(cast.branch, name, value)
    cast.branch.save()


def whereabouts(cleaner: Cleaner) -> list[tuple[str, str, str]]:
    """A cleaner's commitments in order: kind, start and end on the clock of New York."""
    zone = cleaner.branch.zoneinfo
    rows = Commitment.objects.filter(cleaner=cleaner, active=True).order_by("during")
    return [
        (c.kind, f"{c.during.lower.astimezone(zone):%H:%M}", f"{c.during.upper.astimezone(zone):%H:%M}") for c in rows
    ]


def events_of(code: UUID) -> list[str]:
    """What the journal says of it, oldest first."""
    return [entry.event for entry in reversed(history_of(code))]


def told(template: str) -> list[OutboxMessage]:
    """The messages of this kind in the outbox."""
    return list(OutboxMessage.objects.filter(template=template).order_by("id"))


def everything_of(visit: Visit) -> tuple[object, ...]:
    """All that must not change when a change is refused."""
    visit = Visit.objects.get(pk=visit.pk)
    return (
        visit.during,
        visit.state,
        visit.revision,
        visit.cleaners_missing,
        sorted(visit.assignments.values_list("cleaner_id", "active", "commitment_id")),
        sorted(Commitment.objects.filter(active=True).values_list("id", "cleaner_id", "reference")),
        events_of(visit.code),
        OutboxMessage.objects.count(),
    )
