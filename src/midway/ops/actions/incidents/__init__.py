"""The deeds of an incident, from its opening to what was learned."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from midway.core.actor import Actor
from midway.journal.actions import record
from midway.ops.models import Incident, TimelineEntry


class NoSuchIncident(LookupError):
    """There is no open incident of that code: see midway incident list."""


def note(
    incident: Incident, kind: str, text: str, *, by: Actor, at: datetime, facts: Mapping[str, Any] | None = None
) -> TimelineEntry:
    """Will add one line to the timeline, and say so in the journal."""
    record(event=f"ops.incident.{kind}", subject=incident.code, by=by, at=at, facts={"title": incident.title})
    return TimelineEntry.objects.create(
        incident=incident, at=at, kind=kind, by_label=by.label[:120], text=text, facts=dict(facts or {})
    )
