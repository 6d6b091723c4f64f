"""What booking does by itself."""

from midway.booking import actions
from midway.booking.actions.ask_for_ratings import ask_for_ratings as ask_whom_we_cleaned_for
from midway.booking.actions.remind_customers import remind_customers as remind_whoever_is_due
from midway.runtime.clock import now


def expire_holds() -> None:
    """Will release slots whose customers went away."""
    actions.expire_holds(now=now())


def top_up_plans() -> None:
    """Will keep every recurring plan's visits a year ahead."""
    actions.top_up_plans(now=now())


def remind_customers() -> None:
    """Will remind customers of visits in a week and tomorrow."""
    remind_whoever_is_due(now=now())


def ask_for_ratings() -> None:
    """Will ask customers how their last visit was."""
    ask_whom_we_cleaned_for(now=now())
