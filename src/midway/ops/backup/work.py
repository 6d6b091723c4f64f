"""Room for opened backups: on the data folder's disk, closed to others, gone afterwards, whatever happens."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg import sql

from midway.ops.backup.server import Server
from midway.ops.backup.setting import Setting
from midway.runtime.postgres import PostgresOptions, PostgresServer
from midway.runtime.postgres_binaries import PostgresBinaries


@contextmanager
def work_folder(setting: Setting, purpose: str) -> Iterator[Path]:
    """A folder for one piece of work. What it holds in plain belongs into `plain`, which only we may enter."""
    place = setting.folder.path / "work"
    # Root's servers run as somebody else and must pass through.
    mode = 0o711 if os.geteuid() == 0 else 0o700
    for folder in (place, place / f"{purpose}-{secrets.token_hex(4)}"):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
    (folder / "plain").mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def scratch_cluster(binaries: PostgresBinaries, work: Path) -> Iterator[Server]:
    """A new, empty server of its own, with a database to restore into; it and all of its files go afterwards."""
    with (work / "postgres.log").open("ab", buffering=0) as log:
        server = PostgresServer(
            binaries,
            work / "postgres",
            sockets=work / "pg",
            output=log,
            options=PostgresOptions(durable=False, max_connections=30, shared_buffers_mb=128),
        )
        with server:
            # Its name is one nobody else has, so that what is meant for it can never be done to another. It is not
            # dropped by itself: the whole server goes.
            name = f"midway_drill_{secrets.token_hex(6)}"
            fresh = Server(server.url("postgres"))
            with fresh.connection(autocommit=True) as session:
                session.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
            yield fresh.named(name)
