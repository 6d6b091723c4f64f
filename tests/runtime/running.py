"""A real `midway up` in a test: started, listened to, and never left behind."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from midway.runtime.process import Account, descendants, start

SOURCE = Path(__file__).resolve().parents[2] / "src"
PATIENCE_SECONDS = 120


class Running:
    """The process and what it has said so far."""

    def __init__(self, process: "subprocess.Popen[bytes]", data: Path, port: int) -> None:
        self.process = process
        self.data = data
        self.port = port
        self.output = ""
        self._heard = 0

    def until(self, words: str) -> None:
        """Will return when it has said this since the last call, and fail if it ends or stays silent."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while words not in self.output[self._heard :]:
            assert self._read(deadline), f"It ended without saying {words!r}:\n{self.output}"
        self._heard = self.output.index(words, self._heard) + len(words)

    def listen(self, seconds: float) -> None:
        """Will hear what it says within this time, if anything."""
        if select.select([self.process.stdout], [], [], seconds)[0]:
            self._read(time.monotonic() + seconds)

    def ended(self) -> int:
        """Its exit code, once it has ended by itself."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._read(deadline):
            pass
        return self.process.wait(timeout=PATIENCE_SECONDS)

    def state(self) -> dict[str, Any]:
        """What it says runs now."""
        found: dict[str, Any] = json.loads((self.data / "run" / "state.json").read_text())
        return found

    def pid(self, part: str) -> int:
        """The process of one part."""
        found: int = self.state()["parts"][part]["pid"]
        return found

    def everything(self) -> list[psutil.Process]:
        """It and all processes below it."""
        found = []
        for pid in [self.process.pid, *descendants(self.process.pid)]:
            with suppress(psutil.NoSuchProcess):  # a connection's backend may just have left
                found.append(psutil.Process(pid))
        return found

    def database_url(self) -> str:
        """Where its database is."""
        found: str = self.state()["parts"]["postgres"]["address"]
        return found

    def _read(self, deadline: float) -> bool:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"It said nothing more:\n{self.output}"
        more = os.read(self.process.stdout.fileno(), 65536)
        self.output += more.decode()
        return bool(more)


@contextmanager
def midway_up(
    data: Path,
    port: int,
    *options: str,
    account: Account | None = None,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """`midway up` on this data folder, stopped at the end if it still runs. No demo company unless asked for."""
    child = start(
        [sys.executable, "-m", "midway", "up", "--empty", "--port", str(port), "--data", str(data), *options],
        env=outside(environ),
        output=subprocess.PIPE,
        account=account,
        needs=[Path(sys.executable).resolve(), SOURCE / "midway" / "__init__.py", data],
    )
    running = Running(child, data, port)
    try:
        yield running
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
        left = running.ended()
        assert child.stdout is not None
        child.stdout.close()
        assert left in {0, 1, -signal.SIGKILL}, running.output


def run_midway(*words: str, environ: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """A command that ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", "midway", *words],
        env=outside(environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def outside(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of somebody who has set nothing but this."""
    ours = ("DATABASE_URL", "REDIS_URL", "MIDWAY_", "DJANGO_", "EMAIL_URL", "PYTEST")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**plain, "PYTHONPATH": str(SOURCE), **(environ or {})}
