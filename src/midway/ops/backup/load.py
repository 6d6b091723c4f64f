"""Load an opened backup into an empty database, roles first, stopping at the first error."""

import os
import re
from pathlib import Path

from midway.ops.backup.server import Server, run_tool
from midway.runtime.postgres_binaries import PostgresBinaries

LONGEST_SECONDS = 4 * 3600
_CREATES = re.compile(r'CREATE ROLE (?:"((?:[^"]|"")+)"|([^\s;]+));')


def load_roles(globals_sql: Path, server: Server, binaries: PostgresBinaries) -> list[str]:
    """Will make the roles the backup's server had and this one lacks, and give all their names. Raises `ToolFailed`."""
    with server.connection(autocommit=True) as session:
        there = {row[0] for row in session.execute("SELECT rolname FROM pg_roles").fetchall()}
    kept, names = [], []
    for line in globals_sql.read_text().splitlines():
        found = _CREATES.fullmatch(line.strip())
        if found is not None:
            names.append((found[1] or found[2]).replace('""', '"'))
            if names[-1] in there:
                continue
        kept.append(line)
    script = globals_sql.with_name("roles.sql")
    script.write_text("\n".join(kept) + "\n")
    arguments = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={script}"]
    run_tool(binaries, "psql", arguments, server=server, seconds=600)
    return names


def load_dump(dump: Path, server: Server, binaries: PostgresBinaries) -> None:
    """Will restore the dump into this empty database with as many workers as there are cores. Raises `ToolFailed`."""
    jobs = min(os.cpu_count() or 1, 8)
    arguments: list[str | Path] = ["--exit-on-error", f"--jobs={jobs}", f"--dbname={server.database}", dump]
    run_tool(binaries, "pg_restore", arguments, server=server, seconds=LONGEST_SECONDS)
    with server.connection(autocommit=True) as session:
        session.execute("ANALYZE")
