"""Somebody leaves: no hours after the last day, nothing to be booked; taken back without loss; taken on again."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from tests.cast import NOW, TODAY, Cast, at, make_cast, make_exception, make_user, make_visit

from midway.accounts.models import Role, User
from midway.core.actor import SYSTEM
from midway.core.timespan import Span
from midway.crew import actions
from midway.crew.calendar import SlotTaken, Wanted, take
from midway.crew.models import CalendarDay, Cleaner, Commitment
from midway.crew.queries import week_from
from midway.journal.models import Entry

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
FRIDAY = TODAY + 4 * DAY
NEXT_MONDAY = TODAY + 7 * DAY
WEEK = {0: [(time(9), time(12))]}


def leave(cleaner: Cleaner, last_day: date = FRIDAY, **more: object) -> Cleaner:
    return actions.end_employment(cleaner=cleaner, last_day=last_day, by=SYSTEM, now=NOW, **more)  # type: ignore[arg-type]


def free(cleaner: Cleaner, on: date) -> int:
    return CalendarDay.objects.get(cleaner=cleaner, on=on).free.count("1")


def ask_for(cast: Cast, cleaner: Cleaner, on: date) -> Callable[[], object]:
    wanted = Wanted(
        branch_id=cast.branch.pk,
        zone=cast.branch.zoneinfo,
        during=Span(at("09:00", on=on), at("11:00", on=on)),
        kind=Commitment.Kind.TRAINING,
        reference=cast.dora.code,
        cleaners=[cleaner.pk],
    )
    return lambda: take(wanted, now=NOW)


def test_after_the_last_day_there_are_no_hours() -> None:
    cast = make_cast()
    leave(cast.ana, reason="Moves away")

    assert (free(cast.ana, FRIDAY), free(cast.ana, NEXT_MONDAY)) == (36, 0)
    entry = Entry.objects.get(event="crew.cleaner.left")
    assert entry.facts == {"last_day": FRIDAY.isoformat(), "reason": "Moves away"}


def test_after_the_last_day_they_cannot_even_be_asked_for_by_name() -> None:
    cast = make_cast()
    leave(cast.ana)

    assert ask_for(cast, cast.ana, FRIDAY)()
    with pytest.raises(SlotTaken):
        ask_for(cast, cast.ana, NEXT_MONDAY)()


def test_who_stays_can_be_asked_for_outside_their_hours() -> None:
    cast = make_cast()

    assert ask_for(cast, cast.ana, FRIDAY + DAY)()


def test_what_they_are_promised_to_stays_until_it_is_mended_and_comes_back_with_them() -> None:
    cast = make_cast()
    visit = make_visit(
        premises=cast.flat,
        price_list=cast.price_list,
        service=cast.regular,
        start=at("09:00", on=NEXT_MONDAY),
        cleaners=(cast.ana,),
    )
    leave(cast.ana)
    actions.keep_employed(cleaner=cast.ana, by=SYSTEM, now=NOW)

    visit.refresh_from_db()
    assert (visit.revision, visit.cleaners_missing) == (0, 0)
    assert 0 < free(cast.ana, NEXT_MONDAY) < 36
    assert Entry.objects.filter(event="crew.cleaner.stayed").count() == 1


def test_another_last_day_can_be_said_until_the_first_has_gone_by() -> None:
    cast = make_cast()
    leave(cast.ana)
    leave(cast.ana, NEXT_MONDAY)

    assert (free(cast.ana, NEXT_MONDAY), free(cast.ana, NEXT_MONDAY + DAY)) == (36, 0)


def test_a_last_day_before_the_first_is_refused() -> None:
    cast = make_cast()

    with pytest.raises(actions.LastDayBeforeFirst):
        leave(cast.ana, date(2024, 12, 31))


def test_who_has_left_neither_leaves_again_nor_stays() -> None:
    cast = make_cast()
    leave(cast.ana, TODAY - DAY)

    with pytest.raises(actions.HasLeft):
        leave(cast.ana)
    with pytest.raises(actions.HasLeft):
        actions.keep_employed(cleaner=cast.ana, by=SYSTEM, now=NOW)


def test_on_the_last_day_itself_it_can_still_be_taken_back() -> None:
    cast = make_cast()
    leave(cast.ana, TODAY)

    assert actions.keep_employed(cleaner=cast.ana, by=SYSTEM, now=NOW).left_on is None


def test_nothing_is_to_be_taken_back_of_somebody_who_stays() -> None:
    cast = make_cast()

    with pytest.raises(actions.NotLeaving):
        actions.keep_employed(cleaner=cast.ana, by=SYSTEM, now=NOW)
    with pytest.raises(actions.NotLeaving):
        actions.rehire_cleaner(cleaner=cast.ana, week=WEEK, from_day=NEXT_MONDAY, by=SYSTEM, now=NOW)


def test_taken_on_again_they_have_their_new_hours_and_none_in_between() -> None:
    cast = make_cast()
    make_exception(cleaner=cast.ana, on=FRIDAY + DAY, start=time(9), end=time(12))
    leave(cast.ana, FRIDAY - DAY)
    back = NEXT_MONDAY + 7 * DAY
    actions.rehire_cleaner(cleaner=cast.ana, week=WEEK, from_day=back, by=SYSTEM, now=NOW)

    assert [free(cast.ana, day) for day in (TODAY, FRIDAY, FRIDAY + DAY, NEXT_MONDAY, back, back + DAY)] == [
        36, 0, 0, 0, 12, 0,
    ]  # fmt: skip
    assert week_from(cast.ana, on=TODAY)[0] == [(time(8), time(17))]
    assert list(cast.ana.skills.all()) == [cast.deep_skill]
    assert Cleaner.objects.employed().filter(pk=cast.ana.pk).exists()


def with_sign_in(cleaner: Cleaner, role: str = Role.CLEANER) -> User:
    cleaner.user = make_user(role=role)
    cleaner.save(update_fields=["user"])
    return cleaner.user


def test_after_the_last_day_they_are_not_let_in_and_when_they_come_back_they_are() -> None:
    cast = make_cast()
    user = with_sign_in(cast.ana)
    leave(cast.ana, TODAY)

    assert actions.end_sign_ins(now=NOW) == []  # today is still a day of work
    assert actions.end_sign_ins(now=NOW + DAY) == [cast.ana]
    assert actions.end_sign_ins(now=NOW + DAY) == []
    user.refresh_from_db()
    assert not user.is_active
    actions.rehire_cleaner(cleaner=cast.ana, week=WEEK, from_day=NEXT_MONDAY, by=SYSTEM, now=NOW + DAY)
    user.refresh_from_db()
    assert user.is_active


def test_who_also_works_in_the_office_is_let_in_still() -> None:
    cast = make_cast()
    with_sign_in(cast.ana, Role.DISPATCHER)
    leave(cast.ana, TODAY)

    assert actions.end_sign_ins(now=NOW + DAY) == []


def test_nobody_comes_back_before_they_are_gone() -> None:
    cast = make_cast()
    leave(cast.ana)

    with pytest.raises(actions.StillEmployed):
        actions.rehire_cleaner(cleaner=cast.ana, week=WEEK, from_day=FRIDAY, by=SYSTEM, now=NOW)


def test_who_leaves_later_still_works_on_the_days_before() -> None:
    cast = make_cast()
    leave(cast.ana)

    assert cast.ana in Cleaner.objects.employed_on(FRIDAY)
    assert cast.ana not in Cleaner.objects.employed_on(FRIDAY + DAY)
