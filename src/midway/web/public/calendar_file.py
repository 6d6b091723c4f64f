"""A visit as an iCalendar file, with the time zone's own rules in it so that no calendar program has to guess."""

import datetime as dt

from django.utils.translation import gettext as _

from midway.booking.models import Visit
from midway.core.visit_states import VisitState
from midway.web.public.words import service_name


def calendar_file(visit: Visit, *, address: str, moment: dt.datetime) -> bytes:
    """Will write the visit. Its identity and revision stay the same over changes, so an import updates the entry."""
    zone = visit.branch.zoneinfo
    start, end = visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)
    from icalendar import Calendar, Event, Timezone, vText

    calendar = Calendar()
    calendar.add("prodid", "-//Midway//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(
        Timezone.from_tzinfo(zone, first_date=dt.date(start.year - 1, 1, 1), last_date=dt.date(start.year + 2, 1, 1))
    )
    event = Event()
    event.add("uid", f"{visit.code}@midway")
    event.add("dtstamp", moment)
    event.add("dtstart", start)
    event.add("dtend", end)
    event.add("sequence", visit.revision)
    event.add("summary", service_name(visit.service))
    home = visit.premises
    town = f"{home.city} {home.postcode}".strip()
    event["location"] = vText(f"{home.line1}, {town}")
    event.add("description", _("Change or cancel: %(address)s") % {"address": address})
    event.add("url", address)
    called_off = visit.state in {VisitState.CANCELLED, VisitState.CANCELLED_LATE}
    event.add("status", "CANCELLED" if called_off else "CONFIRMED")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
