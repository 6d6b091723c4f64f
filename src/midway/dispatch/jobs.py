"""What planning does by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from procrastinate.contrib.django import app

from midway.core.actor import SYSTEM, Actor, ActorKind
from midway.crew.models import Branch
from midway.dispatch.actions.call_in_sick import work_out_ways as search_ways_out
from midway.dispatch.actions.fail_plan import fail_plan
from midway.dispatch.actions.learn_drives import learn_drives as learn_of_branch
from midway.dispatch.actions.propose_day import work_out as search
from midway.dispatch.actions.propose_days import propose_days as ask_for_days
from midway.dispatch.actions.report_trouble import work_out_trouble as search_trouble
from midway.dispatch.models import DayPlan
from midway.runtime.clock import now


@app.task(name="dispatch.work_out")
def work_out(plan: str, by_label: str) -> None:
    """Will work out a plan that somebody asked for."""
    by = _hand(by_label)
    with _said_when_it_fails(UUID(plan), by):
        search(plan=UUID(plan), by=by, now=now())


@app.task(name="dispatch.work_out_ways")
def work_out_ways(absence: str, by_label: str) -> None:
    """Will work out the three ways out when somebody is away."""
    by = _hand(by_label)
    with _said_when_it_fails(DayPlan.objects.get(absence=absence, rank=1).code, by):
        search_ways_out(absence=UUID(absence), by=by, now=now())


@app.task(name="dispatch.work_out_trouble")
def work_out_trouble(plan: str, by_label: str) -> None:
    """Will work out the three ways out when something upsets a day."""
    with _said_when_it_fails(UUID(plan), _hand(by_label)):
        search_trouble(plan=UUID(plan), now=now())


def propose_days() -> None:
    """Will have the next working days proposed."""
    ask_for_days(by=SYSTEM, now=now())


def learn_drives() -> None:
    """Will have every branch learn how long its drives take."""
    for branch in Branch.objects.order_by("code"):
        learn_of_branch(branch=branch, by=SYSTEM, now=now())


def _hand(label: str) -> Actor:
    return Actor(kind=ActorKind.SYSTEM, label=label)


@contextmanager
def _said_when_it_fails(plan: UUID, by: Actor) -> Iterator[None]:
    """Whoever waits for the plan is told; the job fails as before, and the queue keeps why."""
    try:
        yield
    except Exception:
        fail_plan(plan=plan, by=by, now=now())
        raise
