"""`midway late`, `midway van` and `midway snow`: what upsets a day, and three ways out, from the command line."""

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from midway.cli.plan import DAY, branch_named, cleaner_named, names_of, print_ways, refuse, say

if TYPE_CHECKING:
    from midway.crew.models import Branch
    from midway.dispatch.actions import What
    from midway.dispatch.models import DayPlan

CLOCK = click.DateTime(formats=["%H:%M"])


def _search(command: Callable[..., None]) -> Callable[..., None]:
    """The options all three have in common."""
    for option in (
        click.option("--json", "as_json", is_flag=True),
        click.option("--publish", is_flag=True, help="Publish the best way out."),
        click.option("--seed", default=1, show_default=True, type=click.IntRange(0, 2**31 - 1)),
        click.option(
            "--seconds", type=click.FloatRange(0.1, 600), help="For each way out; else as long as the page takes."
        ),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("visit", type=click.UUID)
@click.argument("minutes", type=click.IntRange(1, 480))
@_search
def late(*, visit: UUID, minutes: int, **search: Any) -> None:
    """Record that VISIT (its code) takes MINUTES longer, and rank three ways to keep the rest of the day."""
    from midway.cli.attached import set_up

    set_up()
    from midway.booking.queries import visit_by_code
    from midway.dispatch.actions import What

    found = visit_by_code(visit)
    if found is None:
        refuse(f"There is no visit {visit}.")
    on = found.starts_at.astimezone(found.branch.zoneinfo).date()
    _report(found.branch, on, What(visit=found, minutes=minutes), f"{found.customer.name} +{minutes} min", **search)


@click.command()
@click.argument("cleaner")
@click.argument("day", metavar="DATE", type=DAY)
@click.argument("until", metavar="HH:MM", type=CLOCK)
@_search
def van(*, cleaner: str, day: datetime, until: datetime, **search: Any) -> None:
    """Record that CLEANER (code or name) cannot drive on DATE until HH:MM, and rank three ways out."""
    from midway.cli.attached import set_up

    set_up()
    from midway.core.timespan import local_instant
    from midway.dispatch.actions import What

    person = cleaner_named(cleaner)
    moment = local_instant(day.date(), until.time(), person.branch.zoneinfo)
    words = f"{person.name} cannot drive until {until:%H:%M}"
    _report(person.branch, day.date(), What(cleaner=person, until=moment), words, **search)


@click.command()
@click.argument("day", metavar="DATE", type=DAY)
@click.argument("percent", type=click.IntRange(1, 300))
@click.option("--branch", "branch_code", default="", help="The branch's code; without it, the first branch.")
@_search
def snow(*, day: datetime, percent: int, branch_code: str, **search: Any) -> None:
    """Record that every drive on DATE takes PERCENT longer, and rank three ways out."""
    from midway.cli.attached import set_up

    set_up()
    from midway.dispatch.actions import What

    branch = branch_named(branch_code)
    _report(branch, day.date(), What(percent=percent), f"Every drive takes {percent} % longer", **search)


def _report(
    branch: "Branch",
    on: date,
    what: "What",
    words: str,
    *,
    seconds: float | None,
    seed: int,
    publish: bool,
    as_json: bool,
) -> None:
    from midway.core.actor import SYSTEM
    from midway.dispatch.actions import (
        BackBefore,
        DayChangedMeanwhile,
        DayGoneBy,
        PlanNotProposed,
        VisitIsOver,
        report_trouble,
    )
    from midway.dispatch.actions.report_trouble import publish_best_way
    from midway.dispatch.reports import trouble_report
    from midway.dispatch.solving import Budget
    from midway.runtime.clock import now

    say("Getting the solver ready. The first time after an update this takes up to a minute …")
    published: DayPlan | None = None
    try:
        budget = Budget(seconds=seconds) if seconds else None
        found = report_trouble(branch=branch, on=on, what=what, seed=seed, budget=budget, by=SYSTEM, now=now())
        if publish:
            published = publish_best_way(found, by=SYSTEM, now=now())
    except (DayGoneBy, DayChangedMeanwhile, PlanNotProposed, VisitIsOver, BackBefore) as refusal:
        refuse(str(refusal))
    report = trouble_report(found, names_of(branch))
    report["published"] = str(published.code) if published else None
    if as_json:
        print(json.dumps(report))
        return
    print(f"{words}. Ways out:")
    print_ways(report)
