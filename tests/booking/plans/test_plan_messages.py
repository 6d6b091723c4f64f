"""What customers read about their plans: one letter a deed, in their language, with nothing left unsaid."""

from datetime import timedelta

import pytest
from tests.booking.plans.stage import TUESDAY, start, visit_on, year_cast
from tests.cast import NOW

from midway.booking.actions import (
    PlanChange,
    change_plan_from,
    end_plan,
    pause_plan,
    restore_occurrence,
    resume_plan,
    skip_occurrence,
)
from midway.core.actor import SYSTEM
from midway.messaging.letter import letter
from midway.messaging.models import OutboxMessage

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)


@pytest.fixture
def told() -> list[OutboxMessage]:
    """Every message about a plan, from its first day to its last."""
    plan = start(year_cast(), frequency="biweekly")
    second = visit_on(plan, TUESDAY + 2 * WEEK).code
    skip_occurrence(visit=second, by=SYSTEM, now=NOW)
    restore_occurrence(visit=second, by=SYSTEM, now=NOW)
    pause_plan(plan=plan.code, from_on=TUESDAY + WEEK, resumes_on=TUESDAY + 9 * WEEK, by=SYSTEM, now=NOW)
    resume_plan(plan=plan.code, from_on=TUESDAY, by=SYSTEM, now=NOW)
    changed = change_plan_from(
        plan=plan.code, from_on=TUESDAY + WEEK, change=PlanChange(price_cents=9900), by=SYSTEM, now=NOW
    )
    end_plan(plan=changed.plan.code, from_on=TUESDAY, by=SYSTEM, now=NOW)
    return list(OutboxMessage.objects.order_by("id"))


def test_each_deed_is_one_letter(told: list[OutboxMessage]) -> None:
    assert [message.template for message in told] == [
        "plan_started",
        "visit_skipped",
        "visit_restored",
        "plan_paused",
        "plan_resumed",
        "plan_changed",
        "plan_ended",
    ]


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_letter_can_be_read(told: list[OutboxMessage], language: str) -> None:
    for message in told:
        message.language = language
        email = letter(message)
        text = f"{email.subject}\n{email.body}"
        assert "None" not in text
        assert "{" not in text
        assert ("Dora" in text, "410-555-0100" in text) == (True, True)


def test_the_letters_say_the_days_and_the_rhythm_in_words(told: list[OutboxMessage]) -> None:
    started, paused = letter(told[0]), letter(told[3])

    assert started.subject == "Your regular clean is arranged: first on Tuesday 3 March, 9:00–10:45"
    assert "every 2 weeks" in started.body
    assert "It goes on from Tuesday 5 May." in paused.body
    told[0].language = "es"
    assert "cada 2 semanas" in letter(told[0]).body
