"""`midway incident`: each command as somebody new would run it, and what it says to mistakes."""

import json
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner, Result
from pytest_django import Settings
from tests.cast import NEW_YORK, NOW, Cast, by_user, make_cast, make_user

from midway.accounts.models import Role
from midway.cli import main
from midway.core.triage import Priority
from midway.ops.actions.rotate import RotationOrder, begin_rotation
from midway.ops.incidents.away import Spool, escalate_away, open_away
from midway.ops.incidents.triage import triage
from midway.ops.models import FollowUp, Incident, StatusUpdate, TriageChange
from midway.ops.oncall.roster import kept_roster, roster, write_roster

pytestmark = pytest.mark.django_db
OVER = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path) -> Path:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, data=tmp_path)
    return tmp_path


@pytest.fixture
def cast() -> Cast:
    """Dan and Olga take turns."""
    made = make_cast()
    order = RotationOrder([made.dan, made.olga], date(2026, 3, 2), time(8), NEW_YORK)
    begin_rotation(order=order, by=by_user(made.olga), now=NOW)
    return made


def midway(*words: str) -> Result:
    with time_machine.travel(NOW, tick=True):
        return CliRunner().invoke(main, ["incident", *words])


def opened(*words: str) -> str:
    """The first characters of the code of a new one."""
    done = midway("open", "Booking does not work", *words)
    assert done.exit_code == 0, done.output
    return done.stdout.split()[0]


def test_from_open_to_learned(cast: Cast, tmp_path: Path) -> None:
    done = midway(
        "open", "Booking does not work", "--severity", "stopped", "--impact", "everybody", "--says", "At nine"
    )
    assert (done.exit_code, "P1" in done.stdout, "Dan was called by mail" in done.stdout) == (0, True, True)
    code = done.stdout.split()[0]
    assert code in midway("list").stdout
    assert midway("ack", code, "--by", "dan@example.com").stdout == f"{code}: Dan has it.\n"
    assert midway("note", code, "The gateway is down", "--by", "dan@example.com").exit_code == 0
    assert midway("assess", code, "broken", "some").stdout == f"{code}: priority 2.\n"

    refused = midway("close", code)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "mended" in refused.stderr
    assert midway("verify", code, "--how", "Booked one myself").stdout == "It is mended.\n"
    assert f"midway incident learn {code}" in midway("close", code).stdout
    assert midway("list").stdout == "Nothing is open.\n"
    assert "closed" in midway("list", "--all").stdout

    paper = tmp_path / "learned.md"
    assert midway("learn", code, "--out", str(paper)).stdout == f"Written to {paper}.\n"
    assert "The gateway is down" in paper.read_text()
    done = midway("follow", code, "Watch the gateway", "--owner", "dan@example.com")
    assert done.stdout.endswith("Dan, until 2026-03-16.\n")
    refused = midway("done", done.stdout.split(":")[0])
    assert (refused.exit_code, "Name the check that would now ring" in refused.stderr) == (1, True)
    assert FollowUp.objects.get().closed_at is None
    shown = json.loads(midway("show", code, "--json").stdout)
    assert [one["kind"] for one in shown["timeline"]][:5] == ["opened", "called", "acknowledged", "noted", "assessed"]
    assert shown["state"] == "closed"


def test_people_are_told_on_the_status_page(cast: Cast, tmp_path: Path) -> None:
    code = opened()
    assert "Missing option '--es'" in midway("update", code, "looking", "--en", "We look").stderr
    done = midway("update", code, "looking", "--en", "We look", "--es", "Estamos en eso", "--by", "dan@example.com")
    assert done.stdout == "It stands on the status page; 0 people were written to.\n"
    assert "Estamos en eso" in (tmp_path / "status" / "index.es.html").read_text()
    assert StatusUpdate.objects.get().by_label == "Dan"


def test_steps_are_listed_and_one_of_no_procedure_is_refused(cast: Cast) -> None:
    code = opened()
    assert midway("step", code).stdout == "\n", "a person opened it, so no page of the manual belongs to it"
    done = midway("step", code, "no.such")
    assert (done.exit_code, "no.such" in done.stderr) == (3, True)


def test_a_company_without_people_on_call(db: None) -> None:
    assert midway("list").stdout == "Nothing is open.\n"
    assert json.loads(midway("list", "--json").stdout) == {"incidents": []}
    done = midway("open", "Nothing works", "--severity", "stopped", "--impact", "everybody")
    assert (done.exit_code, "nobody was called" in done.stdout) == (0, True)


@pytest.mark.parametrize(
    ("words", "refusal", "code"),
    [
        (["open", "  "], "Say why, in a few words", 1),
        (["open", "X", "--severity", "bad"], "'bad' is not one of", 2),
        (["open", "X", "--by", "nobody@example.com"], "Nobody of the office has the address nobody@example.com", 1),
        (["open", "X", "--by", "cleaner@example.com"], "Nobody of the office has the address", 1),
        (["show", "ffffffff"], "0 incidents begin with 'ffffffff'", 3),
        (["show", ""], "0 incidents begin with ''", 3),
        (["ack"], "0 incidents begin with ''", 3),
        (["done", "12345678"], "There is no such follow-up", 3),
        (["done", "zzzzzzzz"], "There is no such follow-up", 3),
    ],
)
def test_mistakes_are_told_and_change_nothing(cast: Cast, words: list[str], refusal: str, code: int) -> None:
    make_user(role=Role.CLEANER, email="cleaner@example.com")
    done = midway(*words)
    assert (done.exit_code, refusal in done.stderr) == (code, True), done.output
    assert not Incident.objects.exists()


def test_a_deed_on_a_closed_one_is_refused(cast: Cast) -> None:
    code = opened()
    Incident.objects.update(acknowledged_at=NOW + OVER, verified_at=NOW + OVER, closed_at=NOW + OVER)
    for words in (["ack", code], ["assess", code, "broken", "some"], ["close", code]):
        done = midway(*words)
        assert (done.exit_code, "There is no open incident" in done.stderr) == (1, True), words
    assert midway("learn", opened()).exit_code == 1, "it is not over yet"


def test_the_list_and_the_answer_while_the_database_is_away(
    cast: Cast, own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("midway.cli.incident._answers", lambda: False)
    nothing = midway("list")
    assert (nothing.exit_code, str(own_folder) in nothing.stdout) == (3, True), "nobody can say that nothing is open"
    refused = midway("ack")
    assert (refused.exit_code, "no incident waits" in refused.stderr) == (3, True)
    open_away(own_folder, since=NOW, says="Refused", facts={}, now=NOW)
    assert "P1" in midway("list").stdout
    assert midway("ack").exit_code == 3, "nobody was called yet, so it is nobody's"
    assert json.loads(midway("list", "--json").stdout)["incidents"][0]["says"] == "Refused"
    write_roster(own_folder, roster())
    assert midway("ack", "--by", "zoe@example.com").exit_code == 1
    assert midway("ack", "--by", "olga@example.com").stdout.startswith("Olga has it.")
    assert "acknowledged" in midway("list").stdout


def test_whoever_was_called_has_it_while_the_database_is_away(
    cast: Cast, own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("midway.cli.incident._answers", lambda: False)
    write_roster(own_folder, roster())
    open_away(own_folder, since=NOW, says="Refused", facts={}, now=NOW)
    escalate_away(own_folder, kept_roster(own_folder), now=NOW)
    assert midway("ack").stdout.startswith("Dan has it.")
    (one,) = Spool(own_folder).all()
    assert (one.owner, one.calls[0].answered_at) == (cast.dan.pk, one.acknowledged_at)


def test_worker_and_web_server_may_be_two_accounts(own_folder: Path, cast: Cast) -> None:
    """Both are in one group; locks are for both to write, what lies there for both to read."""
    open_away(own_folder, since=NOW, says="Refused", facts={}, now=NOW)
    with Spool(own_folder).held():
        modes = {path.name[:4]: path.stat().st_mode & 0o777 for path in (own_folder / "ops" / "incidents").iterdir()}
    assert modes.pop("lock") == 0o660
    assert set(modes.values()) == {0o640}


def test_urgency_is_shown_and_changed(cast: Cast) -> None:
    shown = midway("urgency").stdout
    assert "broken    P1         P2         P3" in shown
    assert "P1: the next is called after 5 min" in shown
    done = midway(
        "urgency", "--answer", "1=90s", "--answer", "2=never", "--priority", "broken/everybody=2", "--reason", "Small",
        "--by", "olga@example.com",
    )  # fmt: skip
    assert (done.exit_code, "P1: the next is called after 1.5 min" in done.stdout) == (0, True)
    assert (triage().answer_within(1), triage().answer_within(2)) == (timedelta(seconds=90), None)
    assert TriageChange.objects.get().owner == "Olga"
    assert json.loads(midway("urgency", "--json").stdout)["table"]["broken"]["everybody"] == Priority.TWO


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["--answer", "1=5m"], "Say why"),
        (["--answer", "1=never", "--reason", "x"], "The first priority must call somebody"),
        (["--answer", "1=2h", "--reason", "x"], "cannot give less time than a higher one"),
        (["--answer", "1=5s", "--reason", "x"], "between ten seconds and a day"),
        (["--answer", "5=5m", "--reason", "x"], "there are the priorities 1 to 4"),
        (["--answer", "1=soon", "--reason", "x"], "write the time like 90s"),
        (["--priority", "stopped/everybody=4", "--reason", "x"], "cannot be less urgent"),
        (["--priority", "dreadful/everybody=1", "--reason", "x"], "write it like broken/everybody=2"),
        (["--answer", "1=5m", "--reason", "x"], "It is so already"),
    ],
)
def test_urgency_that_makes_no_sense_is_refused(cast: Cast, words: list[str], refusal: str) -> None:
    done = midway("urgency", *words)
    assert (done.exit_code, refusal in done.stderr) == (1, True), done.output
    assert not TriageChange.objects.exists()
