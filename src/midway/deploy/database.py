"""PostgreSQL as a production needs it: checksums on, the settings read, the database and its roles there."""

from collections.abc import Iterator
from pathlib import Path

from midway.deploy.deed import Deed
from midway.deploy.ground import done, is_pending
from midway.deploy.machine import Machine
from midway.deploy.roles import MADE_BY_THE_SERVER, MADE_IN_THE_DATABASE
from midway.deploy.site import Site
from midway.runtime.problem import CannotRun

CLUSTER = ("15", "main")
BIN = "/usr/lib/postgresql/15/bin"
DATA = Path("/var/lib/postgresql/15/main")


def ask_as_server(machine: Machine, sql: str, *, database: str = "postgres") -> str:
    """What the server's superuser is told. The first error ends it."""
    words = ("psql", "-X", "-qtA", "-v", "ON_ERROR_STOP=1", "-d", database)
    return machine.run(*words, account="postgres", told=sql).strip()


def ask_as_owner(machine: Machine, sql: str) -> str:
    """What the database's owner is told."""
    words = ("psql", "-X", "-qtA", "-v", "ON_ERROR_STOP=1", "-d", "midway", "-U", "midway")
    return machine.run(*words, account="midway", told=sql).strip()


def server(machine: Machine, site: Site) -> Iterator[Deed]:
    """Will have it run with checksums and with the settings that were written."""
    if not DATA.exists():
        yield Deed("Make the database cluster, with checksums", lambda: _make_cluster(machine))
    elif not _has_checksums(machine):
        yield Deed(
            "Stop the database, give its pages checksums, and start it", lambda: _enable_checksums(machine, site)
        )
    if is_pending(site, "postgresql") or not _runs(machine):
        yield Deed("Start the database with its settings", lambda: _restart(machine, site))
    elif is_pending(site, "postgresql-reload"):
        yield Deed("Have the database read who may come in", lambda: _reload(machine, site))


def database_and_roles(machine: Machine) -> Iterator[Deed]:
    """Will make the roles, and the database that belongs to its owner."""
    roles = "SELECT count(*) FROM pg_roles WHERE rolname IN ('midway', 'midway_web')"
    databases = "SELECT count(*) FROM pg_database WHERE datname = 'midway'"
    try:
        has_roles, has_database = ask_as_server(machine, f"{roles};{databases}").split()
    except CannotRun:
        has_roles, has_database = "0", "0"  # there is no server yet
    if has_roles != "2":
        yield Deed("Make the roles midway and midway_web", lambda: ask_as_server(machine, MADE_BY_THE_SERVER))
    if has_database != "1":
        yield Deed("Make the database midway", lambda: _make_database(machine))


def _make_cluster(machine: Machine) -> None:
    # Debian makes one by itself while installing; where it was told not to, this does.
    machine.run("pg_createcluster", *CLUSTER, "--", "--data-checksums", "--locale=C.UTF-8", "--encoding=UTF8")


def _has_checksums(machine: Machine) -> bool:
    told = machine.run(f"{BIN}/pg_controldata", str(DATA), account="postgres")
    return "Data page checksum version:           0" not in told


def _enable_checksums(machine: Machine, site: Site) -> None:
    if _runs(machine):
        machine.run("pg_ctlcluster", *CLUSTER, "stop", "-m", "fast")
    machine.run(f"{BIN}/pg_checksums", "--enable", "-D", str(DATA), account="postgres")
    _restart(machine, site)


def _runs(machine: Machine) -> bool:
    return machine.succeeds("pg_ctlcluster", *CLUSTER, "status")


def _restart(machine: Machine, site: Site) -> None:
    deed = "restart" if _runs(machine) else "start"
    if machine.has_systemd():
        machine.run("systemctl", deed, "postgresql@15-main")
    else:
        machine.run("pg_ctlcluster", *CLUSTER, deed, *(("-m", "fast") if deed == "restart" else ()))
    done(site, "postgresql")
    done(site, "postgresql-reload")


def _reload(machine: Machine, site: Site) -> None:
    machine.run("pg_ctlcluster", *CLUSTER, "reload")
    done(site, "postgresql-reload")


def _make_database(machine: Machine) -> None:
    # A collation that no upgrade of the system changes: changed sorting damages indexes without a word.
    machine.run(
        "createdb", "--owner=midway", "--template=template0", "--encoding=UTF8", "--locale=C.UTF-8", "midway",
        account="postgres",
    )  # fmt: skip
    ask_as_server(machine, MADE_IN_THE_DATABASE, database="midway")
