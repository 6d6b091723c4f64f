"""What privacy does by itself."""

from midway.privacy import actions
from midway.runtime.clock import now


def apply_retention() -> None:
    """Will clear what has been kept long enough."""
    actions.apply_retention(now=now())
