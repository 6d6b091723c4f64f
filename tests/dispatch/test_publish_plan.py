"""Publishing a plan: all of it or nothing, under the calendar's constraint."""

from datetime import timedelta

import pytest
from tests.cast import NOW, Cast, at, by_user, make_absence, make_hold, make_quote
from tests.dispatch.days import EAST, TOMORROW, crossed_day, proposed, visit_in

from midway.booking.actions import undo_change
from midway.booking.invariants import findings
from midway.booking.models import Visit
from midway.core.actor import SYSTEM
from midway.dispatch.actions import DayChangedMeanwhile, DayGoneBy, PlanNotProposed, discard_plan, publish_plan
from midway.dispatch.day import read_day
from midway.dispatch.models import DayPlan
from midway.dispatch.promises import promised_starts
from midway.dispatch.records import plan_from_facts
from midway.journal.models import Entry
from midway.messaging.models import OutboxMessage


def seats_of(visit: Visit) -> set[str]:
    rows = visit.assignments.filter(active=True)
    return {str(code) for code in rows.values_list("cleaner__code", flat=True)}


def test_the_calendar_follows_the_plan(cast: Cast) -> None:
    visits = crossed_day(cast)
    plan = proposed(cast)
    asked = plan_from_facts(plan.found["after"])
    starts = promised_starts(read_day(cast.branch, TOMORROW, now=NOW), asked)

    published, settled = publish_plan(plan=plan.code, by=SYSTEM, now=NOW)

    assert published.state == DayPlan.State.PUBLISHED
    assert settled.handed_on
    day = read_day(cast.branch, TOMORROW, now=NOW)
    for visit in visits:
        visit.refresh_from_db()
        assert seats_of(visit) == set(asked.crews_by_visit[str(visit.code)])
        assert day.minutes(visit.starts_at) == starts[str(visit.code)]
    assert [f.name for f in findings(now=NOW) if not f.holds] == []


def test_only_customers_whose_time_moves_are_told(cast: Cast) -> None:
    crossed_day(cast)

    _plan, settled = publish_plan(plan=proposed(cast).code, by=SYSTEM, now=NOW)

    told = set(OutboxMessage.objects.filter(template="visit_moved").values_list("subject_code", flat=True))
    assert told == set(settled.moved)


def test_a_plan_made_before_a_booking_is_refused_and_nothing_changes(cast: Cast) -> None:
    visits = crossed_day(cast)
    plan = proposed(cast)
    visit_in(cast, EAST, "12:00", cast.chidi)

    with pytest.raises(DayChangedMeanwhile):
        publish_plan(plan=plan.code, by=SYSTEM, now=NOW)

    assert [seats_of(visit) for visit in visits] == [{str(c.code)} for c in (cast.ana, cast.ana, cast.ben, cast.ben)]
    plan.refresh_from_db()
    assert plan.state == DayPlan.State.PROPOSED


def test_a_plan_made_before_an_absence_is_refused(cast: Cast) -> None:
    crossed_day(cast)
    plan = proposed(cast)
    make_absence(cleaner=cast.chidi, start=at("08:00", on=TOMORROW), end=at("17:00", on=TOMORROW))

    with pytest.raises(DayChangedMeanwhile):
        publish_plan(plan=plan.code, by=SYSTEM, now=NOW)


def test_a_hold_in_the_way_refuses_the_whole_plan(cast: Cast) -> None:
    waiting = visit_in(cast, EAST, "09:00")
    plan = proposed(cast)
    (taker,) = plan_from_facts(plan.found["after"]).crews_by_visit[str(waiting.code)]
    quote = make_quote(price_list=cast.price_list, service=cast.regular)
    chosen = next(cleaner for cleaner in cast.cleaners if str(cleaner.code) == taker)
    make_hold(quote=quote, start=at("09:30", on=TOMORROW), cleaners=[chosen])

    with pytest.raises(DayChangedMeanwhile):
        publish_plan(plan=plan.code, by=SYSTEM, now=NOW)

    waiting.refresh_from_db()
    assert (waiting.revision, waiting.cleaners_missing, seats_of(waiting)) == (0, 1, set())


def test_a_plan_of_a_day_gone_by_is_refused_after_midnight(cast: Cast) -> None:
    crossed_day(cast)
    plan = proposed(cast)
    midnight = at("00:00", on=TOMORROW + timedelta(days=1))

    with pytest.raises(DayGoneBy):
        publish_plan(plan=plan.code, by=SYSTEM, now=midnight)

    plan.refresh_from_db()
    assert plan.state == DayPlan.State.PROPOSED
    publish_plan(plan=plan.code, by=SYSTEM, now=at("00:00", on=TOMORROW))


def test_it_is_published_once(cast: Cast) -> None:
    plan = proposed(cast)
    publish_plan(plan=plan.code, by=SYSTEM, now=NOW)

    with pytest.raises(PlanNotProposed):
        publish_plan(plan=plan.code, by=SYSTEM, now=NOW)


def test_a_plan_laid_aside_is_not_published(cast: Cast) -> None:
    plan = proposed(cast)
    discard_plan(plan=plan.code, by=SYSTEM, now=NOW)

    with pytest.raises(PlanNotProposed):
        publish_plan(plan=plan.code, by=SYSTEM, now=NOW)


def test_the_next_plan_replaces_it(cast: Cast) -> None:
    crossed_day(cast)
    first, _ = publish_plan(plan=proposed(cast).code, by=SYSTEM, now=NOW)

    publish_plan(plan=proposed(cast).code, by=SYSTEM, now=NOW)

    first.refresh_from_db()
    assert first.state == DayPlan.State.REPLACED


def test_publishing_can_be_undone(cast: Cast) -> None:
    visits = crossed_day(cast)
    publish_plan(plan=proposed(cast).code, by=by_user(cast.dan), now=NOW)
    entry = Entry.objects.get(event="dispatch.plan.published")

    undo_change(entry=entry.code, by=by_user(cast.dan), now=NOW)

    assert [seats_of(visit) for visit in visits] == [{str(c.code)} for c in (cast.ana, cast.ana, cast.ben, cast.ben)]
