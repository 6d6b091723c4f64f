"""Laying a plan aside, and saying that one could not be worked out."""

import pytest
from tests.cast import NOW, Cast
from tests.dispatch.days import crossed_day, proposed

from midway.core.actor import SYSTEM
from midway.dispatch.actions import PlanNotProposed, discard_plan, publish_plan
from midway.dispatch.actions.fail_plan import fail_plan
from midway.dispatch.models import DayPlan
from midway.journal.models import Entry


def test_a_published_plan_is_not_laid_aside(cast: Cast) -> None:
    crossed_day(cast)
    plan, _settled = publish_plan(plan=proposed(cast).code, by=SYSTEM, now=NOW)

    with pytest.raises(PlanNotProposed):
        discard_plan(plan=plan.code, by=SYSTEM, now=NOW)

    assert DayPlan.objects.get().state == DayPlan.State.PUBLISHED
    assert not Entry.objects.filter(event="dispatch.plan.discarded").exists()


def test_a_plan_is_laid_aside_once(cast: Cast) -> None:
    plan = discard_plan(plan=proposed(cast).code, by=SYSTEM, now=NOW)

    with pytest.raises(PlanNotProposed):
        discard_plan(plan=plan.code, by=SYSTEM, now=NOW)

    assert Entry.objects.filter(event="dispatch.plan.discarded").count() == 1


def test_a_plan_that_is_there_does_not_fail_afterwards(cast: Cast) -> None:
    plan = proposed(cast)

    assert fail_plan(plan=plan.code, by=SYSTEM, now=NOW).state == DayPlan.State.PROPOSED
    assert not Entry.objects.filter(event="dispatch.plan.failed").exists()
