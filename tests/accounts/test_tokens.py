from datetime import timedelta

import pytest
from tests.cast import NOW

from midway.accounts.access import RIGHTS, SCOPES
from midway.accounts.actions import UnknownScope, issue_token, revoke_token
from midway.accounts.models import ApiToken, Role, User
from midway.accounts.tokens import bearer_of, find_token, may
from midway.core.actor import SYSTEM
from midway.journal.queries import history_of

pytestmark = pytest.mark.django_db


def issue(user: User, *scopes: str) -> tuple[ApiToken, str]:
    return issue_token(user=user, name="till", scopes=scopes or ("visits:read",), by=SYSTEM, now=NOW)


def test_secret_is_not_kept(dan: User) -> None:
    token, secret = issue(dan)
    row = ApiToken.objects.values().get(pk=token.pk)
    assert secret not in str(row)
    assert history_of(token.code).get().facts == {"name": "till", "scopes": ["visits:read"]}


def test_secret_finds_its_token(dan: User) -> None:
    token, secret = issue(dan)
    assert find_token(secret, now=NOW) == token


@pytest.mark.parametrize("wrong", ["", "midway_", "midway_" + "x" * 43, "other"])
def test_wrong_secret_finds_nothing(dan: User, wrong: str) -> None:
    issue(dan)
    assert find_token(wrong, now=NOW) is None


def test_ended_token_finds_nothing_and_ending_it_twice_changes_nothing(dan: User) -> None:
    token, secret = issue(dan)
    revoke_token(token=token, by=SYSTEM, now=NOW)
    revoke_token(token=token, by=SYSTEM, now=NOW + timedelta(days=1))
    assert find_token(secret, now=NOW) is None
    assert ApiToken.objects.get().revoked_at == NOW
    assert history_of(token.code).count() == 2


def test_token_of_somebody_who_left_finds_nothing(dan: User) -> None:
    _, secret = issue(dan)
    User.objects.filter(pk=dan.pk).update(is_active=False)
    assert find_token(secret, now=NOW) is None


def test_token_may_what_it_was_given_and_no_more(dan: User) -> None:
    token, _ = issue(dan, "visits:read", "visits:write")
    assert may(token, "visits:write")
    assert not may(token, "customers:read")


def test_token_loses_what_its_user_may_no_longer(dan: User) -> None:
    token, _ = issue(dan, "crew:write")
    dan.role = Role.SUPPORT
    token.user = dan
    assert not may(token, "crew:write")


def test_unknown_scope_and_no_scope_are_refused(dan: User) -> None:
    for scopes in (["visits:delete"], []):
        with pytest.raises(UnknownScope):
            issue_token(user=dan, name="till", scopes=scopes, by=SYSTEM, now=NOW)


def test_use_is_noted_every_few_minutes_only(dan: User) -> None:
    _, secret = issue(dan)
    for minutes in (0, 1, 4, 6):
        find_token(secret, now=NOW + timedelta(minutes=minutes))
    assert ApiToken.objects.get().last_used_at == NOW + timedelta(minutes=6)
    find_token(secret, now=NOW + timedelta(minutes=7))
    assert ApiToken.objects.get().last_used_at == NOW + timedelta(minutes=6)


def test_every_scope_stands_for_a_right_somebody_has() -> None:
    assert set(SCOPES.values()) <= set().union(*RIGHTS.values())


def test_bearer_is_read_from_its_header() -> None:
    assert bearer_of("Bearer midway_abc") == "midway_abc"
    assert bearer_of("bearer  midway_abc ") == "midway_abc"
    assert bearer_of("Basic midway_abc") == ""
    assert bearer_of("") == ""
