"""Reminders: a week and a day before, by the branch's clock, once for each date, and only of visits that stand."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from tests.booking.deeds import told, visit_at
from tests.cast import LORD_HOWE, NOW, TODAY, Cast, at, by_user, make_cast
from tests.messaging.conftest import MailServer, mail_server
from tests.statements import counted_statements

from midway.booking.actions import cancel_visit, reschedule_visit
from midway.booking.actions.remind_customers import remind_customers
from midway.booking.models import Visit
from midway.booking.reminder_queries import left_out
from midway.customers.models import Customer
from midway.messaging.delivery import deliver_due
from midway.messaging.models import OutboxMessage

pytestmark = pytest.mark.django_db
__all__ = ["mail_server"]
LONG_AGO = NOW - timedelta(days=30)
WEDNESDAY_WEEK = TODAY + timedelta(days=9)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def visit(cast: Cast) -> Visit:
    """Wednesday next week at ten, agreed a month ago."""
    return visit_at(cast, at("10:00", on=WEDNESDAY_WEEK), cast.ana, created_at=LONG_AGO)


def reminded(at_moment: datetime) -> int:
    return remind_customers(now=at_moment)


def days_before(days: int, clock: str = "10:00") -> datetime:
    return at(clock, on=WEDNESDAY_WEEK - timedelta(days=days))


def letters() -> list[str]:
    return list(OutboxMessage.objects.order_by("id").values_list("template", flat=True))


def test_a_week_before_and_the_day_before_once_each(visit: Visit) -> None:
    clock = days_before(9, "00:00")
    while clock < visit.starts_at:
        reminded(clock)
        clock += timedelta(hours=1)
    assert letters() == ["visit_reminder_week", "visit_reminder_day"]
    assert [m.created_at for m in OutboxMessage.objects.order_by("id")] == [days_before(7), days_before(1)]


def test_not_before_ten_by_the_branch_s_clock(visit: Visit) -> None:
    assert reminded(days_before(7, "09:59")) == 0
    assert reminded(days_before(7)) == 1


@pytest.mark.parametrize("on_day", [datetime(2026, 4, 4, tzinfo=UTC), datetime(2026, 10, 3, tzinfo=UTC)])
def test_where_clocks_change_in_between_it_is_ten_all_the_same(on_day: datetime) -> None:
    day = on_day.date()
    cast = make_cast(zone=LORD_HOWE)
    visit_at(cast, at("00:15", on=day + timedelta(days=1), zone=LORD_HOWE), created_at=LONG_AGO)
    ten = at("10:00", on=day, zone=LORD_HOWE)
    assert [reminded(ten - timedelta(minutes=1)), reminded(ten)] == [0, 1]


def test_what_was_moved_is_reminded_of_on_its_new_date_too(cast: Cast, visit: Visit) -> None:
    reminded(days_before(1))
    friday = at("10:00", on=WEDNESDAY_WEEK + timedelta(days=2))
    moved_at = days_before(1, "15:00")
    reschedule_visit(visit=visit.code, to=friday, by=by_user(cast.dan), now=moved_at)
    reminded(friday - timedelta(days=1))
    days = [m.facts["start"] for m in told("visit_reminder_day")]
    assert days == [visit.starts_at.isoformat(), friday.astimezone(UTC).isoformat()]


def test_moving_within_the_day_reminds_nobody_again(cast: Cast, visit: Visit) -> None:
    reminded(days_before(1))
    later = at("13:00", on=WEDNESDAY_WEEK)
    reschedule_visit(visit=visit.code, to=later, by=by_user(cast.dan), now=days_before(1, "11:00"))
    assert reminded(days_before(1, "23:00")) == 0


def test_who_was_just_told_is_not_reminded(cast: Cast, visit: Visit) -> None:
    fresh = visit_at(cast, at("15:00", on=WEDNESDAY_WEEK), cast.ben, created_at=days_before(1, "09:00"))
    reschedule_visit(
        visit=visit.code, to=at("13:00", on=WEDNESDAY_WEEK), by=by_user(cast.dan), now=days_before(1, "08:00")
    )
    assert reminded(days_before(1)) == 0
    assert reminded(days_before(1, "23:59")) == 0
    assert fresh.starts_at > days_before(1)


def test_who_wants_none_and_what_was_called_off_get_none(cast: Cast, visit: Visit) -> None:
    Customer.objects.update(has_reminders=False)
    assert reminded(days_before(7)) == 0
    Customer.objects.update(has_reminders=True)
    cancel_visit(visit=visit.code, reason="", by=by_user(cast.dan), now=NOW)
    assert reminded(days_before(7)) == 0


def test_a_reminder_on_its_way_is_dropped_when_the_visit_is_called_off(
    cast: Cast, visit: Visit, mail_server: MailServer
) -> None:
    reminded(days_before(7))
    cancel_visit(visit=visit.code, reason="", by=by_user(cast.dan), now=days_before(7))
    assert deliver_due(clock=lambda: days_before(7)) == 1
    assert [letter["Subject"].split(":")[0].strip() for letter in mail_server.letters] == ["Cancelled"]
    (reminder,) = told("visit_reminder_week")
    assert (reminder.state, reminder.last_error) == ("dropped", "no longer so")


def test_a_reminder_on_its_way_is_dropped_when_the_visit_is_moved(
    cast: Cast, visit: Visit, mail_server: MailServer
) -> None:
    reminded(days_before(7))
    to = at("14:00", on=WEDNESDAY_WEEK)
    reschedule_visit(visit=visit.code, to=to, by=by_user(cast.dan), now=days_before(7))
    deliver_due(clock=lambda: days_before(7))
    assert [letter["Subject"].split(":")[0].strip() for letter in mail_server.letters] == ["Moved"]


def test_a_reminder_that_is_late_is_not_sent_after_the_visit(visit: Visit, mail_server: MailServer) -> None:
    reminded(days_before(1))
    assert deliver_due(clock=lambda: visit.starts_at) == 0
    assert told("visit_reminder_day")[0].last_error == "too late to be of use"


def test_what_is_rolled_back_reminds_nobody(visit: Visit, mail_server: MailServer) -> None:
    with transaction.atomic():
        assert reminded(days_before(7)) == 1
        transaction.set_rollback(True)
    assert deliver_due(clock=lambda: days_before(7)) == 0
    assert mail_server.letters == []
    assert reminded(days_before(7)) == 1


def test_more_visits_take_no_more_reading(cast: Cast, visit: Visit) -> None:
    with counted_statements() as few:
        assert reminded(days_before(7)) == 1
    for hour in (8, 12, 14):
        visit_at(cast, at(f"{hour:02}:00", on=WEDNESDAY_WEEK), cast.ben, created_at=LONG_AGO)
    with counted_statements() as many:
        assert reminded(days_before(7)) == 3
    assert many[0] == few[0] + 2


def test_whoever_was_left_out_is_named_an_hour_after_the_turn(visit: Visit) -> None:
    turn = days_before(1)
    assert left_out(now=turn + timedelta(minutes=59), began_at=LONG_AGO).examined == 0, "today's turn is too young"
    assert list(left_out(now=turn + timedelta(hours=1), began_at=LONG_AGO).codes) == [str(visit.code)]
    assert left_out(now=turn + timedelta(hours=1), began_at=turn + timedelta(minutes=1)).examined == 0
    reminded(turn)
    found = left_out(now=turn + timedelta(hours=20), began_at=LONG_AGO)
    assert (found.examined, list(found.codes)) == (1, [])


def test_nobody_is_missed_who_wants_no_reminder(visit: Visit) -> None:
    moment = days_before(1) + timedelta(hours=1)
    Customer.objects.update(has_reminders=False)
    assert left_out(now=moment, began_at=LONG_AGO).examined == 0
