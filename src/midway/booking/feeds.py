"""Calendar feeds: one secret address for each customer and each cleaner, and what a calendar program reads there."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch, Q
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from midway.booking.models import Assignment, CalendarFeed, Visit
from midway.booking.notifications import manage_url
from midway.core.visit_states import OCCUPIES_CALENDAR
from midway.crew.models import Area, Cleaner
from midway.customers.models import Customer

if TYPE_CHECKING:
    from icalendar import Event

_SALT = "midway calendar feeds"
_SIGNATURE = 32
BACK = dt.timedelta(days=60)
"""So far back a feed reaches; forward it reaches as far as there are visits."""


@dataclass(frozen=True)
class FeedFile:
    """What stands at a feed's address, and the mark by which a program asks whether it is still the same."""

    content: bytes
    etag: str


def customer_feed_address(customer: Customer) -> str:
    """The secret address of a customer's visits; made when it is asked for first."""
    feed, _is_new = CalendarFeed.objects.get_or_create(customer=customer, revoked_at=None)
    return _address(feed)


def cleaner_feed_address(cleaner: Cleaner) -> str:
    """The secret address of a cleaner's visits; made when it is asked for first."""
    feed, _is_new = CalendarFeed.objects.get_or_create(cleaner=cleaner, revoked_at=None)
    return _address(feed)


def has_feed(owner: Customer | Cleaner) -> bool:
    """Whether an address was made for them that was not ended."""
    return owner.calendar_feeds.filter(revoked_at__isnull=True).exists()


def feed_by_token(token: str) -> CalendarFeed | None:
    """The feed a token opens, or nothing: a wrong, a changed and a revoked one look alike."""
    code, signature = token[:32], token[32:]
    try:
        wanted = UUID(hex=code)
    except ValueError:
        return None
    if not constant_time_compare(signature, _signature(wanted)):
        return None
    feeds = CalendarFeed.objects.select_related("customer", "cleaner__branch")
    return feeds.filter(code=wanted, revoked_at__isnull=True).first()


def feed_file(feed: CalendarFeed, *, now: dt.datetime) -> FeedFile:
    """Will write a feed. The same visits give the same bytes; a fixed number of queries."""
    with override(feed.owner.language):
        if feed.customer is not None:
            events, visits = _customer_events(feed.customer, now=now)
            name = _("Your cleans")
        else:
            assert feed.cleaner is not None
            events, visits = _cleaner_events(feed.cleaner, now=now)
            name = _("My visits")
    content = _calendar(name, events, visits)
    return FeedFile(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def _address(feed: CalendarFeed) -> str:
    return f"{settings.PUBLIC_URL}/calendar/{feed.code.hex}{_signature(feed.code)}.ics"


def _signature(code: UUID) -> str:
    # Who reads the database, or a copy of it, still has no address.
    return salted_hmac(_SALT, code.hex, algorithm="sha256").hexdigest()[:_SIGNATURE]


def _customer_events(customer: Customer, *, now: dt.datetime) -> "tuple[list[Event], list[Visit]]":
    visits = list(
        Visit.objects.filter(customer=customer, during__endswith__gt=now - BACK)
        .select_related("branch", "service", "premises")
        .order_by("during", "id")
    )
    events = []
    for visit in visits:
        home = visit.premises
        event = _event(visit, summary=_service_name(visit), is_kept=visit.state in OCCUPIES_CALENDAR)
        event.add("location", ", ".join(part for part in (home.line1, f"{home.city} {home.postcode}".strip()) if part))
        event.add("description", _("Change or cancel: %(address)s") % {"address": manage_url(visit.code)})
        event.add("url", manage_url(visit.code))
        events.append(event)
    return events, visits


def _cleaner_events(cleaner: Cleaner, *, now: dt.datetime) -> "tuple[list[Event], list[Visit]]":
    own = Assignment.objects.filter(cleaner=cleaner)
    visits = list(
        Visit.objects.filter(Q(pk__in=own.values("visit_id")), during__endswith__gt=now - BACK)
        .select_related("branch", "service", "premises", "customer")
        .prefetch_related(Prefetch("assignments", queryset=own, to_attr="mine"))
        .order_by("during", "id")
    )
    areas = dict(Area.objects.filter(branch=cleaner.branch).values_list("postcode", "name"))
    events = []
    for visit in visits:
        mine: Sequence[Assignment] = visit.mine  # type: ignore[attr-defined] # named in the prefetch
        is_kept = visit.state in OCCUPIES_CALENDAR and any(a.active for a in mine)
        area = areas.get(visit.premises.postcode, visit.premises.city)
        # A calendar lies open on many a kitchen table: no surname, no street, no way in.
        first_name = (visit.customer.name.split() or [""])[0]
        events.append(_event(visit, summary=" · ".join(part for part in (first_name, area) if part), is_kept=is_kept))
    return events, visits


def _event(visit: Visit, *, summary: str, is_kept: bool) -> "Event":
    from icalendar import Event

    zone = visit.branch.zoneinfo
    event = Event()
    event.add("uid", f"{visit.code}@midway")
    event.add("dtstamp", visit.created_at)
    event.add("dtstart", visit.starts_at.astimezone(zone))
    event.add("dtend", visit.ends_at.astimezone(zone))
    event.add("sequence", visit.revision)
    event.add("summary", summary)
    event.add("status", "CONFIRMED" if is_kept else "CANCELLED")
    event.add("transp", "OPAQUE" if is_kept else "TRANSPARENT")
    return event


def _calendar(name: str, events: "Sequence[Event]", visits: Sequence[Visit]) -> bytes:
    from icalendar import Calendar, Timezone

    calendar = Calendar()
    calendar.add("prodid", "-//Midway//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", dt.timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for zone in sorted({visit.branch.zone for visit in visits}):
        of_zone = [visit for visit in visits if visit.branch.zone == zone]
        first, last = of_zone[0].starts_at.date(), max(visit.ends_at for visit in of_zone).date()
        calendar.add_component(
            Timezone.from_tzinfo(
                of_zone[0].branch.zoneinfo,
                first_date=dt.date(first.year - 1, 1, 1),
                last_date=dt.date(last.year + 2, 1, 1),
            )
        )
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _service_name(visit: Visit) -> str:
    service = visit.service
    return service.name_es if (get_language() or "").startswith("es") and service.name_es else service.name
