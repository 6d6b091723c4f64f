"""What nobody has answered goes up the ladder."""

from datetime import datetime

from midway.ops.actions.incidents.call_people import call_next
from midway.ops.models import Call, Incident
from midway.ops.oncall.roster import Roster


def escalate_due(*, now: datetime, found: Roster) -> list[Call]:
    """Will call whoever is next about each incident nobody has answered in time, the most urgent first."""
    waiting = Incident.objects.filter(closed_at=None, acknowledged_at=None).order_by("priority", "opened_at")
    calls = (call_next(incident=incident, now=now, found=found) for incident in waiting)
    return [call for call in calls if call is not None]
