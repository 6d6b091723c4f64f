"""End a calendar feed's address, so that whoever has it reads nothing more."""

from datetime import datetime

from midway.core.actor import Actor
from midway.crew.models import Cleaner
from midway.customers.models import Customer
from midway.journal.actions import record
from midway.runtime.database import one_transaction


@one_transaction
def revoke_feed(*, owner: Customer | Cleaner, by: Actor, now: datetime) -> bool:
    """Will end the owner's address, if there is one; the next that is asked for is another. Says whether there was."""
    if not owner.calendar_feeds.filter(revoked_at__isnull=True).update(revoked_at=now):
        return False
    record(event="booking.feed.revoked", subject=owner.code, by=by, at=now)
    return True
