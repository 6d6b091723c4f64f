"""Run a step of the manual in an incident, see whether it is mended, and close it: never while it still fails."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from procrastinate.contrib.django import app

from midway.core.actor import Actor
from midway.ops.actions import reason_given
from midway.ops.actions.ask_run import RepairNotPreviewed, is_previewed
from midway.ops.actions.incidents import note
from midway.ops.actions.incidents.work_on import open_one
from midway.ops.evidence import details
from midway.ops.models import Evidence, Incident
from midway.ops.procedure import Kind, Outcome, Status
from midway.ops.registry import procedure_named
from midway.runtime.database import one_transaction

SEEN_WITHIN = timedelta(minutes=30)
"""A verification older than this does not close anything."""


class StillFailing(Exception):
    """Its procedure still fails: it cannot be closed. Mend it, then verify it again."""


class NotVerified(Exception):
    """Nobody has seen it mended within the last half hour: verify it, then close it."""


class HasProcedure(Exception):
    """A procedure can see whether this is mended: verify it with that."""


@one_transaction
def ask_step(*, incident: Incident, procedure: str, mends: bool = False, by: Actor, now: datetime) -> None:
    """Will have a step run in a moment, its transcript written into the timeline. A repair only mends after its
    preview. Raises `NoSuchIncident`, `UnknownProcedure` or `RepairNotPreviewed`."""
    row, known = open_one(incident), procedure_named(procedure)
    mends = mends and known.kind is Kind.REPAIR
    if mends and not is_previewed(known, now=now):
        raise RepairNotPreviewed(RepairNotPreviewed.__doc__)
    note(row, "step-asked", f"{known.title} ({known.id}){' with --yes' if mends else ''}", by=by, at=now)
    app.configure_task("ops.run_incident_step").defer(
        incident=str(row.code), procedure=known.id, mends=mends, by=by.label
    )


@one_transaction
def keep_step(*, incident: Incident, outcomes: Sequence[Outcome], wanted: str, by: Actor, now: datetime) -> Incident:
    """Will keep what a step came to, with its transcript; the finding's own procedure says whether it is mended."""
    row = Incident.objects.select_for_update().get(pk=incident.pk)
    for outcome in outcomes:
        if outcome.procedure.id != wanted:
            continue
        facts = {"procedure": wanted, "status": outcome.status.value, "took_ms": outcome.took_ms, **details(outcome)}
        note(row, "step", f"{wanted}: {outcome.status.value}. {outcome.summary}", by=by, at=now, facts=facts)
        if wanted == row.procedure:
            row.verified_at = now if outcome.status is Status.OK else None
            row.save(update_fields=["verified_at"])
            is_mended = row.verified_at is not None
            note(row, "verified", "It is mended." if is_mended else "It still fails.", by=by, at=now)
    return row


@one_transaction
def confirm_mended(*, incident: Incident, how: str, by: Actor, now: datetime) -> Incident:
    """Will note how a person saw that it is mended, where no procedure can see it.

    Raises `NoSuchIncident`, `HasProcedure` or `ReasonMissing`.
    """
    row, words = open_one(incident), reason_given(how)
    if row.procedure:
        raise HasProcedure(HasProcedure.__doc__)
    row.verified_at = now
    row.save(update_fields=["verified_at"])
    note(row, "verified", f"Seen mended: {words}", by=by, at=now)
    return row


@one_transaction
def close_incident(*, incident: Incident, by: Actor, now: datetime) -> Incident:
    """Will close it. Raises `NoSuchIncident`, `StillFailing` or `NotVerified`."""
    row = open_one(incident)
    latest = Evidence.objects.filter(procedure=row.procedure).order_by("-at", "-id").first() if row.procedure else None
    if latest is not None and latest.status in {Status.CRIT, Status.WARN, Status.UNKNOWN} and latest.at > row.opened_at:
        raise StillFailing(StillFailing.__doc__)
    if row.verified_at is None or row.verified_at < now - SEEN_WITHIN:
        raise NotVerified(NotVerified.__doc__)
    row.acknowledge(owner=None, at=now)
    row.closed_at = now
    row.save(update_fields=["acknowledged_at", "closed_at"])
    note(row, "closed", "Closed.", by=by, at=now)
    return row
