"""Roles and access: changed by an owner, never one's own, never the last owner's."""

from threading import Barrier, Thread

import pytest
from django.db import connection
from tests.cast import NOW, by_user, make_user

from midway.accounts.actions import (
    CannotMakeUser,
    LastOwner,
    NotYourself,
    change_role,
    deactivate_user,
    reactivate_user,
)
from midway.accounts.models import Role, User
from midway.journal.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> tuple[User, User]:
    return make_user(role=Role.OWNER, name="Olga"), make_user(role=Role.DISPATCHER, name="Dan")


def test_a_role_changes_and_is_written_down(people: tuple[User, User]) -> None:
    olga, dan = people
    changed = change_role(user=dan, role=Role.SUPPORT, by=by_user(olga), now=NOW)

    assert changed.role == Role.SUPPORT
    assert Entry.objects.get().facts == {"from": "dispatcher", "role": "support"}


def test_the_same_role_again_writes_nothing(people: tuple[User, User]) -> None:
    olga, dan = people
    change_role(user=dan, role=Role.DISPATCHER, by=by_user(olga), now=NOW)

    assert not Entry.objects.exists()


def test_a_role_nobody_has_is_refused(people: tuple[User, User]) -> None:
    olga, dan = people
    with pytest.raises(CannotMakeUser):
        change_role(user=dan, role="king", by=by_user(olga), now=NOW)


def test_nobody_changes_themselves(people: tuple[User, User]) -> None:
    olga, _ = people
    with pytest.raises(NotYourself):
        deactivate_user(user=olga, by=by_user(olga), now=NOW)
    with pytest.raises(NotYourself):
        change_role(user=olga, role=Role.SUPPORT, by=by_user(olga), now=NOW)


def test_the_last_owner_stays(people: tuple[User, User]) -> None:
    olga, dan = people
    with pytest.raises(LastOwner):
        deactivate_user(user=olga, by=by_user(dan), now=NOW)
    change_role(user=dan, role=Role.OWNER, by=by_user(olga), now=NOW)
    assert not deactivate_user(user=olga, by=by_user(dan), now=NOW).is_active


def test_an_owner_without_access_does_not_count(people: tuple[User, User]) -> None:
    olga, dan = people
    make_user(role=Role.OWNER, is_active=False)
    with pytest.raises(LastOwner):
        change_role(user=olga, role=Role.SUPPORT, by=by_user(dan), now=NOW)


def test_access_comes_back_as_it_was(people: tuple[User, User]) -> None:
    olga, dan = people
    deactivate_user(user=dan, by=by_user(olga), now=NOW)
    deactivate_user(user=dan, by=by_user(olga), now=NOW)
    back = reactivate_user(user=dan, by=by_user(olga), now=NOW)

    assert (back.is_active, back.role) == (True, Role.DISPATCHER)
    assert list(Entry.objects.order_by("id").values_list("event", flat=True)) == [
        "accounts.user.deactivated",
        "accounts.user.reactivated",
    ]


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_demote_each_other_at_once_leave_one() -> None:
    olga, otto = make_user(role=Role.OWNER, name="Olga"), make_user(role=Role.OWNER, name="Otto")
    gate, refused = Barrier(2), []

    def demote(user: User, by: User) -> None:
        gate.wait()
        try:
            change_role(user=user, role=Role.SUPPORT, by=by_user(by), now=NOW)
        except LastOwner as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    threads = [Thread(target=demote, args=pair) for pair in ((olga, otto), (otto, olga))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert User.objects.filter(role=Role.OWNER).count() == len(refused) == 1
