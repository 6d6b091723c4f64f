"""`midway plan` and `midway sick`: a day worked out from the command line."""

import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from midway.core.routing.solve import Progress
    from midway.crew.models import Branch, Cleaner
    from midway.dispatch.models import DayPlan


class Day(click.DateTime):
    """A day as 2026-03-02, in years in which somebody works."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Will read the day, and refuse the ends of the calendar."""
        found = super().convert(value, param, ctx)
        from midway.core.timespan import YEARS

        if found.year not in YEARS:
            self.fail(f"{value} is no day on which anybody works.", param, ctx)
        return found


DAY = Day(formats=["%Y-%m-%d"])


@click.command()
@click.argument("day", metavar="DATE", type=DAY)
@click.option("--branch", "branch_code", default="", help="The branch's code; without it, the first branch.")
@click.option("--seconds", default=10.0, show_default=True, type=click.FloatRange(0.1, 3600))
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0, 2**31 - 1))
@click.option("--publish", is_flag=True, help="Make the plan the day, and tell the customers whose time moves.")
@click.option("--json", "as_json", is_flag=True)
def plan(*, day: datetime, branch_code: str, seconds: float, seed: int, publish: bool, as_json: bool) -> None:
    """Work out who goes where on DATE (as 2026-03-02) in the fewest minutes, and say what would change."""
    from midway.cli.attached import set_up

    set_up()
    from midway.core.actor import SYSTEM
    from midway.dispatch.actions import DayChangedMeanwhile, DayGoneBy, PlanNotProposed, propose_day, publish_plan
    from midway.dispatch.solving import Budget
    from midway.runtime.clock import now

    branch = branch_named(branch_code)
    say("Getting the solver ready. The first time after an update this takes up to a minute …")
    try:
        made = propose_day(
            branch=branch, on=day.date(), seed=seed, budget=Budget(seconds=seconds), by=SYSTEM, now=now(), tell=_tell
        )
        if publish:
            made, _settled = publish_plan(plan=made.code, by=SYSTEM, now=now())
    except (DayGoneBy, DayChangedMeanwhile, PlanNotProposed) as refusal:
        refuse(str(refusal))
    _print_plan(made, as_json=as_json)


@click.command()
@click.argument("cleaner")
@click.argument("day", metavar="DATE", type=DAY)
@click.option("--seconds", type=click.FloatRange(0.1, 600), help="For each way out; else as long as the page takes.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0, 2**31 - 1))
@click.option("--publish", is_flag=True, help="Publish the best way out.")
@click.option("--json", "as_json", is_flag=True)
def sick(*, cleaner: str, day: datetime, seconds: float | None, seed: int, publish: bool, as_json: bool) -> None:
    """Record that CLEANER (code or name) is away on DATE, and rank three ways to serve their visits."""
    from midway.cli.attached import set_up

    set_up()
    from midway.core.actor import SYSTEM
    from midway.crew.calendar import SlotTaken
    from midway.dispatch.actions import DayChangedMeanwhile, DayGoneBy, PlanNotProposed, call_in_sick, publish_best
    from midway.dispatch.reports import sick_report
    from midway.dispatch.solving import Budget
    from midway.runtime.clock import now

    person = cleaner_named(cleaner)
    say("Getting the solver ready. The first time after an update this takes up to a minute …")
    budget = Budget(seconds=seconds) if seconds else None
    published: DayPlan | None = None
    try:
        call = call_in_sick(cleaner=person, on=day.date(), seed=seed, budget=budget, by=SYSTEM, now=now())
        if publish:
            published = publish_best(call, by=SYSTEM, now=now())
    except SlotTaken:
        refuse(f"{person.name} is away already, or at a visit that has begun.")
    except (DayGoneBy, DayChangedMeanwhile, PlanNotProposed) as refusal:
        refuse(str(refusal))
    report = sick_report(call, names_of(person.branch))
    report["published"] = str(published.code) if published else None
    if as_json:
        print(json.dumps(report))
        return
    print(f"{person.name} is away. Visits that need somebody: {len(call.visits)}")
    print_ways(report)


def print_ways(report: dict[str, Any]) -> None:
    """Will print the ways out of a report, one a line."""
    for one in report["alternatives"]:
        mark = " (published)" if report["published"] == one["plan"] else ""
        print(
            f"{one['rank']}. {one['way']}{mark}: {one['drive_minutes']:.0f} min driving,"
            f" {one['overtime_minutes']:.0f} min overtime, {len(one['customers_moved'])} customers moved,"
            f" {len(one['continuity_lost'])} lose a cleaner they know, {len(one['left_waiting'])} left waiting"
            f"{_put_off_again(one['bumped_again'])}"
        )


def _put_off_again(visits: list[str]) -> str:
    """The customers who were put off the last time too, by name; nothing where there are none."""
    from midway.booking.models import Visit

    names = Visit.objects.filter(code__in=visits).order_by("customer__name").values_list("customer__name", flat=True)
    return f", put off last time too: {', '.join(names)}" if visits else ""


def _print_plan(made: "DayPlan", *, as_json: bool) -> None:
    from midway.dispatch.reports import plan_report

    report = plan_report(made, names_of(made.branch))
    if as_json:
        print(json.dumps(report))
        return
    saved = report["drive_minutes_before"] - report["drive_minutes_after"]
    print(f"{made.branch.name}, {made.on}: {report['drive_minutes_after']} min driving, {saved} fewer than before")
    print(f"drives: {report['travel']}")
    print(f"cost {report['cost_before']:.0f} → {report['cost_after']:.0f}; {len(report['moved'])} visits change")
    for left in report["unserved"]:
        way = left["cheapest_way"]
        print(f"not served: {left['visit']}. {left['reason']}{' ' + way['words'] if way else ''}")
    for route in report["routes"]:
        _print_route(route)
    print("Published." if made.state == made.State.PUBLISHED else "Not published: add --publish, or look at the page.")


def _print_route(route: dict[str, Any]) -> None:
    times = ", ".join(stop["start"][11:16] for stop in route["stops"])
    print(f"  {route['name']}: {len(route['stops'])} visits at {times}; {route['drive_minutes']} min driving")


def branch_named(code: str) -> "Branch":
    """The branch with this code; without one, the first."""
    from midway.crew.models import Branch

    branches = Branch.objects.order_by("id")
    found = branches.filter(code=code).first() if code else branches.first()
    if found is None:
        refuse(f"There is no branch {code!r}." if code else "There is no branch yet.")
    return found


def cleaner_named(words: str) -> "Cleaner":
    """The one cleaner with this code or name."""
    from midway.crew.models import Cleaner

    cleaners = Cleaner.objects.employed().select_related("branch").order_by("id")
    found = [c for c in cleaners if str(c.code) == words] or [c for c in cleaners if c.name.lower() == words.lower()]
    if len(found) != 1:
        refuse(f"There is no cleaner {words!r}." if not found else f"Several cleaners are called {words}. Give a code.")
    return found[0]


def names_of(branch: "Branch") -> dict[str, str]:
    """The cleaners' names by code."""
    return {str(cleaner.code): cleaner.name for cleaner in branch.cleaners.all()}


def _tell(progress: "Progress") -> None:
    say(f"{100 * progress.share:3.0f} %  cost {progress.cost:,.0f}")


def say(line: str) -> None:
    """Will talk to whoever watches, past what is printed."""
    click.echo(line, err=True)


def refuse(words: str) -> NoReturn:
    """Will say why not, and end."""
    click.echo(f"midway: {words}", err=True)
    sys.exit(1)
