"""Taking data out at the office."""

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import Cast

from midway.booking.export_tables import TABLES
from midway.journal.models import Entry


def test_each_table_is_sent_as_it_is_read_and_noted(olga: Client, cast: Cast) -> None:
    page = olga.get(reverse("office:exports")).content.decode()
    assert all(reverse("office:take_out", args=[name]) in page for name in TABLES)

    answer = olga.post(reverse("office:take_out", args=["customers"]))

    assert "dora@example.com" in b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    entry = Entry.objects.get(event="booking.export.taken")
    assert (entry.actor_label, entry.facts) == ("Olga", {"tables": ["customers"]})


@pytest.mark.django_db(transaction=True)
def test_everything_in_one_file(olga: Client) -> None:
    assert b"".join(olga.post(reverse("office:take_all")).streaming_content).startswith(b"PK")  # type: ignore[attr-defined]


def test_support_and_outsiders_take_nothing_out(sue: Client, outsiders: list[Client], olga: Client) -> None:
    for client in (sue, *outsiders):
        assert client.get(reverse("office:exports")).status_code == 403
        assert client.post(reverse("office:take_out", args=["customers"])).status_code == 403
        assert client.post(reverse("office:take_all")).status_code == 403
    assert olga.post(reverse("office:take_out", args=["shoes"])).status_code == 404
    assert not Entry.objects.filter(event="booking.export.taken").exists()
