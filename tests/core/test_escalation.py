from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from midway.core.escalation import AT_MOST, ROUNDS, WITHIN, Called, may_be_called, next_to_call

START = datetime(2026, 3, 2, 3, tzinfo=UTC)
FIVE = timedelta(minutes=5)


def call_all_night(ladder: list[int], *, minutes: int = 600, answer_within: timedelta = FIVE) -> list[Called]:
    """Nobody ever answers."""
    calls: list[Called] = []
    for minute in range(minutes):
        now = START + timedelta(minutes=minute)
        person = next_to_call(ladder, calls, answer_within=answer_within, now=now)
        if person is not None:
            calls.append(Called(person, now))
    return calls


def test_the_next_is_called_when_the_time_to_answer_is_over() -> None:
    calls = call_all_night([7, 8, 9], minutes=12)
    assert [(one.person, one.at - START) for one in calls] == [(7, 0 * FIVE), (8, FIVE), (9, 2 * FIVE)]


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6, unique=True), st.integers(1, 40))
def test_everybody_is_called_equally_often_and_then_it_ends(ladder: list[int], minutes: int) -> None:
    within = timedelta(minutes=minutes)
    calls = call_all_night(ladder, minutes=minutes * ROUNDS * len(ladder) + 5, answer_within=within)
    assert Counter(one.person for one in calls) == dict.fromkeys(ladder, ROUNDS)
    assert [one.person for one in calls[: len(ladder)]] == ladder
    assert all(later.at - sooner.at == within for sooner, later in pairwise(calls))


@given(st.lists(st.integers(1, 9), min_size=2, max_size=6, unique=True), st.integers(10, 19))
def test_who_joins_the_ladder_meanwhile_is_the_next(ladder: list[int], stranger: int) -> None:
    calls = [Called(ladder[0], START)]
    assert next_to_call([stranger, *ladder], calls, answer_within=FIVE, now=START + FIVE) == stranger


def test_where_nobody_is_called_nobody_is() -> None:
    assert next_to_call([1], [], answer_within=None, now=START) is None
    assert next_to_call([], [], answer_within=FIVE, now=START) is None


@given(st.lists(st.integers(0, 120), max_size=40))
def test_nobody_is_sent_more_than_two_messages_in_a_quarter_of_an_hour(minutes: list[int]) -> None:
    calls: list[Called] = []
    for minute in sorted(minutes):
        now = START + timedelta(minutes=minute)
        if may_be_called(1, calls, now=now):
            calls.append(Called(1, now))
    for one in calls:
        assert sum(one.at - WITHIN < other.at <= one.at for other in calls) <= AT_MOST
    assert may_be_called(2, calls, now=START)
