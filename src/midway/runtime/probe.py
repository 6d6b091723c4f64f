"""Asks each part whether it serves, the way a client would."""

import contextlib
import socket
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from midway.config.environment import read_environment
from midway.config.redis_address import redis_client
from midway.runtime import process
from midway.runtime.folder import DataFolder, Hold
from midway.runtime.redis import answers


@dataclass(frozen=True)
class PartStatus:
    """One part as it is at this moment. `ready` is nothing where it could not be asked."""

    name: str
    pid: int | None
    title: str
    address: str
    ready: bool | None
    restarts: int
    memory_bytes: int | None
    took_ms: float | None


@dataclass(frozen=True)
class Status:
    """Everything on one data folder."""

    running: bool
    data: str
    pid: int | None
    since: str | None
    address: str | None
    memory_bytes: int | None
    parts: list[PartStatus]

    def as_json(self) -> dict[str, Any]:
        """The shape `midway status --json` prints."""
        return asdict(self)


def web_answers(host: str, port: int, allowed_hosts: Sequence[str] = ()) -> bool:
    """Whether GET /healthz is answered with anything but a failure."""
    name = next((one for one in allowed_hosts if not one.startswith((".", "*"))), "127.0.0.1")
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    request = f"GET /healthz HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode()
    with contextlib.suppress(OSError), socket.create_connection((target, port), timeout=5) as connection:
        connection.sendall(request)
        words = connection.recv(64).split()
        return len(words) > 1 and words[1].isdigit() and int(words[1]) < 500
    return False


def database_answers(url: str) -> bool:
    """Whether the database takes a connection and a statement."""
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.Error:
        return False


def status(folder: DataFolder) -> Status:
    """What runs on this data folder, each part asked now."""
    state = folder.state()
    pid = state.get("pid")
    running = bool(state) and not Hold(folder).is_free() and isinstance(pid, int) and process.is_alive(pid)
    if not running:
        return Status(False, str(folder.path), None, None, None, None, [])
    parts = [_ask(name, facts, state) for name, facts in state["parts"].items()]
    return Status(
        running=True,
        data=str(folder.path),
        pid=pid,
        since=state["since"],
        address=state["address"],
        memory_bytes=process.proportional_memory(state["pid"]),
        parts=parts,
    )


def _ask(name: str, facts: dict[str, Any], state: dict[str, Any]) -> PartStatus:
    pid: int | None = facts["pid"]
    began = time.monotonic()
    ready = _is_ready(name, facts, state)
    return PartStatus(
        name=name,
        pid=pid,
        title=facts["title"],
        address=facts["address"],
        ready=ready,
        restarts=facts["restarts"],
        memory_bytes=process.proportional_memory(pid) if pid else None,
        took_ms=None if ready is None else round((time.monotonic() - began) * 1000, 1),
    )


def _external_answers(name: str) -> bool | None:
    """The state file keeps no passwords, so an external part can be asked only where its address is set."""
    environment = read_environment()
    if name == "postgres" and environment.database_url:
        return database_answers(environment.database_url)
    if name == "redis" and environment.redis_url:
        return redis_answers(environment.redis_url)
    return None


def redis_answers(url: str) -> bool:
    """Whether the Redis at this address takes a write."""
    import redis

    try:
        client = redis_client(url, socket_connect_timeout=3, socket_timeout=3)
        client.set("midway:probe", "1", ex=60)
        client.close()
    except (redis.RedisError, ValueError, OSError):
        return False
    return True


def _is_ready(name: str, facts: dict[str, Any], state: dict[str, Any]) -> bool | None:
    if facts["title"] == "external":
        return _external_answers(name)
    if facts["pid"] is None or not process.is_alive(facts["pid"]):
        return False
    if name == "postgres":
        return database_answers(facts["address"])
    if name == "redis":
        return answers(Path(urlsplit(facts["address"]).path))
    if name == "web":
        parts = urlsplit(facts["address"])
        return web_answers(parts.hostname or "", parts.port or 80, state["hosts"])
    return True
