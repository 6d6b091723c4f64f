"""Every night what has been kept long enough goes, and not a day earlier."""

import os
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.booking.deeds import visit_at
from tests.booking.plans.stage import start, year_cast
from tests.cast import NOW, Cast, make_absence, make_cast, make_customer, make_property, make_quote

from midway.accounts.models import SignInLink
from midway.booking.models import Cancellation, Rating, Visit, WaitingWish
from midway.core.actor import SYSTEM
from midway.crew.models import Absence, Cleaner, ShiftException
from midway.customers.models import Customer, Property
from midway.journal.actions import keep_before, record
from midway.journal.models import Before, Entry
from midway.messaging.models import OutboxMessage, SmsReply, WebhookDelivery, WebhookEndpoint
from midway.ops.schedule import SCHEDULE
from midway.privacy.actions import apply_retention

pytestmark = pytest.mark.django_db
DAY, YEAR = timedelta(days=1), timedelta(days=365)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def ages(limit: timedelta) -> list[datetime]:
    """A moment too early to go, and one late enough."""
    return [NOW - limit + DAY / 24, NOW - limit - DAY / 24]


def night() -> dict[str, int]:
    return {what: count for what, count in apply_retention(now=NOW).items() if count}


def test_sign_in_links_go_a_day_after_they_expired() -> None:
    for n, expired in enumerate(ages(DAY)):
        SignInLink.objects.create(email="dora@example.com", digest=str(n), created_at=expired, expires_at=expired)
    assert night() == {"sign-in links": 1}
    assert [link.digest for link in SignInLink.objects.all()] == ["0"]


def test_what_undoing_needs_goes_after_two_days_and_the_journal_stays() -> None:
    for at in ages(2 * DAY):
        entry = record(event="test.thing.happened", subject=uuid4(), by=SYSTEM, at=at)
        keep_before(entry=entry, subject=uuid4(), facts={}, at=at)
    assert night() == {"how things stood before a change": 1}
    assert (Before.objects.count(), Entry.objects.count()) == (1, 2)


def test_messages_and_answers_go_after_two_years_but_not_what_still_waits() -> None:
    for n, at in enumerate([*ages(2 * YEAR), NOW - 3 * YEAR]):
        OutboxMessage.objects.create(
            key=str(n), template="x", to="dora@example.com", subject_code=uuid4(), created_at=at, next_try_at=at,
            state="waiting" if n == 2 else "sent",
        )  # fmt: skip
    for n, at in enumerate(ages(2 * YEAR)):
        SmsReply.objects.create(gateway_code=str(n), phone="+14105550120", meaning="other", at=at)
    assert night() == {"messages": 1, "answers by text message": 1}
    assert sorted(OutboxMessage.objects.values_list("key", flat=True)) == ["0", "2"]


def test_deliveries_go_after_ninety_days() -> None:
    endpoint = WebhookEndpoint.objects.create(
        url="https://example.com", events=["*"], secret="x", created_at=NOW, created_by="Olga"
    )
    for at in ages(90 * DAY):
        record(event="test.thing.happened", subject=uuid4(), by=SYSTEM, at=at)
        delivery = WebhookDelivery.objects.latest("id")
        delivery.created_at, delivery.state = at, "delivered"
        delivery.save()
    assert night() == {"deliveries to other programs": 1}
    assert endpoint.deliveries.count() == 1


def test_where_somebody_lived_goes_after_they_left_and_their_name_stays(cast: Cast) -> None:
    here = {"phone": "410-555-0111", "home_latitude": 39.3, "home_longitude": -76.6}
    for cleaner, left in ((cast.ana, 91), (cast.ben, 89)):
        Cleaner.objects.filter(pk=cleaner.pk).update(left_on=(NOW - left * DAY).date(), **here)
    assert night() == {"where cleaners who left live": 1}
    assert Cleaner.objects.values_list("name", "phone", "home_latitude").get(pk=cast.ana.pk) == ("Ana", "", None)
    assert Cleaner.objects.get(pk=cast.ben.pk).phone == "410-555-0111"


def test_a_cleaners_name_goes_seven_years_after_they_left_and_the_hours_stay(cast: Cast) -> None:
    visit = visit_at(cast, NOW - 8 * YEAR, cast.ana, state="done")
    for cleaner, left in ((cast.ana, 7 * 365 + 3), (cast.ben, 7 * 365 + 1)):
        Cleaner.objects.filter(pk=cleaner.pk).update(
            employed_from=(NOW - 9 * YEAR).date(), left_on=(NOW - left * DAY).date(), phone=""
        )
    assert night() == {"names of cleaners who left seven years ago": 1}
    assert visit.assignments.get().cleaner.name == "[erased]"
    assert Cleaner.objects.get(pk=cast.ben.pk).name == "Ben"
    assert night() == {}


@pytest.mark.parametrize(
    ("setting", "name", "what"),
    [
        ("MAIL_DRAWER", "20260101T000000000000-ab.eml", "what lies in the drawers"),
        ("SMS_DRAWER", "20260101T000000000000-ab.json", "what lies in the drawers"),
        ("LOG_FOLDER", "web.log.1", "logs moved aside"),
    ],
)
def test_files_go_after_thirty_days(settings: Any, tmp_path: Path, setting: str, name: str, what: str) -> None:
    setattr(settings, setting, tmp_path)
    for n, at in enumerate(ages(30 * DAY)):
        path = tmp_path / f"{n}{name}"
        path.write_text("Dora")
        os.utime(path, (at.timestamp(), at.timestamp()))
    being_written = tmp_path / "web.log"
    if setting == "LOG_FOLDER":
        being_written.write_text("old lines")
        os.utime(being_written, (0, 0))

    assert night() == {what: 1}
    assert [path.name[0] for path in tmp_path.glob(f"*{name}")] == ["0"]
    assert being_written.exists() is (setting == "LOG_FOLDER")


def test_why_somebody_was_away_is_forgotten_after_three_years(cast: Cast) -> None:
    for end in ages(3 * YEAR):
        make_absence(cleaner=cast.ana, start=end - DAY / 48, end=end)
        ShiftException.objects.create(cleaner=cast.ana, on=(end - DAY).date(), reason="Exam")
    Absence.objects.update(note="A cold")
    assert night() == {"why somebody was away": 3}
    assert sorted(Absence.objects.values_list("reason", "note")) == [("other", ""), ("sick", "A cold")]


def test_the_way_into_a_home_is_forgotten_ninety_days_after_the_last_visit(cast: Cast) -> None:
    lately, long_ago = ages(90 * DAY)
    visit = visit_at(cast, lately - DAY / 12, cast.ana, state="done")
    Property.objects.update(created_at=NOW - YEAR)
    assert night() == {}
    Visit.objects.filter(pk=visit.pk).update(during=(long_ago - DAY / 12, long_ago))
    assert night() == {"how we get into homes we no longer clean": 1}
    assert Property.objects.get(pk=cast.flat.pk).access_notes == ""


def test_it_is_kept_while_a_regular_clean_goes_on_or_the_home_is_new() -> None:
    cast = year_cast()
    plan = start(cast)
    Property.objects.update(created_at=NOW - YEAR, access_notes="Ring twice")
    new = make_property(customer=cast.dora, line1="1 New Street")
    Visit.objects.filter(plan=plan).update(state="skipped")
    Visit.objects.update(during=(NOW - YEAR, NOW - YEAR + DAY / 12))
    plan.state, plan.paused_on = "paused", NOW.date()
    plan.save()
    assert night() == {}
    assert [home.access_notes for home in (plan.premises, new)] == ["Ring twice", "Key under the blue pot"]


def test_reasons_and_comments_are_forgotten_after_three_years_and_fees_stay(cast: Cast) -> None:
    for n, at in enumerate(ages(3 * YEAR)):
        visit = visit_at(cast, NOW + (n + 1) * DAY, state="cancelled")
        Cancellation.objects.filter(visit=visit).update(at=at, reason="Moving away", fee_cents=500)
        Rating.objects.create(visit=visit, stars=5, comment="Spotless", at=at)
    assert night() == {"reasons and comments": 2}
    assert sorted(Cancellation.objects.values_list("reason", "fee_cents")) == [("", 500), ("Moving away", 500)]
    assert sorted(Rating.objects.values_list("comment", "stars")) == [("", 5), ("Spotless", 5)]


def test_customers_of_seven_years_ago_are_erased(cast: Cast) -> None:
    long_ago = NOW - timedelta(days=7 * 365 + 3)
    gone = make_customer(name="Gone Long", created_at=long_ago)
    came_back = make_customer(name="Came Back", created_at=long_ago)
    visit = visit_at(cast, NOW - YEAR, cast.ana, state="done")
    Visit.objects.filter(pk=visit.pk).update(customer=came_back)
    assert night() == {"customers": 1}
    assert list(Customer.objects.filter(name="[erased]")) == [gone]


def test_who_waited_is_forgotten_ninety_days_later(cast: Cast) -> None:
    for days in (89, 91):
        WaitingWish.objects.create(
            branch=cast.branch, quote=make_quote(price_list=cast.price_list, service=cast.regular), name="Wanda",
            email="wanda@example.com", weekdays=[1], not_before=time(8), not_after=time(9), created_at=NOW,
            from_on=(NOW - YEAR).date(), until_on=(NOW - days * DAY).date(), state="lapsed",
        )  # fmt: skip
    assert night() == {"who waited for a time": 1}
    assert sorted(WaitingWish.objects.values_list("name", "email")) == [
        ("Wanda", "wanda@example.com"),
        ("[erased]", ""),
    ]


def test_a_second_night_has_nothing_to_do(cast: Cast) -> None:
    make_customer(created_at=NOW - 8 * YEAR)
    SignInLink.objects.create(email="a@example.com", digest="x", created_at=NOW - YEAR, expires_at=NOW - YEAR)
    assert night()
    assert night() == {}


def test_it_is_on_the_schedule() -> None:
    assert [entry.job for entry in SCHEDULE if entry.name == "apply-retention"] == [
        "midway.privacy.jobs:apply_retention"
    ]
