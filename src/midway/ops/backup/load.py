"""Load an opened backup into an empty database, roles first, stopping at the first error."""

import os
import re
from dataclasses import replace
from pathlib import Path

from midway.ops.backup.server import Server, run_tool
from midway.runtime.postgres_binaries import PostgresBinaries

LONGEST_SECONDS = 4 * 3600
# A crash begins a restore anew, so its thousand statements need not each wait for the disk; whatever commits after it
# does, and takes them along. Indexes are made in memory where there is some.
_IN_A_HURRY = "-c synchronous_commit=off -c maintenance_work_mem={megabytes}MB"
_NAME = r'(?:"((?:[^"]|"")+)"|([^\s;"]+))'
_CREATES = re.compile(rf"CREATE ROLE {_NAME};")
_ABOUT = re.compile(rf"(?:CREATE ROLE|ALTER ROLE|GRANT .+ TO) {_NAME}(?=[\s;]).*;")


def load_roles(globals_sql: Path, server: Server, binaries: PostgresBinaries) -> list[str]:
    """Will make the roles the backup's server had and this one lacks, and give all their names. Raises `ToolFailed`.

    One that is there stays as it is: its password may have been changed since, and changing roles takes rights that
    who restores a database need not have.
    """
    with server.connection(autocommit=True) as session:
        there = {row[0] for row in session.execute("SELECT rolname FROM pg_roles").fetchall()}
    lines = [line.strip() for line in globals_sql.read_text().splitlines()]
    names = [_role(found) for found in map(_CREATES.fullmatch, lines) if found is not None]
    if there.issuperset(names):
        return names
    kept = [line for line in lines if not ((found := _ABOUT.fullmatch(line)) and _role(found) in there)]
    script = globals_sql.with_name("roles.sql")
    script.write_text("\n".join(kept) + "\n")
    arguments = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={script}"]
    run_tool(binaries, "psql", arguments, server=server, seconds=600)
    return names


def _role(found: "re.Match[str]") -> str:
    return (found[1] or found[2]).replace('""', '"')


def load_dump(dump: Path, server: Server, binaries: PostgresBinaries) -> None:
    """Will restore the dump into this empty database, and have it know its tables. Raises `ToolFailed`."""
    restore_dump(dump, server, binaries)
    analyse(server)


def restore_dump(dump: Path, server: Server, binaries: PostgresBinaries) -> None:
    """Will restore the dump into this empty database with as many workers as there are cores. Raises `ToolFailed`."""
    jobs = min(os.cpu_count() or 1, 8)
    arguments: list[str | Path] = ["--exit-on-error", f"--jobs={jobs}", f"--dbname={server.database}"]
    arguments += [*without_what_we_may_not(dump, server, binaries), dump]
    hurrying = replace(server, options=_IN_A_HURRY.format(megabytes=_memory_each(jobs)))
    run_tool(binaries, "pg_restore", arguments, server=hurrying, seconds=LONGEST_SECONDS)


def _memory_each(jobs: int) -> int:
    """Megabytes for each worker to sort in: a sixteenth of the machine's for all of them."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2
    return max(64, min(machine // 16 // jobs, 256))


def without_what_we_may_not(dump: Path, server: Server, binaries: PostgresBinaries) -> list[str]:
    """What has pg_restore leave out the extensions that our role may not make: an administrator's, to measure with."""
    with server.connection(autocommit=True) as session:
        found = session.execute(
            "SELECT DISTINCT name FROM pg_available_extension_versions WHERE superuser AND NOT trusted"
            " AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"
        ).fetchall()
    if not found:
        return []
    names = "|".join(re.escape(row[0]) for row in found)
    theirs = re.compile(rf"\S+ \S+ \S+ (EXTENSION -|COMMENT - EXTENSION) ({names}) .*")
    told = run_tool(binaries, "pg_restore", ["--list", dump], server=None, seconds=600)
    chosen = dump.with_name(f"{dump.name}.list")
    chosen.write_text("".join(f"{line}\n" for line in told.splitlines() if not theirs.fullmatch(line)))
    return [f"--use-list={chosen}"]


def analyse(server: Server) -> None:
    """Will have the server count what it holds, without which it asks its tables in slow ways."""
    with server.connection(autocommit=True) as session:
        session.execute("ANALYZE")
