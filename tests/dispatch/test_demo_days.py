"""Every day of the demo company that lies ahead is planned, and every plan passes the independent verifier."""

from datetime import timedelta

import pytest
from tests.cast import NOW

from midway.core.actor import SYSTEM
from midway.core.routing.verify import violations
from midway.crew.models import Branch
from midway.demo.actions import DemoSize, load_demo_company
from midway.dispatch.actions import propose_day
from midway.dispatch.day import read_day
from midway.dispatch.records import plan_from_facts
from midway.dispatch.solving import Budget

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

DAYS = 10


def test_every_day_ahead_has_an_allowed_plan_that_drives_no_more() -> None:
    load_demo_company(size=DemoSize(), seed=1, now=NOW)
    branch = Branch.objects.order_by("pk")[0]
    planned = 0
    for n in range(1, DAYS + 1):
        on = (NOW + timedelta(days=n)).date()

        plan = propose_day(branch=branch, on=on, budget=Budget(seconds=1), by=SYSTEM, now=NOW)

        problem = read_day(branch, on, now=NOW).problem
        after = plan_from_facts(plan.found["after"])
        assert violations(problem, after) == [], on
        assert plan.found["warnings"] == []
        planned += len(after.crews_by_visit)
    assert planned > 200
