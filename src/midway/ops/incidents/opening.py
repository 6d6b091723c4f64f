"""Incidents that open by themselves: from what a run of procedures found."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings

from midway.core.actor import SYSTEM
from midway.core.triage import assessed
from midway.ops.actions.incidents.call_people import call_next
from midway.ops.actions.incidents.open_incident import IncidentOrder, open_incident
from midway.ops.chats import say_in_chats
from midway.ops.models import DigestOnly, Incident, ProcedureState
from midway.ops.oncall.roster import roster
from midway.ops.procedure import Outcome, Status


def fingerprint_of(procedure: str) -> str:
    """By what the same trouble is known again."""
    return f"procedure:{procedure}"


def open_from(outcomes: Sequence[Outcome], *, now: datetime) -> list[Outcome]:
    """Will open an incident for each critical finding that is raised, one for one cause, and call somebody.

    Gives what is still to be told of by an alarm: all that nobody is called about. What waits for the digest by
    decision is not among it.
    """
    quiet = set(DigestOnly.objects.filter(ended_at=None).values_list("procedure", flat=True))
    loud = [outcome for outcome in outcomes if outcome.procedure.id not in quiet]
    raised = [outcome for outcome in loud if outcome.status is Status.CRIT and outcome.is_raised]
    known = {outcome.procedure.id: outcome for outcome in raised}
    causes = {cause.procedure.id: cause for cause in (_root(outcome, known) for outcome in raised)}
    found = roster() if causes else None
    new: list[Incident] = []
    for cause in causes.values():
        opened = open_incident(order=_order(cause), by=SYSTEM, now=now)
        call_next(incident=opened.incident, now=now, found=found)
        new += [opened.incident] * opened.is_new
    called = set(Incident.objects.filter(closed_at=None, calls__isnull=False).values_list("fingerprint", flat=True))
    for incident in new:
        if incident.fingerprint in called:  # of the others an alarm tells, which says it in the chats itself
            _say_in_chats(incident, causes[incident.procedure])
    return [
        outcome
        for outcome in loud
        if outcome.procedure.id not in known or fingerprint_of(_root(outcome, known).procedure.id) not in called
    ]


def _say_in_chats(incident: Incident, cause: Outcome) -> None:
    where = f"{settings.PUBLIC_URL}/office/incidents/{incident.code}/"
    says = f"It should be: {cause.procedure.title}\nSomebody is called.\n{where}"
    say_in_chats(f"P{incident.priority}: {cause.summary}", says)


def _root(outcome: Outcome, known: Mapping[str, Outcome]) -> Outcome:
    """What it hangs on, of what rang in the same run."""
    for cause in outcome.procedure.depends_on:
        above = known.get(cause)
        if above is not None:
            return _root(above, known)
    return outcome


def _order(outcome: Outcome) -> IncidentOrder:
    procedure = outcome.procedure
    severity, impact = assessed(procedure.area)
    state = ProcedureState.objects.filter(procedure=procedure.id).first()
    return IncidentOrder(
        title=f"Failing: {procedure.title}",
        source=Incident.Source.FINDING,
        severity=severity,
        impact=impact,
        fingerprint=fingerprint_of(procedure.id),
        procedure=procedure.id,
        began_at=state.bad_since_at if state else None,
        says=outcome.summary,
        facts={"next_step": outcome.next_step},
    )
