"""Every change of a plan is undone from its page: from what was said, and from the history."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.booking.plans.stage import TUESDAY, start, visit_on
from tests.booking.undo.agreement import everything_agreed
from tests.cast import Cast, write_calendar
from tests.web.office.test_plans import CHANGE

from midway.booking.invariants import broken_invariants
from midway.booking.models import Plan
from midway.runtime.clock import now as clock

NEXT = TUESDAY + timedelta(days=7)
DATE, PAUSE = ("plan_date", NEXT.isoformat()), ("pause_plan",)
DEEDS = [
    (DATE, {"deed": "skip"}),
    (DATE, {"deed": "move", "to_on": "2026-03-12", "to_at": "13:00"}),
    (PAUSE, {"from_on": NEXT.isoformat()}),
    (("change_plan",), {**CHANGE, "local_time": "13:00"}),
    (("end_plan",), {"from_on": NEXT.isoformat()}),
]


@pytest.fixture
def plan(cast: Cast) -> Plan:
    """Dora's flat, every Tuesday at nine, a year ahead."""
    for cleaner in cast.cleaners:
        write_calendar(cleaner=cleaner, days=380)
    return start(cast)


@pytest.mark.parametrize(("place", "said"), DEEDS, ids=["skip", "move", "pause", "this and future", "end"])
def test_what_was_just_done_is_undone_with_the_button_beside_it(
    plan: Plan, dan: Client, place: tuple[str, ...], said: dict[str, Any]
) -> None:
    before, page = everything_agreed(), reverse("office:plan", args=[plan.code])
    name, *more = place
    answer = dan.post(reverse(f"office:{name}", args=[plan.code, *more]), said)
    assert everything_agreed() != before

    shown = dan.get(answer["Location"])
    [undo] = [message.extra_tags for message in shown.context["messages"]]
    text = shown.content.decode()
    # In what was said, and in the history.
    assert text.count(f'action="{undo}"') == 2
    dan.post(undo, {"back": page})

    assert everything_agreed() == before
    assert broken_invariants(now=clock()) == []


def test_whom_to_ask_first_is_put_back_too(plan: Plan, cast: Cast, dan: Client) -> None:
    plan.preferred.set([cast.ana])
    dan.post(reverse("office:prefer_cleaners", args=[plan.code]), {"cleaners": [cast.chidi.pk]})
    page = dan.get(reverse("office:plan", args=[plan.code]))
    [undo] = [message.extra_tags for message in page.context["messages"]]

    dan.post(undo)

    assert list(plan.preferred.all()) == [cast.ana]


def test_a_skip_by_somebody_else_meanwhile_keeps_it(plan: Plan, dan: Client, olga: Client) -> None:
    date = reverse("office:plan_date", args=[plan.code, NEXT.isoformat()])
    dan.post(date, {"deed": "move", "to_on": "2026-03-12", "to_at": "13:00"})
    [undo] = [m.extra_tags for m in dan.get(reverse("office:plan", args=[plan.code])).context["messages"]]
    olga.post(date, {"deed": "skip"})

    dan.post(undo)

    assert visit_on(plan, NEXT).state == "skipped"
