"""Rounds of procedures in a process of their own: what a round loads goes with it, and it takes no worker along."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from midway.ops.backup.child import run_midway

LONGEST_ROUND = timedelta(hours=2)
LONGEST_REST = timedelta(hours=1)
"""So long at most nobody asks again, whatever the last round said."""


@dataclass
class Rounds:
    """Begins a round when one is due. The last one said when that will be."""

    environ: Callable[[], Mapping[str, str]]
    clock: Callable[[], datetime]
    next_at: datetime | None = None

    def __call__(self) -> None:
        """Will measure what is due. Raises `ChildFailed`."""
        if self.next_at is not None and self.clock() < self.next_at:
            return
        said = run_midway("ops", "keep", "--json", environ=self.environ(), seconds=LONGEST_ROUND.total_seconds())
        self.next_at = min(datetime.fromisoformat(json.loads(said)["next_at"]), self.clock() + LONGEST_REST)
