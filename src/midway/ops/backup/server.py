"""The database server backups are taken from, and PostgreSQL's own programs to do it with."""

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import conninfo

from midway.runtime.postgres_binaries import PostgresBinaries, available_postgres
from midway.runtime.problem import CannotRun

# What a row looks like as text depends on these; a fingerprint is only comparable when they are the same.
_PLAIN_WORDS = (
    "-c timezone=UTC -c datestyle=ISO,YMD -c intervalstyle=postgres -c bytea_output=hex -c extra_float_digits=1"
)
_NO_LIMITS = "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0"


class ToolFailed(CannotRun):
    """One of PostgreSQL's programs refused. The message carries its own last words."""


@dataclass(frozen=True)
class Server:
    """One database on one server, as its address names it. `options` are how PostgreSQL's programs work on it."""

    url: str
    options: str = ""

    @property
    def database(self) -> str:
        """The database's name."""
        return str(conninfo.conninfo_to_dict(self.url).get("dbname") or "")

    def named(self, database: str) -> "Server":
        """Another database on the same server."""
        return replace(self, url=urlunsplit(urlsplit(self.url)._replace(path=f"/{quote(database)}")))

    def environment(self) -> dict[str, str]:
        """The address for PostgreSQL's programs: not in their arguments, which everybody on the machine can read."""
        names = {
            "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE",
            "target_session_attrs": "PGTARGETSESSIONATTRS",
        }  # fmt: skip
        facts = conninfo.conninfo_to_dict(self.url)
        return {
            "PATH": os.defpath,
            "LC_ALL": "C",
            "PGOPTIONS": f"{_NO_LIMITS} {self.options}".strip(),
            **{variable: str(facts[name]) for name, variable in names.items() if facts.get(name)},
        }

    @contextmanager
    def connection(self, *, autocommit: bool = False) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
        """A session that writes every value the same way and is not cut off by time limits. Raises `CannotRun`."""
        if not self.url:  # libpq would look for a server of somebody else's
            raise CannotRun("Nothing runs here: start it with midway up, or set DATABASE_URL")
        try:
            session = psycopg.connect(
                self.url, autocommit=autocommit, connect_timeout=10, options=f"{_PLAIN_WORDS} {_NO_LIMITS}"
            )
        except psycopg.OperationalError as problem:
            raise CannotRun(
                f"The database {self.database} cannot be reached ({_last_line(str(problem))}): start it, or correct "
                "DATABASE_URL"
            ) from problem
        with session:
            yield session

    def binaries(self) -> PostgresBinaries:
        """PostgreSQL's programs that can read this server: of its major version, or else a newer one."""
        with self.connection(autocommit=True) as session:
            major = session.info.server_version // 10000
        return binaries_for(major)


def binaries_for(major: int) -> PostgresBinaries:
    """PostgreSQL's programs of this major version, or else the next newer ones. Raises `CannotRun`."""
    fitting = sorted((found for found in available_postgres() if found.major >= major), key=lambda found: found.major)
    usable = [found for found in fitting if (found.folder / "pg_dump").exists()]
    if not usable:
        raise CannotRun(
            f"No pg_dump of PostgreSQL {major} or newer on this machine: install postgresql-client-{major}, or name a "
            "bin folder in MIDWAY_POSTGRES_BIN"
        )
    return usable[0]


def run_tool(
    binaries: PostgresBinaries, name: str, arguments: Sequence[str | Path], *, server: Server | None, seconds: float
) -> str:
    """Will run one of PostgreSQL's programs to its end and return what it printed.

    Raises `ToolFailed` when it exits other than 0, prints an error, or is not done within `seconds`.
    """
    environment = server.environment() if server else {"PATH": os.defpath, "LC_ALL": "C"}
    try:
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs
            [binaries.folder / name, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as problem:
        raise ToolFailed(f"{name} was not done after {seconds:.0f} s and was stopped") from problem
    if done.returncode != 0:
        raise ToolFailed(f"{name} failed: {words_of(done.stderr)}")
    return done.stdout


def words_of(told: str) -> str:
    """What a program said went wrong, in one line."""
    reasons = re.findall(r"(?:FATAL|PANIC|ERROR|error):\s*(.+)", told)
    return (reasons[0] if reasons else _last_line(told)).strip()


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[-1].strip()
