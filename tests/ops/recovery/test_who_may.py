"""Recovery as an ordinary role of somebody else's server: it needs little, and what it lacks is said in one line."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg import sql
from tests.cluster import chosen_binaries
from tests.ops.installation import SECRET, setting_in
from tests.product import SOURCE, free_port

from midway.ops.backup.create import create_backup
from midway.ops.backup.drill import drill_backup
from midway.ops.backup.fingerprint import fingerprint, mismatches
from midway.ops.backup.load import load_roles, without_what_we_may_not
from midway.ops.backup.server import Server, run_tool
from midway.ops.backup.setting import Setting
from midway.ops.recovery.restore import RestoreRefused, begin_restore, go_on, restore_file
from midway.ops.recovery.upgrade import UpgradeRefused, begin_upgrade
from midway.runtime.postgres import PostgresOptions, PostgresServer

pytestmark = [pytest.mark.xdist_group("backup"), pytest.mark.slow]
PASSWORD = "of-the-tests"


@pytest.fixture
def administrator(tmp_path: Path) -> Iterator[Server]:
    """A server somebody else looks after, with a role for Midway that may sign in and no more."""
    sockets = setting_in(tmp_path / "server", Server("postgresql://x@/x")).folder.path
    with (tmp_path / "log").open("ab", buffering=0) as log:
        options = PostgresOptions(durable=False, max_connections=40, port=free_port())
        with PostgresServer(
            chosen_binaries(), sockets / "pg", sockets=sockets / "s", output=log, options=options
        ) as own:
            server = Server(own.url("postgres"))
            with server.connection(autocommit=True) as session:
                session.execute(f"CREATE ROLE app LOGIN PASSWORD '{PASSWORD}'".encode())
                session.execute("CREATE DATABASE theirs OWNER app TEMPLATE template0")
            yield replace(server, url=f"{own.loopback_url('postgres')}")


@pytest.fixture
def theirs(administrator: Server, company: Server, tmp_path: Path) -> Setting:
    """The company on that server, all of it owned by the ordinary role."""
    at = administrator.url.partition("@")[2].partition("/")[0]
    app = Server(f"postgresql://app:{PASSWORD}@{at}/theirs")
    binaries = app.binaries()
    dump = ["--format=custom", "--no-owner", "--no-privileges", f"--file={tmp_path / 'dump'}"]
    run_tool(binaries, "pg_dump", dump, server=company, seconds=300)
    back: list[str | Path] = ["--exit-on-error", "--no-owner", "--no-privileges", "--dbname=theirs", tmp_path / "dump"]
    back += without_what_we_may_not(tmp_path / "dump", app, binaries)
    run_tool(binaries, "pg_restore", back, server=app, seconds=300)
    with administrator.named("theirs").connection(autocommit=True) as session:
        session.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")  # theirs, and in every backup
    return replace(setting_in(tmp_path / "midway", app), place=None)


def test_an_ordinary_role_backs_up_and_proves_and_is_told_what_a_restore_needs(
    theirs: Setting, administrator: Server
) -> None:
    made = create_backup(theirs)
    proof = drill_backup(theirs)
    assert proof.passed, proof.mismatches
    code = made.manifest.code

    with pytest.raises(RestoreRefused, match='ALTER ROLE "app" CREATEDB, then again') as refused:
        begin_restore(theirs, code)
    assert "\n" not in str(refused.value)
    assert not restore_file(theirs).exists()
    with pytest.raises(UpgradeRefused, match='ALTER ROLE "app" CREATEDB'):
        begin_upgrade(theirs, from_release="0")
    told = typed(theirs, "backup", "restore", code, "--yes")
    assert told.returncode == 1
    assert told.stderr.count("\n") == 1, told.stderr

    with administrator.connection(autocommit=True) as session:
        session.execute("ALTER ROLE app CREATEDB PASSWORD 'changed since'")
        session.execute("ALTER DATABASE theirs OWNER TO midway")
    theirs = replace(theirs, server=replace(theirs.server, url=theirs.server.url.replace(PASSWORD, "changed%20since")))
    with pytest.raises(RestoreRefused, match='GRANT "midway" TO "app"'):
        begin_restore(theirs, code)
    with administrator.connection(autocommit=True) as session:
        session.execute("ALTER DATABASE theirs OWNER TO app")

    with theirs.server.connection() as session:
        session.execute("DELETE FROM booking_assignment")
    go_on(theirs, begin_restore(theirs, code))
    with theirs.server.connection() as session:  # with the password of now, not that of the backup
        assert mismatches(made.manifest.tables, fingerprint(session)) == []


def test_roles_that_are_there_stay_as_they_are(administrator: Server, tmp_path: Path) -> None:
    script = tmp_path / "globals.sql"
    script.write_text(
        'CREATE ROLE app;\nALTER ROLE app WITH SUPERUSER PASSWORD \'old\';\nCREATE ROLE "odd ""one";\n'
        'ALTER ROLE "odd ""one" WITH NOLOGIN;\nGRANT app TO "odd ""one" GRANTED BY midway;\n'
        "GRANT pg_monitor TO app GRANTED BY midway;\nALTER ROLE app SET work_mem TO '1MB';\n"
    )
    assert load_roles(script, administrator, administrator.binaries()) == ["app", 'odd "one']
    question = sql.SQL(
        "SELECT rolsuper, rolconfig, pg_has_role('app', 'pg_monitor', 'MEMBER') FROM pg_roles WHERE rolname = 'app'"
    )
    with administrator.connection() as session:
        assert session.execute(question).fetchone() == (False, None, False)
        assert session.execute("SELECT pg_has_role('odd \"one', 'app', 'MEMBER')").fetchone() == (True,)


def typed(setting: Setting, *words: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        **os.environ, "DATABASE_URL": setting.server.url, "MIDWAY_DATA": str(setting.folder.path),
        "MIDWAY_SECRET_KEY": SECRET, "PYTHONPATH": str(SOURCE), "MIDWAY_BACKUP_URL": "", "REDIS_URL": "",
    }  # fmt: skip
    command = [sys.executable, "-m", "midway", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
