"""Every role at every address: who is not meant to come in does not, and nobody finds what is another's."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from tests.cast import NOW, TODAY, Cast, at, make_cast, make_customer, make_user, make_visit
from tests.security.doors import Door, doors

from midway.accounts.access import Access, Right
from midway.accounts.models import Role, User
from midway.booking.models import Visit
from midway.config.rate_limits import shared_counter

ROLES = tuple(Role.values)
SAFE, CHANGES = "GET", "POST"


@pytest.fixture
def cast(db: None) -> Iterator[Cast]:
    with time_machine.travel(NOW, tick=False):
        yield make_cast()


@pytest.fixture
def friday(cast: Cast) -> Visit:
    start = at("10:00", on=TODAY + timedelta(days=4))
    return make_visit(
        premises=cast.flat, price_list=cast.price_list, service=cast.regular, start=start, cleaners=[cast.ana]
    )


@pytest.fixture
def codes(cast: Cast, friday: Visit) -> dict[str, object]:
    """By the word that stands before a code in an address, or by its name."""
    return {
        "visits": friday.code, "visit": friday.code, "rate": friday.code, "customers": cast.dora.code,
        "homes": cast.flat.code, "home": cast.flat.code, "places": cast.flat.code, "people": cast.ana.code,
        "cleaner": cast.ana.code,
    }  # fmt: skip


def everybody() -> dict[str, Client]:
    found = {}
    for role in ROLES:
        client = Client(headers={"accept-language": "en"}, raise_request_exception=False)
        client.force_login(make_user(role=role, name=f"Some {role}", email=f"some-{role}@example.com"))
        found[role] = client
    return found


def ask(client: Client, method: str, address: str) -> int:
    return (client.get(address) if method == SAFE else client.post(address)).status_code


def is_guarded(door: Door) -> bool:
    return door.access is not None and door.access.kind != "anyone"


def test_there_are_doors_of_every_kind() -> None:
    kinds = [door.access.kind for door in doors() if door.access]
    assert {"anyone", "office", "customer"} <= set(kinds)
    assert len(kinds) > 120


@pytest.mark.parametrize("method", [SAFE, CHANGES])
def test_no_door_opens_to_a_role_it_was_not_declared_for(cast: Cast, codes: dict[str, object], method: str) -> None:
    people = everybody()
    open_by_mistake, wrong_refusals, asked = [], [], 0
    for door in filter(is_guarded, doors()):
        address = door.address(codes)
        for role in ROLES:
            if door.opens_to(role):
                continue
            asked += 1
            shared_counter.cache_clear()  # nobody is turned away only for knocking too often
            status = ask(people[role], method, address)
            if status != 403:
                (open_by_mistake if status < 400 else wrong_refusals).append((role, method, address, status))
    assert open_by_mistake == []
    assert wrong_refusals == []
    assert asked > 300


@pytest.mark.parametrize("method", [SAFE, CHANGES])
def test_every_guarded_door_leads_a_stranger_to_sign_in(cast: Cast, codes: dict[str, object], method: str) -> None:
    stranger = Client()
    for door in filter(is_guarded, doors()):
        address = door.address(codes)
        answer = stranger.get(address) if method == SAFE else stranger.post(address)
        assert answer.status_code == 302, address
        assert "/sign-in" in answer["Location"] or "/accounts/login/" in answer["Location"], address


@pytest.mark.slow
def test_a_door_that_is_open_to_a_role_never_breaks(cast: Cast, codes: dict[str, object]) -> None:
    """Empty forms, codes of nobody, other people's codes: refused in words, never by a failure."""
    people = everybody()
    broken = []
    for door in doors():
        # The export of everything looks from one moment, in a transaction of its own: see tests of exports.
        if any(word in door.template for word in ("erasure", "logout", "exports/all.zip")):
            continue
        address = door.address(codes)
        for role in ROLES:
            if not door.opens_to(role):
                continue
            for method in (SAFE, CHANGES):
                status = ask(people[role], method, address)
                if status >= 500 and "/readyz" not in address:
                    broken.append((role, method, address, status))
    assert broken == []


@pytest.fixture
def eva(cast: Cast) -> Client:
    """Another customer, signed in, who has somehow come by all of Dora's codes."""
    person = make_customer(name="Eva", email="eva@example.com")
    person.user = make_user(role=Role.CUSTOMER, name="Eva", email="eva@example.com")
    person.save()
    client = Client(headers={"accept-language": "en"}, raise_request_exception=False)
    client.force_login(person.user)
    return client


@pytest.mark.parametrize("method", [SAFE, CHANGES])
def test_a_customer_finds_nothing_of_another_customer(
    cast: Cast, friday: Visit, codes: dict[str, object], eva: Client, method: str
) -> None:
    mine_only = [door for door in doors() if door.template.startswith("/my/") and "<uuid" in door.template]
    assert len(mine_only) > 10
    before = Visit.objects.values().get(pk=friday.pk)
    for door in mine_only:
        address = door.address(codes)
        answer = eva.get(address) if method == SAFE else eva.post(address)
        assert answer.status_code in {403, 404, 405}, (address, answer.status_code)
        for private in (cast.dora.name, cast.dora.email, cast.flat.line1, cast.flat.access_notes or "no such note"):
            assert private not in answer.content.decode(), address
    assert Visit.objects.values().get(pk=friday.pk) == before


def test_who_was_dismissed_is_out_at_once(cast: Cast) -> None:
    user = make_user(role=Role.DISPATCHER, email="gone@example.com")
    client = Client()
    client.force_login(user)
    assert client.get("/office/").status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/office/").status_code == 302


def test_the_matrix_sees_a_door_that_stands_open(cast: Cast, codes: dict[str, object]) -> None:
    """The declaration says owners only; the door lets everybody of the office in."""
    mislabelled = Door("/office/", Access("office", frozenset({Right.MANAGE_ACCOUNTS})))
    dispatcher = everybody()[Role.DISPATCHER]
    assert not mislabelled.opens_to(Role.DISPATCHER)
    assert ask(dispatcher, SAFE, mislabelled.address(codes)) != 403
