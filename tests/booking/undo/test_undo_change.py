"""Undo: every kind of change of the last day can be taken back, exactly, or is refused and stays."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest
from tests.booking.deeds import CUSTOMER, deep_quote, order, regular_quote, told, visit_at, whereabouts
from tests.booking.plans.stage import TUESDAY, start, visit_on, year_cast
from tests.booking.test_change_home import wanted
from tests.booking.undo.agreement import everything_agreed
from tests.cast import NOW, TODAY, Cast, at, by_user, make_cast, make_user

from midway.accounts.models import Role
from midway.booking import actions
from midway.booking.actions.change_home import change_home
from midway.booking.actions.put_back import TimeGoneBy, TimeTakenMeanwhile
from midway.booking.actions.reschedule_visit import ChangeTooLate
from midway.booking.actions.undo_change import AlreadyUndone, NothingToUndo, TooLateToUndo, undo_change
from midway.booking.invariants import broken_invariants
from midway.booking.models import Visit
from midway.core.actor import SYSTEM, Actor, ActorKind
from midway.core.timespan import Span
from midway.crew.actions import clear_day_hours, set_day_hours, set_weekly_hours, withdraw_absence
from midway.crew.before import ChangedSince
from midway.crew.calendar import SlotTaken
from midway.crew.models import Absence
from midway.fieldwork.actions import finish_visit, start_visit
from midway.journal.models import Entry

pytestmark = pytest.mark.django_db
FRIDAY_AT_TEN = at("10:00", on=TODAY + timedelta(days=4))
LATER = NOW + timedelta(hours=2)
Deed = Callable[[Cast], Iterator[None]]


@pytest.fixture(autouse=True)
def _plans_are_filled_for_a_quarter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A year of visits for each of these plans would show nothing more, and take four times as long."""
    monkeypatch.setattr("midway.booking.plan_queries.WEEKS_AHEAD", 12)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def last_entry() -> UUID:
    return Entry.objects.exclude(event="booking.visit.booked").latest("id").code


def undo(entry: UUID | None = None, *, by: Actor = SYSTEM, now: datetime = LATER) -> UUID:
    return undo_change(entry=entry or last_entry(), by=by, now=now)


def weekly(cast: Cast) -> Visit:
    return visit_on(start(cast), TUESDAY + timedelta(days=14))


def sold(cast: Cast) -> Iterator[None]:
    yield
    start(cast)


def moved(cast: Cast) -> Iterator[None]:
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    yield
    actions.reschedule_visit(visit=visit.code, to=FRIDAY_AT_TEN + timedelta(hours=3), by=CUSTOMER, now=NOW)


def given_to_others(cast: Cast) -> Iterator[None]:
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    yield
    actions.place_visit(
        visit=visit.code, revision=0, start=FRIDAY_AT_TEN, cleaners=[cast.ben.pk, cast.chidi.pk], by=SYSTEM, now=NOW
    )


def left_waiting(cast: Cast) -> Iterator[None]:
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    begins = FRIDAY_AT_TEN + timedelta(hours=1)
    yield
    actions.place_visit(visit=visit.code, revision=0, start=begins, cleaners=[], by=SYSTEM, now=NOW)


def cancelled(cast: Cast) -> Iterator[None]:
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana, cast.ben)
    yield
    actions.cancel_visit(visit=visit.code, reason="Moving away", by=CUSTOMER, now=NOW)


def cancelled_late(cast: Cast) -> Iterator[None]:
    visit = visit_at(cast, "15:00", cast.ana)
    yield
    actions.cancel_visit(visit=visit.code, reason="Ill", by=CUSTOMER, now=NOW)


def assigned(cast: Cast) -> Iterator[None]:
    visit = visit_at(cast, FRIDAY_AT_TEN, team_size=2)
    yield
    actions.assign_visit(visit=visit.code, by=SYSTEM, now=NOW)


def unassigned(cast: Cast) -> Iterator[None]:
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana, cast.ben)
    yield
    actions.unassign_visit(visit=visit.code, cleaner=cast.ana, by=SYSTEM, now=NOW)


def skipped(cast: Cast) -> Iterator[None]:
    visit = weekly(cast)
    yield
    actions.skip_occurrence(visit=visit.code, by=CUSTOMER, now=NOW)


def skipped_after_a_move(cast: Cast) -> Iterator[None]:
    visit = weekly(cast)
    actions.reschedule_visit(visit=visit.code, to=visit.starts_at + timedelta(hours=2), by=SYSTEM, now=NOW)
    yield
    actions.skip_occurrence(visit=visit.code, by=CUSTOMER, now=NOW)


def restored(cast: Cast) -> Iterator[None]:
    visit = weekly(cast)
    actions.skip_occurrence(visit=visit.code, by=CUSTOMER, now=NOW)
    yield
    actions.restore_occurrence(visit=visit.code, by=CUSTOMER, now=NOW)


def paused(cast: Cast) -> Iterator[None]:
    plan = start(cast)
    until = TUESDAY + timedelta(days=70)
    yield
    actions.pause_plan(plan=plan.code, from_on=TUESDAY + timedelta(days=7), resumes_on=until, by=CUSTOMER, now=NOW)


def paused_until_further_notice(cast: Cast) -> Iterator[None]:
    plan = start(cast)
    yield
    actions.pause_plan(plan=plan.code, from_on=TUESDAY + timedelta(days=7), by=CUSTOMER, now=NOW)


def resumed(cast: Cast) -> Iterator[None]:
    plan = start(cast)
    actions.pause_plan(plan=plan.code, from_on=TUESDAY + timedelta(days=7), by=CUSTOMER, now=NOW)
    yield
    actions.resume_plan(plan=plan.code, from_on=TUESDAY + timedelta(days=28), by=CUSTOMER, now=NOW)


def ended(cast: Cast) -> Iterator[None]:
    plan = start(cast)
    yield
    actions.end_plan(plan=plan.code, from_on=TUESDAY + timedelta(days=35), by=CUSTOMER, now=NOW)


def changed_from_a_day(cast: Cast) -> Iterator[None]:
    plan = start(cast)
    thursdays = replace(plan.rule, weekdays=frozenset({3}), clock=time(13))
    change = actions.PlanChange(rule=thursdays, duration_minutes=90, price_cents=12_300)
    yield
    actions.change_plan_from(plan=plan.code, from_on=TUESDAY + timedelta(days=21), change=change, by=SYSTEM, now=NOW)


def changed_to_twice_a_week(cast: Cast) -> Iterator[None]:
    plan = start(cast, frequency="biweekly")
    skipped_one = visit_on(plan, TUESDAY + timedelta(days=28))
    actions.skip_occurrence(visit=skipped_one.code, by=SYSTEM, now=NOW)
    change = actions.PlanChange(rule=replace(plan.rule, weekdays=frozenset({0, 4}), every=1), preferred=[cast.chidi.pk])
    yield
    actions.change_plan_from(plan=plan.code, from_on=TUESDAY + timedelta(days=7), change=change, by=SYSTEM, now=NOW)


def excused(cast: Cast) -> Iterator[None]:
    visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    visit_at(cast, FRIDAY_AT_TEN + timedelta(hours=3), cast.ana, cast.ben)
    during = Span(FRIDAY_AT_TEN, FRIDAY_AT_TEN + timedelta(hours=6))
    yield
    actions.excuse_cleaner(cleaner=cast.ana, during=during, reason=Absence.Reason.SICK, by=SYSTEM, now=NOW)


def back_at_work(cast: Cast) -> Iterator[None]:
    during = Span(FRIDAY_AT_TEN, FRIDAY_AT_TEN + timedelta(hours=6))
    absence, _ = actions.excuse_cleaner(cleaner=cast.ana, during=during, reason=Absence.Reason.SICK, by=SYSTEM, now=NOW)
    yield
    withdraw_absence(absence=absence, by=SYSTEM, now=NOW)


def other_weekly_hours(cast: Cast) -> Iterator[None]:
    hours = [(time(7), time(11)), (time(12), time(14))]
    yield
    set_weekly_hours(cleaner=cast.ana, weekday=4, hours=hours, from_day=date(2026, 3, 6), by=SYSTEM, now=NOW)


def other_hours_on_a_day(cast: Cast) -> Iterator[None]:
    yield
    set_day_hours(cleaner=cast.ana, on=date(2026, 3, 6), hours=[], reason="Exam", by=SYSTEM, now=NOW)


def usual_hours_again(cast: Cast) -> Iterator[None]:
    set_day_hours(cleaner=cast.ana, on=date(2026, 3, 6), hours=[], reason="Exam", by=SYSTEM, now=NOW)
    yield
    clear_day_hours(cleaner=cast.ana, on=date(2026, 3, 6), by=SYSTEM, now=NOW)


def at_a_bigger_home(cast: Cast) -> Iterator[None]:
    visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    yield
    change_home(premises=cast.flat.code, wanted=wanted(cast.flat, bedrooms=4), by=SYSTEM, now=NOW)


def at_a_bigger_home_for_the_year(cast: Cast) -> Iterator[None]:
    home = start(cast).premises
    yield
    change_home(premises=home.code, wanted=wanted(home, bathrooms=3), by=SYSTEM, now=NOW)


def begun(cast: Cast) -> Iterator[None]:
    visit = visit_at(cast, NOW + timedelta(hours=1), cast.ana)
    yield
    start_visit(visit=visit.code, by=SYSTEM, now=NOW)


def finished(cast: Cast) -> Iterator[None]:
    visit = visit_at(cast, NOW - timedelta(minutes=90), cast.ana)
    start_visit(visit=visit.code, by=SYSTEM, now=NOW - timedelta(minutes=80))
    yield
    finish_visit(visit=visit.code, by=SYSTEM, now=NOW)


def locked_out(cast: Cast) -> Iterator[None]:
    visit = visit_at(cast, NOW - timedelta(minutes=90), cast.ana)
    yield
    actions.record_lock_out(visit=visit.code, reason="Nobody", by=by_user(cast.dan), now=NOW)


OF_VISITS: list[Deed] = [
    moved, given_to_others, left_waiting, cancelled, cancelled_late, assigned, unassigned, excused, back_at_work,
    other_weekly_hours, other_hours_on_a_day, usual_hours_again, at_a_bigger_home, begun, finished, locked_out,
]  # fmt: skip
OF_PLANS: list[Deed] = [
    skipped, skipped_after_a_move, restored, paused, paused_until_further_notice, resumed, ended, sold,
    changed_from_a_day, changed_to_twice_a_week, at_a_bigger_home_for_the_year,
]  # fmt: skip


@pytest.mark.parametrize("deed", OF_VISITS + OF_PLANS, ids=lambda deed: deed.__name__)
def test_undone_and_done_again_it_is_exactly_as_it_was(deed: Deed) -> None:
    cast = year_cast(days=110) if deed in OF_PLANS else make_cast()
    steps = deed(cast)
    next(steps)
    before = everything_agreed()
    next(steps, None)
    done = everything_agreed()

    undone = undo()
    assert everything_agreed() == before
    again = undo(undone, now=LATER + timedelta(minutes=1))
    assert everything_agreed() == done
    undo(again, now=LATER + timedelta(minutes=2))
    assert everything_agreed() == before
    assert broken_invariants(now=LATER) == []
    assert before != done


def test_a_booking_is_taken_back_without_a_fee(cast: Cast) -> None:
    before = everything_agreed()
    booked = actions.book_visit(order=order(regular_quote(cast), at("15:00")), by=CUSTOMER, now=NOW)
    undone = undo(Entry.objects.get(event="booking.visit.booked").code)
    assert everything_agreed() == before
    visit = Visit.objects.get(code=booked.visit)
    assert (visit.state, visit.cancellation.fee_cents, visit.cancellation.is_late) == ("cancelled", 0, False)
    assert [mail.facts["fee_cents"] for mail in told("visit_cancelled")] == [0]
    undo(undone)
    visit.refresh_from_db()
    assert (visit.state, visit.cleaners_missing) == ("scheduled", 0)
    assert broken_invariants(now=LATER) == []


def test_the_customer_is_told_once_and_the_journal_says_who(cast: Cast) -> None:
    [*moved(cast)]
    entry = Entry.objects.get(code=undo(by=by_user(cast.dan)))
    assert (entry.event, entry.actor_label) == ("booking.change.undone", "Dan")
    assert entry.facts["undoes"] == "booking.visit.rescheduled"
    assert [mail.facts["start"] for mail in told("visit_moved")][1:] == [FRIDAY_AT_TEN.astimezone(UTC).isoformat()]


def test_who_came_comes_again_or_it_is_said_who_cannot(cast: Cast) -> None:
    [*cancelled(cast)]
    entry = last_entry()
    actions.book_visit(order=order(deep_quote(cast), FRIDAY_AT_TEN), by=CUSTOMER, now=NOW)
    done = everything_agreed()
    with pytest.raises(TimeTakenMeanwhile) as refused:
        undo(entry)
    assert refused.value.who == ["Ana", "Ben"]
    assert everything_agreed() == done


def test_a_whole_plan_is_put_back_or_nothing_of_it() -> None:
    cast = year_cast(days=110)
    [*ended(cast)]
    entry = last_entry()
    on = TUESDAY + timedelta(days=7 * 10)
    for cleaner in cast.cleaners:
        visit_at(cast, at("09:00", on=on), cleaner)
    done = everything_agreed()
    with pytest.raises(TimeTakenMeanwhile) as refused:
        undo(entry)
    assert refused.value.start == at("09:00", on=on)
    assert everything_agreed() == done


def test_it_is_undone_once(cast: Cast) -> None:
    [*moved(cast)]
    entry = last_entry()
    undo(entry)
    with pytest.raises(AlreadyUndone):
        undo(entry)


def test_changes_are_undone_the_last_first(cast: Cast) -> None:
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    entries = []
    for hours in (1, 2, 3):
        actions.reschedule_visit(visit=visit.code, to=FRIDAY_AT_TEN + timedelta(hours=hours), by=SYSTEM, now=NOW)
        entries.append(last_entry())
    with pytest.raises(ChangedSince):
        undo(entries[0])
    for entry in reversed(entries):
        undo(entry)
    visit.refresh_from_db()
    assert visit.starts_at == FRIDAY_AT_TEN


@pytest.mark.parametrize(
    ("after", "refusal"), [(timedelta(days=1), None), (timedelta(days=1, seconds=1), TooLateToUndo)]
)
def test_a_day_later_it_stays(cast: Cast, after: timedelta, refusal: type[Exception] | None) -> None:
    [*unassigned(cast)]
    if refusal is None:
        undo(now=NOW + after)
    else:
        with pytest.raises(refusal):
            undo(now=NOW + after)


def test_a_time_gone_by_does_not_come_back(cast: Cast) -> None:
    visit = visit_at(cast, "10:00", cast.ana)
    actions.reschedule_visit(visit=visit.code, to=FRIDAY_AT_TEN, by=SYSTEM, now=NOW)
    with pytest.raises(TimeGoneBy):
        undo(now=at("10:00"))


def test_a_visit_that_has_begun_is_not_taken_away(cast: Cast) -> None:
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    actions.reschedule_visit(visit=visit.code, to=at("10:00"), by=SYSTEM, now=NOW)
    with pytest.raises(TimeGoneBy):
        undo(now=at("10:30"))
    Visit.objects.update(state="in_progress")
    with pytest.raises(ChangedSince):
        undo(now=at("09:30"))


def test_a_date_does_not_come_back_into_a_pause() -> None:
    cast = year_cast(days=110)
    plan = start(cast)
    actions.skip_occurrence(visit=visit_on(plan, TUESDAY + timedelta(days=14)).code, by=CUSTOMER, now=NOW)
    entry = last_entry()
    actions.pause_plan(plan=plan.code, from_on=TUESDAY + timedelta(days=7), by=CUSTOMER, now=NOW)
    with pytest.raises(ChangedSince):
        undo(entry)


def test_a_plan_of_which_a_visit_took_place_is_not_taken_back() -> None:
    cast = year_cast(days=110)
    start(cast, start=at("15:00"))
    with pytest.raises(ChangedSince):
        undo(Entry.objects.get(event="booking.plan.started").code, now=at("15:30"))


def test_somebody_who_left_is_not_put_back(cast: Cast) -> None:
    [*unassigned(cast)]
    cast.ana.left_on = TODAY
    cast.ana.save()
    with pytest.raises(TimeTakenMeanwhile, match="Ana"):
        undo()


def test_an_absence_comes_back_only_where_the_cleaner_is_free(cast: Cast) -> None:
    [*back_at_work(cast)]
    entry = last_entry()
    visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    with pytest.raises(SlotTaken):
        undo(entry)


def test_hours_changed_again_are_not_undone_underneath(cast: Cast) -> None:
    [*other_weekly_hours(cast)]
    entry = last_entry()
    set_weekly_hours(cleaner=cast.ana, weekday=4, hours=[], from_day=date(2026, 3, 13), by=SYSTEM, now=NOW)
    with pytest.raises(ChangedSince):
        undo(entry)


def dora_herself(cast: Cast) -> Actor:
    cast.dora.user = make_user(role=Role.CUSTOMER, name="Dora")
    cast.dora.save()
    return Actor(ActorKind.CUSTOMER, "Customer", cast.dora.user.pk)


def test_a_customer_undoes_what_they_did(cast: Cast) -> None:
    [*cancelled(cast)]
    undo(by=dora_herself(cast))
    assert whereabouts(cast.ana) == [("visit", "10:00", "12:00")]


def test_a_customer_takes_back_what_they_said_of_their_home(cast: Cast) -> None:
    dora, stranger = dora_herself(cast), Actor(ActorKind.CUSTOMER, "Customer", 0)
    change_home(premises=cast.flat.code, wanted=wanted(cast.flat, line2="Back yard"), by=dora, now=NOW)
    with pytest.raises(NothingToUndo):
        undo(by=stranger)
    undo(by=dora)
    cast.flat.refresh_from_db()
    assert cast.flat.line2 == ""


def test_a_home_changed_again_is_not_undone_underneath(cast: Cast) -> None:
    for rooms in (3, 4):
        change_home(premises=cast.flat.code, wanted=wanted(cast.flat, bedrooms=rooms), by=SYSTEM, now=NOW)
    first = Entry.objects.filter(event="customers.home.changed").earliest("id")
    with pytest.raises(ChangedSince):
        undo(first.code)


def test_visits_come_back_from_another_house(cast: Cast) -> None:
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    change_home(premises=cast.flat.code, wanted=wanted(cast.flat, line1="9 Park Row"), by=SYSTEM, now=NOW)
    undo()
    assert Visit.objects.get(pk=visit.pk).premises == cast.flat


@pytest.mark.parametrize("deed", [left_waiting, other_weekly_hours, excused])
def test_a_customer_undoes_nothing_of_the_office(cast: Cast, deed: Deed) -> None:
    [*deed(cast)]
    with pytest.raises(NothingToUndo):
        undo(by=dora_herself(cast))


@pytest.mark.parametrize("deed", [cancelled, cancelled_late, moved])
def test_nobody_undoes_for_another_customer(cast: Cast, deed: Deed) -> None:
    [*deed(cast)]
    other = Actor(ActorKind.CUSTOMER, "Customer", make_user(role=Role.CUSTOMER).pk)
    for stranger in (other, CUSTOMER):
        with pytest.raises(NothingToUndo):
            undo(by=stranger)


def test_a_customer_has_second_thoughts_for_a_moment_when_it_is_near(cast: Cast) -> None:
    dora = dora_herself(cast)
    visit = visit_at(cast, at("10:00", on=TODAY + timedelta(days=2)), cast.ana)
    actions.reschedule_visit(visit=visit.code, to=at("15:00", on=TODAY + timedelta(days=2)), by=dora, now=NOW)
    entry = last_entry()
    with pytest.raises(ChangeTooLate):
        undo(entry, by=dora, now=NOW + timedelta(hours=23))
    undo(entry, by=dora, now=NOW + timedelta(minutes=15))


def test_what_was_never_done_cannot_be_undone(cast: Cast) -> None:
    with pytest.raises(NothingToUndo):
        undo(uuid4())


def test_the_first_visit_of_a_plan_is_not_taken_out_by_undoing_its_booking() -> None:
    start(year_cast(days=110))
    with pytest.raises(NothingToUndo):
        undo(Entry.objects.get(event="booking.visit.booked").code)
