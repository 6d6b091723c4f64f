"""Exchanging one database for another by name: both names change in one transaction, or neither."""

import time

import psycopg
from psycopg import sql

from midway.ops.backup.server import Server
from midway.runtime.problem import CannotRun

_TRIES = 10
_TERMINATE = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = ANY(%s) AND pid <> pg_backend_pid()"
)


def exchange(server: Server, *, put_aside: str, bring_in: str) -> None:
    """Will rename the living database to `put_aside`, closed to everybody, and `bring_in` to its name.

    Sessions in either are ended. Raises `CannotRun`, with everything as before, when somebody keeps coming back.
    """
    live = server.database
    has_live = live in database_names(server)  # a server that was made anew has none to put aside
    with server.named("postgres").connection(autocommit=True) as session:
        for _ in range(_TRIES):
            session.execute(_TERMINATE, [[live, bring_in]])
            try:
                with session.transaction():
                    if has_live:
                        session.execute(_rename(live, put_aside))
                        session.execute(_open(put_aside, to_people=False))
                    session.execute(_rename(bring_in, live))
                    session.execute(_open(live, to_people=True))
            except psycopg.errors.ObjectInUse:
                time.sleep(0.1)
                continue
            except psycopg.Error as problem:
                raise CannotRun(f"The databases were not exchanged ({problem}): the old one still serves") from problem
            return
    raise CannotRun(
        f"Somebody keeps connecting to {live}: stop what does (pg_stat_activity names it), then midway backup restore "
        "--resume"
    )


def database_names(server: Server) -> set[str]:
    """Every database on the server."""
    with server.named("postgres").connection(autocommit=True) as session:
        return {str(row[0]) for row in session.execute("SELECT datname FROM pg_database").fetchall()}


def drop_database(server: Server, name: str, *, never: str) -> None:
    """Will drop a database that is not `never`. One that is gone already is fine."""
    if name == never:
        raise CannotRun(f"{name} is the living database: it stays")
    with server.named("postgres").connection(autocommit=True) as session:
        session.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _rename(old: str, new: str) -> sql.Composed:
    return sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new))


def _open(name: str, *, to_people: bool) -> sql.Composed:
    return sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(sql.Identifier(name), sql.Literal(to_people))
