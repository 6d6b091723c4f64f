"""An installation whose database tests may damage."""

import secrets
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.ops.installation import setting_in

from midway.ops.backup.create import MadeBackup
from midway.ops.backup.setting import Setting
from midway.ops.recovery.swap import database_names
from midway.runtime.postgres import PostgresOptions, PostgresServer
from midway.runtime.postgres_binaries import choose_postgres


@pytest.fixture
def installation(proved_once: tuple[Setting, MadeBackup], tmp_path: Path) -> Iterator[tuple[Setting, MadeBackup]]:
    """A copy of the company and of its proved backup; every database made for it goes afterwards."""
    theirs, backup = proved_once
    name = f"midway_live_{secrets.token_hex(4)}"
    before = database_names(theirs.server)
    with theirs.server.named("postgres").connection(autocommit=True) as session:
        # Nobody may look at what is copied.
        question = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        session.execute(question, [theirs.server.database])
        session.execute(f"CREATE DATABASE {name} TEMPLATE {theirs.server.database}".encode())
    setting = replace(setting_in(tmp_path, theirs.server.named(name)), place=None)
    shutil.copytree(theirs.folder.path, setting.folder.path, dirs_exist_ok=True)
    yield setting, replace(backup, path=setting.store.path / backup.manifest.code)
    with theirs.server.named("postgres").connection(autocommit=True) as session:
        for left in database_names(theirs.server) - before:
            session.execute(f'DROP DATABASE "{left}" WITH (FORCE)'.encode())


@pytest.fixture
def own_server(installation: tuple[Setting, MadeBackup], tmp_path: Path) -> Iterator[PostgresServer]:
    """A server of this installation's own, which is stopped at the end."""
    setting, _ = installation
    setting.folder.create()
    with (tmp_path / "postgres.log").open("ab", buffering=0) as log:
        server = PostgresServer(
            choose_postgres(), setting.folder.postgres, sockets=setting.folder.run / "pg", output=log,
            options=PostgresOptions(durable=False, max_connections=30),
        )  # fmt: skip
        yield server
        server.stop()
