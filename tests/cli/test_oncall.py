"""`midway oncall`: who is called, from a terminal."""

import json

import pytest
import time_machine
from click.testing import CliRunner, Result
from tests.cast import NOW, Cast, make_cast, make_user

from midway.accounts.models import Role
from midway.cli import main
from midway.ops.models import Call, Contact, OnCallRotation

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def midway(*words: str) -> Result:
    with time_machine.travel(NOW, tick=True):
        return CliRunner().invoke(main, ["oncall", *words])


def rotated(*words: str) -> Result:
    return midway("rotate", "dan@example.com", "Olga@example.com", "--from", "2026-03-03", *words)


def test_an_empty_company_says_what_to_do(db: None) -> None:
    done = midway("who")
    assert (done.exit_code, done.stdout) == (1, "Nobody is on call: the owner is called.\n")
    assert json.loads(midway("who", "--json").stdout) == {"on_call": None, "ladder": []}
    assert midway("calendar").stdout == "There is no rotation yet: midway oncall rotate\n"
    done = midway("test")
    assert (done.exit_code, "Nobody is on call" in done.stderr) == (1, True)


def test_people_take_turns_from_a_day_on(cast: Cast) -> None:
    assert midway("who").exit_code == 1
    done = rotated("--at", "08:00", "--turn-days", "2")
    assert (done.exit_code, done.stdout) == (0, "From 2026-03-03 13:00 UTC on.\n"), done.output
    turns = json.loads(midway("calendar", "--days", "6", "--json").stdout)["turns"]
    assert [one["name"] for one in turns] == ["Dan", "Olga", "Dan"]
    assert turns[0]["end"] == turns[1]["start"]
    assert "Dan (rotation)" in midway("calendar", "--days", "2").stdout


def test_who_is_on_call_and_who_comes_after(cast: Cast) -> None:
    rotated()
    with time_machine.travel("2026-03-04T12:00:00+00:00", tick=False):
        done = CliRunner().invoke(main, ["oncall", "who"])
    assert done.exit_code == 0
    assert done.stdout.splitlines() == ["Dan is on call.", "  1. Dan (mail)", "  2. Olga (mail)"]


def test_a_test_call_reaches_the_first_of_the_ladder(cast: Cast) -> None:
    done = midway("test")
    assert (done.exit_code, done.stdout) == (0, "Olga was called by mail.\n"), "without a rotation it is the owner"
    assert json.loads(midway("test", "--json").stdout) == {"name": "Olga", "ways": ["mail"]}
    assert Call.objects.filter(incident=None).count() == 2


def test_how_somebody_is_called_is_said(cast: Cast) -> None:
    done = midway("contact", "dan@example.com", "--phone", "410-555-0133")
    assert done.stdout == "Dan is called by mail, sms.\n", done.output
    with time_machine.travel(NOW):
        words = ["oncall", "contact", "dan@example.com", "--chat", "-"]
        done = CliRunner().invoke(main, words, input="ntfy://ntfy.sh/midway-test\n")
    assert done.stdout == "Dan is called by mail, chat.\n", (done.stderr, done.exception)
    assert (Contact.objects.get().chat, Contact.objects.get().phone) == ("ntfy://ntfy.sh/midway-test", "")


@pytest.mark.parametrize(
    ("words", "refusal", "code"),
    [
        (["rotate", "--from", "2026-03-03"], "Missing argument 'EMAILS...'", 2),
        (["rotate", "dan@example.com"], "Missing option '--from'", 2),
        (["rotate", "zoe@example.com", "--from", "2026-03-03"], "Nobody has the address zoe@example.com", 1),
        (["rotate", "cleaner@example.com", "--from", "2026-03-03"], "the office", 1),
        (["rotate", "dan@example.com", "--from", "tomorrow"], "does not match the format", 2),
        (["rotate", "dan@example.com", "--from", "2026-03-03", "--at", "25:00"], "Write the hour like 09:00", 1),
        (["rotate", "dan@example.com", "--from", "2026-03-03", "--zone", "Mars/Base"], "no time zone of that name", 1),
        (["rotate", "dan@example.com", "--from", "2026-03-03", "--turn-days", "0"], "0 is not in the range", 2),
        (["contact", "dan@example.com", "--phone", "+1-XXX-XXX-XXXX"], "This is no telephone number", 1),
        (["contact", "dan@example.com", "--chat", "my chat"], "This is no chat address", 1),
        (["contact", "zoe@example.com", "--phone", "410-555-0133"], "Nobody of the office has the address", 1),
        (["contact", ""], "Say whose contact it is", 1),
        (["calendar", "--days", "0"], "0 is not in the range", 2),
    ],
)
def test_mistakes_are_told_and_nobody_takes_turns(cast: Cast, words: list[str], refusal: str, code: int) -> None:
    make_user(role=Role.CLEANER, email="cleaner@example.com")
    done = midway(*words)
    assert (done.exit_code, refusal in done.stderr, bool(done.stderr)) == (code, True, True), done.output
    assert not OnCallRotation.objects.exists()
