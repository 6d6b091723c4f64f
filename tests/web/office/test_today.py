"""Today says what needs somebody, or that all is well."""

from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.cast import NOW, TODAY, Cast, at, make_cleaner
from tests.dispatch.days import TOMORROW, crossed_day, proposed
from tests.web.office.conftest import MakeVisit

from midway.messaging.actions import enqueue_message
from midway.messaging.models import OutboxMessage


def page_of(client: Client) -> str:
    return client.get(reverse("office:today")).content.decode()


def test_all_is_well_is_said_in_words(cast: Cast, dan: Client) -> None:
    page = page_of(dan)

    assert "All is well" in page
    assert "No visits today." in page


def test_a_visit_without_people_needs_a_decision(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised(at("09:00", on=TODAY + timedelta(days=4)), team_size=1)

    page = page_of(dan)
    assert "One thing needs you" in page
    assert "Friday 6 March, 9:00–10:45" in page

    answer = dan.post(reverse("office:assignment", args=[visit.code]), {"from": "today"})
    assert answer["Location"] == reverse("office:today")
    assert "All is well" in page_of(dan)


def test_a_message_that_did_not_arrive_needs_a_decision(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("13:00", (cast.ana,))
    enqueue_message(
        key="k",
        template="visit_moved",
        to="gone@example.com",
        language="en",
        subject_code=visit.code,
        facts={},
        now=NOW,
    )
    OutboxMessage.objects.update(state=OutboxMessage.State.FAILED, last_error="550 no such mailbox")

    page = page_of(dan)

    assert "gone@example.com" in page
    assert "550 no such mailbox" in page


def test_what_happens_now_and_next(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    promised("08:00", (cast.ana,), state="in_progress", minutes=120)
    promised("13:00", (cast.ben,))

    page = page_of(dan)

    assert page.index("8:00–10:00 · Downtown · Ana") < page.index("13:00–14:45 · Downtown · Ben")
    assert "at most 1 visit at once" in page


def test_a_later_branch_can_be_asked_for(cast: Cast, dan: Client) -> None:
    assert dan.get(reverse("office:today"), {"branch": "no-such"}).status_code == 200


def test_more_visits_cost_no_more_queries(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    counts = []
    for size in (2, 12):
        for number in range(size):
            promised("13:00", (make_cleaner(branch=cast.branch, name=f"{size}-{number}", calendar_days=0),))
            promised("15:00", team_size=1)
        with CaptureQueriesContext(connection) as queries:
            page_of(dan)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_plans_that_wait_for_a_yes_are_listed(cast: Cast, dan: Client) -> None:
    crossed_day(cast)
    proposed(cast)

    page = dan.get(reverse("office:today")).content.decode()

    assert "Plans that wait for a yes" in page
    assert f"/office/board/plan/?date={TOMORROW.isoformat()}" in page
    assert "minutes of driving less" in page
