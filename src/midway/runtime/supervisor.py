"""Starts the parts in order, keeps them running, and stops them in reverse. Light: it stays in memory all day."""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import Self

from midway.runtime import process
from midway.runtime.problem import CannotRun

FIRST_DELAY_SECONDS = 0.2
LONGEST_DELAY_SECONDS = 30.0
STEADY_SECONDS = 60.0  # a part that ran this long starts again with the first delay

Signals = Sequence[tuple[signal.Signals, float]]


class StopAsked(Exception):
    """Somebody asked us to stop while we were still starting."""


@dataclass
class Part:
    """One child we keep running. `start` returns when it is ready and raises `CannotRun` when it will not be."""

    name: str
    title: str
    start: Callable[[], "subprocess.Popen[bytes]"]
    stop_signals: Signals
    address: str = ""
    child: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    restarts: int = 0
    failures: int = 0
    due: float | None = field(default=None)


class Supervisor:
    """Owns the signals while it is entered; on exit everything it started is stopped in reverse order."""

    def __init__(self, *, say: Callable[[str], None], changed: Callable[[], None]) -> None:
        self.parts: list[Part] = []
        self._say = say
        self._changed = changed
        self._asked = ""
        self._wake = selectors.DefaultSelector()
        self._former_handlers: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._wake.register(self._reader, selectors.EVENT_READ)
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(one, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_all()
        signal.set_wakeup_fd(-1)
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(one, signal.SIG_DFL)
        self._wake.close()
        os.close(self._reader)
        os.close(self._writer)

    def check(self) -> None:
        """Will raise `StopAsked` once a stop was asked for. Called from every wait while starting."""
        if self._asked:
            raise StopAsked

    def start(self, part: Part) -> None:
        """Will start a part for the first time and say how long it took."""
        self.check()
        with self.step(part.title):
            part.child = part.start()
            part.started = time.monotonic()
            self.parts.append(part)
            self._changed()

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Will print one progress line when the work inside is done."""
        began = time.monotonic()
        yield
        self._say(f"  ✓ {title:<52} {time.monotonic() - began:5.1f} s")

    def run_to_end(self, child: "subprocess.Popen[bytes]", heard: Callable[[str], None]) -> int:
        """Will pass on each line a short-lived child prints, and return its exit code. A stop ends it."""
        assert child.stdout is not None
        rest = b""
        with selectors.DefaultSelector() as either:
            either.register(child.stdout, selectors.EVENT_READ)
            either.register(self._reader, selectors.EVENT_READ)
            while True:
                if self._asked:
                    process.stop(child, (signal.SIGTERM, 10))
                    raise StopAsked
                ready = [key.fileobj for key, _ in either.select()]
                if self._reader in ready:
                    self._drain()
                if child.stdout in ready:
                    more = os.read(child.stdout.fileno(), 65536)
                    if not more:
                        break
                    *lines, rest = (rest + more).split(b"\n")
                    for line in lines:
                        heard(line.decode(errors="replace"))
        child.stdout.close()
        return child.wait()

    def watch(self) -> None:
        """Will keep every part running until a stop is asked for."""
        while not self._asked:
            for part in self.parts:
                self._look_after(part)
            due = [part.due for part in self.parts if part.due is not None]
            self._wake.select(max(0.0, min(due) - time.monotonic()) if due else None)
            self._drain()

    def stop_all(self) -> None:
        """Will stop what runs, last started first."""
        for part in reversed(self.parts):
            if part.child is not None and part.child.poll() is None:
                began = time.monotonic()
                process.stop(part.child, *part.stop_signals)
                self._say(f"  ✓ {part.name} stopped {' ' * (44 - len(part.name))} {time.monotonic() - began:5.1f} s")
            part.child = None
        self.parts.clear()

    def _look_after(self, part: Part) -> None:
        if part.child is not None and part.child.poll() is not None:
            if time.monotonic() - part.started > STEADY_SECONDS:
                part.failures = 0
            self._put_off(part, f"{part.name} (process {part.child.pid}) {_how_it_ended(part.child.returncode)}")
        if part.due is not None and part.due <= time.monotonic():
            self._start_again(part)

    def _start_again(self, part: Part) -> None:
        part.due = None
        try:
            part.child = part.start()
        except StopAsked:
            return
        except CannotRun as problem:
            self._put_off(part, str(problem))
            return
        part.started = time.monotonic()
        part.restarts += 1
        self._changed()
        self._say(f"  ✓ {part.name} runs again (process {part.child.pid})")

    def _put_off(self, part: Part, what: str) -> None:
        part.child = None
        delay = min(FIRST_DELAY_SECONDS * 2**part.failures, LONGEST_DELAY_SECONDS)
        part.failures += 1
        part.due = time.monotonic() + delay
        self._changed()
        self._say(f"  ! {what}; starting it again in {delay:.1f} s")

    def _note(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            self._asked = signal.Signals(number).name

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(self._reader, 4096):
                pass


def _how_it_ended(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended by itself with exit code {code}"
