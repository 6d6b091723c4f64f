"""What it would mean to put a visit somewhere else on the board."""

from datetime import timedelta

from psycopg.types.range import Range
from tests.cast import NOW, Cast, at, commit, make_absence
from tests.dispatch.days import EAST, TOMORROW, WEST, crossed_day, visit_in

from midway.booking.models import Visit
from midway.booking.queries import visit_by_code
from midway.crew.models import Cleaner, Commitment
from midway.dispatch.day import read_day
from midway.dispatch.placing import Obstacle, Placing, placing_of
from midway.dispatch.setting import setting_of
from midway.dispatch.travel import straight_drives


def placed(visit: Visit, *cleaners: Cleaner, start: str = "", minutes: int = 0) -> Placing:
    found = visit_by_code(visit.code)
    assert found is not None
    begins = at(start, on=TOMORROW) if start else visit.starts_at + timedelta(minutes=minutes)
    return placing_of(visit=found, start=begins, cleaners=cleaners, now=NOW)


def kinds(placing: Placing) -> list[Obstacle]:
    return [conflict.kind for conflict in placing.conflicts]


def test_driving_saved_is_negative_and_agrees_with_the_plan_of_the_day(cast: Cast) -> None:
    _west, east_late, _east, west_late = crossed_day(cast)
    before = read_day(cast.branch, TOMORROW, now=NOW).plan_so_far().drive_minutes

    to_ben = placed(east_late, cast.ben, start="11:30")

    assert to_ben.added_minutes < 0
    assert kinds(to_ben) == []
    assert not to_ben.is_refused
    east_late.assignments.filter(active=True).delete()
    east_late.refresh_from_db()
    after = read_day(cast.branch, TOMORROW, now=NOW)
    without = after.plan_so_far().drive_minutes
    assert without < before
    assert placed(west_late, cast.chidi).added_minutes > 0


def test_where_it_is_it_costs_nothing(cast: Cast) -> None:
    visit = crossed_day(cast)[0]

    assert placed(visit, cast.ana) == Placing(added_minutes=0, conflicts=[])


def test_the_light_drives_are_those_of_the_plan(cast: Cast) -> None:
    crossed_day(cast)
    day = read_day(cast.branch, TOMORROW, now=NOW)

    drive = straight_drives(setting_of(cast.branch))

    for a, here in enumerate(day.points):
        for b, there in enumerate(day.points):
            assert drive(here, there) == day.problem.travel_minutes[a][b]


def test_taken_by_a_visit_or_by_a_training_is_refused(cast: Cast) -> None:
    visits = crossed_day(cast)
    commit(
        cleaner=cast.chidi,
        during=Range(at("09:00", on=TOMORROW), at("10:00", on=TOMORROW)),
        kind=Commitment.Kind.TRAINING,
    )

    on_ben, on_chidi = placed(visits[0], cast.ben), placed(visits[0], cast.chidi)

    assert on_ben.is_refused
    assert on_ben.conflicts[0].what == visits[2].customer.name
    assert [(c.kind, c.who, c.what) for c in on_chidi.conflicts] == [(Obstacle.TAKEN, "Chidi", "training")]


def test_too_little_time_to_drive_is_said_with_the_minutes(cast: Cast) -> None:
    visit_in(cast, EAST, "09:00", cast.ben)
    visit = visit_in(cast, WEST, "11:00", cast.ana)

    late = placed(visit, cast.ben)

    (conflict,) = late.conflicts
    assert (conflict.kind, conflict.who) == (Obstacle.LATE_HERE, "Ben")
    assert 10 <= conflict.minutes <= 60
    assert not late.is_refused
    visit_in(cast, EAST, "13:15", cast.chidi)
    assert kinds(placed(visit, cast.chidi)) == [Obstacle.LATE_NEXT]


def test_outside_hours_without_the_skill_in_the_past_or_away(cast: Cast) -> None:
    visit = visit_in(cast, WEST, "09:00", cast.ana, service=cast.deep)
    make_absence(cleaner=cast.ben, start=at("00:00", on=TOMORROW), end=at("12:00", on=TOMORROW))

    assert kinds(placed(visit, cast.ana, start="18:00")) == [Obstacle.NOT_WORKING]
    assert kinds(placed(visit, cast.chidi)) == [Obstacle.UNSKILLED]
    assert kinds(placed(visit, cast.ana, minutes=-3 * 24 * 60))[0] == Obstacle.PAST
    assert kinds(placed(visit, cast.ben)) == [Obstacle.TAKEN]


def test_a_hold_that_ran_out_is_no_obstacle(cast: Cast) -> None:
    visit = visit_in(cast, WEST, "09:00", cast.ana)
    during = Range(at("09:00", on=TOMORROW), at("11:00", on=TOMORROW))
    commit(cleaner=cast.ben, during=during, kind=Commitment.Kind.HOLD, hold_expires_at=NOW - timedelta(minutes=1))

    assert kinds(placed(visit, cast.ben)) == []


def test_into_the_tray_saves_the_way_there(cast: Cast) -> None:
    visit = visit_in(cast, WEST, "09:00", cast.ana)

    assert placed(visit).added_minutes < 0


def test_that_fewer_would_come_than_now_is_said(cast: Cast) -> None:
    both = visit_in(cast, WEST, "09:00", cast.ana, cast.ben, team_size=2)
    half = visit_in(cast, WEST, "13:00", cast.ana, team_size=2)

    assert kinds(placed(both, cast.ben)) == [Obstacle.FEWER]
    assert kinds(placed(both, cast.ben, cast.chidi)) == []
    assert kinds(placed(both)) == []
    assert kinds(placed(half, cast.chidi)) == []
