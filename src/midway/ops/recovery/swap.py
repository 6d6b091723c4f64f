"""Exchanging one database for another by name: both names change in one transaction, or neither."""

import re
import time
from datetime import datetime

import psycopg
from psycopg import sql

from midway.ops.backup.server import Server
from midway.runtime.problem import CannotRun

_TRIES = 10
_LONGEST_NAME = 63
_TERMINATE = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = ANY(%s) AND pid <> pg_backend_pid()"
)


class MayNot(CannotRun):
    """The role we connect as may not do that. The message says what to grant."""


# Kept as a list, quoted already where that is needed.
_LISTS = {"search_path", "temp_tablespaces", "session_preload_libraries", "local_preload_libraries"}


def name_beside(live: str, what: str, *, at: datetime) -> str:
    """A name for a database beside the living one, which nobody else has: to the microsecond, within what is legal."""
    return f"{_room_for(live, what)}_{what}_{at:%Y%m%d%H%M%S%f}"


def named_beside(live: str, what: str) -> re.Pattern[str]:
    """What such names look like."""
    return re.compile(rf"{re.escape(_room_for(live, what))}_{what}_(\d{{14}}|\d{{20}})")


def _room_for(live: str, what: str) -> str:
    return live.encode()[: _LONGEST_NAME - len(what) - 22].decode(errors="ignore")


def refuse_who_may_not(server: Server, why: str) -> None:
    """Will look whether our role may make databases, and rename the living one. Raises `MayNot`, or `CannotRun`."""
    with server.named("postgres").connection(autocommit=True) as session:
        row = session.execute(
            "SELECT current_user, r.rolcreatedb OR r.rolsuper, coalesce("
            "  (SELECT pg_has_role(d.datdba, 'USAGE') FROM pg_database d WHERE d.datname = %s), true),"
            " (SELECT pg_get_userbyid(d.datdba) FROM pg_database d WHERE d.datname = %s)"
            " FROM pg_roles r WHERE r.rolname = current_user",
            [server.database, server.database],
        ).fetchone()
    role, may_make, may_rename, owner = row or ("?", False, False, "?")
    if not may_make:
        raise MayNot(
            f"The role {role} may not make databases, and {why}: have the server's administrator say "
            f'ALTER ROLE "{role}" CREATEDB, then again'
        )
    if not may_rename:
        raise MayNot(
            f"The role {role} does not own {server.database}, which belongs to {owner}, and {why}: have the server's "
            f'administrator say GRANT "{owner}" TO "{role}", then again'
        )


def exchange(server: Server, *, put_aside: str, bring_in: str) -> None:
    """Will rename the living database to `put_aside`, closed to everybody, and `bring_in` to its name.

    Sessions in either are ended. Raises `CannotRun`, with everything as before, when somebody keeps coming back.
    """
    live = server.database
    has_live = live in database_names(server)  # a server that was made anew has none to put aside
    if has_live:
        _carry_over(server, of=live, to=bring_in)
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


def copy_database(server: Server, *, to: str) -> None:
    """Will copy the living database whole, at one moment, as PostgreSQL copies files. Its sessions are ended.

    Raises `CannotRun` when somebody keeps coming back, there is no room, or we may not make databases.
    """
    live = server.database
    make = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(to), sql.Identifier(live))
    with server.named("postgres").connection(autocommit=True) as session:
        for _ in range(_TRIES):
            session.execute(_TERMINATE, [[live]])
            try:
                session.execute(make)
            except psycopg.errors.ObjectInUse:
                time.sleep(0.1)
                continue
            except psycopg.Error as problem:
                raise CannotRun(f"{live} could not be copied ({str(problem).splitlines()[0]})") from problem
            return
    raise CannotRun(f"Somebody keeps connecting to {live}: stop what does (pg_stat_activity names it)")


def only_reading(server: Server, *, on: bool) -> None:
    """Will have new sessions of the living database only read, or write again: nothing comes in unnoticed."""
    words = "SET default_transaction_read_only = on" if on else "RESET default_transaction_read_only"
    with server.named("postgres").connection(autocommit=True) as session:
        session.execute(sql.SQL("ALTER DATABASE {} {}").format(sql.Identifier(server.database), sql.SQL(words)))


def _carry_over(server: Server, *, of: str, to: str) -> None:
    """What is set and granted on a database itself is in no dump and no copy."""
    with server.named("postgres").connection(autocommit=True) as session:
        settings = session.execute(
            "SELECT split_part(one, '=', 1), substr(one, strpos(one, '=') + 1) FROM pg_db_role_setting s"
            " JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) one"
            " WHERE s.setrole = 0 AND d.datname = %s AND one NOT LIKE 'default_transaction_read_only=%%'",
            [of],
        ).fetchall()
        for name, value in settings:
            words = sql.SQL("ALTER DATABASE {} SET {} = {}")
            given = sql.SQL(value) if name in _LISTS else sql.Literal(value)
            session.execute(words.format(sql.Identifier(to), sql.Identifier(name), given))
        granted = session.execute(
            "SELECT r.rolname, a.privilege_type FROM pg_database d, aclexplode(d.datacl) a"
            " JOIN pg_roles r ON r.oid = a.grantee WHERE d.datname = %s AND a.grantee <> d.datdba",
            [of],
        ).fetchall()
        for role, right in granted:
            words = sql.SQL("GRANT {} ON DATABASE {} TO {}")
            session.execute(words.format(sql.SQL(right), sql.Identifier(to), sql.Identifier(role)))
        closed = session.execute(
            "SELECT 1 FROM pg_database d WHERE d.datname = %s AND d.datacl IS NOT NULL AND NOT EXISTS (SELECT 1 FROM"
            " aclexplode(d.datacl) a WHERE a.grantee = 0 AND a.privilege_type = 'CONNECT')",
            [of],
        ).fetchone()
        if closed:
            session.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(to)))


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
