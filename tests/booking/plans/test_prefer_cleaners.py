"""Who should rather come to a plan's visits: asked first from now on, and only people of the plan's branch."""

from datetime import timedelta

import pytest
from tests.booking.plans.stage import TUESDAY, names_of, start, visit_on, year_cast
from tests.cast import NOW, by_user, make_branch, make_cleaner

from midway.booking.actions import NotOfThisBranch, end_plan, prefer_cleaners, resume_plan
from midway.booking.actions import pause_plan as pause
from midway.booking.actions.plan_visits import PlanEnded
from midway.core.actor import SYSTEM
from midway.journal.models import Entry

pytestmark = pytest.mark.django_db

NEXT = TUESDAY + timedelta(days=7)


def test_dates_with_people_keep_them_and_the_next_to_get_some_ask_those_preferred() -> None:
    cast = year_cast()
    plan = start(cast)
    prefer_cleaners(plan=plan.code, cleaners=[cast.chidi.pk], by=by_user(cast.dan), now=NOW)
    assert names_of([visit_on(plan, NEXT)]) == [["Ana"]]

    pause(plan=plan.code, from_on=NEXT, by=SYSTEM, now=NOW)
    resume_plan(plan=plan.code, from_on=NEXT, by=SYSTEM, now=NOW)

    assert names_of([visit_on(plan, NEXT)]) == [["Chidi"]]
    assert Entry.objects.get(event="booking.plan.preferred").facts == {"people": ["Chidi"]}


def test_nobody_in_particular_again() -> None:
    cast = year_cast()
    plan = start(cast, preferred=[cast.chidi.pk])
    prefer_cleaners(plan=plan.code, cleaners=[], by=SYSTEM, now=NOW)

    assert not plan.preferred.exists()


def test_people_of_another_branch_are_refused() -> None:
    cast = year_cast()
    plan = start(cast)
    other = make_cleaner(branch=make_branch(), name="Eva", calendar_days=0)

    with pytest.raises(NotOfThisBranch):
        prefer_cleaners(plan=plan.code, cleaners=[cast.ana.pk, other.pk], by=SYSTEM, now=NOW)


def test_an_ended_plan_prefers_nobody() -> None:
    cast = year_cast()
    plan = start(cast)
    end_plan(plan=plan.code, from_on=NEXT, by=SYSTEM, now=NOW)

    with pytest.raises(PlanEnded):
        prefer_cleaners(plan=plan.code, cleaners=[], by=SYSTEM, now=NOW)
