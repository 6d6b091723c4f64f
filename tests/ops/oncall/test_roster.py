"""Rotations, what is taken over, how people are reached, and the file that stands in while the database is away."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import ics
import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from icalendar import Calendar
from tests.cast import NEW_YORK, NOW, Cast, by_user, make_cast, make_holiday, make_user

from midway.accounts.models import Role, User
from midway.core.timespan import Span
from midway.journal.models import Entry
from midway.ops.actions.contacts import ChatUnusable, PhoneUnusable, renew_turns_feed, set_contact
from midway.ops.actions.rotate import (
    RotationAlreadyThen,
    RotationBegun,
    RotationEmpty,
    RotationOrder,
    ZoneUnknown,
    begin_rotation,
)
from midway.ops.actions.take_over import (
    NotOfTheOffice,
    NotTakenOver,
    TakenOverAlready,
    TakeOverOver,
    give_back,
    take_over,
)
from midway.ops.models import OnCallRotation, TakeOver
from midway.ops.oncall.feed import AHEAD, BACK, feed_address, owner_of, turns_calendar
from midway.ops.oncall.roster import FILE, kept_roster, roster, write_roster

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def order(cast: Cast) -> RotationOrder:
    """Olga and Dan, a week each, from this morning."""
    return RotationOrder([cast.olga, cast.dan], date(2026, 3, 2), time(8), NEW_YORK)


def name_on_call(at: datetime) -> str | None:
    found = roster().on_call(at=at)
    return found.name if found else None


def test_they_take_turns_from_the_first_hand_over_on(order: RotationOrder, cast: Cast) -> None:
    assert name_on_call(NOW) is None
    begin_rotation(order=order, by=by_user(cast.olga), now=NOW)
    assert name_on_call(NOW) == "Olga"
    assert name_on_call(NOW + timedelta(days=7)) == "Dan"
    assert Entry.objects.get(event="ops.rotation.begun").facts["people"] == ["Olga", "Dan"]


def test_the_next_rotation_takes_over_at_its_first_hand_over(order: RotationOrder, cast: Cast) -> None:
    begin_rotation(order=order, by=by_user(cast.olga), now=NOW)
    sue = make_user(role=Role.SUPPORT, name="Sue")
    begin_rotation(order=replace(order, people=[sue], starts_on=date(2026, 3, 5)), by=by_user(cast.olga), now=NOW)
    assert [name_on_call(NOW + timedelta(days=days)) for days in (2, 3, 30)] == ["Olga", "Sue", "Sue"]


def test_holidays_of_the_company_go_round_by_themselves(order: RotationOrder, cast: Cast) -> None:
    for day in (date(2026, 3, 4), date(2026, 3, 5)):
        make_holiday(branch=cast.branch, on=day)
    begin_rotation(order=order, by=by_user(cast.olga), now=NOW)
    assert [name_on_call(NOW + timedelta(days=days)) for days in range(1, 5)] == ["Olga", "Olga", "Dan", "Olga"]


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"people": []}, RotationEmpty),
        ({"zone": "Mars/Base"}, ZoneUnknown),
        ({"starts_on": date(2026, 3, 1)}, RotationBegun),
    ],
)
def test_what_cannot_be_a_rotation(
    order: RotationOrder, cast: Cast, wrong: dict[str, object], refusal: type[Exception]
) -> None:
    begin_rotation(order=order, by=by_user(cast.olga), now=NOW)
    with pytest.raises(refusal):
        begin_rotation(order=replace(order, **{"starts_on": date(2026, 4, 1), **wrong}), by=by_user(cast.olga), now=NOW)
    assert OnCallRotation.objects.count() == 1


def test_two_rotations_cannot_begin_together_and_cleaners_are_not_on_call(order: RotationOrder, cast: Cast) -> None:
    later = replace(order, starts_on=date(2026, 4, 1))
    begin_rotation(order=later, by=by_user(cast.olga), now=NOW)
    with pytest.raises(RotationAlreadyThen):
        begin_rotation(order=later, by=by_user(cast.olga), now=NOW)
    with pytest.raises(RotationEmpty):
        begin_rotation(order=replace(order, people=[make_user(role=Role.CLEANER)]), by=by_user(cast.olga), now=NOW)


def test_somebody_takes_over_and_gives_back(order: RotationOrder, cast: Cast) -> None:
    begin_rotation(order=order, by=by_user(cast.olga), now=NOW)
    made = take_over(user=cast.dan, start=NOW + HOUR, end=NOW + 5 * HOUR, by=by_user(cast.dan), now=NOW)
    assert [name_on_call(NOW + hours * HOUR) for hours in (0, 1, 4, 5)] == ["Olga", "Dan", "Dan", "Olga"]

    give_back(code=made.code, by=by_user(cast.dan), now=NOW + 2 * HOUR)
    assert [name_on_call(NOW + hours * HOUR) for hours in (1, 2, 4)] == ["Dan", "Olga", "Olga"], "what was stays so"
    with pytest.raises(NotTakenOver):
        give_back(code=made.code, by=by_user(cast.dan), now=NOW + 3 * HOUR)


def test_two_people_cannot_take_the_same_minute(cast: Cast) -> None:
    take_over(user=cast.dan, start=NOW, end=NOW + 2 * HOUR, by=by_user(cast.dan), now=NOW)
    with pytest.raises(TakenOverAlready):
        take_over(user=cast.olga, start=NOW + HOUR, end=NOW + 3 * HOUR, by=by_user(cast.olga), now=NOW)
    take_over(user=cast.olga, start=NOW + 2 * HOUR, end=NOW + 3 * HOUR, by=by_user(cast.olga), now=NOW)
    with pytest.raises(IntegrityError, match="one_person_takes_over_at_a_time"), transaction.atomic():
        TakeOver.objects.create(
            user=cast.olga, during=DateTimeTZRange(NOW, NOW + HOUR), created_at=NOW, created_by="Olga"
        )


@pytest.mark.parametrize(("start", "end"), [(0, 0), (2, 1), (-5, -1), (0, 24 * 61)])
def test_a_time_that_cannot_be_taken_over(cast: Cast, start: int, end: int) -> None:
    with pytest.raises(TakeOverOver):
        take_over(user=cast.dan, start=NOW + start * HOUR, end=NOW + end * HOUR, by=by_user(cast.dan), now=NOW)
    with pytest.raises(NotOfTheOffice):
        take_over(user=make_user(role=Role.CLEANER), start=NOW, end=NOW + HOUR, by=by_user(cast.dan), now=NOW)


def test_who_left_is_passed_by_and_the_owners_come_last(order: RotationOrder, cast: Cast) -> None:
    sue = make_user(role=Role.SUPPORT, name="Sue")
    begin_rotation(order=replace(order, people=[sue, cast.dan]), by=by_user(cast.olga), now=NOW)
    assert [one.name for one in roster().ladder(at=NOW)] == ["Sue", "Dan", "Olga"]
    User.objects.filter(pk=sue.pk).update(is_active=False)
    assert [one.name for one in roster().ladder(at=NOW)] == ["Dan", "Olga"]
    assert roster().on_call(at=NOW) is None


def test_without_a_rotation_the_owner_is_called() -> None:
    assert [one.name for one in roster().ladder(at=NOW)] == ["Olga"]


def test_a_number_is_kept_as_it_can_be_texted(cast: Cast) -> None:
    set_contact(user=cast.dan, phone="410-555-0133", chat="ntfy://ntfy.sh/dan", by=by_user(cast.dan), now=NOW)
    dan = roster().people[cast.dan.pk]
    assert (dan.phone, dan.chat, dan.ways) == ("+14105550133", "ntfy://ntfy.sh/dan", "mail sms chat")
    assert Entry.objects.get(event="ops.contact.changed").facts == {"has_phone": True, "has_chat": True}


@pytest.mark.parametrize(
    "phone", ["+1-XXX-XXX-XXXX", "TBD", "911?", "call the office", "410-EXAMPLE", "??? 410 555 0100"]
)
def test_a_placeholder_is_no_number(cast: Cast, phone: str) -> None:
    with pytest.raises(PhoneUnusable):
        set_contact(user=cast.dan, phone=phone, chat="", by=by_user(cast.dan), now=NOW)


@pytest.mark.parametrize("chat", ["[Internal Link]", "slack", "slack://<token>"])
def test_a_placeholder_is_no_chat(cast: Cast, chat: str) -> None:
    with pytest.raises(ChatUnusable):
        set_contact(user=cast.dan, phone="", chat=chat, by=by_user(cast.dan), now=NOW)


def test_the_roster_in_the_folder_says_the_same_and_keeps_its_secrets(
    order: RotationOrder, cast: Cast, tmp_path: Path
) -> None:
    begin_rotation(order=order, by=by_user(cast.olga), now=NOW)
    take_over(user=cast.dan, start=NOW + HOUR, end=NOW + 5 * HOUR, by=by_user(cast.dan), now=NOW)
    set_contact(user=cast.dan, phone="410-555-0133", chat="ntfy://ntfy.sh/dan", by=by_user(cast.dan), now=NOW)
    write_roster(tmp_path, roster())

    kept = kept_roster(tmp_path)
    span = Span(NOW, NOW + timedelta(days=60))
    assert kept.turns(during=span) == roster().turns(during=span)
    assert kept.ladder(at=NOW) == roster().ladder(at=NOW)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert b"ntfy.sh" not in (tmp_path / FILE).read_bytes()
    assert kept_roster(tmp_path / "nowhere").ladder(at=NOW) == []


def test_the_calendar_of_turns_is_read_by_a_calendar_program(order: RotationOrder, cast: Cast) -> None:
    begin_rotation(order=order, by=by_user(cast.olga), now=NOW)
    events = Calendar.from_ical(turns_calendar(now=NOW)).walk("VEVENT")
    assert [str(event["summary"]) for event in events[:2]] == ["On call: Olga", "On call: Dan"]
    assert events[0].decoded("dtend") == events[1].decoded("dtstart")
    assert turns_calendar(now=NOW) == turns_calendar(now=NOW)


def test_another_library_reads_the_same_turns(order: RotationOrder, cast: Cast) -> None:
    begin_rotation(order=order, by=by_user(cast.olga), now=NOW)
    take_over(
        user=cast.dan, start=NOW + timedelta(hours=1), end=NOW + timedelta(hours=3), by=by_user(cast.dan), now=NOW
    )
    read = sorted(ics.Calendar(turns_calendar(now=NOW).decode()).events, key=lambda one: one.begin)
    day = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    found = roster()
    ours = found.turns(during=Span(day - BACK, day + AHEAD))
    assert [(one.begin.datetime, one.end.datetime, one.name) for one in read] == [
        (turn.start, turn.end, f"On call: {found.people[turn.person].name}") for turn in ours
    ]
    assert len({one.uid for one in read}) == len(ours) > 10


def test_an_address_of_turns_ends_with_its_number(cast: Cast) -> None:
    token = feed_address(cast.dan).removesuffix(".ics").rpartition("/")[2]
    assert owner_of(token) == cast.dan
    assert owner_of(token[:-1] + "0") is None or token.endswith("0")
    renew_turns_feed(user=cast.dan, by=by_user(cast.dan), now=NOW)
    assert owner_of(token) is None
    cast.dan.refresh_from_db()
    renewed = feed_address(cast.dan).removesuffix(".ics").rpartition("/")[2]
    assert owner_of(renewed) == cast.dan
    User.objects.filter(pk=cast.dan.pk).update(is_active=False)
    assert owner_of(renewed) is None
