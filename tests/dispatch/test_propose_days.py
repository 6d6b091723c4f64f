"""The next working days are proposed by themselves, every night."""

from datetime import timedelta

from procrastinate.contrib.django.models import ProcrastinateJob
from tests.cast import NOW, Cast
from tests.dispatch.days import EAST, QUICK, TOMORROW, WEST, crossed_day, proposed, visit_in

from midway.core.actor import SYSTEM
from midway.dispatch.actions import propose_days, publish_plan
from midway.dispatch.actions.propose_day import work_out
from midway.dispatch.models import DayPlan, DispatchSetting


def asked(cast: Cast) -> list[tuple[int, int]]:
    """Branch and days ahead of each plan that is asked for now."""
    return [(plan.branch_id, (plan.on - NOW.date()).days) for plan in propose_days(by=SYSTEM, now=NOW)]


def test_the_next_two_days_with_visits_each_a_job_of_its_own(cast: Cast) -> None:
    crossed_day(cast)
    visit_in(cast, WEST, "09:00", cast.ana, on=TOMORROW + timedelta(days=3))
    visit_in(cast, WEST, "09:00", cast.ana, on=TOMORROW + timedelta(days=4))

    assert asked(cast) == [(cast.branch.pk, 1), (cast.branch.pk, 4)]
    jobs = ProcrastinateJob.objects.filter(task_name="dispatch.work_out")
    assert jobs.count() == jobs.values("lock").distinct().count() == 2


def test_asked_again_nothing_is_asked_for(cast: Cast) -> None:
    crossed_day(cast)
    (plan,) = propose_days(by=SYSTEM, now=NOW)

    assert asked(cast) == []
    work_out(plan=plan.code, budget=QUICK, by=SYSTEM, now=NOW)
    assert asked(cast) == []


def test_a_proposal_that_no_longer_fits_is_made_anew(cast: Cast) -> None:
    crossed_day(cast)
    proposed(cast)
    visit_in(cast, EAST, "12:00")

    assert asked(cast) == [(cast.branch.pk, 1)]


def test_a_published_day_is_left_alone(cast: Cast) -> None:
    crossed_day(cast)
    publish_plan(plan=proposed(cast).code, by=SYSTEM, now=NOW)

    assert asked(cast) == []


def test_a_branch_that_wants_none_has_none(cast: Cast) -> None:
    crossed_day(cast)
    DispatchSetting.objects.create(branch=cast.branch, plans_ahead_days=0)

    assert asked(cast) == []
    assert not DayPlan.objects.exists()
