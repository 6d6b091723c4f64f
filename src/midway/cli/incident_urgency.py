"""`midway incident urgency`: how urgent things are found to be, and how long whoever is called has."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from midway.cli.hand import fail, hand_of, say, tried

if TYPE_CHECKING:
    from midway.core.triage import Triage


@click.command()
@click.option(
    "--answer", "answers", multiple=True, metavar="PRIORITY=TIME",
    help="How long whoever is called has, like 1=5m, 2=90s or 3=never: then nobody is called.",
)  # fmt: skip
@click.option(
    "--priority", "cells", multiple=True, metavar="SEVERITY/IMPACT=PRIORITY",
    help="How urgent something is, like broken/everybody=2.",
)  # fmt: skip
@click.option("--reason", default="", help="Why it is changed.")
@click.option("--by", "by_email", default="", help="The address of whoever does it; without, it is the command.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def urgency(answers: tuple[str, ...], cells: tuple[str, ...], reason: str, by_email: str, as_json: bool) -> None:
    """Show the table of urgency and the time to answer, or change them; times under a minute are for rehearsals."""
    from midway.cli.attached import set_up

    set_up()
    from midway.ops.actions.incidents.change_triage import change_triage
    from midway.ops.incidents.triage import triage
    from midway.runtime.clock import now

    if answers or cells:
        try:
            wanted = _changed(triage(), answers, cells)
        except ValueError as problem:
            fail(str(problem), 1)
        tried(lambda: change_triage(wanted=wanted, reason=reason, by=hand_of(by_email), now=now()))
    holds = triage()
    say(holds.as_json(), as_json, "\n".join(_lines(holds)))


def _changed(holds: "Triage", answers: tuple[str, ...], cells: tuple[str, ...]) -> "Triage":
    from midway.core.triage import triage_from

    said = holds.as_json()
    for one in answers:
        priority, _, time = one.partition("=")
        if priority not in said["answer_seconds"]:
            raise ValueError(f"{one}: write it like 1=5m; there are the priorities 1 to 4")
        said["answer_seconds"][priority] = None if time == "never" else _seconds(time, one)
    for one in cells:
        found = re.fullmatch(r"(\w+)/(\w+)=([1-4])", one)
        if found is None or found[2] not in said["table"].get(found[1], {}):
            raise ValueError(f"{one}: write it like broken/everybody=2; see midway incident urgency for the words")
        said["table"][found[1]][found[2]] = int(found[3])
    return triage_from(said)


def _seconds(time: str, one: str) -> float:
    found = re.fullmatch(r"(\d+)([smh])", time)
    if found is None:
        raise ValueError(f"{one}: write the time like 90s, 5m or 1h, or never")
    return timedelta(**{{"s": "seconds", "m": "minutes", "h": "hours"}[found[2]]: int(found[1])}).total_seconds()


def _lines(holds: "Triage") -> list[str]:
    from midway.core.triage import Impact

    lines = [f"{'':<10}{''.join(f'{to.value:<11}' for to in Impact)}"]
    for severity, row in holds.table.items():
        lines.append(f"{severity.value:<10}{''.join(f'P{int(row[to])}'.ljust(11) for to in Impact)}")
    for priority, clock in holds.clocks.items():
        says = f"the next is called after {clock.minutes} min" if clock.answer_within else "nobody is called"
        lines.append(f"P{int(priority)}: {says}")
    return lines
