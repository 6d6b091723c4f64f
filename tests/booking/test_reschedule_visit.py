"""Moving a visit to another time, to other cleaners, or both."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from tests.booking.deeds import CUSTOMER, events_of, everything_of, set_rules, told, visit_at, whereabouts
from tests.cast import (
    LORD_HOWE,
    NEW_YORK,
    NOW,
    PARIS,
    TODAY,
    Cast,
    at,
    by_user,
    commit,
    make_cast,
    make_exception,
)
from tests.crew.standing import stale_days

from midway.booking.actions import preview_rescheduling, reschedule_visit
from midway.booking.actions.offered import TimeNotOffered
from midway.booking.actions.reschedule_visit import ChangeTooLate
from midway.booking.actions.visit_lock import VisitNotChangeable, VisitNotFound
from midway.booking.models import Visit
from midway.core.actor import Actor
from midway.core.visit_states import STILL_TO_COME, VisitState
from midway.crew.calendar import SlotTaken
from midway.crew.models import Cleaner
from midway.journal.queries import history_of

pytestmark = pytest.mark.django_db
FRIDAY = TODAY + timedelta(days=4)
THURSDAY = TODAY + timedelta(days=3)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def move(visit: Visit, to: datetime, *cleaners: Cleaner, by: Actor = CUSTOMER, now: datetime = NOW) -> Visit:
    with transaction.atomic():
        return reschedule_visit(visit=visit.code, to=to, by=by, now=now, cleaners=[c.pk for c in cleaners])


def who_comes(visit: Visit) -> set[Cleaner]:
    return {a.cleaner for a in visit.assignments.filter(active=True).select_related("cleaner")}


def refused(problem: type[Exception], visit: Visit, to: datetime, *cleaners: Cleaner, **asked: object) -> None:
    """Will see the move refused and the visit exactly as it was."""
    before = everything_of(visit)
    with pytest.raises(problem):
        move(visit, to, *cleaners, **asked)  # type: ignore[arg-type]
    assert everything_of(visit) == before
    assert stale_days(visit.branch) == []


def test_a_customer_moves_a_visit_and_keeps_the_cleaner(cast: Cast) -> None:
    visit = visit_at(cast, at("10:00", on=FRIDAY), cast.chidi)
    move(visit, at("14:00", on=THURSDAY))
    visit.refresh_from_db()
    assert (visit.starts_at, visit.ends_at) == (at("14:00", on=THURSDAY), at("16:00", on=THURSDAY))
    assert (visit.revision, visit.cleaners_missing, visit.state) == (1, 0, "scheduled")
    assert who_comes(visit) == {cast.chidi}
    assert whereabouts(cast.chidi) == [("visit", "14:00", "16:00")]
    assert stale_days(cast.branch) == []


def test_a_visit_may_move_onto_part_of_its_own_time(cast: Cast) -> None:
    visit = visit_at(cast, at("10:00", on=FRIDAY), cast.ana)
    move(visit, at("11:00", on=FRIDAY))
    assert whereabouts(cast.ana) == [("visit", "11:00", "13:00")]


def test_somebody_else_comes_when_the_cleaner_is_busy(cast: Cast) -> None:
    visit = visit_at(cast, at("10:00", on=FRIDAY), cast.chidi)
    other = visit_at(cast, at("14:00", on=FRIDAY), cast.chidi)
    move(visit, other.starts_at)
    assert who_comes(visit) <= {cast.ana, cast.ben}
    assert who_comes(other) == {cast.chidi}


def test_the_journal_and_the_mail_say_from_when_to_when_once(cast: Cast) -> None:
    visit = visit_at(cast, at("10:00", on=FRIDAY), cast.ana)
    move(visit, at("14:00", on=FRIDAY), by=by_user(cast.dan))
    entry = history_of(visit.code).get()
    assert (entry.event, entry.actor_label, entry.at) == ("booking.visit.rescheduled", "Dan", NOW)
    assert (entry.facts["from"], entry.facts["to"]) == (visit.starts_at.isoformat(), at("14:00", on=FRIDAY).isoformat())
    (mail,) = told("visit_moved")
    assert (mail.to, mail.subject_code) == (cast.dora.email, visit.code)
    assert (mail.facts["start"], mail.facts["revision"]) == (at("14:00", on=FRIDAY).isoformat(), 1)


def test_each_move_is_told_and_counted(cast: Cast) -> None:
    visit = visit_at(cast, at("10:00", on=FRIDAY), cast.ana)
    for clock in ("11:00", "12:00", "10:00"):
        move(visit, at(clock, on=FRIDAY))
    visit.refresh_from_db()
    assert visit.revision == len(told("visit_moved")) == 3


def test_other_cleaners_at_the_same_time_are_no_news_for_the_customer(cast: Cast) -> None:
    visit = visit_at(cast, "10:00", cast.ana)
    move(visit, visit.starts_at, cast.chidi, by=by_user(cast.dan))
    assert who_comes(visit) == {cast.chidi}
    assert told("visit_moved") == []


def test_a_move_can_be_made_without_telling(cast: Cast) -> None:
    visit = visit_at(cast, "10:00", cast.ana)
    reschedule_visit(visit=visit.code, to=at("14:00"), by=by_user(cast.dan), now=NOW, tell=False)
    assert told("visit_moved") == []


def test_a_customer_may_move_up_to_the_notice_and_the_office_after_it(cast: Cast) -> None:
    visit = visit_at(cast, at("10:00", on=THURSDAY), cast.ana)
    last_moment = visit.starts_at - timedelta(minutes=cast.branch.change_notice_minutes)
    late = last_moment + timedelta(microseconds=1)
    target = at("14:00", on=FRIDAY)

    assert preview_rescheduling(visit=visit, now=last_moment).is_allowed
    assert not preview_rescheduling(visit=visit, now=late).is_allowed
    refused(ChangeTooLate, visit, target, now=late)
    move(visit, target, by=by_user(cast.dan), now=late)
    move(visit, at("10:00", on=THURSDAY), now=last_moment)


@pytest.mark.parametrize(
    "to", [at("10:10", on=FRIDAY), at("10:15", on=FRIDAY), at("11:00"), at("10:00", on=date(2026, 7, 1))]
)
def test_a_customer_is_bound_by_grid_notice_and_horizon(cast: Cast, to: datetime) -> None:
    set_rules(cast, notice_minutes=24 * 60, horizon_days=30)
    refused(TimeNotOffered, visit_at(cast, at("10:00", on=FRIDAY), cast.ana), to)


def test_the_office_may_start_off_the_grid_and_soon(cast: Cast) -> None:
    set_rules(cast, notice_minutes=24 * 60)
    visit = visit_at(cast, at("10:00", on=FRIDAY), cast.ana)
    move(visit, at("09:10"), by=by_user(cast.dan))
    assert whereabouts(cast.ana) == [("visit", "09:10", "11:10")]
    assert stale_days(cast.branch) == []


def test_when_nobody_is_free_everything_stays_as_it_was(cast: Cast) -> None:
    visit = visit_at(cast, at("10:00", on=FRIDAY), cast.ana)
    for cleaner in cast.cleaners:
        make_exception(cleaner=cleaner, on=THURSDAY)
    refused(SlotTaken, visit, at("14:00", on=THURSDAY))


def test_when_one_of_the_named_is_busy_everything_stays_as_it_was(cast: Cast) -> None:
    visit = visit_at(cast, "10:00", cast.ana)
    visit_at(cast, "15:00", cast.ben)
    refused(SlotTaken, visit, at("14:00"), cast.chidi, cast.ben, by=by_user(cast.dan))


def test_the_office_names_who_comes_even_outside_their_hours(cast: Cast) -> None:
    visit = visit_at(cast, "10:00", cast.ana)
    move(visit, at("18:00"), cast.ben, by=by_user(cast.dan))
    assert (who_comes(visit), whereabouts(cast.ana)) == ({cast.ben}, [])


def test_naming_fewer_than_the_team_leaves_places_open(cast: Cast) -> None:
    visit = visit_at(cast, "10:00", cast.ana, cast.ben)
    move(visit, at("14:00"), cast.chidi, by=by_user(cast.dan))
    visit.refresh_from_db()
    assert visit.cleaners_missing == 1
    assert list(Visit.objects.unassigned()) == [visit]


def test_a_team_moves_together_with_its_pad(cast: Cast) -> None:
    set_rules(cast, pad_minutes=15)
    visit = visit_at(cast, at("10:00", on=FRIDAY), cast.ana, cast.ben)
    move(visit, at("14:00", on=FRIDAY))
    assert who_comes(visit) == {cast.ana, cast.ben}
    assert whereabouts(cast.ana) == whereabouts(cast.ben) == [("visit", "14:00", "16:15")]
    visit.refresh_from_db()
    assert visit.ends_at == at("16:00", on=FRIDAY)


def test_two_visits_trade_places_over_a_third_time(cast: Cast) -> None:
    one, other = visit_at(cast, "10:00", cast.ana), visit_at(cast, "13:00", cast.ana)
    dan = by_user(cast.dan)
    move(one, at("15:00"), cast.ana, by=dan)
    move(other, at("10:00"), cast.ana, by=dan)
    move(one, at("13:00"), cast.ana, by=dan)
    assert whereabouts(cast.ana) == [("visit", "10:00", "12:00"), ("visit", "13:00", "15:00")]
    assert stale_days(cast.branch) == []


@pytest.mark.parametrize("state", sorted(set(VisitState) - STILL_TO_COME))
def test_only_a_visit_still_to_come_is_moved(cast: Cast, state: str) -> None:
    refused(VisitNotChangeable, visit_at(cast, "10:00", cast.ana, state=state), at("14:00"), by=by_user(cast.dan))


def test_an_unknown_visit_is_not_found() -> None:
    with pytest.raises(VisitNotFound):
        reschedule_visit(visit=uuid4(), to=at("14:00"), by=CUSTOMER, now=NOW)


@pytest.mark.parametrize(
    ("zone", "on"),
    [(NEW_YORK, date(2026, 3, 8)), (NEW_YORK, date(2026, 11, 1)), (PARIS, date(2026, 10, 25)),
     (LORD_HOWE, date(2026, 4, 5)), (LORD_HOWE, date(2026, 10, 4))],
)  # fmt: skip
def test_a_visit_moves_over_the_change_of_the_clock(zone: str, on: date) -> None:
    now = at("09:00", on=on - timedelta(days=3), zone=zone)
    cast = make_cast(zone=zone, now=now)
    visit = visit_at(cast, at("10:00", on=on - timedelta(days=1), zone=zone), cast.ana)
    move(visit, at("10:00", on=on, zone=zone), cast.ana, by=by_user(cast.dan), now=now)
    assert whereabouts(cast.ana) == [("visit", "10:00", "12:00")]
    move(visit, at("10:00", on=on + timedelta(days=1), zone=zone), cast.ana, by=by_user(cast.dan), now=now)
    assert whereabouts(cast.ana) == [("visit", "10:00", "12:00")]
    assert stale_days(cast.branch) == []
    assert events_of(visit.code) == ["booking.visit.rescheduled"] * 2


def test_a_hold_of_somebody_who_went_away_makes_way(cast: Cast) -> None:
    visit = visit_at(cast, "10:00", cast.ana)
    during = type(visit.during)(at("14:00"), at("15:00"))
    commit(cleaner=cast.ben, during=during, kind="hold", hold_expires_at=NOW)
    move(visit, at("14:00"), cast.ana, cast.ben, by=by_user(cast.dan))
    assert who_comes(visit) == {cast.ana, cast.ben}
