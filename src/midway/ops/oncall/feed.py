"""The turns as calendar programs read them, at an address of each person's own."""

import datetime as dt
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from midway.accounts.models import User
from midway.core.timespan import Span
from midway.ops.models import Contact
from midway.ops.oncall.roster import Roster, roster

_SALT = "midway on-call feeds"
_SIGNATURE = 32
BACK, AHEAD = dt.timedelta(days=30), dt.timedelta(days=120)


def feed_address(user: User) -> str:
    """The secret address of the turns, for this person."""
    contact = getattr(user, "on_call_contact", None)
    number = contact.feed_number if contact else 1
    return f"{settings.PUBLIC_URL}/on-call/{user.code.hex}{_signature(user.code, number)}.ics"


def owner_of(token: str) -> User | None:
    """Whose address this is: a wrong, an ended one and one of somebody who left look alike."""
    try:
        code = UUID(hex=token[:32])
    except ValueError:
        return None
    user = User.objects.filter(code=code, is_active=True).first()
    number = Contact.objects.filter(user=user).values_list("feed_number", flat=True).first() or 1
    is_right = constant_time_compare(token[32:], _signature(code, number))
    return user if user is not None and is_right and user.is_office else None


def turns_calendar(*, now: dt.datetime, found: Roster | None = None) -> bytes:
    """Will write everybody's turns of the last month and the next four. The same turns give the same bytes."""
    from icalendar import Calendar, Event  # heavy, and asked for once an hour

    found = found or roster()
    calendar = Calendar()
    calendar.add("prodid", "-//Midway//On call//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "On call")
    calendar.add("refresh-interval", dt.timedelta(hours=1), parameters={"VALUE": "DURATION"})
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for turn in found.turns(during=Span(day - BACK, day + AHEAD)):
        who = found.people.get(turn.person)
        event = Event()
        event.add("uid", f"on-call-{turn.start:%Y%m%dT%H%M%S}@midway")
        event.add("dtstamp", turn.start)
        event.add("dtstart", turn.start)
        event.add("dtend", turn.end)
        event.add("summary", f"On call: {who.name if who else 'somebody who left'}")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _signature(code: UUID, number: int) -> str:
    # Who reads the database, or a copy of it, still has no address.
    return salted_hmac(_SALT, f"{code.hex}:{number}", algorithm="sha256").hexdigest()[:_SIGNATURE]
