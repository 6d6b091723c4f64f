"""The running product, as a person starts it: `midway up` in a process of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

START_SECONDS = 120
SOURCE = Path(__file__).resolve().parent.parent / "src"


@dataclass
class RunningProduct:
    """One `midway up`: where it is and what it has said."""

    process: "subprocess.Popen[bytes]"
    data: Path
    port: int
    output: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def wait_until_ready(self) -> None:
        """Will wait for the line that says so, and raise with all that was said when it does not come."""
        deadline = time.monotonic() + START_SECONDS
        while "Ready in" not in self.said:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"midway up did not start:\n{self.said}")
            _look_again()

    def stop(self) -> int:
        """Will ask it to stop, as Ctrl-C does, and give its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def kill_everything(self) -> None:
        """Will kill the supervisor and every part with -9, in no order."""
        family = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        for member in family:
            _kill(member)
        self.process.wait(timeout=30)
        psutil.wait_procs(family, timeout=30)


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def start_product(data: Path, *options: str, port: int | None = None, **settings: str) -> RunningProduct:
    """Will start `midway up` on a data folder; `settings` are environment variables. Does not wait."""
    port = port or free_port()
    output = data.with_suffix(".out")
    environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
    environment |= {"PYTHONPATH": str(SOURCE), "MIDWAY_RATE_LIMITS": "off", **settings}
    with output.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "midway", "up", "--data", str(data), "--port", str(port), *options],
            stdout=sink,
            stderr=subprocess.STDOUT,
            env=environment,
        )
    return RunningProduct(process=process, data=data, port=port, output=output)


def state(product: RunningProduct) -> dict[str, Any]:
    """What the supervisor says of itself and its parts."""
    found: dict[str, Any] = json.loads((product.data / "run" / "state.json").read_text())
    return found


def database_address(product: RunningProduct) -> str:
    """Where the product's PostgreSQL listens."""
    return str(state(product)["parts"]["postgres"]["address"])


@contextmanager
def running_product(data: Path, *options: str, **settings: str) -> Iterator[RunningProduct]:
    """A product that is ready, stopped again afterwards whatever happens."""
    product = start_product(data, *options, **settings)
    try:
        product.wait_until_ready()
        yield product
    finally:
        try:
            product.stop()
        except subprocess.TimeoutExpired:
            product.kill_everything()


def _kill(member: psutil.Process) -> None:
    try:
        member.kill()
    except psutil.NoSuchProcess:
        return


def _look_again() -> None:
    # Waiting for another process to say something: there is no event to wait for but its output.
    time.sleep(0.05)
