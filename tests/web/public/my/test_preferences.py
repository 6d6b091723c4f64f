"""How customers want to hear from us: asked, kept, and followed by these pages too."""

from datetime import time

import pytest
from django.test import Client
from tests.cast import NOW, Cast

from midway.customers.models import Customer

WANTED = {"language": "en", "channel": "both", "quiet_starts": "20:00", "quiet_ends": "09:00", "has_reminders": "on"}


def test_what_they_choose_is_kept(cast: Cast, dora: Client) -> None:
    response = dora.post("/my/preferences", WANTED, follow=True)
    assert "Kept. We write" in response.content.decode()
    found = Customer.objects.get(pk=cast.dora.pk)
    assert (found.channel, found.quiet_starts, found.quiet_ends) == ("both", time(20), time(9))
    assert (found.has_reminders, found.is_asked_for_rating) == (True, False)


def test_the_pages_speak_the_language_they_chose(cast: Cast, dora: Client) -> None:
    dora.post("/my/preferences", {**WANTED, "language": "es"})
    page = dora.get("/my/preferences", headers={"accept-language": "en"}).content.decode()
    assert '<html lang="es"' in page
    assert Customer.objects.get(pk=cast.dora.pk).language == "es"


def test_a_time_between_the_hours_stays_one_can_keep(cast: Cast, dora: Client) -> None:
    Customer.objects.filter(pk=cast.dora.pk).update(quiet_starts=time(21, 30))
    assert 'value="21:30" selected' in dora.get("/my/preferences").content.decode()


def test_who_answered_stop_is_told_how_to_be_texted_again(cast: Cast, dora: Client) -> None:
    Customer.objects.filter(pk=cast.dora.pk).update(sms_stopped_at=NOW)
    assert "answered STOP" in dora.get("/my/preferences").content.decode()
    dora.post("/my/preferences", WANTED)
    assert Customer.objects.get(pk=cast.dora.pk).sms_stopped_at is None


@pytest.mark.parametrize("wrong", [{"language": "xx"}, {"channel": "pigeon"}, {"quiet_starts": "25:00"}])
def test_nonsense_is_refused_beside_its_question(cast: Cast, dora: Client, wrong: dict[str, str]) -> None:
    response = dora.post("/my/preferences", {**WANTED, **wrong})
    assert response.status_code == 422
    assert Customer.objects.get(pk=cast.dora.pk).channel == "email"
