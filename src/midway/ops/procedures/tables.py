"""Dead rows and statistics; and the ladder from ANALYZE to what may rewrite a table."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta
from functools import partial

from midway.ops.look import Look
from midway.ops.needs import PG_MONITOR, extension
from midway.ops.procedure import Cadence, Fault, Kind, Limit, Manual, Status, procedure
from midway.ops.procedures.backup import three_nights
from midway.ops.proof import backup_proof
from midway.ops.stage import Stage

GB = 1024**3
PROVED_WITHIN = timedelta(hours=26)


@contextmanager
def _table(stage: Stage) -> Iterator[None]:
    stage.postgres.do(
        "CREATE TABLE drill_rows WITH (autovacuum_enabled = off) AS SELECT n, md5(n::text) AS t"
        " FROM generate_series(1, 60000) n",
        "SELECT pg_stat_force_next_flush()",
    )
    stage.postgres.do("VACUUM (ANALYZE) drill_rows", "SELECT pg_stat_force_next_flush()")
    yield
    stage.postgres.do("DROP TABLE drill_rows")


@contextmanager
def _dead_rows(stage: Stage) -> Iterator[None]:
    """Half the rows are updated and nobody vacuums."""
    stage.postgres.do("UPDATE drill_rows SET t = 'x' WHERE n % 2 = 0", "SELECT pg_stat_force_next_flush()")
    yield
    stage.postgres.do("VACUUM (ANALYZE) drill_rows")


_TABLES = (
    "SELECT s.schemaname || '.' || s.relname, s.n_live_tup, s.n_dead_tup, s.n_mod_since_analyze,"
    " greatest(s.last_vacuum, s.last_autovacuum), greatest(s.last_analyze, s.last_autoanalyze),"
    " current_setting('autovacuum_vacuum_threshold')::float"
    "  + current_setting('autovacuum_vacuum_scale_factor')::float * greatest(c.reltuples, 0),"
    " current_setting('autovacuum_analyze_threshold')::float"
    "  + current_setting('autovacuum_analyze_scale_factor')::float * greatest(c.reltuples, 0),"
    " pg_total_relation_size(c.oid)::float FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid"
)


@procedure(
    id="tables.dead-rows",
    title="Dead rows are cleared away, and statistics are fresh",
    cadence=Cadence.WEEKLY,
    document_lines=(85, 86, 89, 90),
    needs=(PG_MONITOR,),
    depends_on=("postgres.writes",),
    scene=_table,
    limits=(
        Limit("dead", "of the rows are dead", "%", 20, 60, "Netdata 15 %, awesome-prometheus-alerts 10 % and 10 000"),
        Limit(
            "stale", "of the rows changed since they were counted", "%", 50, None, "autovacuum's formula, five times"
        ),
    ),
    faults=(Fault("updated", "half a table is updated and nobody vacuums", _dead_rows, Status.WARN, "drill_rows"),),
    manual=Manual(
        why="Dead rows are read over and over; old counts make PostgreSQL choose the wrong way.",
        read="The share of dead rows in tables of at least ten thousand, above the point where autovacuum should have"
        " come.",
        mend="midway ops run tables.vacuum --yes. If it comes back, see who keeps a transaction open.",
        not_the_obvious="VACUUM FULL as a routine locks the table against everybody, readers included, and needs its"
        " size again on the disk. ANALYZE before it is wasted.",
    ),
)
def dead_rows(look: Look) -> None:
    """By autovacuum's own formula, so that small and idle tables are left alone."""
    rows = look.ask(_TABLES)
    look.count(len(rows))
    for name, live, dead, changed, _, _, vacuum_at, analyze_at, size in rows:
        look.keep("tables.size", size, subject=name)
        if dead >= 10_000 and dead > vacuum_at:
            share = 100 * dead / max(live + dead, 1)
            look.found("dead", share, f"{share:.0f} % of {name} are dead rows ({dead}).", subject=name)
        if changed >= 10_000 and changed > 5 * analyze_at:
            share = 100 * changed / max(live, 1)
            look.found("stale", share, f"{changed} rows of {name} changed since it was analyzed.", subject=name)
    look.fine(f"{len(rows)} tables, none full of dead rows.")


@procedure(
    id="tables.vacuum",
    title="Clear dead rows away and count anew, where autovacuum has not",
    cadence=Cadence.DEMAND,
    document_lines=(85, 86, 89, 90),
    kind=Kind.REPAIR,
    needs=(PG_MONITOR,),
    depends_on=("postgres.writes",),
    scene=_table,
    time_limit_seconds=3600,
    faults=(Fault("updated", "half a table is updated and nobody vacuums", _dead_rows, Status.WARN, "drill_rows"),),
    manual=Manual(
        why="VACUUM (ANALYZE) works beside everybody and takes no lock anybody waits for.",
        read="Each step is one table above autovacuum's own threshold.",
        mend="midway ops run tables.vacuum --yes.",
    ),
)
def vacuum(look: Look) -> None:
    """Only tables that need it."""
    rows = look.ask(_TABLES)
    look.count(len(rows))
    for name, _, dead, changed, _, _, vacuum_at, analyze_at, _ in rows:
        if dead >= 10_000 and dead > vacuum_at:
            statement = f"VACUUM (ANALYZE) {_quoted(name)}"
            look.step(f"clear {dead} dead rows out of {name}", partial(_alone, look, statement), subject=name)
        elif changed >= 10_000 and changed > analyze_at:
            statement = f"ANALYZE {_quoted(name)}"
            look.step(f"count {name} anew, {changed} rows changed", partial(_alone, look, statement), subject=name)
    look.fine(f"{len(rows)} tables, none needs it.")


@contextmanager
def _mostly_air(stage: Stage) -> Iterator[None]:
    stage.postgres.do("DELETE FROM drill_rows WHERE n % 10 > 0", "VACUUM (ANALYZE) drill_rows")
    yield
    stage.postgres.do("VACUUM (FULL, ANALYZE) drill_rows")


@contextmanager
def _by_day(stage: Stage) -> Iterator[None]:
    with stage.changed(quiet_hours=(0, 0)), _mostly_air(stage):
        yield


@contextmanager
def _unproved(stage: Stage) -> Iterator[None]:
    with stage.changed(data=stage.folder / "files" / "no-backups"), _mostly_air(stage):
        yield


@contextmanager
def _small_guard(stage: Stage) -> Iterator[None]:
    from midway.ops.models import LimitChange

    with _table(stage), three_nights(stage), stage.changed(**{**stage.changes, "quiet_hours": (0, 24)}):
        LimitChange.objects.create(
            procedure="tables.rewrite", name="size", warn=0.001, crit=None, owner="drill",
            reason="a small table for the drill", created_at=stage.clock(),
        )  # fmt: skip
        yield


@procedure(
    id="tables.rewrite",
    title="Rewrite a table that is mostly air (VACUUM FULL, behind its guards)",
    cadence=Cadence.DEMAND,
    document_lines=(89, 90),
    kind=Kind.REPAIR,
    needs=(PG_MONITOR, extension("pgstattuple")),
    depends_on=("postgres.writes", "postgres.long-transactions"),
    scene=_small_guard,
    time_limit_seconds=7200,
    limits=(
        Limit("air", "of the table free or dead", "%", 50, None, "awesome-prometheus-alerts 80 %, Netdata 70 %"),
        Limit("size", "of the table", "GB", 1, None, "check_postgres: bloat matters from 1 GB"),
    ),
    is_confirmed_by_name=True,
    faults=(
        Fault("deleted", "nine tenths of a table are deleted", _mostly_air, Status.WARN, names="drill_rows"),
        Fault("by-day", "and it is not a quiet hour", _by_day, Status.WARN, names="refused: it is no quiet hour"),
        Fault("unproved", "and no backup was proved lately", _unproved, Status.WARN, names="refused: no backup"),
    ),
    manual=Manual(
        why="It is the last step of a ladder: autovacuum, VACUUM (ANALYZE), REINDEX CONCURRENTLY, and only then this.",
        read="A step appears only for a table measured to be mostly air and large. A guard that refuses says which.",
        mend="midway ops run tables.rewrite --yes --confirm DATABASE, within MIDWAY_QUIET_HOURS and a day of a proved"
        " backup. It gives up if it cannot have the lock in 5 s.",
        not_the_obvious="VACUUM FULL takes an AccessExclusiveLock: one reader of six seconds before it makes every"
        " reader after it wait too. It empties the visibility map, and leaves last_vacuum as it was.",
    ),
)
def rewrite(look: Look) -> None:
    """Measured air, a quiet hour, a proved backup, disk for more than twice the table, nobody in a long transaction."""
    rows = look.ask(_TABLES)
    look.count(len(rows))
    for name, *_, size in rows:
        if look.limit("size").judge(size / GB) is Status.OK:
            continue
        air = look.number(
            "SELECT approx_free_percent + dead_tuple_percent FROM pgstattuple_approx(%(name)s::regclass)",
            name=_quoted(name),
        )
        if look.limit("air").judge(air) is Status.OK:
            continue
        if (why := _not_now(look)) is not None:
            look.refuse(f"{why}, and {name} is {air:.0f} % air", subject=name)
            continue
        disk = look.around.host.disk(look.around.data)
        if disk.total - disk.used < 2.2 * size:
            look.refuse(f"{name} needs {2.2 * size / GB:.1f} GB of free disk to be rewritten", subject=name)
            continue
        says = f"rewrite {name}, {air:.0f} % of {size / GB:.2f} GB is air; everybody waits meanwhile"
        look.step(says, partial(_rewritten, look, name), subject=name)
    look.fine("No table is mostly air.")


def _not_now(look: Look) -> str | None:
    """Why nothing may be rewritten now."""
    from django.conf import settings

    begins, ends = look.around.quiet_hours
    if not begins <= look.now.astimezone(UTC).hour < ends:
        return f"it is no quiet hour ({begins} to {ends} o'clock UTC)"
    proof = backup_proof(data=look.around.data, secret=settings.SECRET_KEY)
    if proof.proved_made_at is None or look.now - proof.proved_made_at > PROVED_WITHIN:
        return "no backup of the last day was proved"
    return None


def _rewritten(look: Look, name: str) -> str:
    look.connection.execute("SET lock_timeout = '5s'")
    _alone(look, f"VACUUM (FULL, ANALYZE) {_quoted(name)}")
    return _alone(look, f"VACUUM {_quoted(name)}")


def _alone(look: Look, statement: str) -> str:
    look.connection.execute("SET statement_timeout = 0")
    look.connection.execute(statement.encode())
    return statement


def _quoted(name: str) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split(".", 1))
