"""What is done in an incident: say what happens, assess it anew, hand it over."""

from datetime import datetime

from midway.accounts.models import User
from midway.core.actor import Actor
from midway.core.triage import Impact, Severity
from midway.ops.actions import reason_given
from midway.ops.actions.incidents import NoSuchIncident, note
from midway.ops.incidents.triage import triage
from midway.ops.models import Incident, TimelineEntry
from midway.runtime.database import one_transaction

LONGEST_NOTE = 4000


def open_one(incident: Incident) -> Incident:
    """The incident, locked. Raises `NoSuchIncident` when it was closed."""
    row = Incident.objects.select_for_update().filter(pk=incident.pk, closed_at=None).first()
    if row is None:
        raise NoSuchIncident(NoSuchIncident.__doc__)
    return row


@one_transaction
def write_note(*, incident: Incident, text: str, by: Actor, now: datetime) -> TimelineEntry:
    """Will add to the timeline, also after the incident was closed. Raises `ReasonMissing` without words."""
    reason_given(text)
    return note(incident, "noted", text.strip()[:LONGEST_NOTE], by=by, at=now)


@one_transaction
def assess_incident(*, incident: Incident, severity: Severity, impact: Impact, by: Actor, now: datetime) -> Incident:
    """Will say how bad it is and whom it touches; how urgent follows by the table. Raises `NoSuchIncident`."""
    row = open_one(incident)
    before, priority = row.priority, triage().priority_of(severity, impact)
    row.assess(severity=severity, impact=impact, priority=priority)
    row.save(update_fields=["severity", "impact", "priority"])
    words = f"{severity.value}, touches {impact.value}: priority {int(priority)} (was {before})."
    note(row, "assessed", words, by=by, at=now, facts={"before": before, "after": int(priority)})
    return row


@one_transaction
def hand_over_incident(*, incident: Incident, owner: User, by: Actor, now: datetime) -> Incident:
    """Will give it to somebody else. Raises `NoSuchIncident`."""
    row = open_one(incident)
    row.acknowledge(owner=owner, at=now)
    row.save(update_fields=["acknowledged_at", "owner"])
    note(row, "handed-over", f"{owner.name} has it now.", by=by, at=now)
    return row
