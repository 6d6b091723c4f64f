"""The visit's page: all of it in one place, and its deeds as plain forms."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import NOW, TODAY, Cast, at, by_user
from tests.web.office.conftest import MakeVisit

from midway.booking.actions import reschedule_visit
from midway.booking.models import Visit
from midway.core.visit_states import VisitState
from midway.journal.models import Entry


def page_of(client: Client, visit: Visit) -> str:
    return client.get(reverse("office:visit", args=[visit.code])).content.decode()


def post(client: Client, deed: str, visit: Visit, **said: Any) -> Any:
    return client.post(reverse(f"office:{deed}", args=[visit.code]), said)


def test_the_page_says_who_where_when_and_for_how_much(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("13:00", (cast.ana,))
    reschedule_visit(visit=visit.code, to=at("14:00"), by=by_user(cast.dan), now=NOW)

    page = page_of(dan, visit)

    assert "Monday 2 March, 14:00–15:45" in page
    assert "12 Calico Street" in page
    assert "The clean itself" in page
    assert "$115" in page
    assert "New time" in page
    assert "Dora moved from Monday 2 March, 13:00 to Monday 2 March, 14:00, Ana" in page
    assert "Key under the blue pot" not in page


def test_it_can_be_moved_to_a_day_and_time_typed_in(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("13:00", (cast.ana,))

    answer = post(dan, "rescheduling", visit, revision=0, on="2026-03-03", at="09:30", tell="on")

    visit.refresh_from_db()
    assert answer.status_code == 302
    assert visit.starts_at == at("09:30", on=TODAY + timedelta(days=1))


def test_a_suggested_time_moves_it_with_one_click(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("13:00", (cast.ana,))
    assert 'name="start" value="2026-03-02T' in page_of(dan, visit)

    post(dan, "rescheduling", visit, revision=0, start=at("10:00").isoformat(), on="2026-03-02", at="13:00")

    visit.refresh_from_db()
    assert visit.starts_at == at("10:00")


def test_without_a_time_it_asks_for_one_and_keeps_what_was_typed(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("13:00", (cast.ana,))

    answer = post(dan, "rescheduling", visit, revision=0, on="2026-03-03", at="")

    assert answer.status_code == 422
    assert "Say the day and the time" in answer.content.decode()
    assert 'value="2026-03-03"' in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_when_everybody_is_taken_it_says_so_beside_the_form(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("08:00", (cast.ana,))
    promised("13:00", cast.cleaners)

    answer = post(dan, "rescheduling", visit, revision=0, on="2026-03-02", at="13:00")

    visit.refresh_from_db()
    assert answer.status_code == 409
    assert "That time has just been taken" in answer.content.decode()
    assert visit.starts_at == at("08:00")


def test_with_the_same_people_or_not_at_all(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("08:00", (cast.ana,))
    promised("13:00", (cast.ana,))

    answer = post(dan, "rescheduling", visit, revision=0, on="2026-03-02", at="13:30", keep="on")

    assert answer.status_code == 409


def test_whoever_fits_best_is_sent(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("13:00", team_size=1)
    assert "1 person is missing" in page_of(dan, visit)

    post(dan, "assignment", visit)

    visit.refresh_from_db()
    assert visit.cleaners_missing == 0
    assert Entry.objects.filter(event="booking.visit.assigned", actor_label="Dan").exists()


def test_somebody_chosen_comes_besides_who_comes_already(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("13:00", (cast.ana,), team_size=2)

    post(dan, "assignment", visit, cleaners=[str(cast.ben.code)])

    names = visit.assignments.filter(active=True).values_list("cleaner__name", flat=True)
    assert sorted(names) == ["Ana", "Ben"]


def test_nobody_free_is_said_in_words(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("19:00", team_size=1)

    answer = post(dan, "assignment", visit)

    assert answer.status_code == 409
    assert "Nobody is free then" in answer.content.decode()


def test_candidates_carry_what_speaks_against_them(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    promised("13:00", (cast.ben,))
    visit = promised("13:00", team_size=2, service=cast.deep)

    page = page_of(dan, visit)

    assert f'value="{cast.ana.code}"' in page
    assert f'value="{cast.ben.code}"' not in page
    assert "has not learnt it" in page


def test_somebody_is_taken_off(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("13:00", (cast.ana,))

    dan.post(reverse("office:removal", args=[visit.code, cast.ana.code]))

    visit.refresh_from_db()
    assert visit.cleaners_missing == 1
    assert "Dora lost Ana and needs somebody" in page_of(dan, visit)


def test_taken_off_twice_is_told(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("13:00", (cast.ana,))

    answer = dan.post(reverse("office:removal", args=[visit.code, cast.ben.code]), follow=True)

    assert "not on the visit any more" in answer.content.decode()


def test_the_fee_is_shown_before_and_charged_after(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("13:00", (cast.ana,))
    assert "Costs the customer $57.50 now" in page_of(dan, visit)

    post(dan, "cancellation", visit, reason="Moving away")

    visit.refresh_from_db()
    assert visit.state == VisitState.CANCELLED_LATE
    assert visit.cancellation.fee_cents == 5750
    assert "Moving away" in page_of(dan, visit)


def test_the_fee_may_be_let_go_with_a_reason(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("13:00", (cast.ana,))

    refused = post(dan, "cancellation", visit, waive="on")
    assert refused.status_code == 422
    assert "Say why the fee is let go" in refused.content.decode()
    post(dan, "cancellation", visit, waive="on", reason="Our mistake")

    visit.refresh_from_db()
    assert visit.cancellation.fee_cents == 0


def test_what_is_done_cannot_be_changed(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("08:00", (cast.ana,), state=VisitState.DONE)

    assert "Move to another time" not in page_of(dan, visit)
    assert post(dan, "cancellation", visit, reason="x").status_code == 409
