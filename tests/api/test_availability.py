"""GET /availability."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from psycopg.types.range import Range
from tests.api.conftest import Program
from tests.cast import NOW, POSTCODE, TODAY, Cast, at, commit, make_cast, make_holiday

from midway.booking.queries import Offer, offered_times


def ask(program: Program, **query: Any) -> Any:
    return program.get("availability", {"service": "regular", "duration_minutes": 120, "postcode": POSTCODE, **query})


def test_days_come_with_their_times_and_how_many_could_come(cast: Cast, program: Program) -> None:
    answer = ask(program, **{"from": "2026-03-03", "days": 2})
    assert answer.status == 200
    assert answer.body["timezone"] == "America/New_York"
    assert [day["date"] for day in answer.body["days"]] == ["2026-03-03", "2026-03-04"]
    first = answer.body["days"][0]["slots"]
    assert first[0] == {"start": "2026-03-03T08:00:00-05:00", "end": "2026-03-03T10:00:00-05:00", "cleaners_free": 3}
    assert first[-1]["start"] == "2026-03-03T15:00:00-05:00"
    assert len(first) == 15


def moments_of(slot: dict[str, Any]) -> tuple[datetime, datetime, int]:
    return datetime.fromisoformat(slot["start"]), datetime.fromisoformat(slot["end"]), slot["cleaners_free"]


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Paris", "Australia/Lord_Howe"])
@pytest.mark.parametrize("first", [date(2026, 2, 20), date(2026, 3, 2), date(2026, 3, 25), date(2026, 8, 1)])
def test_the_answer_is_what_the_query_says(db: None, at_nine: None, program: Program, zone: str, first: date) -> None:
    cast = make_cast(zone=zone)
    commit(cleaner=cast.ana, during=Range(NOW + timedelta(hours=25), NOW + timedelta(hours=27)))
    make_holiday(branch=cast.branch, on=TODAY + timedelta(days=4))
    offer = Offer(cast.branch, cast.regular)
    cast.branch.horizon_days = 30
    cast.branch.save()
    answer = ask(program, **{"from": first.isoformat(), "days": 20})
    said = [(day["date"], [moments_of(slot) for slot in day["slots"]]) for day in answer.body["days"]]
    known = offered_times(offer=offer, duration=timedelta(minutes=120), first=first, days=20, now=NOW.astimezone(UTC))
    assert said == [(d.on.isoformat(), [(s.start, s.end, s.cleaners_free) for s in d.slots]) for d in known]
    assert any(slots for _, slots in said) == (first < date(2026, 8, 1))


def test_a_time_taken_is_not_offered(cast: Cast, program: Program) -> None:
    for cleaner in cast.cleaners:
        commit(cleaner=cleaner, during=Range(at("08:00", on=date(2026, 3, 3)), at("12:00", on=date(2026, 3, 3))))
    [day] = ask(program, **{"from": "2026-03-03", "days": 1}).body["days"]
    assert day["slots"][0]["start"] == "2026-03-03T12:00:00-05:00"


def test_two_cleaners_are_asked_for_together(cast: Cast, program: Program) -> None:
    commit(cleaner=cast.ana, during=Range(at("08:00", on=date(2026, 3, 3)), at("12:00", on=date(2026, 3, 3))))
    commit(cleaner=cast.ben, during=Range(at("08:00", on=date(2026, 3, 3)), at("10:00", on=date(2026, 3, 3))))
    [day] = ask(program, **{"from": "2026-03-03", "days": 1, "team_size": 2}).body["days"]
    assert day["slots"][0] == {
        "start": "2026-03-03T10:00:00-05:00", "end": "2026-03-03T12:00:00-05:00", "cleaners_free": 2,
    }  # fmt: skip


def test_without_a_day_it_begins_today_and_empty_parameters_count_as_none(cast: Cast, program: Program) -> None:
    answer = ask(program, **{"from": "", "postcode": ""})
    assert [answer.body["days"][0]["date"], len(answer.body["days"])] == ["2026-03-02", 14]
    starts = [slot["start"] for slot in answer.body["days"][0]["slots"]]
    assert starts[0] == "2026-03-02T09:00:00-05:00"


def test_far_from_today_there_is_nothing_and_no_error(cast: Cast, program: Program) -> None:
    for first in ("2000-01-01", "2099-12-20"):
        answer = ask(program, **{"from": first})
        assert answer.status == 200
        assert all(day["slots"] == [] for day in answer.body["days"])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"service": "windows"}, "service"),
        ({"service": ""}, "service"),
        ({"service": "a\u0000"}, "service"),
        ({"from": "tomorrow"}, "from"),
        ({"from": "9999-12-31"}, "from"),
        ({"from": "0001-01-01"}, "from"),
        ({"from": "2026-02-30"}, "from"),
        ({"days": "0"}, "days"),
        ({"days": "63"}, "days"),
        ({"days": "9" * 5000}, "days"),
        ({"duration_minutes": "x"}, "duration_minutes"),
        ({"team_size": "21"}, "team_size"),
        ({"postcode": "99999"}, "postcode"),
    ],
)
def test_what_does_not_fit_is_named(cast: Cast, program: Program, query: dict[str, str], field: str) -> None:
    answer = ask(program, **query)
    assert (answer.status, answer.kind) == (422, "application/problem+json")
    assert [e["field"] for e in answer.body["errors"]] == [field]


def test_a_calendar_nobody_has_written_is_said_to_be_our_fault(cast: Cast, program: Program) -> None:
    answer = ask(program, **{"from": (TODAY + timedelta(days=50)).isoformat()})
    assert answer.status == 503
    assert answer.headers["Retry-After"]


def test_a_change_in_the_office_is_seen_at_once(cast: Cast, program: Program) -> None:
    assert ask(program, days=1).body["days"][0]["slots"][0]["start"].endswith("09:00:00-05:00")
    cast.branch.notice_minutes = 120
    cast.branch.save()
    assert ask(program, days=1).body["days"][0]["slots"][0]["start"].endswith("11:00:00-05:00")


def test_times_are_moments_in_utc_too(cast: Cast, program: Program) -> None:
    [day] = ask(program, **{"from": "2026-03-09", "days": 1}).body["days"]
    assert datetime.fromisoformat(day["slots"][0]["start"]).astimezone(UTC) == at("08:00", on=date(2026, 3, 9))
    assert day["slots"][0]["start"].endswith("-04:00")


def test_an_answer_given_before_is_not_given_again_once_a_time_is_taken(cast: Cast, program: Program) -> None:
    def free_at_eight() -> int:
        slot = ask(program, **{"from": "2026-03-03", "days": 1}).body["days"][0]["slots"][0]
        return slot["cleaners_free"] if slot["start"] == "2026-03-03T08:00:00-05:00" else 0

    seen = [free_at_eight(), free_at_eight()]
    for cleaner in cast.cleaners:
        commit(cleaner=cleaner, during=Range(at("08:00", on=date(2026, 3, 3)), at("12:00", on=date(2026, 3, 3))))
        seen.append(free_at_eight())
    assert seen == [3, 3, 2, 1, 0]


def test_an_answer_given_before_moves_on_with_the_clock(cast: Cast, program: Program) -> None:
    first = ask(program, days=1).body["days"][0]["slots"][0]["start"]
    with time_machine.travel(NOW + timedelta(minutes=31), tick=False):
        later = ask(program, days=1).body["days"][0]["slots"][0]["start"]
    assert [first, later] == ["2026-03-02T09:00:00-05:00", "2026-03-02T10:00:00-05:00"]
