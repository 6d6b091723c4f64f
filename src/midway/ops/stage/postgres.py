"""The stage's PostgreSQL: a cluster that forgets fsync, into which anybody of this machine may come as anybody."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import psycopg

from midway.runtime import process
from midway.runtime.postgres import OWNER, PostgresOptions, PostgresServer
from midway.runtime.postgres_binaries import choose_postgres

DATABASE = "midway"
_EXTRA = """
archive_mode = on
archive_command = '/bin/true'
max_wal_senders = 4
max_replication_slots = 4
wal_receiver_status_interval = 1s
idle_in_transaction_session_timeout = 0
autovacuum = off
track_functions = all
"""


class StagePostgres(PostgresServer):
    """The primary. Nobody else can reach its socket, so that it asks nobody for a password."""

    def __init__(self, folder: Path, output: IO[bytes]) -> None:
        super().__init__(
            choose_postgres(),
            folder / "postgres",
            sockets=folder / "pg",
            output=output,
            options=PostgresOptions(durable=False, max_connections=60, shared_buffers_mb=32),
        )

    def _write_configuration(self) -> None:
        super()._write_configuration()
        self._place("pg_hba.conf", "local all all trust\nlocal replication all trust\n")
        with (self.data / "midway.conf").open("a") as file:
            file.write(_EXTRA)

    def words(self, **changes: Any) -> dict[str, Any]:
        """How to connect."""
        return {"dbname": DATABASE, "user": OWNER, "host": str(self.socket_folder), **changes}

    def connect(self, **changes: Any) -> "psycopg.Connection[tuple[Any, ...]]":
        """As its owner, in autocommit."""
        return psycopg.connect(**self.words(**changes), autocommit=True)

    def do(self, *statements: str, **changes: Any) -> None:
        """Will run statements as its owner, each on its own."""
        with self.connect(**changes) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    @contextmanager
    def setting(self, name: str, value: str) -> Iterator[None]:
        """Will set a server setting that needs no restart, and take it back."""
        self.do(f"ALTER SYSTEM SET {name} = '{value}'", "SELECT pg_reload_conf()")
        try:
            yield
        finally:
            self.do(f"ALTER SYSTEM RESET {name}", "SELECT pg_reload_conf()")


class Standby:
    """A copy that follows the primary."""

    def __init__(self, primary: StagePostgres, folder: Path, name: str, output: IO[bytes]) -> None:
        self.primary, self.name, self._output = primary, name, output
        self.data = folder / f"standby-{name}"
        self.sockets = folder / f"standby-{name}-socket"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def is_stopped(self) -> bool:
        """Whether it does not run."""
        return self._child is None

    def start(self) -> None:
        """Will copy the primary at the first start, and follow it."""
        if not self.data.exists():
            self._copy()
        account = process.server_account()
        self._child = process.start(
            [self.primary.binaries.folder / "postgres", "-D", self.data],
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            output=self._output,
            account=account,
            dies_with_us=signal.SIGQUIT,
            needs=[self.data],
        )

    def stop(self) -> None:
        """Will stop following."""
        if self._child is not None:
            process.stop(self._child, (signal.SIGINT, 20), (signal.SIGQUIT, 10))
            self._child = None

    def connect(self) -> "psycopg.Connection[tuple[Any, ...]]":
        """A reading connection."""
        return psycopg.connect(dbname=DATABASE, user=OWNER, host=str(self.sockets), autocommit=True, connect_timeout=5)

    def _copy(self) -> None:
        import os

        account = process.server_account()
        for folder in (self.data, self.sockets):
            folder.mkdir(mode=0o700)
            if account is not None:
                os.chown(folder, account.uid, account.gid)
        source = f"host={self.primary.socket_folder} user={OWNER} application_name={self.name}"
        copying = process.start(
            [
                self.primary.binaries.folder / "pg_basebackup",
                *("-D", self.data, "-d", source, "-R", "-X", "stream", "-c", "fast", "--no-sync"),
            ],
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            output=subprocess.PIPE,
            account=account,
            needs=[self.data],
        )
        told = copying.communicate()[0].decode(errors="replace")
        if copying.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise RuntimeError(f"The stage's standby could not be made: {told}")
        with (self.data / "postgresql.auto.conf").open("a") as file:
            file.write(f"unix_socket_directories = '{self.sockets}'\narchive_mode = off\n")
