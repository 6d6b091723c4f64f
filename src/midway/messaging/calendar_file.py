"""The calendar file of a visit, which a moved or cancelled visit updates in the customer's calendar."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

CANCELLED = "visit_cancelled"


def calendar_file(
    *, code: UUID, facts: Mapping[str, Any], summary: str, stamped_at: datetime, is_cancelled: bool = False
) -> bytes:
    """Will write an .ics file. Its UID comes from the visit, its sequence from the revision: files update each other.

    `facts` as messages carry them: start, end (ISO), zone, address, manage_url, revision.
    """
    zone = ZoneInfo(str(facts.get("zone") or "UTC"))
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//Midway//midway//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if is_cancelled else "PUBLISH")
    event = Event()
    event.add("uid", f"{code}@midway")
    event.add("dtstamp", stamped_at)
    event.add("dtstart", datetime.fromisoformat(str(facts["start"])).astimezone(zone))
    event.add("dtend", datetime.fromisoformat(str(facts["end"])).astimezone(zone))
    event.add("sequence", int(facts.get("revision") or 0))
    event.add("summary", summary)
    event.add("location", str(facts.get("address", "")))
    event.add("url", str(facts.get("manage_url", "")))
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
