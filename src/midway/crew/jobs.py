"""What the crew's calendar does by itself."""

from midway.crew import actions
from midway.runtime.clock import now


def extend_calendars() -> None:
    """Will write the calendar days that have come within reach."""
    actions.extend_calendars(now=now())


def end_sign_ins() -> None:
    """Will let nobody in who no longer works here."""
    actions.end_sign_ins(now=now())
