"""Open an incident: once for one cause, with everything frozen that is known at that moment."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import IntegrityError, transaction

from midway.core.actor import Actor
from midway.core.triage import Impact, Severity
from midway.ops.actions import ReasonMissing
from midway.ops.actions.incidents import note
from midway.ops.incidents.evidence import evidence_now
from midway.ops.incidents.triage import triage
from midway.ops.models import Incident
from midway.runtime.database import one_transaction

SEEN_AGAIN_AFTER = timedelta(hours=1)
"""So often the timeline says that the same finding came again."""


@dataclass(frozen=True)
class IncidentOrder:
    """What is known of something that broke."""

    title: str
    source: Incident.Source
    severity: Severity
    impact: Impact
    fingerprint: str = ""
    procedure: str = ""
    began_at: datetime | None = None
    says: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Opened:
    """The incident of this cause, and whether it is a new one."""

    incident: Incident
    is_new: bool


@one_transaction
def open_incident(*, order: IncidentOrder, by: Actor, now: datetime) -> Opened:
    """Will open an incident; where one is open for the same cause, will say there that it was seen again.

    Raises `ReasonMissing` without a title.
    """
    title = " ".join(order.title.split())[:200]
    if not title:
        raise ReasonMissing(ReasonMissing.__doc__)
    found = _open_one(order.fingerprint)
    if found is None:
        frozen = evidence_now(procedure=order.procedure, facts=order.facts, now=now)
        try:
            with transaction.atomic():
                made = _made(order, title, frozen, now=now)
        except IntegrityError:  # somebody else saw the same at the same moment
            found = _open_one(order.fingerprint)
            if found is None:
                raise
        else:
            note(made, "opened", order.says or title, by=by, at=now, facts={"source": order.source.value})
            return Opened(made, is_new=True)
    _seen_again(found, order, by=by, now=now)
    return Opened(found, is_new=False)


def _open_one(fingerprint: str) -> Incident | None:
    return Incident.objects.filter(fingerprint=fingerprint, closed_at=None).first() if fingerprint else None


def _made(order: IncidentOrder, title: str, frozen: Mapping[str, Any], *, now: datetime) -> Incident:
    text = orjson.dumps(frozen, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode()
    text = text.replace("\\u0000", "")
    return Incident.objects.create(
        title=title,
        source=order.source,
        fingerprint=order.fingerprint[:200],
        procedure=order.procedure,
        severity=order.severity.value,
        impact=order.impact.value,
        priority=int(triage().priority_of(order.severity, order.impact)),
        began_at=min(order.began_at or now, now),
        opened_at=now,
        evidence=text,
        evidence_hash=hashlib.sha256(text.encode()).hexdigest(),
    )


def _seen_again(incident: Incident, order: IncidentOrder, *, by: Actor, now: datetime) -> None:
    latest = incident.timeline.filter(kind__in=["opened", "seen"]).order_by("-at").first()
    is_reported = order.source in {Incident.Source.CUSTOMER, Incident.Source.CLEANER}
    if is_reported or latest is None or now >= latest.at + SEEN_AGAIN_AFTER:
        note(incident, "seen", f"Seen again: {order.says or order.title}"[:2000], by=by, at=now)
