"""What the law makes of a crew's day."""

from hypothesis import given
from hypothesis import strategies as st
from tests.core.routing.days import LUNCH, crew

from midway.core.routing.rules import DAY, Around, RestRules, under_rules

RULES = RestRules()


def test_lunch_becomes_the_break_the_law_demands() -> None:
    lawful = under_rules(crew("a", 0), RULES)
    assert [rule.is_law for rule in lawful.breaks] == [True]
    assert (lawful.breaks[0].opens, lawful.breaks[0].closes) == (690, 840)
    assert lawful.latest_end == 480 + RULES.day_minutes


def test_a_day_without_lunch_gets_a_break_and_a_short_one_does_not() -> None:
    assert [rule.minutes for rule in under_rules(crew("a", 0, breaks=()), RULES).breaks] == [30]
    short = crew("a", 0, breaks=(), closes=720, overtime_at_most=0)
    assert under_rules(short, RULES).breaks == ()


def test_whoever_worked_late_begins_later_and_stops_in_time_for_tomorrow() -> None:
    night = under_rules(crew("a", 0), RULES, Around(ended_before=23 * 60 - DAY, begins_after=DAY + 5 * 60))
    assert night.opens == 10 * 60
    assert night.latest_end == 18 * 60


@given(opens=st.integers(0, 900), length=st.integers(60, 700), late=st.integers(0, 300))
def test_no_stretch_without_a_break_is_longer_than_the_rules_allow(opens: int, length: int, late: int) -> None:
    day = under_rules(crew("a", 0, opens=opens, closes=opens + length, overtime_at_most=late, breaks=(LUNCH,)), RULES)
    if day.latest_end - day.opens > RULES.work_before_break:
        lawful = [rule for rule in day.breaks if rule.is_law]
        assert len(lawful) == 1
        assert lawful[0].closes - day.opens <= RULES.work_before_break
        assert day.latest_end - (lawful[0].opens + lawful[0].minutes) <= RULES.work_before_break
