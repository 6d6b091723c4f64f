"""Taking cleaners' time: who comes, what stands in the way, and what is left after a refusal."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from psycopg.types.range import Range
from tests.cast import (
    LORD_HOWE,
    NEW_YORK,
    NOW,
    PARIS,
    TODAY,
    Cast,
    at,
    commit,
    make_branch,
    make_cast,
    make_cleaner,
    make_exception,
    weekly,
    write_calendar,
)
from tests.crew.standing import stale_days
from tests.statements import counted_statements

from midway.core.timespan import Span
from midway.crew import calendar
from midway.crew.calendar import SlotTaken, Wanted, take
from midway.crew.models import Branch, Cleaner, Commitment

ALWAYS = weekly(range(7), start=time(0), end=time(0))
NIGHTS = weekly(range(7), start=time(20), end=time(6))
pytestmark = pytest.mark.django_db


def wanted(branch: Branch, start: datetime, *, hours: float = 2, **fields: Any) -> Wanted:
    return Wanted(
        **{
            "branch_id": branch.pk,
            "zone": branch.zoneinfo,
            "during": Span(start, start + timedelta(hours=hours)),
            "kind": Commitment.Kind.VISIT,
            "reference": uuid4(),
            **fields,
        }
    )


def who(taken: Sequence[calendar.Taken]) -> list[int]:
    return sorted(t.cleaner_id for t in taken)


def ids(*cleaners: Cleaner) -> list[int]:
    return sorted(c.pk for c in cleaners)


def busy(cleaner: Cleaner, clock: str, *, hours: float = 2, **fields: Any) -> Commitment:
    start = at(clock)
    return commit(cleaner=cleaner, during=Range(start, start + timedelta(hours=hours)), **fields)


def expired_hold(cleaner: Cleaner, clock: str, *, reference: UUID | None = None) -> Commitment:
    return busy(cleaner, clock, kind=Commitment.Kind.HOLD, hold_expires_at=NOW, reference=reference)


def nothing_left_of(reference: UUID) -> bool:
    return not Commitment.objects.filter(reference=reference, active=True).exists()


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_anybody_free_is_taken_and_their_day_says_so(cast: Cast) -> None:
    order = wanted(cast.branch, at("13:00"))
    taken = take(order, now=NOW)
    row = Commitment.objects.get(reference=order.reference)
    assert taken == [calendar.Taken(row.pk, row.cleaner_id)]
    assert (row.kind, row.active, row.during) == ("visit", True, Range(order.during.start, order.during.end))
    assert stale_days(cast.branch) == []


def test_whoever_has_the_emptiest_day_comes_first(cast: Cast) -> None:
    busy(cast.ana, "08:00", hours=1)
    busy(cast.ben, "08:00", hours=0.5)
    busy(cast.chidi, "08:00", hours=2)
    assert who(take(wanted(cast.branch, at("13:00")), now=NOW)) == [cast.ben.pk]


def test_preferred_cleaners_come_before_emptier_days(cast: Cast) -> None:
    busy(cast.chidi, "08:00", hours=3)
    assert who(take(wanted(cast.branch, at("13:00"), preferred=[cast.chidi.pk]), now=NOW)) == [cast.chidi.pk]


def test_somebody_else_comes_when_the_preferred_cleaner_is_busy(cast: Cast) -> None:
    busy(cast.chidi, "13:00")
    taken = take(wanted(cast.branch, at("13:00"), preferred=[cast.chidi.pk]), now=NOW)
    assert who(taken) in ([cast.ana.pk], [cast.ben.pk])


def test_only_cleaners_with_the_skill_are_taken(cast: Cast) -> None:
    busy(cast.ana, "08:00", hours=1)
    busy(cast.ben, "08:00", hours=1)
    order = wanted(cast.branch, at("13:00"), skill_id=cast.deep_skill.pk, count=2)
    assert who(take(order, now=NOW)) == ids(cast.ana, cast.ben)
    with pytest.raises(SlotTaken):
        take(wanted(cast.branch, at("13:00"), skill_id=cast.deep_skill.pk), now=NOW)


def test_cleaners_of_another_branch_are_not_taken(cast: Cast) -> None:
    other = make_branch()
    with pytest.raises(SlotTaken):
        take(wanted(other, at("13:00")), now=NOW)


def test_a_team_is_taken_whole(cast: Cast) -> None:
    assert who(take(wanted(cast.branch, at("13:00"), count=3), now=NOW)) == ids(*cast.cleaners)


def test_half_a_team_is_not_taken_and_nothing_stays(cast: Cast) -> None:
    busy(cast.ana, "13:00")
    busy(cast.ben, "14:30")
    order = wanted(cast.branch, at("13:00"), count=2)
    with pytest.raises(SlotTaken):
        take(order, now=NOW)
    assert nothing_left_of(order.reference)
    assert stale_days(cast.branch) == []


def test_of_many_visits_at_once_one_that_lost_half_its_team_gets_nobody(cast: Cast) -> None:
    busy(cast.ben, "10:00")
    lost, kept = uuid4(), uuid4()
    taken = calendar.take_many(
        [
            calendar.Seat(lost, Span(at("10:00"), at("12:00")), ids(cast.ana, cast.ben)),
            calendar.Seat(kept, Span(at("10:00"), at("12:00")), ids(cast.chidi)),
        ]
    )
    assert list(taken) == [kept]
    assert nothing_left_of(lost)


def test_named_cleaners_come_even_outside_their_hours(cast: Cast) -> None:
    order = wanted(cast.branch, at("19:00"), cleaners=[cast.ben.pk, cast.ana.pk])
    assert who(take(order, now=NOW)) == ids(cast.ana, cast.ben)


def test_a_cleaner_named_twice_is_taken_once(cast: Cast) -> None:
    assert who(take(wanted(cast.branch, at("13:00"), cleaners=[cast.ana.pk] * 2), now=NOW)) == [cast.ana.pk]


def test_when_one_of_the_named_is_busy_none_is_taken(cast: Cast) -> None:
    busy(cast.ben, "14:59")
    order = wanted(cast.branch, at("13:00"), cleaners=ids(cast.ana, cast.ben))
    with pytest.raises(SlotTaken):
        take(order, now=NOW)
    assert nothing_left_of(order.reference)
    assert stale_days(cast.branch) == []


def test_touching_times_do_not_collide(cast: Cast) -> None:
    busy(cast.ana, "11:00")
    busy(cast.ana, "15:00")
    assert who(take(wanted(cast.branch, at("13:00"), cleaners=[cast.ana.pk]), now=NOW)) == [cast.ana.pk]


def test_a_hold_that_has_run_out_makes_way(cast: Cast) -> None:
    for cleaner in cast.cleaners:
        expired_hold(cleaner, "14:00")
    assert len(take(wanted(cast.branch, at("13:00"), count=3), now=NOW)) == 3
    assert stale_days(cast.branch) == []


def test_a_hold_that_still_runs_stays(cast: Cast) -> None:
    for cleaner in cast.cleaners:
        expired_hold(cleaner, "14:00")
    with pytest.raises(SlotTaken):
        take(wanted(cast.branch, at("13:00")), now=NOW - timedelta(microseconds=1))


def test_a_hold_that_has_run_out_makes_way_for_a_named_team(cast: Cast) -> None:
    expired_hold(cast.ben, "14:00")
    order = wanted(cast.branch, at("13:00"), cleaners=ids(cast.ana, cast.ben))
    assert who(take(order, now=NOW)) == ids(cast.ana, cast.ben)


def test_holds_elsewhere_in_the_day_are_left_alone(cast: Cast) -> None:
    hold = expired_hold(cast.ana, "08:00")
    for cleaner in cast.cleaners:
        busy(cleaner, "13:00")
    with pytest.raises(SlotTaken):
        take(wanted(cast.branch, at("13:00")), now=NOW)
    hold.refresh_from_db()
    assert hold.active


def test_a_start_between_quarter_hours_needs_every_quarter_hour_it_touches(cast: Cast) -> None:
    busy(cast.ana, "15:00")
    busy(cast.ben, "15:00")
    busy(cast.chidi, "08:00", hours=4)
    # From 13:07 to 15:07: Ana and Ben have emptier days but are busy from three.
    assert who(take(wanted(cast.branch, at("13:07")), now=NOW)) == [cast.chidi.pk]


def test_a_visit_between_quarter_hours_does_not_run_past_the_shift(cast: Cast) -> None:
    with pytest.raises(SlotTaken):
        take(wanted(cast.branch, at("15:07")), now=NOW)


@pytest.mark.parametrize("zone", [NEW_YORK, PARIS, LORD_HOWE])
def test_a_night_visit_takes_both_days(zone: str) -> None:
    branch = make_branch(zone=zone)
    night = make_cleaner(branch=branch, name="Nia", shifts=NIGHTS)
    make_cleaner(branch=branch, name="Day")
    taken = take(wanted(branch, at("23:00", zone=zone), hours=3), now=NOW)
    assert who(taken) == [night.pk]
    assert stale_days(branch) == []
    with pytest.raises(SlotTaken):
        take(wanted(branch, at("01:00", on=TODAY + timedelta(days=1), zone=zone), hours=1), now=NOW)


def test_a_night_visit_may_end_at_midnight(cast: Cast) -> None:
    make_exception(cleaner=cast.ana, on=TODAY, start=time(20), end=time(0))
    assert who(take(wanted(cast.branch, at("22:00")), now=NOW)) == [cast.ana.pk]


def test_night_visits_pass_over_who_has_the_hours_but_not_the_skill() -> None:
    cast = make_cast()
    for cleaner in cast.cleaners:
        make_exception(cleaner=cleaner, on=TODAY, start=time(20), end=time(4))
    order = wanted(cast.branch, at("22:00"), hours=4, skill_id=cast.deep_skill.pk, count=2)
    assert who(take(order, now=NOW)) == ids(cast.ana, cast.ben)
    with pytest.raises(SlotTaken):
        take(wanted(cast.branch, at("22:00"), hours=4, count=2), now=NOW)


def test_a_night_visit_before_the_written_days_begin_is_not_sold_by_other_days_bits(cast: Cast) -> None:
    # The calendar begins yesterday; the day before is not written, so nobody is known to be free then.
    make_cleaner(branch=cast.branch, name="Nia", shifts=ALWAYS)
    Cleaner.objects.exclude(name="Nia").update(left_on=date(2025, 6, 1))
    nobody_yet = at("23:00", on=TODAY - timedelta(days=2))
    with pytest.raises(SlotTaken):
        take(wanted(cast.branch, nobody_yet, hours=2), now=NOW)


@pytest.mark.parametrize(
    ("zone", "on", "clock"),
    [
        (NEW_YORK, date(2026, 3, 8), "03:00"),
        (NEW_YORK, date(2026, 11, 1), "01:00"),
        (PARIS, date(2026, 10, 25), "02:30"),
        (LORD_HOWE, date(2026, 4, 5), "01:30"),
        (LORD_HOWE, date(2026, 10, 4), "02:30"),
        ("Atlantic/Azores", date(2026, 3, 29), "01:00"),
        ("Atlantic/Azores", date(2026, 10, 25), "00:00"),
    ],
)
def test_time_is_taken_exactly_on_days_when_the_clock_changes(zone: str, on: date, clock: str) -> None:
    branch, start = make_branch(zone=zone), at(clock, on=on, zone=zone)
    now = start - timedelta(days=2)
    cleaner = make_cleaner(branch=branch, shifts=ALWAYS, now=now)
    for n in range(-4, 5):
        take(wanted(branch, start + n * timedelta(minutes=15), hours=0.25), now=now)
    assert stale_days(branch) == []
    assert Commitment.objects.filter(cleaner=cleaner).count() == 9
    with pytest.raises(SlotTaken):
        take(wanted(branch, start, hours=0.25), now=now)


def test_time_given_back_can_be_taken_again(cast: Cast) -> None:
    order = wanted(cast.branch, at("13:00"), count=3)
    take(order, now=NOW)
    assert calendar.release(reference=order.reference, cleaner_id=cast.ben.pk) == [cast.ben.pk]
    assert calendar.release(reference=order.reference) == ids(cast.ana, cast.chidi)
    assert calendar.release(reference=order.reference) == []
    assert stale_days(cast.branch) == []
    assert len(take(wanted(cast.branch, at("13:00"), count=3), now=NOW)) == 3


def test_held_time_becomes_the_visits(cast: Cast) -> None:
    hold = wanted(cast.branch, at("13:00"), kind=Commitment.Kind.HOLD, hold_expires_at=NOW, count=2)
    held, visit = take(hold, now=NOW - timedelta(minutes=1)), uuid4()
    turned = calendar.turn_hold_into_visit(hold=hold.reference, visit=visit)
    assert sorted(turned, key=lambda t: t.cleaner_id) == sorted(held, key=lambda t: t.cleaner_id)
    assert calendar.turn_hold_into_visit(hold=hold.reference, visit=uuid4()) == []
    assert {c.kind for c in Commitment.objects.filter(reference=visit, hold_expires_at=None)} == {"visit"}


def test_a_cleaner_without_a_written_calendar_is_not_sold(cast: Cast) -> None:
    Cleaner.objects.all().update(left_on=date(2025, 6, 1))
    eve = make_cleaner(branch=cast.branch, name="Eve", calendar_days=0)
    with pytest.raises(SlotTaken):
        take(wanted(cast.branch, at("13:00")), now=NOW)
    write_calendar(cleaner=eve)
    assert who(take(wanted(cast.branch, at("13:00")), now=NOW)) == [eve.pk]


def test_taking_any_cleaner_is_one_statement(cast: Cast) -> None:
    with counted_statements() as count:
        take(wanted(cast.branch, at("13:00")), now=NOW)
    assert count == [1]


def test_locking_cleaners_locks_each_once_in_order(cast: Cast) -> None:
    calendar.lock_cleaners([cast.ben.pk, cast.ana.pk, cast.ben.pk])
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM crew_cleaner WHERE xmax <> 0 ORDER BY id")
        locked = [row[0] for row in cursor.fetchall()]
    assert set(ids(cast.ana, cast.ben)) <= set(locked)
