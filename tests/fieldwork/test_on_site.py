"""Cleaners say with one tap that they are there and that they are done; the office can say it for them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from tests.booking.deeds import events_of, visit_at
from tests.booking.undo.agreement import everything_agreed
from tests.cast import Cast, at, by_user

from midway.booking.actions import TimeImpossible, cancel_visit, record_lock_out, reschedule_visit, undo_change
from midway.booking.actions.visit_lock import VisitNotChangeable, VisitNotFound
from midway.booking.invariants import broken_invariants
from midway.booking.models import ActualTime, Visit
from midway.booking.payments import has_taken_place
from midway.core.actor import SYSTEM, Actor
from midway.core.pace import is_believable
from midway.crew.before import ChangedSince
from midway.fieldwork.actions import TapTooOld, VisitNotNow, finish_visit, start_visit, take_back
from midway.fieldwork.actions.finish_visit import Worked
from midway.journal.models import Entry

pytestmark = pytest.mark.django_db
NINE, ELEVEN = at("09:00"), at("11:00")
CAME, WENT = at("09:07"), at("10:47")


def state_of(visit: Visit) -> str:
    return Visit.objects.get(pk=visit.pk).state


def test_come_and_gone_the_visit_is_done_and_timed(visit: Visit, ana: Actor) -> None:
    assert start_visit(visit=visit.code, by=ana, now=CAME).state == "in_progress"
    done = finish_visit(visit=visit.code, by=ana, now=WENT)
    time = ActualTime.objects.get()
    assert (time.started_at, time.finished_at, time.labour_minutes) == (CAME, WENT, 100)
    assert has_taken_place(done, now=WENT)
    assert events_of(visit.code) == ["fieldwork.visit.started", "fieldwork.visit.finished"]
    finished = Entry.objects.get(event="fieldwork.visit.finished")
    assert (finished.facts["minutes"], finished.facts["people"], finished.actor_label) == (100, 1, "Ana")
    assert broken_invariants(now=WENT) == []


def test_a_second_tap_of_hers_or_a_mates_changes_nothing(visit: Visit, ana: Actor) -> None:
    for minutes in (0, 3):
        start_visit(visit=visit.code, by=ana, now=CAME + timedelta(minutes=minutes))
    for minutes in (0, 20):
        finish_visit(visit=visit.code, by=SYSTEM, now=WENT + timedelta(minutes=minutes))
    start_visit(visit=visit.code, by=ana, now=WENT)
    time = ActualTime.objects.get()
    assert (time.started_at, time.finished_at, state_of(visit)) == (CAME, WENT, "done")
    assert Entry.objects.filter(event__startswith="fieldwork.").count() == 2


def test_two_people_worked_for_more_than_the_clock_says(cast: Cast, ana: Actor) -> None:
    visit = visit_at(cast, NINE, cast.ana, cast.ben, team_size=2)
    start_visit(visit=visit.code, by=ana, now=NINE)
    finish_visit(visit=visit.code, by=ana, now=at("10:40"))
    worked = ActualTime.objects.get().labour_minutes
    assert worked is not None
    assert 100 < worked <= 200


@pytest.mark.parametrize("minutes", [4, 60 * 11], ids=["pressed twice", "forgotten"])
def test_a_time_nobody_would_believe_is_kept_but_teaches_nothing(visit: Visit, ana: Actor, minutes: int) -> None:
    start_visit(visit=visit.code, by=ana, now=CAME)
    finish_visit(visit=visit.code, by=ana, now=CAME + timedelta(minutes=minutes))
    time = ActualTime.objects.get()
    assert (time.labour_minutes, time.started_at, state_of(visit)) == (None, CAME, "done")


@pytest.mark.parametrize(("minutes", "is_so"), [(29, False), (30, True), (480, True), (481, False)])
def test_a_quarter_to_four_times_the_promise_is_believed(minutes: int, is_so: bool) -> None:
    assert is_believable(minutes, promised_minutes=120) is is_so


def test_nobody_said_when_it_began(visit: Visit, ana: Actor) -> None:
    finish_visit(visit=visit.code, by=ana, now=ELEVEN)
    assert (state_of(visit), ActualTime.objects.count()) == ("done", 0)


def test_the_office_says_how_long_it_took(visit: Visit, cast: Cast) -> None:
    finish_visit(visit=visit.code, worked=Worked(90, 1), by=by_user(cast.dan), now=ELEVEN)
    time = ActualTime.objects.get()
    assert (time.labour_minutes, time.started_at, time.finished_at) == (90, None, None)
    for worked in (Worked(0, 1), Worked(961, 1), Worked(60, 0)):
        with pytest.raises(TimeImpossible):
            finish_visit(visit=visit.code, worked=worked, by=by_user(cast.dan), now=ELEVEN)


@pytest.mark.parametrize("moment", [at("05:59"), at("23:01")], ids=["too early", "too late"])
def test_it_begins_around_its_time_alone(visit: Visit, ana: Actor, moment: object) -> None:
    with pytest.raises(VisitNotNow):
        start_visit(visit=visit.code, by=ana, now=moment)  # type: ignore[arg-type]
    assert state_of(visit) == "scheduled"


def test_it_is_not_done_before_its_time_unless_begun_early(visit: Visit, ana: Actor) -> None:
    with pytest.raises(VisitNotNow):
        finish_visit(visit=visit.code, by=ana, now=at("08:59"))
    start_visit(visit=visit.code, by=ana, now=at("06:30"))
    assert finish_visit(visit=visit.code, by=ana, now=at("08:30")).state == "done"


def test_what_was_called_off_or_is_unknown_takes_no_tap(visit: Visit, cast: Cast, ana: Actor) -> None:
    cancel_visit(visit=visit.code, reason="", by=by_user(cast.dan), now=at("08:00"))
    for deed in (start_visit, finish_visit):
        with pytest.raises(VisitNotChangeable):
            deed(visit=visit.code, by=ana, now=CAME)
        with pytest.raises(VisitNotFound):
            deed(visit=cast.dora.code, by=ana, now=CAME)


def test_what_has_begun_is_not_moved(visit: Visit, ana: Actor) -> None:
    start_visit(visit=visit.code, by=ana, now=CAME)
    with pytest.raises(VisitNotChangeable):
        reschedule_visit(visit=visit.code, to=at("13:00"), by=SYSTEM, now=CAME)


def test_each_step_is_undone_to_exactly_what_was_before(visit: Visit, ana: Actor, cast: Cast) -> None:
    before = everything_agreed()
    start_visit(visit=visit.code, by=ana, now=CAME)
    there = ActualTime.objects.values("started_at", "finished_at", "labour_minutes").get()
    finish_visit(visit=visit.code, by=ana, now=WENT)
    dan = by_user(cast.dan)
    finished, started = (Entry.objects.get(event=f"fieldwork.visit.{step}").code for step in ("finished", "started"))
    with pytest.raises(ChangedSince):
        undo_change(entry=started, by=dan, now=WENT)

    again = undo_change(entry=finished, by=dan, now=WENT)
    assert ActualTime.objects.values("started_at", "finished_at", "labour_minutes").get() == there
    undo_change(entry=started, by=dan, now=WENT)
    assert everything_agreed() == before
    assert not ActualTime.objects.exists()
    with pytest.raises(ChangedSince):
        undo_change(entry=again, by=dan, now=WENT)


def test_whoever_tapped_takes_it_back_for_a_quarter_of_an_hour(visit: Visit, ana: Actor, cast: Cast) -> None:
    start_visit(visit=visit.code, by=ana, now=CAME)
    with pytest.raises(TapTooOld):
        take_back(visit=visit.code, by=by_user(cast.dan), now=CAME)
    with pytest.raises(TapTooOld):
        take_back(visit=visit.code, by=ana, now=CAME + timedelta(minutes=16))
    take_back(visit=visit.code, by=ana, now=CAME + timedelta(minutes=15))
    assert state_of(visit) == "scheduled"
    with pytest.raises(TapTooOld):
        take_back(visit=visit.code, by=ana, now=CAME + timedelta(minutes=15))


def test_locked_out_after_all_and_undone_they_are_there_again(visit: Visit, ana: Actor, cast: Cast) -> None:
    start_visit(visit=visit.code, by=ana, now=CAME)
    record_lock_out(visit=visit.code, reason="No answer", by=by_user(cast.dan), now=at("09:20"))
    entry = Entry.objects.get(event="booking.visit.locked_out")
    undo_change(entry=entry.code, by=by_user(cast.dan), now=at("09:25"))
    assert (state_of(visit), ActualTime.objects.get().started_at) == ("in_progress", CAME)
    assert finish_visit(visit=visit.code, by=ana, now=WENT).state == "done"


def test_a_visit_never_ends_before_it_begins_whoever_writes(visit: Visit) -> None:
    for fields in ({"started_at": WENT, "finished_at": CAME, "labour_minutes": 1}, {"labour_minutes": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ActualTime.objects.create(visit=visit, planned_minutes=100, at=WENT, **fields)
