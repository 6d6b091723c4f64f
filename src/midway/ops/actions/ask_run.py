"""Run a procedure now, because somebody asks; the work is done by a job."""

from datetime import datetime, timedelta

from django.db import connection
from procrastinate.contrib.django import app

from midway.core.actor import Actor
from midway.journal.actions import record
from midway.ops.actions import subject_of
from midway.ops.models import Evidence
from midway.ops.procedure import Kind, Procedure, Status
from midway.ops.registry import procedure_named
from midway.runtime.database import one_transaction

PREVIEW_HOLDS = timedelta(minutes=30)


class RepairNotPreviewed(Exception):
    """Look first at what this repair would do; then say yes within half an hour."""


class RepairNotConfirmed(Exception):
    """Type the name of the database to confirm that it is the right one."""


@one_transaction
def ask_run(*, procedure: str, mends: bool = False, typed: str = "", by: Actor, now: datetime) -> None:
    """Will have the procedure run in a moment. A repair only mends with `mends`, after its preview; the most dangerous
    ones when the name of the database was `typed` too.

    Raises `UnknownProcedure`, `RepairNotPreviewed` or `RepairNotConfirmed`.
    """
    known = procedure_named(procedure)
    mends = mends and known.kind is Kind.REPAIR
    if mends and not is_previewed(known, now=now):
        raise RepairNotPreviewed(RepairNotPreviewed.__doc__)
    if mends and known.is_confirmed_by_name and typed.strip() != connection.settings_dict["NAME"]:
        raise RepairNotConfirmed(RepairNotConfirmed.__doc__)
    facts = {"procedure": known.id, "mends": mends}
    record(event="ops.run.asked", subject=subject_of(known.id), by=by, at=now, facts=facts)
    app.configure_task("ops.run_procedure").defer(procedure=known.id, mends=mends, by=by.label, typed=typed.strip())


def is_previewed(procedure: Procedure, *, now: datetime) -> bool:
    """Whether its latest run just now said what it would do, and has not done it."""
    latest = Evidence.objects.filter(procedure=procedure.id).order_by("-at", "-id").first()
    return latest is not None and latest.status == Status.WARN and latest.at > now - PREVIEW_HOLDS
