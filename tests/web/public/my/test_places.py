"""How we get in: hidden until asked for, changed by whoever lives there, and written down."""

from django.test import Client
from tests.cast import Cast

from midway.customers.models import Property
from midway.journal.models import Entry


def read(client: Client) -> str:
    return client.get("/my/places/").content.decode()


def test_the_page_does_not_hold_what_it_hides(cast: Cast, dora: Client) -> None:
    page = read(dora)
    assert "12 Calico Street" in page
    assert "You have told us" in page
    assert "blue pot" not in page


def test_asked_for_it_is_shown_and_written_down(cast: Cast, dora: Client) -> None:
    response = dora.post(f"/my/places/{cast.flat.code}/showing")
    assert "Key under the blue pot" in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    entry = Entry.objects.get(event="customers.access_notes.shown")
    assert (entry.actor_kind, entry.actor_label) == ("customer", "Customer")


def test_another_way_in_is_kept_and_not_shown(cast: Cast, dora: Client) -> None:
    response = dora.post(f"/my/places/{cast.flat.code}/access-notes", {"notes": "Ring twice"}, follow=True)
    assert "Kept." in response.content.decode()
    assert "Ring twice" not in response.content.decode()
    assert Property.objects.get(pk=cast.flat.pk).access_notes == "Ring twice"


def test_what_is_too_long_is_said_and_stays_typed(cast: Cast, dora: Client) -> None:
    response = dora.post(f"/my/places/{cast.flat.code}/access-notes", {"notes": "x" * 501})
    assert response.status_code == 422
    assert "x" * 501 in response.content.decode()
    assert Property.objects.get(pk=cast.flat.pk).access_notes == "Key under the blue pot"


def test_without_a_home_it_says_when_there_will_be_one(cast: Cast, dora: Client) -> None:
    cast.flat.delete()
    assert "With your first booking" in read(dora)
