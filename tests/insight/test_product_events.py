"""Product events out of the journal, to a real collector over HTTP."""

import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection
from tests.cast import NOW, Cast, make_cast, make_visit
from tests.house.test_sizes_and_names import ROOT
from tests.insight.collector import StandInCollector, collecting

from midway.core.actor import SYSTEM, VISITOR
from midway.insight.actions import give_analytics_consent, withdraw_analytics_consent
from midway.insight.gateways.segment import Segment
from midway.insight.models import Bookmark, DeliveryCount
from midway.insight.product_events import BATCH, Told, tell_product_events
from midway.insight.tracking_plan import BY_JOURNAL, PLAN, NotInThePlan, Property, TrackedEvent, as_text
from midway.journal.actions import record

SECRET = "s" * 40


@pytest.fixture
def collector() -> Iterator[StandInCollector]:
    with collecting() as found:
        yield found


def tell(collector: StandInCollector, *, now: datetime = NOW) -> Told:
    gateway = Segment(write_key="the-key", host=collector.url)
    return tell_product_events(collector=gateway, secret=SECRET, clock=lambda: now)


def book(subject: UUID | None = None, **facts: object) -> UUID:
    said = {"start": NOW + timedelta(days=3), "price_cents": 12900, **facts}
    return record(event="booking.visit.booked", subject=subject or uuid4(), by=VISITOR, at=NOW, facts=said)


pytestmark = pytest.mark.django_db(transaction=True)


def test_what_happens_is_told_once_with_the_key(collector: StandInCollector) -> None:
    tell(collector)  # the first turn sets the bookmark: the past is not told
    code = book()
    assert tell(collector) == Told(1, 0)
    assert tell(collector) == Told(0, 0)
    ((path, headers, body),) = collector.requests
    assert path == "/v1/batch"
    assert b64decode(headers["Authorization"].removeprefix("Basic ")) == b"the-key:"
    (event,) = body["batch"]
    assert (event["event"], event["messageId"]) == ("Visit Booked", str(code))
    assert event["properties"] == {"price_cents": 12900, "days_ahead": 3, "is_recurring": False, "by": "customer"}


def test_nothing_about_anybody_is_told(collector: StandInCollector) -> None:
    tell(collector)
    visit = uuid4()
    book(visit, name="Dora Explorer", email="dora@example.com", notes="key under the mat")
    record(event="booking.visit.cancelled", subject=visit, by=VISITOR, at=NOW,
           facts={"reason": "Dora is ill", "fee_cents": 0, "is_late": False})  # fmt: skip
    record(event="customers.access_notes.shown", subject=visit, by=SYSTEM, at=NOW, facts={"notes": "key"})
    tell(collector)
    told = json.dumps([body for _, _, body in collector.requests])
    assert len(collector.events) == 2
    for words in ("Dora", "dora", "key under", "ill", str(visit), visit.hex):
        assert words not in told


def test_only_who_agreed_can_be_told_apart(collector: StandInCollector) -> None:
    cast = make_cast()
    tell(collector)
    customer = cast.dora.code
    subject = _visit_of(cast)
    book(subject)
    book(subject)
    tell(collector)
    give_analytics_consent(customer=customer, by=VISITOR, now=NOW)
    give_analytics_consent(customer=customer, by=VISITOR, now=NOW)
    book(subject)
    book(subject)
    tell(collector)
    withdraw_analytics_consent(customer=customer, by=VISITOR, now=NOW)
    book(subject)
    tell(collector)
    names = [event["anonymousId"] for event in collector.events]
    assert len(set(names[:2])) == 2
    assert names[2] == names[3]
    assert names[4] not in names[:4]
    assert customer.hex not in " ".join(names)


def _visit_of(cast: Cast) -> UUID:
    visit = make_visit(
        premises=cast.flat, price_list=cast.price_list, service=cast.regular, start=NOW + timedelta(days=3)
    )
    return visit.code


def test_a_collector_that_is_away_is_told_the_same_later(collector: StandInCollector) -> None:
    tell(collector)
    codes = {str(book()) for _ in range(3)}
    collector.statuses = [503]
    assert tell(collector) == Told(0, 0)
    assert len(collector.requests) == 2  # once more at once
    assert collector.requests[1][1]["X-Retry-Count"] == "1"
    assert tell(collector, now=NOW + timedelta(seconds=10)) == Told(0, 0)
    assert len(collector.requests) == 2  # it rests
    collector.statuses = [200]
    assert tell(collector, now=NOW + timedelta(seconds=40)) == Told(3, 0)
    assert {event["messageId"] for event in collector.events[-3:]} == codes
    assert Bookmark.objects.get().failures_in_a_row == 0


def test_one_slip_of_the_line_is_made_good_at_once(collector: StandInCollector) -> None:
    tell(collector)
    book()
    collector.statuses = [502, 200]
    assert tell(collector) == Told(1, 0)


def test_what_is_refused_for_good_is_counted_and_holds_up_nothing(collector: StandInCollector) -> None:
    tell(collector)
    book()
    collector.statuses = [400]
    assert tell(collector) == Told(0, 1)
    collector.statuses = [200]
    book()
    assert tell(collector) == Told(1, 0)
    row = DeliveryCount.objects.get()
    assert (row.sent, row.taken, row.refused) == (2, 1, 1)


def test_a_wrong_key_loses_nothing(collector: StandInCollector) -> None:
    tell(collector)
    book()
    collector.statuses = [401]
    assert tell(collector) == Told(0, 0)
    collector.statuses = [200]
    assert tell(collector, now=NOW + timedelta(hours=2)) == Told(1, 0)


def test_many_go_in_batches(collector: StandInCollector) -> None:
    tell(collector)
    for _ in range(BATCH + 5):
        book()
    assert tell(collector) == Told(BATCH + 5, 0)
    assert [len(body["batch"]) for _, _, body in collector.requests] == [BATCH, 5]


def test_an_entry_that_comes_to_light_late_is_not_passed_over(collector: StandInCollector) -> None:
    """A transaction took its number first and ends last."""
    tell(collector)
    words = connection.get_connection_params()
    plain = {name: words[name] for name in ("dbname", "user", "host", "port") if words.get(name)}
    with psycopg.connect(**plain) as slow:
        slow.execute(
            "INSERT INTO journal_entry (code, at, event, actor_kind, actor_label, subject, request_id, facts)"
            " VALUES (gen_random_uuid(), now(), 'booking.plan.ended', 'user', '', gen_random_uuid(), '', '{}')"
        )
        book()
        told = [tell(collector).taken for _ in range(3)]
        slow.commit()
    told += [tell(collector).taken for _ in range(3)]
    assert sum(told) == 2
    assert sorted(event["event"] for event in collector.events) == ["Plan Ended", "Visit Booked"]


def test_facts_outside_the_plan_stay_here(collector: StandInCollector) -> None:
    tell(collector)
    record(event="booking.visit.booked", subject=uuid4(), by=VISITOR, at=NOW, facts={"price_cents": 1})  # no start
    assert tell(collector) == Told(0, 1)
    assert collector.requests == []


def test_a_plan_cannot_say_more_than_it_declares() -> None:
    stars = Property("stars", int, "one to five")
    says_more = TrackedEvent("X", "x.y.z", "", (stars,), lambda facts, at: {"stars": 5, "name": "Dora"})
    says_other = TrackedEvent("X", "x.y.z", "", (stars,), lambda facts, at: {"stars": "Dora"})
    for event in (says_more, says_other):
        with pytest.raises(NotInThePlan):
            event.properties_of({}, NOW)


def test_no_property_is_free_text() -> None:
    for event in PLAN:
        for one in event.properties:
            assert one.kind in {int, bool} or (one.kind is str and one.words)
    assert len(BY_JOURNAL) == len(PLAN)


def test_the_plan_for_people_is_current() -> None:
    assert (ROOT / "docs" / "tracking-plan.md").read_text() == as_text(), "run tools/tracking_plan.py"
