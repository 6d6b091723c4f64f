"""Every state of a visit says what it means for the calendar and the customer."""

from midway.core.visit_states import CALLED_OFF, EARNS_REVENUE, OCCUPIES_CALENDAR, STILL_TO_COME, VisitState


def test_a_visit_is_either_called_off_or_on_the_calendar() -> None:
    assert frozenset(VisitState) == CALLED_OFF | OCCUPIES_CALENDAR
    assert not CALLED_OFF & OCCUPIES_CALENDAR


def test_only_what_is_on_the_calendar_is_still_to_come_or_earns() -> None:
    assert STILL_TO_COME < OCCUPIES_CALENDAR
    assert EARNS_REVENUE < OCCUPIES_CALENDAR
