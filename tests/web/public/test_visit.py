"""The visit's own page: confirmation, calendar file, moving and cancelling by link."""

from datetime import timedelta

from django.test import Client
from icalendar import Calendar
from psycopg.types.range import Range
from tests.booking.test_redeem import gift_card
from tests.cast import NOW, TODAY, Cast, at, commit, make_visit

from midway.booking.actions.credits import spend_credit
from midway.booking.models import Visit
from midway.core.actor import SYSTEM
from midway.core.visit_states import VisitState

FRIDAY = TODAY + timedelta(days=4)


def friday_visit(cast: Cast) -> Visit:
    return make_visit(
        premises=cast.flat,
        price_list=cast.price_list,
        service=cast.regular,
        start=at("10:00", on=FRIDAY),
        cleaners=[cast.ana],
    )


def test_the_page_says_what_when_who_and_for_how_much(cast: Cast, visitor: Client) -> None:
    page = visitor.get(f"/visits/{friday_visit(cast).code}?booked").content.decode()

    for fact in ("You are booked, Dora", "Friday 6 March", "10:00–11:45", "Ana", "12 Calico Street", "$115"):
        assert fact in page
    assert "free until Wednesday 4 March, 10:00" in page
    assert "Before we come" in page


def test_what_a_gift_card_paid_of_it_stands_under_the_price(cast: Cast, visitor: Client) -> None:
    visit, card = friday_visit(cast), gift_card(cast, 5000)
    spend_credit(card, visit.pk, at_most=5000, by=SYSTEM, now=NOW)
    page = visitor.get(f"/visits/{visit.code}").content.decode()
    facts = page[page.index("What was booked") : page.index("How we got this")]
    assert "Left to pay" in facts
    assert "$65" in facts


def test_the_page_never_shows_how_to_get_in(cast: Cast, visitor: Client) -> None:
    assert "blue pot" not in visitor.get(f"/visits/{friday_visit(cast).code}").content.decode()


def test_nobody_else_may_keep_a_copy(cast: Cast, visitor: Client) -> None:
    assert "no-store" in visitor.get(f"/visits/{friday_visit(cast).code}")["Cache-Control"]


def test_the_calendar_file_carries_the_zone_and_the_visits_identity(cast: Cast, visitor: Client) -> None:
    visit = friday_visit(cast)
    response = visitor.get(f"/visits/{visit.code}/calendar.ics")

    calendar = Calendar.from_ical(response.content)
    [event] = calendar.walk("VEVENT")
    assert response["Content-Type"].startswith("text/calendar")
    assert calendar.walk("VTIMEZONE")
    assert str(event["UID"]) == f"{visit.code}@midway"
    assert event["DTSTART"].params["TZID"] == "America/New_York"
    assert event.decoded("DTSTART") == visit.starts_at


def test_a_customer_can_move_the_visit(cast: Cast, visitor: Client) -> None:
    visit = friday_visit(cast)
    choose = visitor.get(f"/visits/{visit.code}/rescheduling")
    response = visitor.post(f"/visits/{visit.code}/rescheduling", {"start": at("14:00", on=FRIDAY).isoformat()})

    visit.refresh_from_db()
    assert "It stays yours until you choose another time" in choose.content.decode()
    assert response["Location"] == f"/visits/{visit.code}?moved"
    assert visit.starts_at == at("14:00", on=FRIDAY)


def test_a_time_taken_while_moving_leaves_the_visit_as_it_was(cast: Cast, visitor: Client) -> None:
    visit = friday_visit(cast)
    for cleaner in cast.cleaners:
        commit(cleaner=cleaner, during=Range(at("14:00", on=FRIDAY), at("16:00", on=FRIDAY)))
    response = visitor.post(f"/visits/{visit.code}/rescheduling", {"start": at("14:00", on=FRIDAY).isoformat()})

    visit.refresh_from_db()
    assert response.status_code == 409
    assert "Somebody has just taken Friday 6 March at 14:00" in response.content.decode()
    assert visit.starts_at == at("10:00", on=FRIDAY)


def test_cancelling_in_time_is_free_and_says_so_first(cast: Cast, visitor: Client) -> None:
    visit = friday_visit(cast)
    asked = visitor.get(f"/visits/{visit.code}/cancellation").content.decode()
    visitor.post(f"/visits/{visit.code}/cancellation", {"fee_cents": "0", "reason": "On holiday"})

    visit.refresh_from_db()
    assert "It is free of charge until Wednesday 4 March, 10:00." in asked
    assert visit.state == VisitState.CANCELLED
    assert visit.cancellation.reason == "On holiday"
    assert "This visit is cancelled" in visitor.get(f"/visits/{visit.code}").content.decode()


def test_cancelling_late_shows_the_fee_before_it_is_charged(cast: Cast, visitor: Client) -> None:
    visit = make_visit(
        premises=cast.flat,
        price_list=cast.price_list,
        service=cast.regular,
        start=at("10:00", on=TODAY + timedelta(days=1)),
        cleaners=[cast.ana],
    )
    asked = visitor.get(f"/visits/{visit.code}/cancellation").content.decode()
    unseen = visitor.post(f"/visits/{visit.code}/cancellation", {"fee_cents": "0"})
    still = Visit.objects.get(pk=visit.pk).state
    visitor.post(f"/visits/{visit.code}/cancellation", {"fee_cents": "5750"})

    assert "Cancel for $57.50" in asked
    assert unseen.status_code == 409
    assert "Nothing has been cancelled yet" in unseen.content.decode()
    assert still == VisitState.SCHEDULED
    visit.refresh_from_db()
    assert visit.state == VisitState.CANCELLED_LATE
    assert visit.cancellation.fee_cents == 5750


def test_a_cancelled_visit_cannot_be_moved_or_cancelled_again(cast: Cast, visitor: Client) -> None:
    visit = friday_visit(cast)
    visitor.post(f"/visits/{visit.code}/cancellation", {"fee_cents": "0"})
    moved = visitor.post(f"/visits/{visit.code}/rescheduling", {"start": at("14:00", on=FRIDAY).isoformat()})
    again = visitor.post(f"/visits/{visit.code}/cancellation", {"fee_cents": "0"})

    assert moved["Location"] == again["Location"] == f"/visits/{visit.code}"
    assert Visit.objects.get(pk=visit.pk).starts_at == at("10:00", on=FRIDAY)


def test_a_visit_nobody_has_is_not_found(cast: Cast, visitor: Client) -> None:
    assert visitor.get("/visits/00000000-0000-4000-8000-000000000000").status_code == 404
