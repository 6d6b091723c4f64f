"""Calendar feeds, read again by two other readers."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

import ics
import pytest
import time_machine
from django.test import Client
from icalendar import Calendar
from tests.booking.plans.stage import TUESDAY, start, visit_on, year_cast
from tests.cast import NOW, Cast, at, by_user, make_cast, make_visit

from midway.booking.actions import cancel_visit, revoke_feed
from midway.booking.actions.change_occurrence import skip_occurrence
from midway.booking.feeds import cleaner_feed_address, customer_feed_address, feed_by_token, feed_file
from midway.booking.models import CalendarFeed, Visit
from midway.core.actor import VISITOR

pytestmark = pytest.mark.django_db


def token_of(address: str) -> str:
    return address.rpartition("/")[2].removesuffix(".ics")


def read(address: str) -> Calendar:
    feed = feed_by_token(token_of(address))
    assert feed is not None
    return Calendar.from_ical(feed_file(feed, now=NOW).content)


def events(calendar: Calendar) -> dict[str, dict[str, object]]:
    return {str(event["uid"]): event for event in calendar.walk("VEVENT")}


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def visit_of(cast: Cast) -> Visit:
    return make_visit(
        premises=cast.flat, price_list=cast.price_list, service=cast.regular, start=at("13:00"), cleaners=[cast.ana]
    )


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Paris", "Australia/Lord_Howe", "America/Santiago"])
def test_a_year_of_visits_keeps_its_clock_across_changes_in_two_readers(zone: str) -> None:
    cast = year_cast(zone=zone)
    tuesday_at_nine = at("09:00", on=TUESDAY + timedelta(days=1), zone=zone)
    plan = start(cast, start=tuesday_at_nine)
    feed = feed_by_token(token_of(customer_feed_address(plan.customer)))
    assert feed is not None
    content = feed_file(feed, now=NOW).content

    kept = {v.code: v.starts_at for v in Visit.objects.all()}
    found = Calendar.from_ical(content)
    assert len(kept) == len(events(found)) >= 51
    for event in found.walk("VEVENT"):
        assert event.decoded("dtstart").timetz().replace(tzinfo=None) == time(9)
        assert event.decoded("dtstart").astimezone(ZoneInfo("UTC")) == kept[_code(str(event["uid"]))]
    # The second reader knows nothing of our zones: it takes them from the file's own rules.
    for other in ics.Calendar(content.decode()).events:
        assert other.begin.datetime.astimezone(ZoneInfo("UTC")) == kept[_code(other.uid)]
    (timezone,) = found.walk("VTIMEZONE")
    offsets = {str(part["tzoffsetto"].to_ical()) for part in timezone.subcomponents}
    assert len(offsets) == 2


def _code(uid: str) -> object:
    from uuid import UUID

    return UUID(uid.removesuffix("@midway"))


def test_a_cancelled_and_a_skipped_visit_stay_and_say_so(cast: Cast) -> None:
    visit = visit_of(cast)
    address = customer_feed_address(cast.dora)
    before = events(read(address))[f"{visit.code}@midway"]
    assert (str(before["status"]), int(str(before["sequence"]))) == ("CONFIRMED", 0)

    cancel_visit(visit=visit.code, reason="", by=VISITOR, now=NOW)

    after = events(read(address))[f"{visit.code}@midway"]
    assert str(after["status"]) == "CANCELLED"
    assert int(str(after["sequence"])) == 1


def test_a_skipped_date_is_cancelled_in_the_feed() -> None:
    cast = year_cast()
    plan = start(cast)
    later = TUESDAY + timedelta(days=14)
    skip_occurrence(visit=visit_on(plan, later).code, by=by_user(cast.olga), now=NOW)

    event = events(read(customer_feed_address(plan.customer)))[f"{visit_on(plan, later).code}@midway"]

    assert str(event["status"]) == "CANCELLED"


def test_a_cleaner_reads_a_first_name_and_an_area_and_nothing_that_opens_a_door(cast: Cast) -> None:
    cast.dora.name = "Dora Miller"
    cast.dora.save()
    visit = visit_of(cast)
    feed = feed_by_token(token_of(cleaner_feed_address(cast.ana)))
    assert feed is not None

    content = feed_file(feed, now=NOW).content.decode()

    assert "SUMMARY:Dora · Downtown" in content
    for secret in ("Miller", "Calico", "410-555", "Key under", "dora@", str(visit.premises.postcode)):
        assert secret not in content


def test_who_no_longer_comes_sees_it(cast: Cast) -> None:
    visit = visit_of(cast)
    visit.assignments.update(active=False)

    assert str(events(read(cleaner_feed_address(cast.ana)))[f"{visit.code}@midway"]["status"]) == "CANCELLED"
    assert not events(read(cleaner_feed_address(cast.ben)))


def test_the_address_is_secret_stays_and_can_be_revoked(cast: Cast) -> None:
    visit_of(cast)
    address = customer_feed_address(cast.dora)
    token = token_of(address)
    assert customer_feed_address(cast.dora) == address
    assert token[32:] not in str(CalendarFeed.objects.values().get())
    for wrong in (token[:-1] + "0", token[:32], "", "x" * 64, token[:-1]):
        assert wrong == token or feed_by_token(wrong) is None

    assert revoke_feed(owner=cast.dora, by=by_user(cast.olga), now=NOW)

    assert feed_by_token(token) is None
    assert customer_feed_address(cast.dora) != address
    assert not revoke_feed(owner=cast.ana, by=by_user(cast.olga), now=NOW)


@time_machine.travel(NOW, tick=False)
def test_a_program_that_has_it_is_not_sent_it_again(cast: Cast) -> None:
    visit = visit_of(cast)
    path = "/calendar/" + customer_feed_address(cast.dora).rpartition("/")[2]
    client = Client()

    first = client.get(path)
    again = client.get(path, headers={"if-none-match": first["ETag"]})

    assert first.status_code == 200
    assert first["Content-Type"] == "text/calendar; charset=utf-8"
    assert (again.status_code, again.content) == (304, b"")
    Visit.objects.filter(pk=visit.pk).update(revision=3)
    assert client.get(path, headers={"if-none-match": first["ETag"]}).status_code == 200
    assert client.get("/calendar/nonsense.ics").status_code == 404
