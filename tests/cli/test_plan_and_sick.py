"""`midway plan` and `midway sick`: what they print and answer."""

import json
from datetime import timedelta

import pytest
import time_machine
from click.testing import CliRunner, Result
from tests.cast import NOW, TODAY, Cast, at, make_cast, make_visit
from tests.dispatch.days import crossed_day

from midway.booking.models import Visit
from midway.cli import main
from midway.core.visit_states import VisitState
from midway.crew.models import Absence
from midway.dispatch.models import DayPlan
from midway.journal import actions as journal
from midway.journal.models import Entry

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
    assert "drives: straight line × 1.35 at 30 km/h" in done.stdout
    assert DayPlan.objects.get().state == DayPlan.State.PUBLISHED


@pytest.mark.parametrize(
    "words", [("plan", "2026-03-01"), ("plan", "2026-03-03", "--branch", "nowhere"), ("sick", "Zoe", "2026-03-03")]
)
def test_what_cannot_be_done_is_said_and_ends_with_1(cast: Cast, words: tuple[str, ...]) -> None:
    done = midway(*words)

    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1].startswith("midway: ")


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
@pytest.mark.parametrize("words", ["plan {}", "sick Ana {}", "snow {} 50"])
def test_the_ends_of_the_calendar_are_no_day(words: str, day: str) -> None:
    done = midway(*words.format(day).split())

    assert done.exit_code == 2
    assert "no day on which anybody works" in done.stderr


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


def test_sick_names_whoever_was_put_off_the_last_time_too(cast: Cast) -> None:
    for visit in Visit.objects.all():
        make_visit(
            premises=visit.premises, price_list=cast.price_list, service=cast.regular,
            start=at("10:00", on=TODAY - timedelta(days=7)), state=VisitState.BUMPED,
        )  # fmt: skip

    done = midway("sick", "Ana", "2026-03-03")

    assert done.exit_code == 0, done.output
    assert "put off last time too: Home " in done.stdout


def test_a_plan_that_another_replaced_meanwhile_is_said_and_ends_with_1(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def replace_it(entry: Entry) -> None:
        DayPlan.objects.filter(code=entry.subject).update(state=DayPlan.State.REPLACED)

    monkeypatch.setitem(journal._handlers, "dispatch.plan.proposed", [replace_it])
    done = midway("plan", "2026-03-03", "--publish")

    assert done.exit_code == 1
    assert "This plan was published, replaced or laid aside already." in done.stderr


def test_late_van_and_snow_rank_three_ways_each(cast: Cast) -> None:
    visit = Visit.objects.order_by("pk").first()
    assert visit is not None

    late = midway("late", str(visit.code), "45", "--json")
    van = midway("van", "Ana", "2026-03-03", "13:00", "--json")
    snow = midway("snow", "2026-03-03", "60", "--branch", cast.branch.code, "--publish", "--json")

    for done, kind in ((late, "late"), (van, "van"), (snow, "snow")):
        assert done.exit_code == 0, done.output
        report = json.loads(done.stdout)
        assert (report["kind"], report["date"]) == (kind, "2026-03-03")
        assert [one["rank"] for one in report["alternatives"]] == [1, 2, 3]
    assert json.loads(late.stdout)["minutes"] == 45
    assert json.loads(van.stdout)["until"] == "2026-03-03T13:00:00-05:00"
    assert report["published"] == report["alternatives"][0]["plan"]


@pytest.mark.parametrize(
    "words",
    [
        ("late", "9f1b7f0e-2f0b-4c55-9a5b-6f2f7c1f6e02", "30"),
        ("van", "Zoe", "2026-03-03", "13:00"),
        ("van", "Ana", "2026-03-02", "08:00"),
        ("snow", "2026-02-27", "60"),
    ],
)
def test_trouble_that_cannot_be_is_said_and_ends_with_1(cast: Cast, words: tuple[str, ...]) -> None:
    done = midway(*words)

    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1].startswith("midway: ")
