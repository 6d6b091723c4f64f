"""Laws of publishing: whatever day it was, the calendar stays whole, what is pinned stays, and the plan is allowed."""

from dataclasses import dataclass

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cast import NOW, Cast
from tests.companies import examples
from tests.dispatch.days import EAST, TOMORROW, WEST, visit_in
from tests.races.crowd import days_with_wrong_bits, overlapping_pairs

from midway.booking.invariants import findings
from midway.booking.models import Visit
from midway.core.actor import SYSTEM
from midway.core.routing.verify import violations
from midway.dispatch.actions import pin_visit, propose_day, publish_plan
from midway.dispatch.day import read_day
from midway.dispatch.records import plan_from_facts
from midway.dispatch.solving import Budget


@dataclass(frozen=True)
class Wish:
    """A visit of a random day: where, when, how long, by whom (nobody: it waits), and whether it is pinned."""

    longitude: float
    quarter: int
    minutes: int
    cleaner: int | None
    is_pinned: bool
    is_deep: bool


wishes = st.builds(
    Wish,
    longitude=st.sampled_from([WEST, -76.62, EAST]),
    quarter=st.integers(8 * 4, 15 * 4),
    minutes=st.sampled_from([45, 60, 120, 180]),
    cleaner=st.sampled_from([None, 0, 1, 2]),
    is_pinned=st.booleans(),
    is_deep=st.booleans(),
)


def day_of(cast: Cast, wanted: list[Wish]) -> list[Visit]:
    """The wishes as visits; who is taken already leaves one waiting. Gives those that are pinned."""
    busy: dict[int, list[tuple[int, int]]] = {0: [], 1: [], 2: []}
    pinned = []
    for wish in wanted:
        begins, ends = wish.quarter * 15, wish.quarter * 15 + wish.minutes
        who = []
        if wish.cleaner is not None and all(ends <= a or b <= begins for a, b in busy[wish.cleaner]):
            busy[wish.cleaner].append((begins, ends))
            who = [cast.cleaners[wish.cleaner]]
        clock = f"{begins // 60:02d}:{begins % 60:02d}"
        service = cast.deep if wish.is_deep and wish.cleaner != 2 else cast.regular
        visit = visit_in(cast, wish.longitude, clock, *who, minutes=wish.minutes, service=service)
        if wish.is_pinned and who:
            pin_visit(visit=visit.code, by=SYSTEM, now=NOW)
            pinned.append(visit)
    return pinned


@pytest.mark.django_db
@settings(max_examples=examples(6), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(wishes, min_size=1, max_size=9))
def test_publishing_any_plan_keeps_the_calendar_whole(cast: Cast, wanted: list[Wish]) -> None:
    with transaction.atomic():
        pinned = day_of(cast, wanted)
        plan = propose_day(branch=cast.branch, on=TOMORROW, budget=Budget(steps=40), by=SYSTEM, now=NOW)
        problem = read_day(cast.branch, TOMORROW, now=NOW).problem
        asked = plan_from_facts(plan.found["after"])
        stood = violations(problem, plan_from_facts(plan.found["before"]))

        publish_plan(plan=plan.code, by=SYSTEM, now=NOW)

        assert stood or violations(problem, asked) == []
        assert overlapping_pairs() == days_with_wrong_bits() == 0
        assert [found.name for found in findings(now=NOW) if not found.holds] == []
        for visit in pinned:
            here = Visit.objects.get(pk=visit.pk)
            assert (here.starts_at, here.revision) == (visit.starts_at, 0)
        transaction.set_rollback(True)
