"""A PostgreSQL server of our own: its cluster in a folder, on a private unix socket, in the foreground as our child."""

import contextlib
import locale
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

from midway.runtime import process
from midway.runtime.folder import unusable, write_whole
from midway.runtime.postgres_binaries import PostgresBinaries
from midway.runtime.problem import CannotRun
from midway.runtime.sockets import socket_folder

OWNER = "midway"
_SOCKET_NAME = ".s.PGSQL.65535"
_READY_SECONDS = 300  # recovery after a crash replays at most max_wal_size
_POLL_SECONDS = 0.01


@dataclass(frozen=True)
class PostgresOptions:
    """How the server is tuned. The defaults are for a product on a small machine."""

    durable: bool = True  # False only for throw-away clusters
    port: int | None = None  # loopback TCP besides the socket, with a password
    max_connections: int = 80
    shared_buffers_mb: int = 48


class PostgresServer:
    """One cluster and the server on it.

    `start` makes the cluster if the folder is empty, and recovers one that was not stopped cleanly. As a context
    manager it is started on entry and stopped on exit.
    """

    def __init__(
        self,
        binaries: PostgresBinaries,
        data: Path,
        *,
        sockets: Path,
        output: IO[bytes] | None = None,
        options: PostgresOptions = PostgresOptions(),
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self.binaries = binaries
        self.data = data.absolute()
        self.options = options
        self._account = process.server_account()
        self._sockets = sockets.absolute()
        self._output = output
        self._check = check
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def child(self) -> "subprocess.Popen[bytes] | None":
        """The running postmaster, if we started one."""
        return self._child

    @property
    def socket_folder(self) -> Path:
        """Where the socket is: inside the data folder, or in a short private folder if that is too deep."""
        return socket_folder(self._sockets, longest_name=_SOCKET_NAME, account=self._account)

    def url(self, database: str = OWNER) -> str:
        """The address for clients: the kernel vouches for who we are, so it holds no password."""
        port = f"&port={self.options.port}" if self.options.port else ""
        return f"postgresql://{OWNER}@/{database}?host={quote(str(self.socket_folder), safe='/')}{port}"

    @property
    def password(self) -> str:
        """The owner's password, made with the cluster. Nobody needs it on the socket."""
        return (self.data.parent / f"{self.data.name}.password").read_text().strip()

    def loopback_url(self, database: str = OWNER) -> str:
        """The address over loopback TCP, with its password, when a port was asked for."""
        return f"postgresql://{OWNER}:{quote(self.password)}@127.0.0.1:{self.options.port}/{database}"

    def start(self) -> "subprocess.Popen[bytes]":
        """Will bring the server up and return its process once it takes connections.

        Raises `CannotRun` with the server's own last word when it does not come up.
        """
        process.own_name()
        try:
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            self._write_configuration()
        except OSError as problem:
            raise unusable(self.data, problem) from problem
        self._wait_for_former()
        log_from = self._log_size()
        self._child = process.start(
            [self.binaries.folder / "postgres", "-D", self.data],
            env=self._environment(),
            output=self._output if self._output is not None else subprocess.DEVNULL,
            account=self._account,
            dies_with_us=signal.SIGINT,  # a fast but clean shutdown
            needs=[self.binaries.folder / "postgres", self.data / "base"],
        )
        self._wait_until_ready(self._child, log_from)
        return self._child

    def stop(self) -> None:
        """Will shut the server down: cleanly, and hard only if it does not listen."""
        if self._child is not None:
            process.stop(self._child, (signal.SIGINT, 60), (signal.SIGQUIT, 10))
            self._child = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.defpath, "LC_ALL": _locale(), "TZ": "UTC"}

    def _initialise(self) -> None:
        """The cluster is made beside its place and moved in when whole: a kill in between leaves nothing half."""
        growing = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(growing, ignore_errors=True)
        growing.mkdir(parents=True, mode=0o700)
        password_file = self.socket_folder / "password"
        password = secrets.token_urlsafe(24)
        write_whole(password_file, password + "\n")
        if self._account is not None:
            os.chown(growing, self._account.uid, self._account.gid)
            os.chown(password_file, self._account.uid, self._account.gid)
        initdb = process.start(
            [
                self.binaries.folder / "initdb",
                *(
                    "-D",
                    growing,
                    "-U",
                    OWNER,
                    "--pwfile",
                    password_file,
                    "--auth-local=peer",
                    "--auth-host=scram-sha-256",
                ),
                *("--encoding=UTF8", f"--locale={_locale()}", "--data-checksums"),
                *([] if self.options.durable else ["--no-sync"]),
            ],
            env=self._environment(),
            output=subprocess.PIPE,
            account=self._account,
            needs=[self.binaries.folder / "initdb", growing / "PG_VERSION"],
        )
        told = initdb.communicate()[0].decode(errors="replace")
        password_file.unlink()
        if initdb.returncode != 0:
            shutil.rmtree(growing, ignore_errors=True)
            raise _refusal("PostgreSQL could not make its data folder", told)
        write_whole(self.data.parent / f"{self.data.name}.password", password + "\n")
        with (growing / "postgresql.conf").open("a") as file:
            file.write("\n# Written by Midway at every start; what you change with ALTER SYSTEM wins.\n")
            file.write("include_if_exists = 'midway.conf'\n")
        growing.rename(self.data)

    def _write_configuration(self) -> None:
        settings = {
            "listen_addresses": "'127.0.0.1'" if self.options.port else "''",
            "port": str(self.options.port or 5432),
            "unix_socket_directories": _quoted(str(self.socket_folder)),
            "unix_socket_permissions": "0700",
            "max_connections": str(self.options.max_connections),
            "shared_buffers": f"{self.options.shared_buffers_mb}MB",
            "work_mem": "8MB",
            "maintenance_work_mem": "64MB",
            "max_wal_size": "512MB",
            "min_wal_size": "64MB",
            "wal_keep_size": "128MB",  # a base copy begins to receive a moment after the checkpoint it starts from
            "max_slot_wal_keep_size": "2GB",  # a receiver that is gone must not fill the disk
            "checkpoint_timeout": "15min",
            "jit": "off",
            "random_page_cost": "1.1",
            "max_logical_replication_workers": "0",
            "lock_timeout": "10s",
            "idle_in_transaction_session_timeout": "60s",
            "client_connection_check_interval": "10s",
            "track_io_timing": "on",
            "log_lock_waits": "on",
            "log_checkpoints": "off",
            "log_min_duration_statement": "1s",
            "log_line_prefix": "'%m [%p] %a '",
            "timezone": "'UTC'",
            "log_timezone": "'UTC'",
        }
        if self.binaries.major >= 18:
            settings["io_method"] = "sync"  # no resident I/O workers on a small machine
        if "pg_stat_statements" in self.binaries.extensions:
            settings["shared_preload_libraries"] = "'pg_stat_statements'"
        durable = "on" if self.options.durable else "off"
        settings |= {"fsync": durable, "synchronous_commit": durable, "full_page_writes": durable}
        self._place("midway.conf", "".join(f"{name} = {value}\n" for name, value in settings.items()))
        self._place(
            "pg_hba.conf",
            "local all all peer map=midway\nlocal replication all peer map=midway\n"
            "host all all 127.0.0.1/32 scram-sha-256\nhost all all ::1/128 scram-sha-256\n",
        )
        people = dict.fromkeys(["root", process.own_name()])
        self._place("pg_ident.conf", "".join(f'midway "{person}" {OWNER}\n' for person in people))

    def _place(self, name: str, text: str) -> None:
        path = self.data / name
        if path.exists() and path.read_text() == text:
            return
        write_whole(path, text)
        if self._account is not None:
            os.chown(path, self._account.uid, self._account.gid)

    def _wait_for_former(self) -> None:
        """After a kill the former server may still be shutting down, or a backend outlive its postmaster: two servers
        on one folder would destroy it, so we wait. A lock file nobody stands behind is removed, for its number may
        belong to a stranger by now, and PostgreSQL would refuse to start."""
        lock = self.data / "postmaster.pid"
        if not lock.exists():
            return
        started = time.monotonic()
        while there := _processes_in(self.data):
            self._check()
            waited = time.monotonic() - started
            if waited > 30:
                raise CannotRun(f"Another PostgreSQL (process {there[0]}) still uses {self.data}: stop it first")
            if waited > 10:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(there[0], signal.SIGQUIT)
            time.sleep(0.05)
        if sys.platform == "linux":
            lock.unlink(missing_ok=True)

    def _wait_until_ready(self, child: "subprocess.Popen[bytes]", log_from: int) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not self._says_ready(child.pid):
            if child.poll() is not None:
                self._child = None
                raise _refusal("PostgreSQL did not start", self._log_since(log_from))
            if time.monotonic() > deadline:
                self.stop()
                raise CannotRun(f"PostgreSQL is not ready after {_READY_SECONDS} s: see its log in the data folder")
            try:
                self._check()
            except BaseException:
                self.stop()
                raise
            time.sleep(_POLL_SECONDS)

    def _says_ready(self, pid: int) -> bool:
        """The last line of the lock file is how PostgreSQL tells its starter, without a connection."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _log_size(self) -> int:
        return os.fstat(self._output.fileno()).st_size if self._output is not None else 0

    def _log_since(self, offset: int) -> str:
        if self._output is None:
            return ""
        with open(self._output.name, "rb") as file:
            file.seek(offset)
            return file.read().decode(errors="replace")


def cluster_major(data: Path) -> int | None:
    """The major version of the PostgreSQL that made this cluster; nothing if there is none yet."""
    try:
        return int((data / "PG_VERSION").read_text().strip())
    except (OSError, ValueError):
        return None


def _processes_in(data: Path) -> list[int]:
    """Every process whose working folder is the cluster: the postmaster first, then what is left of its backends."""
    place = str(data.resolve())
    found = []
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if os.readlink(entry) == place:
                found.append(int(entry.parent.name))
    return sorted(found)


def _refusal(what: str, told: str) -> CannotRun:
    if "No space left on device" in told:
        return CannotRun(f"{what}: no space left on its disk. Free some, or choose another disk with --data")
    reasons = (
        re.findall(r"(?:FATAL|PANIC|ERROR|error):\s*(.+)", told)
        or told.strip().splitlines()[-1:]
        or ["no reason given"]
    )
    said = "; ".join(dict.fromkeys(reason.strip() for reason in (reasons[0], reasons[-1])))
    return CannotRun(f"{what}: {said} (more in postgres.log; midway doctor may know)")


def _locale() -> str:
    """C.UTF-8 sorts by code point everywhere alike; where the C library lacks it, plain C does the same."""
    before = locale.setlocale(locale.LC_COLLATE)
    try:
        locale.setlocale(locale.LC_COLLATE, "C.UTF-8")
    except locale.Error:
        return "C"
    finally:
        locale.setlocale(locale.LC_COLLATE, before)
    return "C.UTF-8"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
