"""Product events out of the journal, told in batches, each at least once and counted.

The journal is the outbox: nothing is written for them while somebody books. The collector drops what it was told twice
by `messageId`, which is the entry's code.
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import F

from midway.insight.models import AnalyticsConsent, Bookmark, DeliveryCount
from midway.insight.tracking_plan import BY_JOURNAL, WHO, NotInThePlan, whose_hand
from midway.journal.models import Entry

log = structlog.get_logger("midway.insight")

BATCH = 100
MOST_BATCHES = 50
FIRST_REST, LONGEST_REST = timedelta(seconds=30), timedelta(hours=1)
BOOKMARK = "segment"


class CollectorAway(Exception):
    """The collector cannot be reached or has no time: the same events are told again later."""


class EventsRefused(Exception):
    """The collector will not take these events, however often they are told."""


class Collector(Protocol):
    """Takes a batch. Raises `CollectorAway` or `EventsRefused`."""

    def take(self, batch: Sequence[dict[str, Any]]) -> None:
        """Will hand the batch over."""


@dataclass(frozen=True)
class Told:
    """What one turn told."""

    taken: int = 0
    refused: int = 0


def tell_product_events(*, collector: Collector, secret: str, clock: Callable[[], datetime]) -> Told:
    """Will tell what happened since the last turn. While the collector is away it is asked less and less often."""
    bookmark, is_new = Bookmark.objects.get_or_create(name=BOOKMARK)
    if is_new:
        _begin_now(bookmark)
        return Told()
    if _rests(bookmark, clock()):
        return Told()
    told = Told()
    _look_ahead()
    for _ in range(MOST_BATCHES):
        try:
            more = _tell_one_batch(collector, secret, clock())
        except CollectorAway as problem:
            _note_failure(str(problem), clock())
            break
        if more is None:
            break
        told = Told(told.taken + more.taken, told.refused + more.refused)
    return told


def _begin_now(bookmark: Bookmark) -> None:
    """A collector is told what happens from now on, not the past it was not there for."""
    last = Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    bookmark.told_entry = bookmark.seen_entry = last
    bookmark.save()


def _rests(bookmark: Bookmark, now: datetime) -> bool:
    if not bookmark.failures_in_a_row or bookmark.failed_at is None:
        return False
    rest = min(FIRST_REST * 2 ** min(bookmark.failures_in_a_row - 1, 10), LONGEST_REST)
    return bool(now < bookmark.failed_at + rest)


@transaction.atomic
def _look_ahead() -> None:
    """Will move on what may be told, once every transaction has ended that ran when it was seen."""
    bookmark = Bookmark.objects.select_for_update().get(name=BOOKMARK)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint,"
            " (SELECT coalesce(max(id), 0) FROM journal_entry) FROM pg_current_snapshot() AS s"
        )
        oldest_running, next_one, last = cursor.fetchone()
    if bookmark.told_entry == bookmark.seen_entry:
        bookmark.seen_entry, bookmark.seen_transaction = max(last, bookmark.seen_entry), next_one
        bookmark.save()
    log.debug("insight.journal.seen", seen=bookmark.seen_entry, running=oldest_running)


@transaction.atomic
def _tell_one_batch(collector: Collector, secret: str, now: datetime) -> Told | None:
    bookmark = Bookmark.objects.select_for_update(skip_locked=True).filter(name=BOOKMARK).first()
    if bookmark is None or bookmark.told_entry >= bookmark.seen_entry or not _has_settled(bookmark):
        return None
    entries = list(
        Entry.objects.filter(pk__gt=bookmark.told_entry, pk__lte=bookmark.seen_entry, event__in=BY_JOURNAL)
        .order_by("pk")[:BATCH]
    )  # fmt: skip
    events, kept_back = _events_of(entries, secret)
    refused = Counter(kept_back)
    if events:
        try:
            collector.take(events)
        except EventsRefused as problem:
            refused.update(event["event"] for event in events)
            log.warning("insight.events.refused", error=str(problem), events=len(events))
            bookmark.last_error = str(problem)[:200]
    bookmark.told_entry = entries[-1].pk if len(entries) == BATCH else bookmark.seen_entry
    bookmark.failures_in_a_row, bookmark.failed_at = 0, None
    bookmark.save()
    sent = Counter(BY_JOURNAL[entry.event].name for entry in entries)
    _count(sent, refused, now)
    return Told(sent.total() - refused.total(), refused.total())


def _has_settled(bookmark: Bookmark) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint >= %s", [bookmark.seen_transaction]
        )
        return bool(cursor.fetchone()[0])


def _events_of(entries: Sequence[Entry], secret: str) -> tuple[list[dict[str, Any]], list[str]]:
    agreed = _who_agreed(entries)
    events, kept_back = [], []
    for entry in entries:
        tracked = BY_JOURNAL[entry.event]
        try:
            says = tracked.properties_of(entry.facts, entry.at)
        except (NotInThePlan, KeyError, ValueError, TypeError) as problem:
            log.warning("insight.event.kept_back", journal=entry.event, error=type(problem).__name__)
            kept_back.append(tracked.name)
            continue
        by = whose_hand(entry.actor_kind)
        WHO.check(by)
        events.append(
            {
                "type": "track",
                "event": tracked.name,
                "messageId": str(entry.code),
                "timestamp": entry.at.isoformat(),
                "anonymousId": _name_of(agreed.get(entry.subject), entry, secret),
                "properties": {**says, "by": by},
                # Segment would otherwise note our server's address as the customer's.
                "context": {"ip": "0.0.0.0", "library": {"name": "midway"}},  # noqa: S104 - not bound, said
            }
        )
    return events, kept_back


def _name_of(customer: UUID | None, entry: Entry, secret: str) -> str:
    """A name that stays the same for somebody who agreed, and is new each time for everybody else."""
    if customer is None:
        return entry.code.hex
    return hmac.new(secret.encode(), b"product events:" + customer.bytes, hashlib.sha256).hexdigest()[:32]


def _who_agreed(entries: Sequence[Entry]) -> dict[UUID, UUID]:
    """Visits and plans among the subjects whose customers agreed, with the customer."""
    if not AnalyticsConsent.objects.exists():
        return {}
    from midway.booking.models import Plan, Visit

    subjects = [entry.subject for entry in entries]
    agreed = AnalyticsConsent.objects.values("customer")
    found: dict[UUID, UUID] = {}
    for model in (Visit, Plan):
        rows = model.objects.filter(code__in=subjects, customer__code__in=agreed)
        found.update(rows.values_list("code", "customer__code"))
    return found


def _count(sent: "Counter[str]", refused: "Counter[str]", now: datetime) -> None:
    for name, count in sent.items():
        row, _ = DeliveryCount.objects.get_or_create(on=now.date(), event=name)
        gone = refused[name]
        DeliveryCount.objects.filter(pk=row.pk).update(
            sent=F("sent") + count, refused=F("refused") + gone, taken=F("taken") + count - gone
        )


def _note_failure(why: str, now: datetime) -> None:
    Bookmark.objects.filter(name=BOOKMARK).update(
        failures_in_a_row=F("failures_in_a_row") + 1, failed_at=now, last_error=why[:200]
    )
    log.warning("insight.collector.away", error=why)
