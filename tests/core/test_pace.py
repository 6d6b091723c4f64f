"""Learning how long a home takes: the laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midway.core.pace import (
    LEAST_DIFFERENCE_PERCENT,
    LEAST_VISITS,
    LOOKED_AT,
    QUICKEST_PERCENT,
    SLOWEST_PERCENT,
    STEP_PERCENT,
    PaceSuggestion,
    TimedVisit,
    labour_minutes,
    suggested_pace,
)
from midway.core.pricing import team_minutes

VISITS = st.builds(TimedVisit, planned_minutes=st.integers(15, 600), labour_minutes=st.integers(1, 1500))


@given(st.lists(VISITS, max_size=12), st.integers(50, 300))
def test_a_suggestion_is_plausible_and_worth_a_decision(visits: list[TimedVisit], present: int) -> None:
    found = suggested_pace(visits, present_percent=present)
    if found is None:
        return
    assert QUICKEST_PERCENT <= found.percent <= SLOWEST_PERCENT
    assert abs(found.percent - present) >= LEAST_DIFFERENCE_PERCENT
    assert LEAST_VISITS <= found.visits == min(len(visits), LOOKED_AT)
    least, most = min(v.percent for v in visits), max(v.percent for v in visits)
    inside = min(max(least, QUICKEST_PERCENT), SLOWEST_PERCENT) - STEP_PERCENT <= found.percent
    assert inside
    assert found.percent <= max(min(most, SLOWEST_PERCENT), QUICKEST_PERCENT) + STEP_PERCENT


@given(st.lists(VISITS, min_size=3, max_size=LOOKED_AT), st.data())
def test_the_order_of_the_visits_that_count_changes_nothing(visits: list[TimedVisit], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(visits))
    assert suggested_pace(visits, present_percent=100) == suggested_pace(shuffled, present_percent=100)


@given(st.integers(60, 240), st.integers(2, 8), st.lists(VISITS, max_size=3), st.integers(50, 300))
def test_a_few_wild_days_do_not_move_it(usual: int, steady: int, wild: list[TimedVisit], present: int) -> None:
    same = [TimedVisit(100, usual)] * (len(wild) + steady)
    without = suggested_pace(same[:LOOKED_AT], present_percent=present)
    found = suggested_pace([*wild, *same], present_percent=present)
    assert (found and found.percent) == (without and without.percent)


@pytest.mark.parametrize(
    ("took", "present", "percent"),
    [((120, 125, 130), 100, 125), ((120, 125, 130), 120, None), ((120, 130), 100, None), ((90, 90, 300, 90), 100, 90)],
)
def test_examples(took: tuple[int, ...], present: int, percent: int | None) -> None:
    found = suggested_pace([TimedVisit(100, minutes) for minutes in took], present_percent=present)
    assert found == (None if percent is None else PaceSuggestion(percent, len(took)))


def test_only_the_latest_count() -> None:
    visits = [TimedVisit(100, 150)] * LOOKED_AT + [TimedVisit(100, 50)] * 20
    assert suggested_pace(visits, present_percent=100) == PaceSuggestion(150, LOOKED_AT)


@given(st.integers(15, 600).map(lambda n: n // 15 * 15), st.integers(1, 6), st.integers(0, 40))
def test_minutes_of_work_are_what_pricing_makes_of_them(clock: int, people: int, loss: int) -> None:
    labour = labour_minutes(clock, people=people, loss_percent=loss)
    assert team_minutes(labour, people, loss) == clock
