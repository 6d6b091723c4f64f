"""Step one: the price appears as people choose, and a quote keeps it."""

from typing import Any

from django.test import Client
from tests.cast import POSTCODE, Cast

from midway.booking.models import Quote

CHOICES: dict[str, Any] = {
    "service": "regular",
    "bedrooms": "2",
    "bathrooms": "1",
    "square_feet": "1000",
    "extras": ["oven"],
    "frequency": "biweekly",
    "postcode": POSTCODE,
}
# 50, two bedrooms of 20, a bathroom of 25 and the oven at 35, less 15 %
PRICE = "$127.50"


def test_the_first_page_shows_services_with_what_they_start_at(cast: Cast, visitor: Client) -> None:
    page = visitor.get("/").content.decode()

    assert "Regular clean" in page
    assert "Deep clean" in page
    assert "from <strong>$95</strong>" in page
    assert "Kitchen and bathrooms scrubbed" in page


def test_the_companys_own_list_of_what_is_included_stands_line_by_line(cast: Cast, visitor: Client) -> None:
    cast.regular.description = "Included: dusting, floors, beds made."
    cast.regular.save()
    page = visitor.get("/").content.decode()

    for line in ("Dusting", "Floors", "Beds made"):
        assert f"<span>{line}</span>" in page
    assert "Kitchen and bathrooms scrubbed" not in page


def test_the_price_changes_with_the_choices(cast: Cast, visitor: Client) -> None:
    assert PRICE in visitor.get("/", CHOICES).content.decode()
    assert "$115" in visitor.get("/", {**CHOICES, "extras": [], "frequency": "once"}).content.decode()


def test_scripts_get_only_the_price(cast: Cast, visitor: Client) -> None:
    response = visitor.get("/", CHOICES, headers={"hx-request": "true", "hx-trigger-name": "bedrooms"})

    fragment = response.content.decode()
    assert PRICE in fragment
    assert "<html" not in fragment
    assert 'id="sizes"' not in fragment
    assert "HX-Request" in response["Vary"]


def test_another_service_brings_its_own_sizes(cast: Cast, visitor: Client) -> None:
    chosen = {**CHOICES, "service": "deep", "square_feet": ""}
    fragment = visitor.get("/", chosen, headers={"hx-request": "true", "hx-trigger-name": "service"}).content.decode()

    assert 'id="sizes"' in fragment
    assert "1,000" not in fragment


def test_choosing_all_of_it_keeps_a_quote_and_leads_to_the_times(cast: Cast, visitor: Client) -> None:
    response = visitor.post("/", CHOICES)

    quote = Quote.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/book/{quote.code}/when"
    assert (quote.total_cents, quote.extras, quote.frequency) == (12750, ["oven"], "biweekly")


def test_a_missing_postcode_is_asked_for_beside_the_field_and_nothing_is_lost(cast: Cast, visitor: Client) -> None:
    response = visitor.post("/", {**CHOICES, "postcode": ""})

    page = response.content.decode()
    assert response.status_code == 422
    assert "We need the postcode" in page
    assert 'value="oven" id="id_extras_oven" checked' in page
    assert 'value="biweekly" id="id_frequency_biweekly" checked' in page
    assert PRICE in page
    assert not Quote.objects.exists()


def test_a_postcode_we_do_not_serve_is_said_so_and_kept(cast: Cast, visitor: Client) -> None:
    response = visitor.post("/", {**CHOICES, "postcode": "99999"})

    page = response.content.decode()
    assert response.status_code == 422
    assert "We do not clean at this postcode yet" in page
    assert 'value="99999"' in page


def test_nonsense_is_answered_in_words(cast: Cast, visitor: Client) -> None:
    for wrong in ({"bedrooms": "many"}, {"service": "window-shopping"}, {"extras": ["moat"]}, {"square_feet": "-4"}):
        response = visitor.post("/", {**CHOICES, **wrong})
        assert response.status_code == 422
        assert not Quote.objects.exists()


def test_the_first_page_has_at_most_nine_required_fields_with_the_last_one(cast: Cast, visitor: Client) -> None:
    from midway.web.public.forms import ContactForm, HomeForm

    home = HomeForm({}, extras=[], is_complete=True)
    required = [field for form in (home, ContactForm()) for field in form.fields.values() if field.required]
    # The arrival time is the one required choice that is not a form field.
    assert len(required) + 1 <= 9


def test_a_company_without_prices_says_it_is_not_open(db: None, visitor: Client) -> None:
    response = visitor.get("/")

    assert response.status_code == 503
    assert "We are not open yet" in response.content.decode()


def test_a_spanish_browser_reads_spanish(cast: Cast) -> None:
    page = Client(headers={"accept-language": "es-MX,es;q=0.9"}).get("/").content.decode()

    assert '<html lang="es">' in page
    assert "Una casa limpia, reservada en dos minutos" in page


def test_the_language_switch_is_remembered(cast: Cast, visitor: Client) -> None:
    visitor.post("/i18n/setlang/", {"language": "es", "next": "/"})

    assert "¿Qué limpiamos?" in visitor.get("/").content.decode()
