"""Room for opened backups: on the data folder's disk, closed to others, gone afterwards, whatever happens."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from psycopg import sql

from midway.ops.backup.server import Server
from midway.ops.backup.setting import Setting
from midway.runtime.postgres import PostgresOptions, PostgresServer
from midway.runtime.postgres_binaries import PostgresBinaries


@contextmanager
def work_folder(setting: Setting, purpose: str) -> Iterator[Path]:
    """A folder for one piece of work. What it holds in plain belongs into `plain`, which only we may enter.

    What somebody left who was killed over it goes first: it holds in plain what nobody else may read.
    """
    place = setting.folder.path / "work"
    # Root's servers run as somebody else and must pass through.
    mode = 0o711 if os.geteuid() == 0 else 0o700
    with _only_one(place):
        clear_left_work(place)
        for folder in (place, place / f"{purpose}-{secrets.token_hex(4)}"):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(mode)
        in_use = _taken(folder)
    (folder / "plain").mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        in_use.close()


def clear_left_work(place: Path) -> list[str]:
    """Will remove the folders nobody works in any more."""
    left = []
    for folder in sorted(place.iterdir()) if place.is_dir() else []:
        if not folder.is_dir():
            continue
        try:
            _taken(folder).close()
        except OSError:  # in use, or not to be written: then it stays
            continue
        shutil.rmtree(folder, ignore_errors=True)
        left.append(folder.name)
    return left


def _taken(folder: Path) -> IO[str]:
    """The folder's lock, which the kernel takes back when we die. Raises `OSError` while somebody has it."""
    file = (folder / ".in-use").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise
    return file


@contextmanager
def _only_one(place: Path) -> Iterator[None]:
    place.mkdir(parents=True, exist_ok=True)
    with place.with_name("work.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def scratch_cluster(
    binaries: PostgresBinaries, work: Path, *, meanwhile: Callable[[Server], object] = lambda server: None
) -> Iterator[Server]:
    """A new, empty server of its own, with a database to restore into; it and all of its files go afterwards.

    `meanwhile` hears where it will be before it is there.
    """
    with (work / "postgres.log").open("ab", buffering=0) as log:
        server = PostgresServer(
            binaries,
            work / "postgres",
            sockets=work / "pg",
            output=log,
            options=PostgresOptions(durable=False, max_connections=30, shared_buffers_mb=128),
        )
        # Its name is one nobody else has, so that what is meant for it can never be done to another. It is not
        # dropped by itself: the whole server goes.
        name = f"midway_drill_{secrets.token_hex(6)}"
        fresh = Server(server.url("postgres"))
        meanwhile(fresh.named(name))
        with server:
            with fresh.connection(autocommit=True) as session:
                session.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
            yield fresh.named(name)
