"""Roads built from a map, read by Valhalla's library: minutes between many points, without a server.

Each question is a process of its own (decision 41): compiled code that crashes or hangs on a damaged file takes no
worker with it, and its memory is given back with the answer.
"""

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from midway.core.routing.travel import Point
from midway.dispatch.gateways.osrm import RouterAway, minutes_of
from midway.runtime.built_roads import RoadsFolder, RoadsUnreadable, is_installed

LEAST_SECONDS = 30.0
SECONDS_A_SEARCH = 1.0
"""A search over a whole town of 80,000 streets takes a fifteenth of that."""


@dataclass(frozen=True)
class Valhalla:
    """The roads of this folder."""

    folder: RoadsFolder
    command: tuple[str, ...] = (sys.executable, "-m", "midway.dispatch.gateways.valhalla_child")
    least_seconds: float = LEAST_SECONDS

    def table(self, sources: Sequence[Point], targets: Sequence[Point]) -> list[list[float]]:
        """Will ask for all of it at once. Raises `RouterAway` where the roads cannot be read or take too long."""
        if not sources or not targets:
            return [[] for _ in sources]
        try:
            built = self.folder.built()
            if built is None:
                raise RouterAway("no roads are built")
            built.make_sure_it_is_there()
        except RoadsUnreadable as problem:
            raise RouterAway(f"the built roads cannot be used ({problem})") from problem
        if not is_installed():
            raise RouterAway("the built roads cannot be used (the extra roads is not installed)")
        return self._ask(built.tiles, sources, targets)

    def make_sure_it_reads(self, tiles: Path) -> None:
        """Will have the library open a file, before it is put in force. Raises `RouterAway`."""
        self._ask(tiles, [], [])

    def _ask(self, tiles: Path, sources: Sequence[Point], targets: Sequence[Point]) -> list[list[float]]:
        seconds = self.least_seconds + SECONDS_A_SEARCH * min(len(sources), len(targets))
        with tempfile.TemporaryDirectory(prefix="midway-roads-") as scratch:
            asked = {"tiles": str(tiles.absolute()), "scratch": scratch, "seconds": seconds,
                     "sources": _pairs(sources), "targets": _pairs(targets)}  # fmt: skip
            answer = self._answer(json.dumps(asked), seconds)
        if "problem" in answer:
            raise RouterAway(f"the built roads did not answer ({str(answer['problem'])[:80]})")
        return minutes_of(answer.get("durations"), len(sources), len(targets))

    def _answer(self, asked: str, seconds: float) -> dict[str, object]:
        try:
            done = subprocess.run(  # noqa: S603 - ourselves
                self.command, input=asked, capture_output=True, text=True, check=False, timeout=seconds
            )
        except subprocess.TimeoutExpired as problem:
            raise RouterAway(f"the built roads did not answer within {seconds:.0f} s") from problem
        except OSError as problem:
            raise RouterAway(f"the built roads could not be asked ({type(problem).__name__})") from problem
        if done.returncode:
            raise RouterAway(f"the built roads did not answer (their reader ended with {ending(done.returncode)})")
        try:
            answer = json.loads(done.stdout)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise RouterAway("the built roads answered nonsense")
        return answer


def ending(code: int) -> str:
    """An exit code, or the signal's name."""
    return signal.Signals(-code).name if code < 0 else f"code {code}"


def _pairs(points: Sequence[Point]) -> list[tuple[float, float]]:
    return [(round(point.latitude, 6), round(point.longitude, 6)) for point in points]
