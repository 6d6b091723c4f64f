"""Who may sign in: the owner invites, changes roles, takes access away."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse
from tests.cast import Cast, make_user

from midway.accounts.models import Role, User
from midway.messaging.models import OutboxMessage

ADDRESS = "/office/accounts/"
RITA = {"name": "Rita", "email": "rita@example.com", "role": "dispatcher", "language": "es"}


def change(client: Client, user: User, **said: Any) -> Any:
    return client.post(reverse("office:account", args=[user.code]), said)


def test_an_invited_person_chooses_a_password_by_the_link_and_is_in(cast: Cast, olga: Client, visitor: Client) -> None:
    olga.post(ADDRESS, RITA)
    letter = OutboxMessage.objects.get()
    assert letter.facts["subject"] == "Ya puedes entrar en Midway"
    assert "Invited" in olga.get(ADDRESS).content.decode()

    link = re.search(r"https?://\S+", letter.facts["body"])
    assert link
    form = visitor.get(link[0].split("8000", 1)[1], follow=True)
    address = form.redirect_chain[-1][0]
    visitor.post(address, {"password1": "seven green kettles sing", "password2": "seven green kettles sing"})
    entered = visitor.post("/accounts/login/", {"login": "rita@example.com", "password": "seven green kettles sing"})

    assert entered["Location"] == "/office/"
    assert visitor.get("/office/").status_code == 200


def test_a_cleaner_is_somebody_who_cleans(cast: Cast, olga: Client) -> None:
    said = {**RITA, "role": "cleaner"}
    assert olga.post(ADDRESS, said).status_code == 422

    olga.post(ADDRESS, {**said, "cleaner": cast.ana.pk})
    cast.ana.refresh_from_db()
    assert cast.ana.user == User.objects.get(email="rita@example.com")


def test_an_address_that_can_sign_in_already_is_said(cast: Cast, olga: Client) -> None:
    answer = olga.post(ADDRESS, {**RITA, "email": "DAN@example.com"})

    assert answer.status_code == 422
    assert "can sign in already" in answer.content.decode()
    assert not OutboxMessage.objects.exists()


def test_the_invitation_is_sent_again(cast: Cast, olga: Client) -> None:
    olga.post(ADDRESS, RITA)
    change(olga, User.objects.get(email="rita@example.com"), deed="invite")

    assert OutboxMessage.objects.count() == 2


def test_a_new_role_holds_at_the_next_click(cast: Cast, olga: Client, dan: Client) -> None:
    assert dan.get(reverse("office:hire")).status_code == 200
    change(olga, cast.dan, role="support")

    assert dan.get(reverse("office:hire")).status_code == 403


def test_without_access_the_next_click_is_the_last(cast: Cast, olga: Client, dan: Client) -> None:
    change(olga, cast.dan, deed="deactivate")
    assert dan.get("/office/").status_code == 302
    assert "No access" in olga.get(ADDRESS).content.decode()

    change(olga, cast.dan, deed="reactivate")
    cast.dan.refresh_from_db()
    assert cast.dan.is_active


def test_nobody_takes_their_own_access(cast: Cast, olga: Client) -> None:
    answer = change(olga, cast.olga, deed="deactivate")

    cast.olga.refresh_from_db()
    assert cast.olga.is_active
    assert "Nobody takes away their own access" in olga.get(answer["Location"]).content.decode()


def test_nonsense_and_customers_are_not_found(cast: Cast, olga: Client) -> None:
    assert change(olga, cast.dan, role="king").status_code == 404
    assert change(olga, make_user(role=Role.CUSTOMER), role="owner").status_code == 404


def test_only_the_owner_manages_accounts(cast: Cast, dan: Client, sue: Client, outsiders: list[Client]) -> None:
    clients = [dan, sue, *outsiders]

    assert [client.get(ADDRESS).status_code for client in clients] == [403] * 4
    assert [change(client, cast.olga, deed="deactivate").status_code for client in clients] == [403] * 4
