"""Another size or address: what it comes to is shown first, and what was shown is what happens."""

import re
from typing import Any

from django.test import Client
from tests.cast import Cast

from midway.booking.models import Visit
from midway.customers.models import Property


def address(cast: Cast) -> str:
    return f"/my/places/{cast.flat.code}/change"


def asked(cast: Cast, **fields: Any) -> dict[str, Any]:
    names = ("line1", "line2", "city", "postcode", "bedrooms", "bathrooms", "square_feet")
    return {name: getattr(cast.flat, name) for name in names} | fields


def test_the_form_begins_with_the_home_as_it_is(cast: Cast, dora: Client) -> None:
    page = dora.get(address(cast)).content.decode()
    assert 'value="12 Calico Street"' in page
    assert "This is what it comes to" not in page


def test_seen_first_then_done(cast: Cast, dora: Client, friday: Visit) -> None:
    page = dora.get(address(cast), asked(cast, bedrooms=3)).content.decode()
    assert "<s>$115</s> $135" in page
    assert "We clean at this address" in page
    assert Property.objects.get().bedrooms == 2
    [shown] = re.findall(r'name="shown" value="([^"]+)"', page)
    dora.post(address(cast), asked(cast, bedrooms=3, shown=shown))
    friday.refresh_from_db()
    assert (Property.objects.get().bedrooms, friday.price_cents) == (3, 13_500)


def test_what_was_done_is_taken_back_from_the_page(cast: Cast, dora: Client, friday: Visit) -> None:
    page = dora.get(address(cast), asked(cast, bedrooms=3)).content.decode()
    [shown] = re.findall(r'name="shown" value="([^"]+)"', page)
    after = dora.post(address(cast), asked(cast, bedrooms=3, shown=shown), follow=True).content.decode()
    assert "You changed this address." in after
    [undo] = re.findall(r'action="(/my/journal/[^"]+)"', after)
    answer = dora.post(undo)
    assert answer["Location"] == "/my/places/"
    friday.refresh_from_db()
    assert (Property.objects.get().bedrooms, friday.price_cents) == (2, 11_500)


def test_something_else_than_shown_is_asked_again(cast: Cast, dora: Client, friday: Visit) -> None:
    answer = dora.post(address(cast), asked(cast, bedrooms=3, shown="1/0/0"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Meanwhile it comes to something else" in page
    assert "<s>$115</s> $135" in page
    assert Property.objects.get().bedrooms == 2


def test_outside_our_area_is_said_beside_the_postcode(cast: Cast, dora: Client) -> None:
    answer = dora.get(address(cast), asked(cast, postcode="99999"))
    assert answer.status_code == 422
    assert "We do not clean at this postcode yet" in answer.content.decode()


def test_moving_house_asks_for_the_way_in_anew(cast: Cast, dora: Client, friday: Visit) -> None:
    page = dora.get(address(cast), asked(cast, line1="7 New Road")).content.decode()
    assert "1 visit to come takes place there" in page
    [shown] = re.findall(r'name="shown" value="([^"]+)"', page)
    answer = dora.post(address(cast), asked(cast, line1="7 New Road", shown=shown), follow=True)
    assert "Tell us how we get in at the new address" in answer.content.decode()
    friday.refresh_from_db()
    assert friday.premises.line1 == "7 New Road"


def test_what_is_missing_is_said(cast: Cast, dora: Client) -> None:
    answer = dora.get(address(cast), asked(cast, line1="", bedrooms="many"))
    assert answer.status_code == 422
    assert "Tell us where to come." in answer.content.decode()
