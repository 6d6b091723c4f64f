"""Which sign-in belongs to which cleaner."""

from datetime import datetime

from midway.accounts.models import User
from midway.core.actor import Actor
from midway.crew.models import Cleaner
from midway.journal.actions import record
from midway.runtime.database import one_transaction


@one_transaction
def let_sign_in(*, cleaner: Cleaner, user: User, by: Actor, now: datetime) -> None:
    """Will show this cleaner's day to whoever signs in as this user, in place of any sign-in before."""
    Cleaner.objects.filter(user=user).exclude(pk=cleaner.pk).update(user=None)
    Cleaner.objects.filter(pk=cleaner.pk).update(user=user)
    record(event="crew.cleaner.sign_in_given", subject=cleaner.code, by=by, at=now)
