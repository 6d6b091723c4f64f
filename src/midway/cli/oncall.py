"""`midway oncall`: who is on call, and whether calls arrive."""

import sys
from datetime import datetime, time, timedelta

import click

from midway.cli.hand import fail, office_user, say, tried

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def oncall() -> None:
    """Who is called when something breaks."""


@oncall.command()
@_JSON
def who(as_json: bool) -> None:
    """Say who is on call now, and who is called after them. Exits 1 when nobody is."""
    _set_up()
    from midway.ops.oncall.roster import roster
    from midway.runtime.clock import now

    found = roster()
    first = found.on_call(at=now())
    ladder = [{"name": one.name, "email": one.email, "ways": one.ways.split()} for one in found.ladder(at=now())]
    words = f"{first.name} is on call." if first else "Nobody is on call: the owner is called."
    say(
        {"on_call": first.name if first else None, "ladder": ladder},
        as_json,
        "\n".join(
            [words, *(f"  {number}. {one['name']} ({', '.join(one['ways'])})" for number, one in enumerate(ladder, 1))]
        ),
    )
    sys.exit(0 if first else 1)


@oncall.command()
@click.option("--days", type=click.IntRange(1, 400), default=28, show_default=True)
@_JSON
def calendar(days: int, as_json: bool) -> None:
    """List the turns from now on, by the company's clock."""
    _set_up()
    from midway.core.timespan import Span
    from midway.ops.oncall.roster import roster
    from midway.runtime.clock import now

    found, moment = roster(), now()
    turns, lines = [], []
    for turn in found.turns(during=Span(moment, moment + timedelta(days=days))):
        name = found.people[turn.person].name if turn.person in found.people else None
        start, end = turn.start.isoformat(), turn.end.isoformat()
        turns.append({"name": name, "start": start, "end": end, "why": turn.why.value})
        span = " to ".join(f"{at.astimezone(found.zone):%a %Y-%m-%d %H:%M}" for at in (turn.start, turn.end))
        lines.append(f"{span} {name or 'somebody who left'} ({turn.why.value})")
    say({"turns": turns}, as_json, "\n".join(lines) or "There is no rotation yet: midway oncall rotate")


@oncall.command()
@click.argument("emails", nargs=-1, required=True)
@click.option("--from", "starts_on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The first day.")
@click.option("--at", "hand_over", default="09:00", show_default=True, help="When turns change, by the zone's clock.")
@click.option("--zone", default="", help="The time zone; the first branch's when it is not said.")
@click.option("--turn-days", type=click.IntRange(1, 31), default=7, show_default=True)
@_JSON
def rotate(
    emails: tuple[str, ...], starts_on: datetime, hand_over: str, zone: str, turn_days: int, as_json: bool
) -> None:
    """Have these people take turns, in this order."""
    _set_up()
    from midway.accounts.models import User
    from midway.core.actor import Actor, ActorKind
    from midway.ops.actions.rotate import (
        RotationAlreadyThen,
        RotationBegun,
        RotationEmpty,
        RotationOrder,
        ZoneUnknown,
        begin_rotation,
    )
    from midway.ops.oncall.roster import company_zone
    from midway.runtime.clock import now

    known = {
        user.email: user for user in User.objects.filter(email__in=[one.lower() for one in emails], is_active=True)
    }
    missing = [one for one in emails if one.lower() not in known]
    if missing:
        fail(f"Nobody has the address {', '.join(missing)}", 1)
    try:
        order = RotationOrder(
            [known[one.lower()] for one in emails], starts_on.date(), _hour(hand_over), zone or company_zone().key,
            turn_days,
        )  # fmt: skip
        made = begin_rotation(order=order, by=Actor(ActorKind.SYSTEM, "midway oncall"), now=now())
    except (RotationAlreadyThen, RotationBegun, RotationEmpty, ZoneUnknown) as refusal:
        fail(str(refusal), 1)
    say(
        {"code": str(made.code), "begins_at": made.begins_at.isoformat()},
        as_json,
        f"From {made.begins_at:%Y-%m-%d %H:%M} UTC on.",
    )


@oncall.command()
@click.argument("email")
@click.option("--phone", default="", help="A number that can be texted; without it none is.")
@click.option("--chat", default="", help="An Apprise address; - reads it from standard input, where nobody sees it.")
def contact(email: str, phone: str, chat: str) -> None:
    """Say how somebody is called besides by mail."""
    _set_up()
    from midway.core.actor import Actor, ActorKind
    from midway.ops.actions.contacts import set_contact
    from midway.runtime.clock import now

    person = office_user(email)
    if person is None:
        fail("Say whose contact it is, by their address", 1)
    address = sys.stdin.readline() if chat == "-" else chat
    by = Actor(ActorKind.SYSTEM, "midway oncall")
    tried(lambda: set_contact(user=person, phone=phone, chat=address, by=by, now=now()))
    ways = ["mail", *(["sms"] if phone else []), *(["chat"] if address.strip() else [])]
    print(f"{person.name} is called by {', '.join(ways)}.")


@oncall.command()
@_JSON
def test(as_json: bool) -> None:
    """Call whoever is on call as a test."""
    _set_up()
    from midway.core.actor import Actor, ActorKind
    from midway.ops.actions.incidents.call_people import NobodyOnCall, call_as_test
    from midway.runtime.clock import now

    try:
        call = call_as_test(by=Actor(ActorKind.SYSTEM, "midway oncall"), now=now())
    except NobodyOnCall as refusal:
        fail(str(refusal), 1)
    say({"name": call.user.name, "ways": call.ways.split()}, as_json, f"{call.user.name} was called by {call.ways}.")


def _hour(said: str) -> time:
    try:
        return time.fromisoformat(said)
    except ValueError:
        fail("Write the hour like 09:00", 1)


def _set_up() -> None:
    from midway.cli.attached import set_up

    set_up()
