"""Who hears of what upkeep found: at once when it is critical, and once per cadence in a digest."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from midway.accounts.access import Right, has_right
from midway.accounts.models import User
from midway.messaging.actions import enqueue_message
from midway.messaging.models import OutboxMessage
from midway.ops.actions import subject_of
from midway.ops.actions.incidents.mark_alarm import alarm_link
from midway.ops.chats import say_in_chats
from midway.ops.incidents.measures import proposed_for_digest
from midway.ops.incidents.opening import open_from
from midway.ops.models import Incident, ProcedureState
from midway.ops.procedure import WORST_FIRST, Cadence, Kind, Outcome, Procedure, Status
from midway.ops.standing import standings
from midway.runtime.database import one_transaction

SHOWN = 20
Own = Callable[[User, str], dict[str, Any]]


def listeners() -> list[User]:
    """Everybody who may see the System page."""
    return [user for user in User.objects.filter(is_active=True).order_by("id") if has_right(user, Right.SEE_SYSTEM)]


def tell_what_was_found(outcomes: Sequence[Outcome], *, now: datetime) -> None:
    """Will open incidents for what is critical and call somebody, and tell of the rest that nobody is called about.

    What a repair came to concerns whoever asked for it, and nobody else.
    """
    looked = [outcome for outcome in outcomes if outcome.procedure.kind is not Kind.REPAIR]
    tell_of_alarms(open_from(looked, now=now), now=now)


@one_transaction
def tell_of_alarms(outcomes: Sequence[Outcome], *, now: datetime) -> None:
    """Will tell at once of what is critical; of the same trouble only once, until it was fine in between."""
    for outcome in outcomes:
        if outcome.status is not Status.CRIT or not outcome.is_raised:
            continue
        state = ProcedureState.objects.select_for_update().filter(procedure=outcome.procedure.id).first()
        since = state.bad_since_at if state else None
        facts = {
            "title": outcome.procedure.title,
            "says": outcome.summary,
            "step": outcome.next_step,
            "url": f"{settings.PUBLIC_URL}/office/system/{outcome.procedure.id}/",
        }
        key = f"upkeep:{outcome.procedure.id}:{(since or now).astimezone(UTC):%Y%m%dT%H%M%S}"
        if _write(key, "upkeep_alarm", subject=outcome.procedure.id, facts=facts, own=_mark_link(outcome), now=now):
            says = f"{_meant(outcome.procedure)}\n{outcome.next_step}\n{facts['url']}"
            say_in_chats(f"Critical: {outcome.summary}", says)


@one_transaction
def send_digest(*, cadence: Cadence, now: datetime) -> None:
    """Will send what stands open among the procedures of this cadence; on quiet days no daily one is sent.

    The daily one also names the incidents nobody has, of which those that call nobody are heard of nowhere else; the
    weekly one proposes what calls people for nothing. Where nothing was looked at yet there is nothing to tell.
    """
    rows = [row for row in standings(now=now, zone=UTC) if row.procedure.cadence is cadence]
    needs = sorted((row for row in rows if row.needs_you), key=lambda row: WORST_FIRST.index(row.status))
    waiting = _waiting() if cadence is Cadence.DAILY else []
    noisy = _noisy(now) if cadence is Cadence.WEEKLY else []
    if not waiting and (not any(row.latest for row in rows) or (cadence is Cadence.DAILY and not needs)):
        return
    lines = [
        {"title": row.procedure.title, "says": row.latest.summary, "step": row.latest.next_step}
        for row in needs[:SHOWN]
        if row.latest
    ]
    facts = {
        "cadence": cadence.value,
        "looked": sum(1 for row in rows if row.latest and not row.is_late),
        "all": len(rows),
        "needs": len(needs) + len(waiting),
        "lines": lines,
        "waiting": waiting,
        "noisy": noisy,
        "incidents_url": f"{settings.PUBLIC_URL}/office/incidents/",
        "url": f"{settings.PUBLIC_URL}/office/system/",
    }
    key = f"upkeep:{cadence.value}:{now.astimezone(UTC):%Y-%m-%d}"
    if _write(key, "upkeep_digest", subject=cadence.value, facts=facts, now=now) and lines:
        say_in_chats("Midway", "\n".join(f"{line['says']} (It should be: {line['title']})" for line in lines))


def _waiting() -> list[dict[str, Any]]:
    """The open incidents nobody has yet, the most urgent first."""
    found = Incident.objects.filter(closed_at=None, acknowledged_at=None).order_by("priority", "opened_at")
    return [
        {"priority": one.priority, "title": one.title, "since": f"{one.opened_at:%Y-%m-%d %H:%M} UTC"}
        for one in found[:SHOWN]
    ]


def _noisy(now: datetime) -> list[dict[str, Any]]:
    """What was useful in under half of its calls."""
    return [
        {"procedure": one.procedure, "useful": one.useful, "all": one.useful + one.useless}
        for one in proposed_for_digest(now=now)
    ]


def _mark_link(outcome: Outcome) -> Own:
    def own(user: User, message: str) -> dict[str, Any]:
        return {"mark_url": alarm_link(message=message, procedure=outcome.procedure.id, user=user)}

    return own


def _write(
    key: str, template: str, *, subject: str, facts: dict[str, Any], own: Own = lambda user, message: {}, now: datetime
) -> bool:
    """Will put it in the outbox for everybody who listens; says whether that was news. `own` adds what is theirs."""
    people = listeners()
    keys = {user.pk: f"{key}:{user.pk}" for user in people}
    if people and OutboxMessage.objects.filter(key__in=keys.values()).exists():
        return False
    for user in people:
        enqueue_message(
            key=keys[user.pk],
            template=template,
            to=user.email,
            language=user.language,
            subject_code=subject_of(subject),
            facts={**facts, **own(user, keys[user.pk])},
            now=now,
        )
    return True


def _meant(procedure: Procedure) -> str:
    """The title says how it is when all is well."""
    return f"It should be: {procedure.title}"
