"""Signing in by a link: for the customer whose address it is, once, for a while, and for nobody else."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from tests.booking.deeds import told
from tests.cast import NOW, Cast, make_user

from midway.accounts.models import Role, SignInLink, User
from midway.customers.models import Customer
from midway.messaging.letter import letter
from midway.messaging.models import OutboxMessage


def ask(client: Client, email: str) -> str:
    response = client.post("/my/sign-in", {"email": email})
    assert response.status_code == 200
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode()).replace(email, "…")


def link_for(client: Client, email: str = "dora@example.com") -> str:
    ask(client, email)
    link = str(told("sign_in_link")[-1].facts["sign_in_url"])
    return link[link.index("/my/") :]


def is_in(client: Client) -> bool:
    return client.get("/my/").status_code == 200


def test_who_never_had_a_password_is_let_in_by_the_link(cast: Cast, visitor: Client) -> None:
    link = link_for(visitor)
    assert "One more click" in visitor.get(link).content.decode()
    answer = visitor.post(link)

    assert answer["Location"] == "/my/"
    assert "Hello Dora" in visitor.get("/my/").content.decode()
    cast.dora.refresh_from_db()
    assert cast.dora.user is not None
    assert (cast.dora.user.role, cast.dora.user.has_usable_password()) == (Role.CUSTOMER, False)


def test_the_letter_says_what_to_do_and_forgets_the_key_once_sent(cast: Cast, visitor: Client) -> None:
    Customer.objects.update(language="es")
    link = link_for(visitor)
    [mail] = told("sign_in_link")
    assert link in letter(mail).body
    assert letter(mail).subject.startswith("Tu enlace para entrar")
    mail.mark_sent(at=NOW)
    assert mail.facts == {}
    assert link[-10:] not in str(SignInLink.objects.values())


def test_a_stranger_reads_the_same_answer_and_gets_no_mail(cast: Cast, visitor: Client) -> None:
    assert ask(visitor, "nobody@example.com") == ask(visitor, "dora@example.com")
    assert [mail.to for mail in told("sign_in_link")] == ["dora@example.com"]


def test_the_address_may_be_typed_in_any_letters(cast: Cast, visitor: Client) -> None:
    visitor.post(link_for(visitor, "DORA@Example.com"))
    assert is_in(visitor)


def test_a_link_works_once(cast: Cast, visitor: Client) -> None:
    first, second = link_for(visitor), link_for(visitor)
    assert visitor.post(second).status_code == 302
    for link in (first, second):
        stranger = Client()
        assert stranger.post(link).status_code == 410
        assert not is_in(stranger)


def test_looking_at_a_link_does_not_use_it_up(cast: Cast, visitor: Client) -> None:
    link = link_for(visitor)
    for _ in range(3):
        assert Client().get(link)["Referrer-Policy"] == "same-origin"
    visitor.post(link)
    assert is_in(visitor)


def test_a_link_does_not_work_after_twenty_minutes(cast: Cast, visitor: Client) -> None:
    link = link_for(visitor)
    with time_machine.travel(NOW + timedelta(minutes=20), tick=False):
        assert visitor.post(link).status_code == 410
    assert visitor.post("/my/sign-in/midway_made-up").status_code == 410


def test_one_address_is_not_flooded(cast: Cast, visitor: Client) -> None:
    for _ in range(6):
        ask(visitor, "dora@example.com")
    assert len(told("sign_in_link")) == 4
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        ask(visitor, "dora@example.com")
    assert len(told("sign_in_link")) == 5


@pytest.mark.parametrize("role", [Role.OWNER, Role.DISPATCHER, Role.SUPPORT, Role.CLEANER])
def test_nobody_of_the_company_is_let_in_past_password_and_second_factor(
    cast: Cast, visitor: Client, role: str
) -> None:
    user = make_user(role=role, email="dora@example.com")
    ask(visitor, "dora@example.com")
    cast.dora.user = user
    cast.dora.email = "dora.home@example.com"
    cast.dora.save()
    ask(visitor, "dora.home@example.com")
    assert told("sign_in_link") == []


def test_who_was_shut_out_stays_out(cast: Cast, visitor: Client) -> None:
    link = link_for(visitor)
    visitor.post(link)
    again = link_for(Client(), "dora@example.com")
    User.objects.filter(role=Role.CUSTOMER).update(is_active=False)
    assert Client().post(again).status_code == 410
    assert not is_in(visitor)


def test_an_account_there_already_is_taken(cast: Cast, visitor: Client) -> None:
    user = make_user(role=Role.CUSTOMER, email="dora@example.com")
    visitor.post(link_for(visitor))
    cast.dora.refresh_from_db()
    assert cast.dora.user == user


def test_nonsense_is_told_beside_the_field(db: None, visitor: Client) -> None:
    response = visitor.post("/my/sign-in", {"email": "dora"})
    assert response.status_code == 422
    assert "name@example.com" in response.content.decode()
    assert OutboxMessage.objects.count() == 0


@pytest.mark.parametrize("page", ["/my/", "/my/visits/"])
def test_without_signing_in_there_is_only_the_door(db: None, visitor: Client, page: str) -> None:
    assert visitor.get(page)["Location"].startswith("/my/sign-in?next=")
