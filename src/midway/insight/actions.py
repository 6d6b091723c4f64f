"""Agreeing to be told apart in product events, and taking it back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from midway.core.actor import Actor
from midway.insight.models import AnalyticsConsent
from midway.journal.actions import record


@transaction.atomic
def give_analytics_consent(*, customer: UUID, by: Actor, now: datetime) -> None:
    """Will note that this customer agreed; saying it twice changes nothing."""
    _, is_new = AnalyticsConsent.objects.get_or_create(customer=customer, defaults={"given_at": now})
    if is_new:
        record(event="insight.consent.given", subject=customer, by=by, at=now)


@transaction.atomic
def withdraw_analytics_consent(*, customer: UUID, by: Actor, now: datetime) -> None:
    """Will forget that they agreed: from now on nothing they do is told apart from what others do."""
    gone, _ = AnalyticsConsent.objects.filter(customer=customer).delete()
    if gone:
        record(event="insight.consent.withdrawn", subject=customer, by=by, at=now)
