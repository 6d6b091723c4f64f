"""Bring new rules for changes into force."""

from datetime import date, datetime
from uuid import UUID, uuid5

from django.db.models import Max

from midway.booking.models import Policy, Service
from midway.booking.policies import Rulebook, terms_to_json
from midway.core.actor import SYSTEM, Actor
from midway.core.policy import PolicyTerms
from midway.crew.models import Branch
from midway.journal.actions import record
from midway.runtime.database import one_transaction

_SUBJECTS = UUID("0b6a8d24-5d5b-4c0e-8a63-3a7f0d1e9c55")


def policy_subject(branch: Branch) -> UUID:
    """What the journal calls a branch's rules."""
    return uuid5(_SUBJECTS, branch.code)


@one_transaction
def publish_policy(
    *, branch: Branch, service: Service | None, terms: PolicyTerms, effective_on: date, by: Actor, now: datetime
) -> Policy:
    """Will add the next version of a branch's rules, or of one of its services; what was decided stays decided."""
    locked = Branch.objects.select_for_update(no_key=True).get(pk=branch.pk)
    versions = Policy.objects.filter(branch=branch, service=service)
    latest = versions.aggregate(Max("version"))["version__max"] or 0
    policy = Policy.objects.create(
        branch=branch,
        service=service,
        version=latest + 1,
        effective_on=effective_on,
        terms=terms_to_json(terms),
        created_at=now,
        by_label=by.label,
    )
    record(
        event="booking.policy.published",
        subject=policy_subject(branch),
        by=by,
        at=now,
        facts={
            "version": policy.version,
            "effective_on": effective_on,
            "service": None if service is None else service.code,
        },
    )
    _follow(locked, now=now)
    return policy


@one_transaction
def follow_policies(*, now: datetime) -> int:
    """Will have every branch offer times by the policy that is in force today, and give how many changed."""
    branches = Branch.objects.select_for_update(no_key=True).order_by("id")
    return sum(_follow(branch, now=now) for branch in branches)


def _follow(branch: Branch, *, now: datetime) -> bool:
    # Notice and horizon for booking stand beside the calendar, where every question for a free time reads them.
    terms, policy = Rulebook(branch).terms(service_id=None, now=now)
    wanted = terms.booking_notice_minutes, terms.horizon_days
    if policy is None or (branch.notice_minutes, branch.horizon_days) == wanted:
        return False
    branch.notice_minutes, branch.horizon_days = wanted
    branch.save(update_fields=["notice_minutes", "horizon_days"])
    record(
        event="booking.policy.took_effect",
        subject=policy_subject(branch),
        by=SYSTEM,
        at=now,
        facts={"version": policy.version, "notice_minutes": wanted[0], "horizon_days": wanted[1]},
    )
    return True
