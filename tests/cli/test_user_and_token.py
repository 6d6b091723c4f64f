import json

import pytest
from click.testing import CliRunner, Result
from tests.cast import make_user

from midway.accounts.models import ApiToken, Role, User
from midway.accounts.tokens import find_token
from midway.cli import main
from midway.runtime.clock import now

pytestmark = pytest.mark.django_db


def midway(*words: str, given: str = "") -> Result:
    return CliRunner().invoke(main, words, input=given)


def test_first_owner_is_made_with_a_password_from_standard_input() -> None:
    words = ["user", "create", "Olga@Example.com", "--name", "Olga", "--password-stdin"]
    done = midway(*words, given="seven green kettles\n")
    assert done.exit_code == 0, done.output
    user = User.objects.get()
    assert (user.email, user.role) == ("olga@example.com", "owner")
    assert user.check_password("seven green kettles")


def test_refusal_is_one_line_on_standard_error_and_exit_code_1() -> None:
    make_user(role=Role.OWNER, email="olga@example.com")
    done = midway("user", "create", "olga@example.com", "--password-stdin", given="seven green kettles\n")
    assert done.exit_code == 1
    assert done.stderr == "midway: olga@example.com can sign in already\n"
    assert done.stdout == ""


def test_token_is_printed_once_listed_without_its_secret_and_ended() -> None:
    make_user(role=Role.OWNER, email="olga@example.com")
    made = midway("token", "create", "olga@example.com", "--name", "till", "--scope", "visits:read", "--json")
    facts = json.loads(made.stdout)
    assert find_token(facts["token"], now=now()) is not None
    listed = midway("token", "list", "--json")
    assert facts["token"] not in listed.stdout
    assert json.loads(listed.stdout)["tokens"][0]["name"] == "till"
    assert midway("token", "revoke", facts["code"]).exit_code == 0
    assert find_token(facts["token"], now=now()) is None
    assert "ended" in midway("token", "list").stdout


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["create", "nobody@example.com", "--name", "x", "--scope", "visits:read"], "Nobody signs in as"),
        (["create", "olga@example.com", "--name", "x", "--scope", "all"], "all: choose from"),
        (["revoke", "00000000-0000-0000-0000-000000000000"], "There is no token"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(words: list[str], refusal: str) -> None:
    make_user(role=Role.OWNER, email="olga@example.com")
    done = midway("token", *words)
    assert done.exit_code == 1
    assert refusal in done.stderr
    assert not ApiToken.objects.exists()
