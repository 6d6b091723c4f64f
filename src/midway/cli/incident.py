"""`midway incident`: what is broken, from a terminal or a chat that runs commands."""

import json
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from midway.accounts.models import User
    from midway.core.actor import Actor
    from midway.ops.models import Incident

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_BY = click.option("--by", "by_email", default="", help="The address of whoever does it; without, it is the command.")


@click.group()
def incident() -> None:
    """What broke: open, answer, work on and close incidents. CODE is its first eight characters or more."""


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
    by, moment = _hand(by_email), now()
    made = _tried(lambda: open_incident(order=order, by=by, now=moment)).incident
    call = call_next(incident=made, now=moment)
    told = f"; {call.user.name} was called by {call.ways}" if call else "; nobody was called"
    _print(_as_json(made), as_json, f"{_short(made)} P{made.priority} {made.title}{told}.")


@incident.command("list")
@click.option("--all", "everything", is_flag=True, help="Closed ones too.")
@_JSON
def list_all(everything: bool, as_json: bool) -> None:
    """List what is open, also what waits in the data folder while the database is away."""
    _set_up()
    from midway.ops.models import Incident

    rows = Incident.objects.select_related("owner").order_by("priority", "opened_at")
    found = list(rows if everything else rows.filter(closed_at=None))
    lines = [
        f"{_short(one)} P{one.priority} {one.opened_at:%Y-%m-%d %H:%M} {_state(one):<13} {one.title}" for one in found
    ]
    _print({"incidents": [_as_json(one) for one in found]}, as_json, "\n".join(lines) or "Nothing is open.")


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
    _print({**_as_json(found), "timeline": timeline, "evidence": json.loads(found.evidence)}, as_json, "\n".join(lines))


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

    found, owner = _find(code or ""), _user(by_email)
    _tried(lambda: acknowledge_incident(incident=found, owner=owner, by=_hand(by_email), now=now()))
    found.refresh_from_db()
    _print(_as_json(found), as_json, f"{_short(found)}: {owner.name if owner else 'somebody'} has it.")


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
    _tried(lambda: write_note(incident=found, text=text, by=_hand(by_email), now=now()))
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

    found, by = _find(code), _hand(by_email)
    made = _tried(
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
        report = run_step(found, procedure, around=of_the_product(), mends=yes, by=_hand(by_email))
    except UnknownProcedure as problem:
        _fail(str(problem), 3)
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

    found, by = _find(code), _hand(by_email)
    if found.procedure:
        run_step(found, found.procedure, around=of_the_product(), by=by)
    else:
        _tried(lambda: confirm_mended(incident=found, how=how, by=by, now=now()))
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
    from midway.runtime.clock import now

    found = _find(code)
    _tried(lambda: close_incident(incident=found, by=_hand(by_email), now=now()))
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

    found, by, moment = _find(code), _hand(by_email), now()
    made = _tried(
        lambda: update_status(
            incident=found, stage=StatusUpdate.Stage(stage), text_en=text_en, text_es=text_es, tells_touched=tell,
            by=by, now=moment,
        )
    )  # fmt: skip
    write_status(now=moment)
    print(f"It stands on the status page; {made.told} customers were written to.")


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
    text = as_markdown(_tried(lambda: draft_post_mortem(incident=found, by=_hand(by_email), now=now())))
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

    found, who, moment = _find(code), _user(owner), now()
    if who is None:
        _fail("--owner names nobody", 1)
    due: date = moment.date() + timedelta(days=days)
    made = _tried(
        lambda: add_follow_up(
            incident=found, kind=FollowUp.Kind(kind), says=says, owner=who, due_on=due, by=_hand(by_email), now=moment
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
        _fail("There is no such follow-up", 3)
    _tried(lambda: close_follow_up(follow_up=found, proof=proof, by=_hand(by_email), now=now()))
    print(f"Done: {found.says}")


def _ack_away(by_email: str, as_json: bool) -> None:
    """The last call in the spool is answered: whoever sits at this terminal was called, or sits beside them."""
    from uuid import UUID

    from django.conf import settings

    from midway.ops.incidents.away import Spool, answer_away
    from midway.runtime.clock import now

    data = settings.ENVIRONMENT.data
    calls = [call for one in Spool(data).all() for call in one.calls]
    if not calls:
        _fail("The database is away and no incident waits in the data folder", 3)
    answered = answer_away(data, UUID(calls[-1].code), now=now())
    facts = {"code": calls[-1].code, "answered_at": answered.answered_at if answered else None}
    _print(
        facts, as_json, f"{calls[-1].name} has it. The database is away: begin with midway status and midway doctor."
    )


def _find(code: str) -> "Incident":
    from midway.ops.models import Incident

    rows = Incident.objects.select_related("owner").order_by("-opened_at")
    wanted = code.replace("-", "").lower()
    found = [one for one in rows if wanted and one.code.hex.startswith(wanted)] if len(wanted) >= 4 else []
    if len(found) != 1:
        _fail(f"{len(found)} incidents begin with {code!r}: see midway incident list --all", 3)
    return found[0]


def _user(email: str) -> "User | None":
    from midway.accounts.models import User

    if not email:
        return None
    found = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if found is None or not found.is_office:
        _fail(f"Nobody of the office has the address {email}", 1)
    return found


def _hand(email: str) -> "Actor":
    from midway.core.actor import Actor, ActorKind

    user = _user(email)
    if user is None:
        return Actor(kind=ActorKind.SYSTEM, label="midway incident")
    return Actor(kind=ActorKind.USER, label=user.name, user_id=user.pk)


def _tried(deed: Callable[[], Any]) -> Any:
    """What the deed gives; a refusal is told, and ends with 1."""
    try:
        return deed()
    except Exception as refusal:
        if type(refusal).__module__.startswith("midway."):
            _fail(refusal.__doc__ or str(refusal), 1)
        raise


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


def _print(facts: object, as_json: bool, words: str) -> None:
    print(json.dumps(facts, indent=1) if as_json else words)


def _fail(words: str, code: int) -> NoReturn:
    print(f"midway: {words}", file=sys.stderr)
    sys.exit(code)


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
    from django.db import DatabaseError, connection

    try:
        connection.ensure_connection()
    except DatabaseError:
        return False
    return True
