"""Ask customers how a visit was, after it."""

from datetime import datetime, time, timedelta

from midway.booking.models import Rating, Visit
from midway.booking.notifications import facts_of_visit, rating_url, recipient_for
from midway.core.timespan import local_instant
from midway.core.visit_states import VisitState
from midway.messaging.actions import tell
from midway.messaging.models import OutboxMessage
from midway.runtime.database import one_transaction

# Long enough to have come home, soon enough to remember.
ASK_AFTER = timedelta(hours=2)
NOT_BEFORE, NOT_AFTER = time(9), time(20)
FORGET_AFTER = timedelta(days=2)
# Whoever is cleaned for every week is not asked every week.
ASK_AT_MOST_EVERY = timedelta(days=27)
WAS_CLEANED = (VisitState.DONE, VisitState.SCHEDULED, VisitState.EN_ROUTE, VisitState.IN_PROGRESS)
TEMPLATE = "visit_rating"


@one_transaction
def ask_for_ratings(*, now: datetime) -> int:
    """Will ask about visits that ended two hours to two days ago, by day, a customer at most every four weeks.

    A visit that is past and was neither called off nor found locked counts as having taken place.
    Gives the number asked.
    """
    ended = (
        Visit.objects.filter(
            state__in=WAS_CLEANED,
            during__endswith__gt=now - FORGET_AFTER,
            during__endswith__lte=now - ASK_AFTER,
            during__startswith__gt=now - FORGET_AFTER - timedelta(days=1),
            customer__is_asked_for_rating=True,
        )
        .exclude(pk__in=Rating.objects.values("visit_id"))
        .select_related("branch", "booking", "customer", "premises", "service")
        .order_by("during", "id")
    )
    visits = [visit for visit in ended if _is_daytime(visit, now)]
    asked = set(
        OutboxMessage.objects.filter(
            recipient_code__in=[visit.customer.code for visit in visits],
            template=TEMPLATE,
            created_at__gt=now - ASK_AT_MOST_EVERY,
        ).values_list("recipient_code", flat=True)
    )
    count = 0
    for visit in visits:
        if visit.customer.code in asked:
            continue
        asked.add(visit.customer.code)
        count += 1
        tell(
            key=f"{TEMPLATE}:{visit.code}",
            template=TEMPLATE,
            recipient=recipient_for(visit),
            subject_code=visit.code,
            facts={**facts_of_visit(visit), "rating_url": rating_url(visit.code)},
            now=now,
            not_after=visit.ends_at + timedelta(days=7),
        )
    return count


def _is_daytime(visit: Visit, now: datetime) -> bool:
    zone = visit.branch.zoneinfo
    today = now.astimezone(zone).date()
    return local_instant(today, NOT_BEFORE, zone) <= now < local_instant(today, NOT_AFTER, zone)
