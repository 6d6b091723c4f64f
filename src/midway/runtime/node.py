"""One web node behind Nginx: it opens its door when it can serve, and shuts it before it stops.

The server listens on a socket nobody knows. Once it answers and has its database, that socket gets the name Nginx
looks for: the door. To stop, the door's name is taken away first; whoever is inside is served to the end. A closed
door costs Nginx nothing, not even for a POST: nothing was sent yet, so it knocks at the other node.

Run as `python -m midway.runtime.node DOOR WORKERS`. It says READY=1 to systemd, so that restarting one node after
the other is a release without a failed request.
"""

import contextlib
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from midway.config.environment import SettingError, read_environment
from midway.runtime import process
from midway.runtime.problem import CannotRun

if TYPE_CHECKING:
    import subprocess

READY_SECONDS = 90
DRAIN_SECONDS = 25
STOP_SECONDS = 15
# What a node itself needs to serve. The worker's pulse is in /readyz too, and no reason to keep a node closed.
NEEDED = ("database", "migrations")
_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}


class Node:
    """The server and its door."""

    def __init__(self, door: Path, *, workers: int, hosts: tuple[str, ...]) -> None:
        self.door = door.absolute()
        self.inside = self.door.with_name(f".{self.door.stem}-{os.getpid()}")
        self._workers = workers
        self._host = next((one for one in hosts if not one.startswith((".", "*"))), "127.0.0.1")
        self._child: subprocess.Popen[bytes] | None = None

    def run(self) -> int:
        """Will serve until told to stop; the exit code."""
        self._child = process.start(
            [sys.executable, "-m", "midway.runtime.web", f"unix:{self.inside}", "0", str(self._workers)],
            env=os.environ,
            output=None,
        )
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)  # after the start: a child inherits what is blocked
        try:
            if not self._wait_until_ready():
                return 0
            self._open()
            self._wait_for_the_end()
            return 0
        finally:
            self._shut()
            process.stop(self._child, (signal.SIGTERM, STOP_SECONDS))
            self.inside.unlink(missing_ok=True)

    def _wait_until_ready(self) -> bool:
        deadline = time.monotonic() + READY_SECONDS
        why = "it does not answer"
        while time.monotonic() < deadline:
            why = what_is_missing(self.inside, self._host)
            if not why:
                return True
            if self._is_told_to_stop(0.05):
                return False
        raise CannotRun(f"This node is not ready after {READY_SECONDS} s: {why}")

    def _open(self) -> None:
        self.inside.chmod(0o660)
        self._number = self.inside.stat().st_ino
        self.inside.rename(self.door)
        _tell_systemd("READY=1")

    def _wait_for_the_end(self) -> None:
        while not self._is_told_to_stop(3600):
            pass

    def _is_told_to_stop(self, seconds: float) -> bool:
        """Will wait this long for the word. Raises `CannotRun` when the server ends by itself."""
        told = signal.sigtimedwait(_SIGNALS, seconds)
        assert self._child is not None
        if self._child.poll() is not None:
            raise CannotRun(f"The web server ended by itself with exit code {self._child.returncode}")
        return told is not None and told.si_signo != signal.SIGCHLD

    def _shut(self) -> None:
        _tell_systemd("STOPPING=1")
        with contextlib.suppress(FileNotFoundError):
            if self.door.stat().st_ino == getattr(self, "_number", None):  # not that of a node that came after us
                self.door.unlink()
        deadline = time.monotonic() + DRAIN_SECONDS
        while visitors_inside(self.inside) and time.monotonic() < deadline:
            time.sleep(0.05)


def what_is_missing(path: Path, host: str) -> str:
    """What keeps the server on this socket from serving; nothing when it may."""
    try:
        status, _ = _get(path, "/healthz", host)
        if status != 200:
            return f"/healthz answers {status}"
        _, told = _get(path, "/readyz", host)
    except (OSError, ValueError) as problem:
        return f"it does not answer ({type(problem).__name__})"
    checks = told.get("checks", {})  # none while it is closed for maintenance, which it says to everybody
    return "; ".join(f"{name} {checks[name]}" for name in NEEDED if checks.get(name, "ok") != "ok")


def visitors_inside(path: Path) -> int:
    """Connections to the socket that was made at this path, whatever it is called now."""
    try:
        rows = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    except OSError:
        return 0
    is_listening = "00010000"
    return sum(1 for row in rows if len(row) > 7 and row[7] == str(path) and row[3] != is_listening)


def _get(path: Path, address: str, host: str) -> tuple[int, dict[str, dict[str, str]]]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        request = f"GET {address} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        answer = b""
        while more := connection.recv(65536):
            answer += more
    head, _, body = answer.partition(b"\r\n\r\n")
    found = json.loads(body)
    return int(head.split()[1]), found if isinstance(found, dict) else {}


def _tell_systemd(word: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.connect("\0" + address[1:] if address.startswith("@") else address)
        line.sendall(word.encode())


def main(door: str, workers: str = "1") -> int:
    """Will run one node; the exit code."""
    try:
        hosts = read_environment().allowed_hosts
        return Node(Path(door), workers=int(workers), hosts=hosts).run()
    except (CannotRun, SettingError) as problem:
        print(f"midway: {problem}", file=sys.stderr, flush=True)  # noqa: T201 - the last word of a process
        return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
