"""The steps that can be run from an incident, and running one with its transcript kept."""

from midway.core.actor import Actor
from midway.ops.actions.incidents.mend import keep_step
from midway.ops.engine import Engine, RunReport
from midway.ops.models import Incident
from midway.ops.procedure import Kind, Procedure
from midway.ops.registry import UnknownProcedure, all_procedures, procedure_named
from midway.ops.surroundings import Surroundings
from midway.ops.upkeep import note_turns


def steps_for(incident: Incident) -> list[Procedure]:
    """What the manual offers for this: what it hangs on, what else is looked at there, then the repairs of the part."""
    try:
        own = procedure_named(incident.procedure)
    except UnknownProcedure:
        return []
    causes = [procedure_named(one) for one in own.depends_on]
    near = [one for one in all_procedures() if one.area == own.area and one.id != own.id]
    looks = [one for one in near if one.kind is not Kind.REPAIR]
    return [own, *causes, *(one for one in near if one.kind is Kind.REPAIR), *looks]


def run_step(incident: Incident, procedure: str, *, around: Surroundings, mends: bool = False, by: Actor) -> RunReport:
    """Will run one step now. Raises `UnknownProcedure`."""
    known = procedure_named(procedure)
    report = Engine(around, by=by.label).run([known], asked=f"incident {str(incident.code)[:8]}", mends=mends)
    if report.code:
        note_turns(report.outcomes, started_at=report.started_at)
        keep_step(incident=incident, outcomes=report.outcomes, wanted=known.id, by=by, now=report.finished_at)
    return report
