"""A customer or a cleaner says that something does not work."""

from datetime import datetime, timedelta
from uuid import UUID

from midway.core.actor import SYSTEM, Actor
from midway.core.triage import Impact, Severity
from midway.journal.actions import record
from midway.ops.actions import reason_given
from midway.ops.actions.incidents import note
from midway.ops.actions.incidents.call_people import call_next
from midway.ops.actions.incidents.open_incident import IncidentOrder, open_incident
from midway.ops.incidents.triage import triage
from midway.ops.models import Incident, TroubleReport
from midway.runtime.database import one_transaction

LONGEST = 2000
TOGETHER = 3
"""So many people who report within the window make it more than one person's trouble."""
WINDOW = timedelta(hours=1)


@one_transaction
def report_trouble(
    *, text: str, source: Incident.Source, reporter_code: UUID, about: str, by: Actor, now: datetime
) -> Incident:
    """Will open an incident, or add to the one that others opened about the same within the hour.

    `about` names what does not work, of the few things the page offers. One person's trouble calls nobody; when
    three report the same within an hour, it is broken for some. Raises `ReasonMissing` without words.
    """
    words = reason_given(text[:LONGEST])
    order = IncidentOrder(
        title=f"Reported: {about}",
        source=source,
        severity=Severity.AWKWARD,
        impact=Impact.SOME,
        fingerprint=f"report:{about}",
        says=f"{source.label} reported it.",
    )
    # The timeline is only added to, so no customer's name may stand in it; the report has it, and can lose it.
    incident = open_incident(order=order, by=SYSTEM, now=now).incident
    facts = {"about": about, "incident": incident.code}
    record(event="ops.trouble.reported", subject=reporter_code, by=by, at=now, facts=facts)
    TroubleReport.objects.create(
        incident=incident, reporter_code=reporter_code, reporter_label=by.label[:120], text=words, at=now
    )
    people = incident.reports.filter(at__gt=now - WINDOW).values("reporter_code").distinct().count()
    if people >= TOGETHER and incident.severity == Severity.AWKWARD:
        urgent = triage().priority_of(Severity.BROKEN, Impact.SOME)
        incident.assess(severity=Severity.BROKEN, impact=Impact.SOME, priority=urgent)
        incident.save(update_fields=["severity", "impact", "priority"])
        words = f"{people} people reported it within an hour: priority {int(urgent)}."
        note(incident, "assessed", words, by=SYSTEM, at=now)
    call_next(incident=incident, now=now)
    return incident
