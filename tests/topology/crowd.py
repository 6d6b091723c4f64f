"""A crowd that books without a pause, whatever happens to the database, and remembers what it was told."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

PATIENCE_SECONDS = 150
LAST_ANSWER_SECONDS = 150  # the last answer may need a failover too


@dataclass
class Memory:
    """What was acknowledged, when and by whom; and what else was answered."""

    acknowledged: list[tuple[str, float, str]] = field(default_factory=list)
    answers: "Counter[str]" = field(default_factory=Counter)

    def outage(self, since: float) -> float:
        """The longest time without a yes, from the last yes before the fault to the first after it."""
        before = [at for _, at, _ in self.acknowledged if at < since]
        times = sorted([max(before, default=since), *(at for _, at, _ in self.acknowledged if at >= since)])
        return max((later - earlier for earlier, later in pairwise(times)), default=0.0)

    def host_after(self, since: float, host: str) -> list[float]:
        """When that host said yes after that moment."""
        return [at for _, at, told_by in self.acknowledged if at > since and told_by == host]


class Crowd:
    """Several of them while the block runs; each wants times that others want as well."""

    def __init__(self, people: int = 3) -> None:
        self.memory = Memory()
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._book, args=(number,), daemon=True) for number in range(people)]

    def __enter__(self) -> Memory:
        for thread in self._threads:
            thread.start()
        return self.memory

    def __exit__(self, *problem: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=LAST_ANSWER_SECONDS)
        assert not any(thread.is_alive() for thread in self._threads), "somebody waits for an answer for ever"

    def wait_for(self, bookings: int) -> None:
        """Will return when so many more were acknowledged."""
        goal = len(self.memory.acknowledged) + bookings
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self.memory.acknowledged) < goal:
            assert time.monotonic() < deadline, f"nobody can book any more: {self.memory.answers}"
            time.sleep(0.02)

    def _book(self, number: int) -> None:
        raise NotImplementedError
