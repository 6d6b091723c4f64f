from datetime import timedelta
from json import dumps, loads

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midway.core.triage import (
    CLOCKS,
    TABLE,
    Clock,
    Impact,
    Priority,
    Severity,
    Triage,
    assessed,
    triage_from,
)


def test_the_table_answers_for_everything() -> None:
    assert set(TABLE) == set(Severity)
    assert all(set(row) == set(Impact) for row in TABLE.values())
    assert set(CLOCKS) == set(Priority)


def test_worse_or_wider_is_never_less_urgent() -> None:
    for row in TABLE.values():
        assert sorted(row.values()) == [row[impact] for impact in Impact]
    for impact in Impact:
        column = [TABLE[severity][impact] for severity in Severity]
        assert sorted(column) == column


def test_the_two_highest_have_five_and_thirty_minutes_and_the_others_call_nobody() -> None:
    within = [CLOCKS[priority].answer_within for priority in Priority]
    assert within == [timedelta(minutes=5), timedelta(minutes=30), None, None]


def test_a_stopped_database_comes_first_and_an_unknown_part_is_broken_for_some() -> None:
    assert Triage().priority_of(*assessed("postgres")) is Priority.ONE
    assert assessed("no-such-part") == (Severity.BROKEN, Impact.SOME)


cells = st.fixed_dictionaries(
    {one: st.fixed_dictionaries({to: st.sampled_from(Priority) for to in Impact}) for one in Severity}
)
times = st.one_of(st.none(), st.integers(10, 86400).map(lambda n: Clock(timedelta(seconds=n))))
triages = st.builds(
    Triage, table=cells, clocks=st.fixed_dictionaries({one: times.map(lambda n: n or Clock(None)) for one in Priority})
)


@given(triages)
def test_what_is_kept_comes_back_as_it_was(one: Triage) -> None:
    assert triage_from(loads(dumps(one.as_json()))) == one


@given(triages)
def test_in_order_means_worse_or_wider_is_never_less_urgent(one: Triage) -> None:
    places = [(worse, wider) for worse in range(3) for wider in range(3)]
    at = {(a, b): one.table[list(Severity)[a]][list(Impact)[b]] for a, b in places}
    crossed = any(at[x] > at[y] for x in places for y in places if x[0] <= y[0] and x[1] <= y[1])
    assert one.is_in_order is not crossed


@given(triages)
def test_calls_in_order_means_the_first_calls_and_nobody_below_has_less_time(one: Triage) -> None:
    never = timedelta.max
    given_times = [one.answer_within(priority) or never for priority in Priority]
    assert one.calls_in_order is (given_times[0] is not never and given_times == sorted(given_times))


def test_what_is_none_of_ours_is_not_read() -> None:
    said = Triage().as_json()
    with pytest.raises(ValueError, match="9"):
        triage_from({**said, "table": {**said["table"], "stopped": {"everybody": 9, "some": 1, "nobody": 1}}})
    with pytest.raises(KeyError):
        triage_from({"table": said["table"], "answer_seconds": {}})


def test_minutes_are_said_as_people_say_them() -> None:
    assert [Clock(timedelta(seconds=n)).minutes for n in (300, 90, 10)] == [5, 1.5, 0.17]
    assert Clock(None).minutes is None
