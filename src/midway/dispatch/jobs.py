"""What planning does by itself."""

from uuid import UUID

from procrastinate.contrib.django import app

from midway.core.actor import Actor, ActorKind
from midway.dispatch.actions.call_in_sick import work_out_ways as search_ways_out
from midway.dispatch.actions.propose_day import work_out as search
from midway.runtime.clock import now


@app.task(name="dispatch.work_out")
def work_out(plan: str, by_label: str) -> None:
    """Will work out a plan that somebody asked for."""
    search(plan=UUID(plan), by=Actor(kind=ActorKind.SYSTEM, label=by_label), now=now())


@app.task(name="dispatch.work_out_ways")
def work_out_ways(absence: str, by_label: str) -> None:
    """Will work out the three ways out when somebody is away."""
    search_ways_out(absence=UUID(absence), by=Actor(kind=ActorKind.SYSTEM, label=by_label), now=now())
