"""Enter into the database what happened while it was away: the incident with its calls and its timeline."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from midway.accounts.models import User
from midway.core.actor import SYSTEM, Actor
from midway.journal.actions import record
from midway.ops.actions.incidents import note
from midway.ops.incidents.away import AwayIncident
from midway.ops.incidents.evidence import evidence_now
from midway.ops.models import Call, Incident, TimelineEntry
from midway.runtime.database import one_transaction


@one_transaction
def adopt_incident(*, away: AwayIncident, by: Actor = SYSTEM, now: datetime) -> Incident:
    """Will enter it once, however often it is asked; into the open incident of the same cause where there is one."""
    fingerprint = f"procedure:{away.procedure}"
    known = Incident.objects.filter(code=away.code).first()
    if known is not None:
        return known
    people = set(User.objects.values_list("pk", flat=True))
    incident = Incident.objects.filter(fingerprint=fingerprint, closed_at=None).first()
    if incident is None:
        incident = _made(away, fingerprint, people, now=now)
    record(event="ops.incident.adopted", subject=incident.code, by=by, at=now, facts={"opened_at": away.opened_at})
    TimelineEntry.objects.bulk_create(
        TimelineEntry(
            incident=incident, at=datetime.fromisoformat(one["at"]), kind=one["kind"], by_label=one["by"][:120],
            text=one["text"],
        )
        for one in away.timeline
    )  # fmt: skip
    Call.objects.bulk_create(
        Call(
            code=UUID(one.code), incident=incident, user_id=one.user, at=datetime.fromisoformat(one.at), ways=one.ways,
            answered_at=datetime.fromisoformat(one.answered_at) if one.answered_at else None,
        )
        for one in away.calls
        if one.user in people
    )  # fmt: skip
    note(incident, "adopted", "The database is back; what was written meanwhile was entered.", by=by, at=now)
    return incident


def _made(away: AwayIncident, fingerprint: str, people: set[int], *, now: datetime) -> Incident:
    later: Mapping[str, Any] = evidence_now(procedure=away.procedure, facts=away.evidence.get("facts", {}), now=now)
    frozen = {**later, **away.evidence, "gathered_when_back": now.isoformat()}
    text = orjson.dumps(frozen, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode()
    return Incident.objects.create(
        code=UUID(away.code),
        title=away.title,
        source=Incident.Source.WATCH,
        fingerprint=fingerprint,
        procedure=away.procedure,
        severity=away.severity,
        impact=away.impact,
        priority=away.priority,
        owner_id=away.owner if away.owner in people else None,
        began_at=datetime.fromisoformat(away.began_at),
        opened_at=datetime.fromisoformat(away.opened_at),
        acknowledged_at=datetime.fromisoformat(away.acknowledged_at) if away.acknowledged_at else None,
        evidence=text,
        evidence_hash=hashlib.sha256(text.encode()).hexdigest(),
    )
