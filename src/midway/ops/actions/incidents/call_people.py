"""Call the next person about an incident, note that somebody answered, and test once a month that calls arrive."""

from datetime import datetime, timedelta

from midway.accounts.models import User
from midway.core.actor import SYSTEM, Actor
from midway.core.escalation import WITHIN, Called, may_be_called, next_to_call
from midway.journal.actions import record
from midway.ops.actions.incidents import NoSuchIncident, note
from midway.ops.incidents.calling import letter_of, send_by_outbox
from midway.ops.models import Call, Incident
from midway.ops.oncall.roster import Reach, Roster, roster
from midway.runtime.database import one_transaction

KEY_HOLDS = timedelta(days=14)


class NobodyOnCall(LookupError):
    """Nobody is on call: begin a rotation first."""


class CallOver(LookupError):
    """This call is over: its incident was closed a while ago, or the link is not whole."""


@one_transaction
def call_next(*, incident: Incident, now: datetime, found: Roster | None = None) -> Call | None:
    """Will call whoever is next, if it is time, and nobody else; gives the call.

    Nobody is called about what somebody has, about what waits for working hours, and nobody more than twice within a
    quarter of an hour: who was called has a page with everything that is open.
    """
    row = Incident.objects.select_for_update().get(pk=incident.pk)
    if row.acknowledged_at is not None or row.closed_at is not None:
        return None
    at_hand = found or roster()
    ladder = {person.id: person for person in at_hand.ladder(at=now)}
    earlier = [Called(one.user_id, one.at) for one in row.calls.order_by("at", "id")]
    within = at_hand.triage.answer_within(row.priority)
    person = next_to_call(list(ladder), earlier, answer_within=within, now=now)
    if person is None:
        return None
    # A test is no reason to keep silent when something breaks just after it.
    lately = Call.objects.filter(at__gt=now - WITHIN, incident__isnull=False).values_list("user_id", "at")
    if not may_be_called(person, [Called(*one) for one in lately], now=now):
        return None
    return _call(row, ladder[person], rung=len(earlier), now=now)


def _call(incident: Incident, person: Reach, *, rung: int, now: datetime) -> Call:
    made = Call.objects.create(incident=incident, user_id=person.id, at=now)
    made.ways = send_by_outbox(letter_of(made), person, now=now)
    made.save(update_fields=["ways"])
    again = f" Nobody had answered ({rung} called before)." if rung else ""
    note(incident, "called", f"{person.name} was called by {made.ways}.{again}", by=SYSTEM, at=now)
    return made


@one_transaction
def answer_call(*, call: Call, by: Actor, now: datetime) -> Call:
    """Will note that this person has it; from then on nobody else is called. Raises `CallOver`."""
    row = Call.objects.select_for_update(of=["self"]).select_related("incident", "user").get(pk=call.pk)
    if row.at < now - KEY_HOLDS or (row.incident is not None and row.incident.closed_at and not row.answered_at):
        raise CallOver(CallOver.__doc__)
    if row.answered_at is not None:
        return row
    row.answered_at = max(now, row.at)
    row.save(update_fields=["answered_at"])
    record(event="ops.call.answered", subject=row.code, by=by, at=now, facts={"is_test": row.incident_id is None})
    if row.incident is not None:
        _acknowledge(row.incident, row.user, by=by, now=now)
    return row


@one_transaction
def acknowledge_incident(*, incident: Incident, owner: User | None, by: Actor, now: datetime) -> Incident:
    """Will note that somebody has it, whoever was called. Raises `NoSuchIncident` when it was closed."""
    row = Incident.objects.select_for_update().filter(pk=incident.pk, closed_at=None).first()
    if row is None:
        raise NoSuchIncident(NoSuchIncident.__doc__)
    _acknowledge(row, owner, by=by, now=now)
    return row


def _acknowledge(incident: Incident, owner: User | None, *, by: Actor, now: datetime) -> None:
    had = incident.acknowledged_at, incident.owner_id
    incident.acknowledge(owner=owner, at=now)
    if had != (incident.acknowledged_at, incident.owner_id):
        incident.save(update_fields=["acknowledged_at", "owner"])
        note(incident, "acknowledged", f"{owner.name if owner else by.label} has it.", by=by, at=now)


@one_transaction
def mark_call(*, call: Call, is_useful: bool, by: Actor, now: datetime) -> Call:
    """Will note whether it was worth calling for this."""
    call.is_useful, call.marked_at = is_useful, now
    call.save(update_fields=["is_useful", "marked_at"])
    record(event="ops.call.marked", subject=call.code, by=by, at=now, facts={"is_useful": is_useful})
    return call


@one_transaction
def call_as_test(*, by: Actor, now: datetime) -> Call:
    """Will call whoever is on call as if something had broken, saying that it is a test. Raises `NobodyOnCall`."""
    person = next(iter(roster().ladder(at=now)), None)
    if person is None:
        raise NobodyOnCall(NobodyOnCall.__doc__)
    made = Call.objects.create(incident=None, user_id=person.id, at=now)
    made.ways = send_by_outbox(letter_of(made), person, now=now)
    made.save(update_fields=["ways"])
    facts = {"person": person.name, "ways": made.ways}
    record(event="ops.call.tested", subject=made.code, by=by, at=now, facts=facts)
    return made


def latest_test() -> Call | None:
    """The last test."""
    return Call.objects.filter(incident=None).order_by("-at").first()
