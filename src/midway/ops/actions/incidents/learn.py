"""What is learned from an incident: the post-mortem, and what is done so that it does not break that way again."""

from dataclasses import dataclass
from datetime import date, datetime

from midway.accounts.models import User
from midway.core.actor import Actor
from midway.ops.actions import reason_given
from midway.ops.actions.incidents import note
from midway.ops.incidents.draft import drafted
from midway.ops.incidents.prevention import check_proof
from midway.ops.models import FollowUp, Incident, PostMortem
from midway.runtime.database import one_transaction


class IncidentStillOpen(Exception):
    """It is not over yet: close the incident first, then write what was learned."""


class RootCauseMissing(ValueError):
    """Say what the root cause was, or that it could not be found and what was tried."""


class NothingFollows(Exception):
    """Name at least one thing that is done so that it does not break that way again."""


class FollowUpOver(LookupError):
    """This was done already."""


class DueInThePast(ValueError):
    """It is to be done on a day to come."""


@dataclass(frozen=True)
class Learned:
    """What people wrote into the draft."""

    summary: str
    impact: str
    root_cause: str
    factors: str = ""
    went_well: str = ""


@one_transaction
def draft_post_mortem(*, incident: Incident, by: Actor, now: datetime) -> PostMortem:
    """Will write the draft from the record, once. Raises `IncidentStillOpen`."""
    row = Incident.objects.select_for_update().get(pk=incident.pk)
    if row.closed_at is None:
        raise IncidentStillOpen(IncidentStillOpen.__doc__)
    known = PostMortem.objects.filter(incident=row).first()
    if known is not None:
        return known
    found = drafted(row)
    made = PostMortem.objects.create(
        incident=row, summary=found.summary, impact=found.impact, factors=found.factors, drafted_at=now
    )
    note(row, "drafted", "The post-mortem was drafted from the record.", by=by, at=now)
    return made


@one_transaction
def write_post_mortem(
    *, post_mortem: PostMortem, learned: Learned, finishes: bool, by: Actor, now: datetime
) -> PostMortem:
    """Will keep what was written. To finish it needs a root cause and something that follows.

    Raises `RootCauseMissing` or `NothingFollows`.
    """
    row = PostMortem.objects.select_for_update(of=["self"]).select_related("incident").get(pk=post_mortem.pk)
    row.summary, row.impact = learned.summary.strip(), learned.impact.strip()
    row.root_cause, row.factors, row.went_well = (
        learned.root_cause.strip(), learned.factors.strip(), learned.went_well.strip(),
    )  # fmt: skip
    if finishes:
        if not row.root_cause:
            raise RootCauseMissing(RootCauseMissing.__doc__)
        if not row.incident.follow_ups.exists():
            raise NothingFollows(NothingFollows.__doc__)
        row.finished_at, row.finished_by = now, by.label[:120]
    row.save()
    note(row.incident, "learned", "The post-mortem was finished." if finishes else "The post-mortem was changed.",
         by=by, at=now)  # fmt: skip
    return row


@one_transaction
def add_follow_up(
    *, incident: Incident, kind: FollowUp.Kind, says: str, owner: User, due_on: date, by: Actor, now: datetime
) -> FollowUp:
    """Will note what is to be done, by whom and until when. Raises `ReasonMissing` or `DueInThePast`."""
    words = reason_given(says)
    if due_on < now.date():
        raise DueInThePast(DueInThePast.__doc__)
    made = FollowUp.objects.create(incident=incident, kind=kind, says=words, owner=owner, due_on=due_on, created_at=now)
    note(incident, "follow-up", f"{kind.label}: {words} ({owner.name}, until {due_on})", by=by, at=now)
    return made


@one_transaction
def close_follow_up(*, follow_up: FollowUp, proof: str = "", by: Actor, now: datetime) -> FollowUp:
    """Will note that it was done. What prevents is done when a check that is new since the incident would ring.

    Raises `FollowUpOver` or one of the refusals of `prevention.check_proof`.
    """
    row = FollowUp.objects.select_for_update(of=["self"]).select_related("incident").get(pk=follow_up.pk)
    if row.closed_at is not None:
        raise FollowUpOver(FollowUpOver.__doc__)
    proof = proof.strip()
    if row.kind == FollowUp.Kind.PREVENT:
        check_proof(proof, incident=row.incident)
    row.closed_at, row.closed_by, row.proof = now, by.label[:120], proof[:300]
    row.save(update_fields=["closed_at", "closed_by", "proof"])
    note(row.incident, "followed-up", f"Done: {row.says}{f' (watched by {proof})' if proof else ''}", by=by, at=now)
    return row
