"""Nobody reaches anything of another customer: every address of these pages, asked with somebody else's codes."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern
from pytest_django import Settings
from tests.booking.deeds import everything_of
from tests.booking.plans.stage import order_for, plan_quote
from tests.cast import NOW, Cast, make_user, write_calendar
from tests.web.public.my.conftest import browser_of

from midway.accounts.models import Role
from midway.booking.actions import cancel_visit, start_plan
from midway.booking.models import Plan, Visit
from midway.core.actor import VISITOR
from midway.journal.models import Entry
from midway.messaging.models import OutboxMessage
from midway.web.public.my.urls import urlpatterns

WITHOUT_CODES = {
    "my_calendar", "my_credit", "my_friend_code", "my_gift_card", "my_home", "my_visits", "my_places", "my_documents",
    "my_preferences", "my_data", "my_data_json", "my_data_tables", "my_erasure", "my_analytics_consent",
    "sign_in", "sign_in_by_link",
}  # fmt: skip


def with_codes() -> list[URLPattern]:
    return [pattern for pattern in urlpatterns if pattern.name not in WITHOUT_CODES]


@pytest.fixture
def codes(cast: Cast, evas: Visit) -> dict[str, list[UUID]]:
    """What is Eva's, by what an address may ask for."""
    for cleaner in cast.cleaners:
        write_calendar(cleaner=cleaner, days=430)
    plan = start_plan(order=order_for(plan_quote(cast), email="eva@example.com"), by=VISITOR, now=NOW).plan
    cancel_visit(visit=evas.code, reason="", by=VISITOR, now=NOW)
    visits = Visit.objects.filter(customer=evas.customer).values_list("code", flat=True)[:3]
    letters = OutboxMessage.objects.filter(recipient_code=evas.customer.code)
    letters.update(state="sent", wording="Hello Eva")
    return {
        "code": [
            *letters.values_list("code", flat=True),
            *visits,
            plan,
            evas.customer.code,
            *evas.customer.properties.values_list("code", flat=True),
        ],
        "entry": list(Entry.objects.values_list("code", flat=True)),
    }


def addresses(pattern: URLPattern, codes: dict[str, list[UUID]]) -> Iterator[str]:
    text = "/my/" + str(pattern.pattern)
    for kind, found in codes.items():
        for code in found:
            if f"<uuid:{kind}>" in text:
                yield text.replace(f"<uuid:{kind}>", str(code))


def state_of_eva() -> list[object]:
    return [*map(everything_of, Visit.objects.order_by("pk")[:3]), *Plan.objects.values_list("state", "revision")]


def test_what_is_evas_is_not_found_by_dora(dora: Client, settings: Settings, codes: dict[str, list[UUID]]) -> None:
    settings.RATE_LIMITS = False
    before = state_of_eva()
    for pattern in with_codes():
        asked = list(addresses(pattern, codes))
        assert asked, pattern.name
        for method in (dora.get, dora.post):
            assert {method(address).status_code for address in asked} <= {404, 405}, pattern.name
    assert state_of_eva() == before


def test_nobody_else_is_let_in(cast: Cast, codes: dict[str, list[UUID]], visitor: Client) -> None:
    dan, chidi = Client(), Client()
    dan.force_login(cast.dan)
    chidi.force_login(make_user(role=Role.CLEANER))
    before = state_of_eva()
    for pattern in with_codes():
        address = next(addresses(pattern, codes))
        assert [client.post(address).status_code for client in (dan, chidi)] == [403, 403], address
        assert visitor.post(address)["Location"].startswith("/my/sign-in?next=")
    assert state_of_eva() == before


def test_lists_hold_only_what_is_ones_own(dora: Client, friday: Visit, evas: Visit) -> None:
    for page in ("/my/", "/my/visits/"):
        text = dora.get(page).content.decode()
        assert str(friday.code) in text
        assert str(evas.code) not in text
        assert "Attic Lane" not in text


def test_eva_reaches_what_is_hers(evas: Visit) -> None:
    assert browser_of(evas.customer).get(f"/my/visits/{evas.code}").status_code == 200


def test_a_customers_account_without_a_customer_shows_nothing(db: None) -> None:
    client = Client()
    client.force_login(make_user(role=Role.CUSTOMER))
    assert client.get("/my/").status_code == 404
