"""Let go of slots whose customers went away."""

from datetime import datetime

from midway.booking.models import Hold
from midway.crew import calendar
from midway.runtime.database import one_transaction


@one_transaction
def expire_holds(*, now: datetime) -> int:
    """Will release every hold that has run out and give their number; holds being booked are left alone."""
    expired = Hold.objects.select_for_update(skip_locked=True).filter(state=Hold.State.OPEN, expires_at__lte=now)
    count = 0
    for hold in expired.order_by("id"):
        calendar.release(reference=hold.code)
        hold.state = Hold.State.RELEASED
        hold.save(update_fields=["state"])
        count += 1
    return count
