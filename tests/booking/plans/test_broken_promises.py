"""After an absence, a holiday, other hours or a leaver: every broken promise at once, with a mend for each."""

from collections.abc import Sequence
from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.booking.plans.stage import TUESDAY, start, visit_on, year_cast
from tests.cast import NOW, Cast, at, by_user, make_absence, make_exception, make_holiday, make_visit

from midway.booking.actions import excuse_cleaner, reschedule_visit
from midway.booking.plan_queries import BrokenPromise, broken_promises
from midway.core.actor import SYSTEM
from midway.core.timespan import Span
from midway.crew.actions import set_weekly_hours
from midway.crew.models import Absence, Cleaner

pytestmark = pytest.mark.django_db

WEEK, DAY = timedelta(days=7), timedelta(days=1)
NEXT = TUESDAY + WEEK


def broken(cast: Cast, *, weeks: int = 8, **fields: object) -> Sequence[BrokenPromise]:
    last = TUESDAY + weeks * WEEK
    return broken_promises(branch=cast.branch, first=TUESDAY, last=last, now=NOW, **fields)  # type: ignore[arg-type]


def away(cast: Cast, cleaner: Cleaner, *days: date) -> None:
    for day in days:
        make_absence(cleaner=cleaner, start=at("08:00", on=day), end=at("17:00", on=day))


def test_a_quiet_calendar_breaks_no_promise() -> None:
    cast = year_cast()
    start(cast)

    assert broken(cast) == []


def test_an_absence_lists_its_visits_and_proposes_who_is_free() -> None:
    cast = year_cast()
    plan = start(cast)
    during = Span(at("00:00", on=NEXT), at("00:00", on=NEXT + 2 * WEEK))
    excuse_cleaner(cleaner=cast.ana, during=during, reason=Absence.Reason.SICK, by=SYSTEM, now=NOW)
    found = broken(cast)

    assert [b.visit.occurrence_on for b in found] == [NEXT, NEXT + WEEK]
    assert {b.reason for b in found} == {"cleaner_missing"}
    assert found[0].mend is not None
    assert (found[0].mend.start, found[0].mend.cleaners) == (visit_on(plan, NEXT).starts_at, (cast.ben.pk,))


def test_a_new_holiday_lists_the_visits_on_it_and_proposes_a_day_beside_it() -> None:
    cast = year_cast()
    start(cast)
    make_holiday(branch=cast.branch, on=NEXT)
    (found,) = broken(cast)

    assert (found.visit.occurrence_on, found.reason) == (NEXT, "outside_hours")
    assert found.mend is not None
    assert found.mend.start == at("09:00", on=NEXT - DAY)


def test_changed_hours_list_the_visits_that_lie_outside_them() -> None:
    cast = year_cast()
    start(cast)
    set_weekly_hours(
        cleaner=cast.ana, weekday=1, hours=[(time(12), time(18))], from_day=NEXT + WEEK, by=SYSTEM, now=NOW
    )

    assert [b.visit.occurrence_on for b in broken(cast, weeks=3)] == [NEXT + WEEK, NEXT + 2 * WEEK]


def test_a_leaver_lists_every_visit_after_their_last_day() -> None:
    cast = year_cast()
    start(cast)
    cast.ana.left_on = NEXT
    cast.ana.save()

    assert len(broken(cast, weeks=51)) == 50
    assert all(b.mend is not None and b.mend.cleaners == (cast.ben.pk,) for b in broken(cast, weeks=51))


def test_no_two_mends_use_the_same_time_of_the_same_cleaner() -> None:
    cast = year_cast()
    away(cast, cast.chidi, NEXT)
    for minute in ("09:00", "09:30"):
        make_visit(
            premises=cast.flat,
            price_list=cast.price_list,
            service=cast.regular,
            start=at(minute, on=NEXT),
            minutes=120,
        )
    away(cast, cast.ana, NEXT)
    first, second = (b.mend for b in broken(cast))

    assert first is not None
    assert second is not None
    assert first.cleaners == second.cleaners == (cast.ben.pk,)
    assert abs(first.start - second.start) >= timedelta(hours=2)


def test_every_mend_can_be_carried_out_as_it_stands() -> None:
    cast = year_cast()
    start(cast)
    start(cast)
    make_holiday(branch=cast.branch, on=NEXT)
    make_exception(cleaner=cast.ana, on=NEXT + WEEK)
    found = broken(cast)
    for promise in found:
        assert promise.mend is not None
        reschedule_visit(
            visit=promise.visit.code,
            to=promise.mend.start,
            cleaners=promise.mend.cleaners,
            by=by_user(cast.dan),
            now=NOW,
        )

    assert len(found) == 3
    assert broken(cast) == []


def test_when_nobody_can_come_near_the_time_no_mend_is_made_up() -> None:
    cast = year_cast()
    start(cast)
    for cleaner in cast.cleaners:
        for away_by in range(-3, 4):
            make_exception(cleaner=cleaner, on=NEXT + away_by * DAY)
    (found,) = [b for b in broken(cast) if b.visit.occurrence_on == NEXT]

    assert found.mend is None


def test_one_cleaners_hours_can_be_asked_about_alone() -> None:
    cast = year_cast()
    start(cast)
    make_holiday(branch=cast.branch, on=NEXT)

    assert broken(cast, cleaner_id=cast.ben.pk) == []
    assert len(broken(cast, cleaner_id=cast.ana.pk)) == 1


def test_the_number_of_queries_does_not_grow_with_the_visits() -> None:
    cast = year_cast()
    start(cast)
    cast.ana.left_on = NEXT
    cast.ana.save()
    counts = []
    for weeks in (2, 40):
        with CaptureQueriesContext(connection) as queries:
            broken(cast, weeks=weeks)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 4
