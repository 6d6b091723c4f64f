"""What booking does by itself."""

from midway.booking import actions
from midway.runtime.clock import now


def expire_holds() -> None:
    """Will release slots whose customers went away."""
    actions.expire_holds(now=now())


def take_effect() -> None:
    """Will bring policies and prices into force whose day has come."""
    actions.follow_policies(now=now())
    actions.take_over_prices(now=now())


def top_up_plans() -> None:
    """Will keep every recurring plan's visits a year ahead."""
    actions.top_up_plans(now=now())
