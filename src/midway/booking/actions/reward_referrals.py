"""Whoever brought somebody and whoever came get their credit, once the newcomer's first visit is done."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.db.models import Exists, OuterRef

from midway.booking.actions.credits import NewCredit, issue_credit
from midway.booking.models import Credit, Referral, ReferralTerms, Visit
from midway.booking.payments import done_by
from midway.core.actor import SYSTEM, Actor
from midway.crew.models import Branch
from midway.journal.actions import record
from midway.runtime.database import one_transaction

_TERMS = UUID("0f0f6f6e-7d5e-4d0c-8f06-3c1a5bd0a5e2")
BROUGHT, CAME = "For bringing somebody", "For coming by a friend's code"


@one_transaction
def set_referral_terms(
    *, branch: Branch, referrer_cents: int, newcomer_cents: int, valid_days: int | None, by: Actor, now: datetime
) -> ReferralTerms:
    """Will give this for bringing somebody from now on; whoever was brought before gets what was promised then."""
    terms = ReferralTerms.objects.create(
        branch=branch, referrer_cents=referrer_cents, newcomer_cents=newcomer_cents, valid_days=valid_days, at=now,
        by_label=by.label,
    )  # fmt: skip
    facts = {"referrer_cents": referrer_cents, "newcomer_cents": newcomer_cents, "valid_days": valid_days}
    record(event="booking.referral_terms.set", subject=_subject(branch), by=by, at=now, facts=facts)
    return terms


def reward_referrals(*, now: datetime, by: Actor = SYSTEM) -> int:
    """Will reward every referral whose newcomer has been cleaned for, and give how many."""
    done = Visit.objects.filter(done_by(now), customer=OuterRef("newcomer"))
    waiting = Referral.objects.filter(Exists(done), rewarded_at=None).order_by("id")
    return sum(_reward(pk, by=by, now=now) for pk in waiting.values_list("pk", flat=True))


@one_transaction
def _reward(pk: int, *, by: Actor, now: datetime) -> bool:
    referral = (
        Referral.objects.select_for_update(of=("self",), no_key=True)
        .select_related("terms__branch", "referrer", "newcomer")
        .get(pk=pk)
    )
    if referral.rewarded_at is not None:
        return False
    terms = referral.terms
    for customer, cents, why in (
        (referral.referrer, terms.referrer_cents, BROUGHT),
        (referral.newcomer, terms.newcomer_cents, CAME),
    ):
        if cents and customer.erased_at is None:
            given = NewCredit(
                Credit.Kind.REFERRAL, cents, why, customer=customer, valid_to=_until(terms, now), referral=referral
            )
            issue_credit(branch=terms.branch, given=given, by=by, now=now)
    referral.rewarded_at = now
    referral.save(update_fields=["rewarded_at"])
    return True


def _until(terms: ReferralTerms, now: datetime) -> date | None:
    if terms.valid_days is None:
        return None
    return now.astimezone(terms.branch.zoneinfo).date() + timedelta(days=terms.valid_days)


def _subject(branch: Branch) -> UUID:
    return uuid5(_TERMS, branch.code)
