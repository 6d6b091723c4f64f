"""`midway incident`: what is broken, from a terminal or a chat that runs commands."""

import json
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from midway.cli.hand import fail, hand_of, office_user, say, tried
from midway.cli.incident_urgency import urgency

if TYPE_CHECKING:
    from midway.ops.models import Incident

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_BY = click.option("--by", "by_email", default="", help="The address of whoever does it; without, it is the command.")


@click.group()
def incident() -> None:
    """What broke: open, answer, work on and close incidents. CODE is its first eight characters or more."""


incident.add_command(urgency)


@incident.command("open")
@click.argument("title")
@click.option("--severity", type=click.Choice(["stopped", "broken", "awkward"]), default="broken", show_default=True)
@click.option("--impact", type=click.Choice(["everybody", "some", "nobody"]), default="some", show_default=True)
@click.option("--says", default="", help="What was seen.")
@_BY
@_JSON
def open_one(title: str, severity: str, impact: str, says: str, by_email: str, as_json: bool) -> None:
    """Open an incident and call whoever is on call."""
    _set_up()
    from midway.core.triage import Impact, Severity
    from midway.ops.actions.incidents.call_people import call_next
    from midway.ops.actions.incidents.open_incident import IncidentOrder, open_incident
    from midway.ops.models import Incident
    from midway.runtime.clock import now

    order = IncidentOrder(title, Incident.Source.COMMAND, Severity(severity), Impact(impact), says=says)
    by, moment = hand_of(by_email), now()
    made = tried(lambda: open_incident(order=order, by=by, now=moment)).incident
    call = call_next(incident=made, now=moment)
    told = f"; {call.user.name} was called by {call.ways}" if call else "; nobody was called"
    say(_as_json(made), as_json, f"{_short(made)} P{made.priority} {made.title}{told}.")


@incident.command("list")
@click.option("--all", "everything", is_flag=True, help="Closed ones too.")
@_JSON
def list_all(everything: bool, as_json: bool) -> None:
    """List what is open, also what waits in the data folder while the database is away."""
    if not _set_up(or_away=True):
        _list_away(as_json)
        return
    from midway.ops.models import Incident

    rows = Incident.objects.select_related("owner").order_by("priority", "opened_at")
    found = list(rows if everything else rows.filter(closed_at=None))
    lines = [
        f"{_short(one)} P{one.priority} {one.opened_at:%Y-%m-%d %H:%M} {_state(one):<13} {one.title}" for one in found
    ]
    say({"incidents": [_as_json(one) for one in found]}, as_json, "\n".join(lines) or "Nothing is open.")


@incident.command()
@click.argument("code")
@_JSON
def show(code: str, as_json: bool) -> None:
    """Show one with its timeline."""
    _set_up()
    found = _find(code)
    timeline = [
        {"at": one.at.isoformat(), "kind": one.kind, "by": one.by_label, "text": one.text}
        for one in found.timeline.all()
    ]
    lines = [f"{_short(found)} P{found.priority} {found.title} ({_state(found)})"]
    lines += [f"  {one['at'][:19]} {one['text']} ({one['by']})" for one in timeline]
    say({**_as_json(found), "timeline": timeline, "evidence": json.loads(found.evidence)}, as_json, "\n".join(lines))


@incident.command()
@click.argument("code", required=False)
@_BY
@_JSON
def ack(code: str | None, by_email: str, as_json: bool) -> None:
    """Have it: nobody else is called. Works while the database is away too."""
    if not _set_up(or_away=True):
        _ack_away(by_email, as_json)
        return
    from midway.ops.actions.incidents.call_people import acknowledge_incident
    from midway.runtime.clock import now

    found, owner = _find(code or ""), office_user(by_email)
    tried(lambda: acknowledge_incident(incident=found, owner=owner, by=hand_of(by_email), now=now()))
    found.refresh_from_db()
    say(_as_json(found), as_json, f"{_short(found)}: {owner.name if owner else 'somebody'} has it.")


@incident.command()
@click.argument("code")
@click.argument("text")
@_BY
def note(code: str, text: str, by_email: str) -> None:
    """Add a line to the timeline."""
    _set_up()
    from midway.ops.actions.incidents.work_on import write_note
    from midway.runtime.clock import now

    found = _find(code)
    tried(lambda: write_note(incident=found, text=text, by=hand_of(by_email), now=now()))
    print(f"{_short(found)}: noted.")


@incident.command()
@click.argument("code")
@click.argument("severity", type=click.Choice(["stopped", "broken", "awkward"]))
@click.argument("impact", type=click.Choice(["everybody", "some", "nobody"]))
@_BY
def assess(code: str, severity: str, impact: str, by_email: str) -> None:
    """Say how bad it is and whom it touches."""
    _set_up()
    from midway.core.triage import Impact, Severity
    from midway.ops.actions.incidents.work_on import assess_incident
    from midway.runtime.clock import now

    found, by = _find(code), hand_of(by_email)
    made = tried(
        lambda: assess_incident(incident=found, severity=Severity(severity), impact=Impact(impact), by=by, now=now())
    )
    print(f"{_short(made)}: priority {made.priority}.")


@incident.command()
@click.argument("code")
@click.argument("procedure", required=False)
@click.option("--yes", is_flag=True, help="Let a repair mend; without it says what it would do.")
@_BY
def step(code: str, procedure: str | None, yes: bool, by_email: str) -> None:
    """Run a step of the manual and keep its transcript; without PROCEDURE list the steps."""
    _set_up()
    from midway.ops.incidents.steps import run_step, steps_for
    from midway.ops.registry import UnknownProcedure
    from midway.ops.surroundings import of_the_product

    found = _find(code)
    if procedure is None:
        print("\n".join(f"{one.id:<36} {one.kind.value:<7} {one.title}" for one in steps_for(found)))
        return
    try:
        report = run_step(found, procedure, around=of_the_product(), mends=yes, by=hand_of(by_email))
    except UnknownProcedure as problem:
        fail(str(problem), 3)
    outcome = next(one for one in report.outcomes if one.procedure.id == procedure)
    print(f"{outcome.status.value}: {outcome.summary}")
    sys.exit(0 if outcome.status.value in {"ok", "skipped"} else 1)


@incident.command()
@click.argument("code")
@click.option("--how", default="", help="How you saw that it is mended, where no procedure can see it.")
@_BY
def verify(code: str, how: str, by_email: str) -> None:
    """See whether it is mended: its procedure looks again."""
    _set_up()
    from midway.ops.actions.incidents.mend import confirm_mended
    from midway.ops.incidents.steps import run_step
    from midway.ops.surroundings import of_the_product
    from midway.runtime.clock import now

    found, by = _find(code), hand_of(by_email)
    if found.procedure:
        run_step(found, found.procedure, around=of_the_product(), by=by)
    else:
        tried(lambda: confirm_mended(incident=found, how=how, by=by, now=now()))
    found.refresh_from_db()
    print("It is mended." if found.verified_at else "It still fails.")
    sys.exit(0 if found.verified_at else 1)


@incident.command()
@click.argument("code")
@_BY
def close(code: str, by_email: str) -> None:
    """Close it, when it was seen mended within the last half hour."""
    _set_up()
    from midway.ops.actions.incidents.mend import close_incident
    from midway.ops.incidents.status_page import write_status
    from midway.runtime.clock import now

    found = _find(code)
    tried(lambda: close_incident(incident=found, by=hand_of(by_email), now=now()))
    write_status(now=now())
    print(f"{_short(found)}: closed. What was learned: midway incident learn {_short(found)}")


@incident.command()
@click.argument("code")
@click.argument("stage", type=click.Choice(["looking", "found", "watching", "over"]))
@click.option("--en", "text_en", required=True, help="What people read in English.")
@click.option("--es", "text_es", required=True, help="What people read in Spanish.")
@click.option("--tell", is_flag=True, help="Also write to the customers of the next 24 hours.")
@_BY
def update(code: str, stage: str, text_en: str, text_es: str, tell: bool, by_email: str) -> None:
    """Put it on the public status page."""
    _set_up()
    from midway.ops.actions.incidents.update_status import update_status
    from midway.ops.incidents.status_page import write_status
    from midway.ops.models import StatusUpdate
    from midway.runtime.clock import now

    found, by, moment = _find(code), hand_of(by_email), now()
    made = tried(
        lambda: update_status(
            incident=found, stage=StatusUpdate.Stage(stage), text_en=text_en, text_es=text_es, tells_touched=tell,
            by=by, now=moment,
        )
    )  # fmt: skip
    write_status(now=moment)
    print(f"It stands on the status page; {made.told} people were written to.")


@incident.command()
@click.argument("code")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it there.")
@_BY
def learn(code: str, out: Path | None, by_email: str) -> None:
    """Draft the post-mortem of a closed incident from its record, and print it as Markdown."""
    _set_up()
    from midway.ops.actions.incidents.learn import draft_post_mortem
    from midway.ops.incidents.post_mortem_page import as_markdown
    from midway.runtime.clock import now

    found = _find(code)
    text = as_markdown(tried(lambda: draft_post_mortem(incident=found, by=hand_of(by_email), now=now())))
    if out is None:
        print(text, end="")
    else:
        out.write_text(text)
        print(f"Written to {out}.")


@incident.command()
@click.argument("code")
@click.argument("says")
@click.option("--kind", type=click.Choice(["prevent", "mend", "learn"]), default="prevent", show_default=True)
@click.option("--owner", required=True, help="The address of whoever does it.")
@click.option("--days", type=click.IntRange(1, 365), default=14, show_default=True, help="Until when, from today.")
@_BY
def follow(code: str, says: str, kind: str, owner: str, days: int, by_email: str) -> None:
    """Note what is done so that it does not break that way again."""
    _set_up()
    from midway.ops.actions.incidents.learn import add_follow_up
    from midway.ops.models import FollowUp
    from midway.runtime.clock import now

    found, who, moment = _find(code), office_user(owner), now()
    if who is None:
        fail("--owner names nobody", 1)
    due: date = moment.date() + timedelta(days=days)
    made = tried(
        lambda: add_follow_up(
            incident=found, kind=FollowUp.Kind(kind), says=says, owner=who, due_on=due, by=hand_of(by_email), now=moment
        )
    )
    print(f"{str(made.code)[:8]}: {made.owner.name}, until {made.due_on}.")


@incident.command()
@click.argument("code")
@click.option("--proof", default="", help="The check that would now ring: procedure/fault, or tests/….py::test_name.")
@_BY
def done(code: str, proof: str, by_email: str) -> None:
    """Note that a follow-up was done; one that prevents needs the check that would now ring."""
    _set_up()
    from midway.ops.actions.incidents.learn import close_follow_up
    from midway.ops.models import FollowUp
    from midway.runtime.clock import now

    found = FollowUp.objects.filter(code__startswith=code).first() if len(code) >= 8 else None
    if found is None:
        fail("There is no such follow-up", 3)
    tried(lambda: close_follow_up(follow_up=found, proof=proof, by=hand_of(by_email), now=now()))
    print(f"Done: {found.says}")


def _list_away(as_json: bool) -> None:
    """What lies in the spool; that nobody can look at the others is said, and with nothing there nothing is known."""
    from django.conf import settings

    from midway.ops.incidents.away import Spool

    found = Spool(settings.ENVIRONMENT.data).all()
    lines = [
        f"{one.code[:8]} P{one.priority} {one.opened_at[:16].replace('T', ' ')}"
        f" {'acknowledged' if one.acknowledged_at else 'open':<13} {one.title}"
        for one in found
    ]
    facts = [{"code": one.code, "title": one.title, "priority": one.priority, "says": one.says} for one in found]
    words = ["The database is away. What waits in the data folder:", *lines]
    if not lines:
        words = [
            f"Cannot look: no database answers, and nothing waits in {settings.ENVIRONMENT.data}. See midway status."
        ]
    say({"is_away": True, "incidents": facts}, as_json, "\n".join(words))
    sys.exit(0 if lines else 3)


def _ack_away(by_email: str, as_json: bool) -> None:
    """Whoever is named has it; else the last who was called: they sit at this terminal, or beside whoever does."""
    from uuid import UUID

    from django.conf import settings

    from midway.ops.incidents.away import Spool, answer_away, take_away
    from midway.ops.oncall.roster import kept_roster
    from midway.runtime.clock import now

    data, moment = settings.ENVIRONMENT.data, now()
    calls = [call for one in Spool(data).all() for call in one.calls]
    person = next((one for one in kept_roster(data).people.values() if one.email == by_email.strip().lower()), None)
    if by_email and person is None:
        fail(f"Nobody of the office had the address {by_email} when the database went", 1)
    theirs = [call for call in calls if person is None or call.user == person.id]
    if theirs:
        answer_away(data, UUID(theirs[-1].code), now=moment)
        name = theirs[-1].name
    elif person is not None and take_away(data, person, now=moment):
        name = person.name
    else:
        fail("The database is away and no incident waits in the data folder", 3)
    words = f"{name} has it. The database is away: begin with midway status and midway doctor."
    say({"owner": name, "acknowledged_at": moment.isoformat()}, as_json, words)


def _find(code: str) -> "Incident":
    from midway.ops.models import Incident

    rows = Incident.objects.select_related("owner").order_by("-opened_at")
    wanted = code.replace("-", "").lower()
    found = [one for one in rows if wanted and one.code.hex.startswith(wanted)] if len(wanted) >= 4 else []
    if len(found) != 1:
        fail(f"{len(found)} incidents begin with {code!r}: see midway incident list --all", 3)
    return found[0]


def _state(one: "Incident") -> str:
    if one.closed_at:
        return "closed"
    return "mended" if one.verified_at else "acknowledged" if one.acknowledged_at else "open"


def _short(one: "Incident") -> str:
    return str(one.code)[:8]


def _as_json(one: "Incident") -> dict[str, Any]:
    def at(moment: datetime | None) -> str | None:
        return moment.isoformat() if moment else None

    return {
        "code": str(one.code),
        "title": one.title,
        "priority": one.priority,
        "severity": one.severity,
        "impact": one.impact,
        "state": _state(one),
        "source": one.source,
        "procedure": one.procedure,
        "owner": one.owner.name if one.owner else None,
        "began_at": at(one.began_at),
        "opened_at": at(one.opened_at),
        "acknowledged_at": at(one.acknowledged_at),
        "verified_at": at(one.verified_at),
        "closed_at": at(one.closed_at),
    }


def _set_up(*, or_away: bool = False) -> bool:
    """Will attach to the product; tells whether its database is there."""
    import os

    from midway.cli.attached import set_up

    if not or_away:
        set_up()
        return True
    import django

    from midway.runtime.attach import attach_to_product
    from midway.runtime.problem import CannotRun

    try:
        attach_to_product(os.environ)
        is_there = True
    except CannotRun:
        is_there = False
    django.setup()
    return is_there and _answers()


def _answers() -> bool:
    """Asked on a short line of its own: the pool would wait for twenty seconds."""
    from midway.ops.incidents.watch import problem_of_database
    from midway.ops.surroundings import of_the_product

    return problem_of_database(of_the_product()) is None
