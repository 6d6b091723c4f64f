"""Other extras on a visit's page: the difference first, then the deed, and back."""

from typing import Any

from django.test import Client
from django.urls import reverse
from tests.cast import Cast
from tests.web.office.conftest import MakeVisit

from midway.booking.models import PriceList, Visit
from midway.messaging.models import OutboxMessage

OVEN = "15000:135:oven"
"""What was shown for the oven: the price, the minutes, and what was ticked."""


def ask(client: Client, visit: Visit, *extras: str, **said: str) -> Any:
    return client.post(reverse("office:visit_extras", args=[visit.code]), {"extras": extras, **said})


def test_the_difference_is_shown_before_anything_changes(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("13:00", (cast.ana,))
    assert "Inside the oven" in dan.get(reverse("office:visit", args=[visit.code])).content.decode()

    page = ask(dan, visit, "oven").content.decode()

    assert "$150 instead of $115" in page
    assert "2 h 15 min instead of 1 h 45 min" in page
    assert f'name="seen" value="{OVEN}"' in page
    visit.refresh_from_db()
    assert (visit.price_cents, visit.extras) == (11500, None)


def test_what_was_shown_is_what_is_charged_and_can_be_undone(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("13:00", (cast.ana,))
    answer = ask(dan, visit, "oven", seen=OVEN)

    visit.refresh_from_db()
    assert (visit.price_cents, visit.extras) == (15000, ["oven"])
    assert OutboxMessage.objects.get().template == "visit_extras_changed"
    [said] = dan.get(answer["Location"]).context["messages"]
    dan.post(said.extra_tags)
    visit.refresh_from_db()
    assert (visit.price_cents, visit.extras) == (11500, None)


def test_other_ticks_or_figures_than_were_shown_are_shown_anew(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("13:00", (cast.ana,))
    answer = ask(dan, visit, "oven", seen="15000:135:fridge")

    assert answer.status_code == 200
    assert "$150 instead of $115" in answer.content.decode()
    visit.refresh_from_db()
    assert visit.extras is None


def test_an_extra_that_is_not_sold_and_a_visit_that_is_over_are_refused(
    cast: Cast, dan: Client, promised: MakeVisit
) -> None:
    assert ask(dan, promised("13:00"), "ladder").status_code == 422
    assert ask(dan, promised("08:00", state="done"), "oven", seen=OVEN).status_code == 409


def test_an_extra_no_longer_sold_can_still_be_kept_or_taken_off(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("13:00", (cast.ana,))
    ask(dan, visit, "oven", seen=OVEN)
    rates = PriceList.objects.get().rates | {"extras": []}
    PriceList.objects.create(
        branch=cast.branch, version=2, effective_on="2026-01-01", rates=rates, created_at=visit.created_at
    )

    assert "Inside the oven" in dan.get(reverse("office:visit", args=[visit.code])).content.decode()
    ask(dan, visit, seen="11500:105:")
    visit.refresh_from_db()
    assert (visit.price_cents, visit.extras) == (11500, [])


def test_outsiders_change_no_extras(cast: Cast, outsiders: list[Client], promised: MakeVisit) -> None:
    visit = promised("13:00")
    assert [ask(client, visit, "oven").status_code for client in outsiders] == [403, 403]
