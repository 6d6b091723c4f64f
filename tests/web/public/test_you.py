"""Step three: who and where, and the booking."""

from datetime import timedelta

from django.test import Client
from tests.cast import TODAY, Cast, at, make_hold, make_quote

from midway.booking.actions.hold_slot import hold_slot
from midway.booking.models import Quote, Visit
from midway.runtime.clock import now

TUESDAY = TODAY + timedelta(days=1)
TEN = at("10:00", on=TUESDAY)
TYPED = {
    "name": "Ruth Adler",
    "email": "ruth@example.com",
    "phone": "410 555 0177",
    "line1": "9 Linden Avenue",
    "line2": "Apt 3",
    "city": "Baltimore",
    "access": "Key box, 4711",
    "notes": "A shy cat",
    "start": TEN.isoformat(),
}


def held_quote(cast: Cast) -> Quote:
    quote = make_quote(price_list=cast.price_list, service=cast.regular)
    hold_slot(quote=quote, start=TEN, now=now())
    return quote


def test_the_last_step_repeats_what_is_booked_with_the_price_on_the_button(cast: Cast, visitor: Client) -> None:
    page = visitor.get(f"/book/{held_quote(cast).code}/you").content.decode()

    assert "Tuesday 3 March, 10:00–11:45" in page
    assert "Book for $115" in page
    assert "Move or cancel free of charge until 2 days before" in page
    assert "We keep this time for you until 9:10" in page
    assert "stored encrypted" in page


def test_without_a_held_time_the_way_leads_back_to_the_times(cast: Cast, visitor: Client) -> None:
    quote = make_quote(price_list=cast.price_list, service=cast.regular)

    assert visitor.get(f"/book/{quote.code}/you")["Location"] == f"/book/{quote.code}/when"


def test_booking_makes_the_visit_and_shows_it(cast: Cast, visitor: Client) -> None:
    quote = held_quote(cast)
    response = visitor.post(f"/book/{quote.code}/you", TYPED)

    visit = Visit.objects.get()
    assert response["Location"] == f"/visits/{visit.code}?booked"
    assert visit.starts_at == TEN
    assert (visit.booking.contact_name, visit.booking.notes) == ("Ruth Adler", "A shy cat")
    assert visit.premises.access_notes == "Key box, 4711"
    assert visit.customer.language == "en"


def test_mistakes_stand_beside_their_fields_and_nothing_typed_is_lost(cast: Cast, visitor: Client) -> None:
    quote = held_quote(cast)
    response = visitor.post(f"/book/{quote.code}/you", {**TYPED, "email": "ruth@", "phone": "12"})

    page = response.content.decode()
    assert response.status_code == 422
    assert "does not look like an e-mail address" in page
    assert "This number looks too short." in page
    assert 'aria-invalid="true"' in page
    for kept in ("Ruth Adler", "ruth@", "9 Linden Avenue", "Key box, 4711", "A shy cat"):
        assert kept in page
    assert not Visit.objects.exists()


def test_a_time_lost_meanwhile_is_explained_with_alternatives_and_nothing_typed_is_lost(
    cast: Cast, visitor: Client
) -> None:
    for cleaner in cast.cleaners:
        other = make_quote(price_list=cast.price_list, service=cast.regular)
        make_hold(quote=other, start=TEN, cleaners=[cleaner])
    quote = make_quote(price_list=cast.price_list, service=cast.regular)
    response = visitor.post(f"/book/{quote.code}/you", TYPED)

    page = response.content.decode()
    assert response.status_code == 409
    assert "Somebody has just taken Tuesday 3 March at 10:00" in page
    assert 'type="radio" name="start"' in page
    for kept in ("Ruth Adler", "ruth@example.com", "9 Linden Avenue", "Key box, 4711"):
        assert kept in page


def test_the_alternative_can_be_booked_from_the_same_page(cast: Cast, visitor: Client) -> None:
    quote = make_quote(price_list=cast.price_list, service=cast.regular)
    visitor.post(f"/book/{quote.code}/you", {**TYPED, "start": at("14:00", on=TUESDAY).isoformat()})

    assert Visit.objects.get().starts_at == at("14:00", on=TUESDAY)


def test_sending_the_booking_twice_makes_one(cast: Cast, visitor: Client) -> None:
    quote = held_quote(cast)
    first = visitor.post(f"/book/{quote.code}/you", TYPED)
    second = visitor.post(f"/book/{quote.code}/you", TYPED)

    assert Visit.objects.count() == 1
    assert second.status_code == 302
    assert second["Location"] == first["Location"].removesuffix("?booked")


def test_a_booked_quote_is_used_up_and_its_link_shows_no_person(cast: Cast, visitor: Client) -> None:
    quote = held_quote(cast)
    visitor.post(f"/book/{quote.code}/you", TYPED)
    for step in ("when", "you"):
        response = Client(headers={"accept-language": "en"}).get(f"/book/{quote.code}/{step}")
        assert response.status_code == 410
        assert "This is already booked" in response.content.decode()
        assert "Ruth" not in response.content.decode()


def test_a_spanish_customer_is_remembered_as_one(cast: Cast) -> None:
    quote = held_quote(cast)
    spanish = Client(headers={"accept-language": "es"})
    page = spanish.get(f"/book/{quote.code}/you").content.decode()
    spanish.post(f"/book/{quote.code}/you", TYPED)

    assert "Reservar por $115" in page
    assert "Martes 3 de marzo, 10:00–11:45" in page
    assert Visit.objects.get().customer.language == "es"
