"""`midway plan` and `midway sick`: what they print and answer."""

import json

import pytest
import time_machine
from click.testing import CliRunner, Result
from tests.cast import NOW, Cast, make_cast
from tests.dispatch.days import crossed_day

from midway.cli import main
from midway.crew.models import Absence
from midway.dispatch.models import DayPlan

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    made = make_cast()
    crossed_day(made)
    return made


def midway(*words: str) -> Result:
    with time_machine.travel(NOW, tick=True):
        return CliRunner().invoke(main, [*words, "--seconds", "0.3"])


def test_plan_prints_the_contract(cast: Cast) -> None:
    done = midway("plan", "2026-03-03", "--branch", cast.branch.code, "--seed", "3", "--json")

    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["date"] == "2026-03-03"
    assert report["cost_after"] < report["cost_before"]
    assert report["drive_minutes_after"] < report["drive_minutes_before"]
    assert report["unserved"] == []
    assert {"visit", "from", "to"} <= report["moved"][0].keys()
    stops = [stop for route in report["routes"] for stop in route["stops"]]
    assert len(stops) == 4
    assert stops[0]["start"].endswith("-05:00")
    assert {route["cleaner"] for route in report["routes"]} <= {str(c.code) for c in cast.cleaners}
    assert DayPlan.objects.get().state == DayPlan.State.PROPOSED


def test_plan_publishes_when_asked(cast: Cast) -> None:
    done = midway("plan", "2026-03-03", "--publish")

    assert done.exit_code == 0, done.output
    assert "Published." in done.stdout
    assert DayPlan.objects.get().state == DayPlan.State.PUBLISHED


@pytest.mark.parametrize(
    "words", [("plan", "2026-03-01"), ("plan", "2026-03-03", "--branch", "nowhere"), ("sick", "Zoe", "2026-03-03")]
)
def test_what_cannot_be_done_is_said_and_ends_with_1(cast: Cast, words: tuple[str, ...]) -> None:
    done = midway(*words)

    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1].startswith("midway: ")


def test_sick_records_the_absence_and_ranks_three_ways(cast: Cast) -> None:
    done = midway("sick", "Ana", "2026-03-03", "--publish", "--json")

    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert str(Absence.objects.get().code) == report["absence"]
    assert len(report["visits"]) == 2
    assert [one["rank"] for one in report["alternatives"]] == [1, 2, 3]
    assert report["published"] == report["alternatives"][0]["plan"]
    again = midway("sick", str(cast.ana.code), "2026-03-03")
    assert again.exit_code == 1
    assert "away already" in again.stderr
