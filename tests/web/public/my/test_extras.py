"""Extras of one visit: what they come to is said before, and asked again when it rose."""

from datetime import timedelta

import time_machine
from django.test import Client
from psycopg.types.range import Range
from tests.cast import Cast, commit
from tests.web.public.my.conftest import FRIDAY_AT_TEN

from midway.booking.models import Visit


def address(visit: Visit) -> str:
    return f"/my/visits/{visit.code}/extras"


def test_the_difference_is_shown_before_anything_changes(dora: Client, friday: Visit) -> None:
    page = dora.get(address(friday), {"see": "1", "extras": ["oven"]}).content.decode()
    assert "$35 more than before ($115)" in page
    assert "30 minutes longer than before" in page
    assert "Have it for $150" in page
    friday.refresh_from_db()
    assert friday.price_cents == 11_500


def test_had_for_what_was_shown(dora: Client, friday: Visit) -> None:
    dora.post(address(friday), {"extras": ["oven"], "price_cents": "15000"})
    friday.refresh_from_db()
    assert (list(friday.agreed_extras), friday.price_cents) == (["oven"], 15_000)
    page = dora.get(address(friday), {"see": "1"}).content.decode()
    assert "$35 less than before ($150)" in page


def test_dearer_than_shown_is_asked_again_and_nothing_typed_is_lost(dora: Client, friday: Visit) -> None:
    answer = dora.post(address(friday), {"extras": ["oven"], "price_cents": "100"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "It costs more now than what was shown" in page
    assert 'value="oven" checked' in page or 'checked value="oven"' in page or "Have it for $150" in page
    friday.refresh_from_db()
    assert friday.price_cents == 11_500


def test_too_late_is_said(dora: Client, friday: Visit) -> None:
    with time_machine.travel(FRIDAY_AT_TEN - timedelta(hours=5), tick=False):
        page = dora.get(address(friday)).content.decode()
        answer = dora.post(address(friday), {"extras": ["oven"], "price_cents": "15000"})
    assert "be changed online any more" in page
    assert answer.status_code == 409


def test_where_nobody_is_free_for_longer_it_is_said(cast: Cast, dora: Client, friday: Visit) -> None:
    for cleaner in cast.cleaners:
        commit(cleaner=cleaner, during=Range(friday.ends_at, friday.ends_at + timedelta(hours=2)))
    answer = dora.post(address(friday), {"extras": ["oven"], "price_cents": "15000"})
    assert answer.status_code == 409
    assert "Nobody is free for longer" in answer.content.decode()
    friday.refresh_from_db()
    assert friday.price_cents == 11_500


def test_an_extra_nobody_sells_is_refused(dora: Client, friday: Visit) -> None:
    assert dora.get(address(friday), {"see": "1", "extras": ["piano"]}).status_code == 422
