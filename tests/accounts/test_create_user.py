import pytest
from django.contrib.auth.hashers import identify_hasher
from tests.cast import NOW

from midway.accounts.actions import CannotMakeUser, create_user
from midway.accounts.models import Role, User
from midway.core.actor import SYSTEM
from midway.journal.queries import history_of

pytestmark = pytest.mark.django_db
PASSWORD = "seven green kettles sing"


def make(**changes: object) -> User:
    given = {"email": "ann@example.com", "name": "Ann", "role": Role.DISPATCHER, "password": PASSWORD}
    return create_user(**{**given, **changes}, by=SYSTEM, now=NOW)  # type: ignore[arg-type]


def test_address_is_kept_in_lower_case() -> None:
    assert make(email="  Ann@Example.COM ").email == "ann@example.com"


def test_password_is_kept_as_argon2() -> None:
    assert identify_hasher(make().password).algorithm == "argon2"


def test_without_a_password_nobody_can_sign_in_until_one_is_set() -> None:
    assert not make(password=None).has_usable_password()


def test_is_written_in_the_journal_without_the_address() -> None:
    user = make()
    entry = history_of(user.code).get()
    assert entry.event == "accounts.user.created"
    assert entry.facts == {"role": "dispatcher"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"email": "not-an-address"}, "not an e-mail address"),
        ({"role": "boss"}, "no role 'boss'"),
        ({"password": "short"}, "too short"),
        ({"password": "password1234"}, "too common"),
    ],
)
def test_refuses_what_cannot_be(changes: dict[str, str], words: str) -> None:
    with pytest.raises(CannotMakeUser, match=words):
        make(**changes)
    assert not User.objects.exists()


def test_refuses_a_second_user_with_the_same_address_in_other_letters() -> None:
    make()
    with pytest.raises(CannotMakeUser, match="can sign in already"):
        make(email="ANN@example.com")
