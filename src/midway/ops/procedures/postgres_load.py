"""What PostgreSQL is busy with: connections, deadlocks, damage, and which statements take the time."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg

from midway.ops.look import Look
from midway.ops.needs import PG_MONITOR, STATEMENTS
from midway.ops.procedure import Cadence, Fault, Kind, Limit, Manual, Status, procedure
from midway.ops.stage import Stage


@contextmanager
def _crowded(stage: Stage, share: float = 0.8) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(int(57 * share) - 6):
            stack.enter_context(stage.postgres.connect())
        yield


@contextmanager
def _packed(stage: Stage) -> Iterator[None]:
    with _crowded(stage, 1.0):
        yield


@procedure(
    id="postgres.connections",
    title="PostgreSQL has connections left",
    cadence=Cadence.DAILY,
    document_lines=(30, 56),
    needs=(PG_MONITOR,),
    depends_on=("postgres.writes",),
    limits=(Limit("used", "of the connections used", "%", 70, 90, "Netdata 80 and 90 %, of what is not reserved"),),
    faults=(
        Fault("crowded", "four fifths of the connections are taken", _crowded, Status.WARN, names="%"),
        Fault("packed", "nearly all are taken", _packed, Status.CRIT, names="%"),
    ),
    manual=Manual(
        why="The one after the last is a customer who sees an error.",
        read="Connections in use, of those that are not reserved for the superuser.",
        mend="The evidence says who holds them. Fewer web workers (20 each), or more max_connections and memory.",
    ),
)
def connections(look: Look) -> None:
    """By application, against max_connections less what is reserved."""
    rows = look.ask(
        "SELECT coalesce(nullif(application_name, ''), usename, '?'), count(*) FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' GROUP BY 1 ORDER BY 2 DESC"
    )
    most = look.number(
        "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
    )
    used = sum(count for _, count in rows)
    look.count(used)
    look.keep("postgres.connections", used)
    look.note(by_application=[list(row) for row in rows], most=most)
    look.found("used", 100 * used / most, f"{used} of {most:.0f} connections in use ({100 * used / most:.0f} %).")


@contextmanager
def _deadlock(stage: Stage) -> Iterator[None]:
    """Two sessions that want each other's rows; PostgreSQL ends one of them."""
    for _ in range(3):
        with stage.postgres.connect() as one, stage.postgres.connect() as other:
            one.execute("SET deadlock_timeout = '10ms'")
            other.execute("SET deadlock_timeout = '10ms'")
            one.execute("BEGIN")
            other.execute("BEGIN")
            one.execute("SELECT pg_advisory_xact_lock(1)")
            other.execute("SELECT pg_advisory_xact_lock(2)")
            wants = threading.Thread(target=_lock_quietly, args=(one, 2))
            wants.start()
            _lock_quietly(other, 1)
            wants.join(10)
    stage.postgres.do("SELECT pg_stat_force_next_flush()")
    yield


def _lock_quietly(connection: "psycopg.Connection[tuple[object, ...]]", key: int) -> None:
    try:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [key])
    except psycopg.errors.DeadlockDetected:
        connection.rollback()


@procedure(
    id="postgres.deadlocks",
    title="Sessions do not lock each other out",
    cadence=Cadence.DAILY,
    document_lines=(30,),
    needs=(PG_MONITOR,),
    depends_on=("postgres.writes",),
    limits=(Limit("deadlocks", "deadlocks since the last look", "", 0, 50, "awesome-prometheus-alerts: 5 a minute"),),
    faults=(Fault("crossed", "sessions take the same locks in different order", _deadlock, Status.WARN, "deadlock"),),
    manual=Manual(
        why="Each one is a change that was undone and had to be begun again, or an error somebody saw.",
        read="Deadlocks since the last look. Midway's own deeds start over by themselves.",
        mend="PostgreSQL's log holds both statements of each. Take the locks in the same order in both deeds.",
    ),
)
def deadlocks(look: Look) -> None:
    """The difference to the last count."""
    count, reset = look.ask(
        "SELECT deadlocks, coalesce(stats_reset::text, '') FROM pg_stat_database WHERE datname = current_database()"
    )[0]
    look.count(1)
    before = look.known.memory
    look.remember({"deadlocks": count, "reset": reset})
    if not before or before.get("reset") != reset:
        look.skip("First count kept; the next look compares with it.")
    new = count - before["deadlocks"]
    look.found("deadlocks", new, f"{new} deadlocks since the last look.")


@contextmanager
def _flipped_byte(stage: Stage) -> Iterator[None]:
    """A page of a table changes on the disk, as a dying disk changes it."""
    stage.postgres.do(
        "CREATE TABLE drill_damage AS SELECT n, repeat('x', 200) AS t FROM generate_series(1, 400) n", "CHECKPOINT"
    )
    with stage.postgres.connect() as connection:
        row = connection.execute("SELECT pg_relation_filepath('drill_damage')").fetchone()
        assert row is not None
    stage.postgres.stop()
    path = Path(stage.postgres.data) / str(row[0])
    whole = path.read_bytes()
    path.write_bytes(whole[:9000] + bytes([whole[9000] ^ 0xFF]) + whole[9001:])
    stage.postgres.start()
    stage.let_go_of_connections()
    with suppress(psycopg.Error):
        stage.postgres.do("SELECT count(t) FROM drill_damage")
    stage.postgres.do("SELECT pg_stat_force_next_flush()")
    try:
        yield
    finally:
        stage.postgres.do("DROP TABLE drill_damage", "SELECT pg_stat_reset()")


@procedure(
    id="postgres.checksums",
    title="PostgreSQL's pages are as they were written",
    cadence=Cadence.DAILY,
    document_lines=(50,),
    severity=Status.CRIT,
    needs=(PG_MONITOR,),
    depends_on=("postgres.writes",),
    limits=(Limit("damaged", "damaged pages met", "", 0, 0, "check_pgactivity: 1"),),
    faults=(Fault("flipped", "a byte of a table changed on the disk", _flipped_byte, Status.CRIT, names="damaged"),),
    manual=Manual(
        why="A disk that forgets does it silently; without checksums a damaged page goes into every backup.",
        read="Pages whose checksum was wrong when they were read. Pages nobody reads are found by pg_amcheck.",
        mend="Stop writing, take a file copy of the cluster, restore the last verified backup, replace the disk.",
        not_the_obvious="pg_dump and count(*) succeed on a damaged index, and on a damaged table without checksums.",
    ),
)
def checksums(look: Look) -> None:
    """The setting, and what PostgreSQL has counted in every database."""
    if look.ask("SHOW data_checksums")[0][0] != "on":
        look.count(1)
        look.alarm(
            Status.WARN, "Pages carry no checksums: damage would not show.", do="Stop it, then pg_checksums --enable."
        )
        return
    rows = look.ask("SELECT coalesce(datname, 'shared'), coalesce(checksum_failures, 0) FROM pg_stat_database")
    look.count(len(rows))
    for name, count in rows:
        look.found("damaged", count, f"{count} damaged pages met in {name}.", subject=name)
    look.fine(f"No damaged page was met in {len(rows)} databases.")


LONGEST = 300
"""So much of a statement is kept as evidence."""
# Whoever looks or copies is not the product: their statements would stand at the top every night.
_OURS = (
    "SELECT s.queryid::text, sum(s.calls), sum(s.total_exec_time), left(min(s.query), 20000), min(u.rolname)"
    " FROM pg_stat_statements s JOIN pg_roles u ON u.oid = s.userid"
    " WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND s.queryid IS NOT NULL"
    " AND s.query !~* '^\\s*(copy|declare|fetch|vacuum|analyze|create|begin|commit|explain)'"
    " AND s.query !~ 'pg_stat_|pg_catalog|ops_(evidence|sample|procedurestate)'"
    " GROUP BY 1 ORDER BY 3 DESC LIMIT 300"
)


@contextmanager
def _ordinary(stage: Stage) -> Iterator[None]:
    """The scene: a statement the product asks all day, and takes a moment for."""
    stage.postgres.do("SELECT pg_stat_statements_reset()")
    _ask(stage, 0.001, times=25)
    yield


def _ask(stage: Stage, seconds: float, *, times: int) -> None:
    with stage.postgres.connect() as connection:
        for _ in range(times):
            connection.execute("SELECT code, pg_sleep(%s) FROM (SELECT 1) one LEFT JOIN booking_visit ON false",
                               [seconds])  # fmt: skip


@contextmanager
def _slow(stage: Stage) -> Iterator[None]:
    """The same statement, as slow as when its index is gone."""
    _ask(stage, 0.25, times=21)
    yield
    _ask(stage, 0.001, times=25)


@procedure(
    id="postgres.statements",
    title="No statement has become slow",
    cadence=Cadence.DAILY,
    document_lines=(30, 96),
    needs=(PG_MONITOR, STATEMENTS),
    depends_on=("postgres.writes",),
    scene=_ordinary,
    limits=(
        Limit("mean", "ms for one statement", "ms", 200, 1000, "PgHero: 20 ms and 100 calls, for one machine's size",
              least_sample=20),
        Limit("slower", "times its week's usual", "×", 3, None, "Midway: three times as slow, from 20 ms up",
              least_sample=20),
    ),
    faults=(Fault("slow", "a statement takes 250 ms, twenty times", _slow, Status.WARN, names="booking_visit"),),
    manual=Manual(
        why="One statement that has lost its index slows every page that asks it.",
        read="The slowest statement since the last look, with at least twenty calls. The others are in the evidence.",
        mend="postgres.slow-statements shows its plan. EXPLAIN it, then give it an index or ask for less.",
        not_the_obvious="total_time is called total_exec_time since version 13, counts since the last reset, and holds"
        " what backups and monitoring ask: after a nightly dump the top of the list is COPY.",
    ),
)  # fmt: skip
def statements(look: Look) -> None:
    """Differences between two looks, because the counters only grow."""
    rows = look.ask(_OURS)
    before = look.known.memory
    reset = look.ask("SELECT stats_reset::text, dealloc FROM pg_stat_statements_info")[0]
    now = {queryid: [float(calls), float(total)] for queryid, calls, total, _, _ in rows}
    look.remember({"reset": reset[0], "counts": now})
    look.note(forgotten_statements=reset[1])
    if not before or before.get("reset") != reset[0]:
        look.count(len(rows))
        look.skip("First count kept; the next look compares with it.")
    slowest: list[tuple[float, int, str]] = []
    look.count(len(rows))
    for queryid, calls, total, query, owner in rows:
        old_calls, old_total = before["counts"].get(queryid, [0.0, 0.0])
        new = float(calls) - old_calls
        if new < look.limit("mean").least_sample:
            continue
        mean = (float(total) - old_total) / new
        slowest.append((round(mean, 2), int(new), f"{owner}: {query[:LONGEST]}"))
        says = f"{mean:.0f} ms on average, {new:.0f} times, by {owner}: {' '.join(query.split())[:140]}"
        look.found("mean", mean, says, subject=queryid)
        usual = look.usual("postgres.statement", days=7, subject=queryid)
        look.keep("postgres.statement", mean, subject=queryid)
        if usual and mean >= 20:
            look.found("slower", mean / usual, f"{mean / usual:.1f} times its usual. {says}", subject=queryid)
    look.note(slowest=[list(one) for one in sorted(slowest, reverse=True)])
    look.fine(f"{len(rows)} statements, {len(slowest)} of them asked often; none is slow.")


@procedure(
    id="postgres.slow-statements",
    title="The ten statements that take most time, with their plans",
    cadence=Cadence.WEEKLY,
    document_lines=(44, 96, 173),
    kind=Kind.REPORT,
    needs=(PG_MONITOR, STATEMENTS),
    depends_on=("postgres.writes",),
    scene=_ordinary,
    limits=(Limit("mean", "ms for one statement", "ms", 200, 1000, "PgHero, as in postgres.statements"),),
    faults=(Fault("slow", "a statement takes 250 ms, twenty times", _slow, Status.WARN, names="booking_visit"),),
    manual=Manual(
        why="What takes most time in all is where a week's work is worth most.",
        read="Ten statements by total time, who asks them, and how PostgreSQL would go about them now.",
        mend="A Seq Scan on a large table wants an index; many calls want to be one (select_related, prefetch).",
        not_the_obvious="EXPLAIN cannot be asked for a statement with $1 in it before version 16; a generic plan of a"
        " prepared statement can.",
    ),
)
def slow_statements(look: Look) -> None:
    """Since the counters began, or since last week's look."""
    rows = look.ask(_OURS)
    before = look.known.memory.get("counts", {})
    look.count(len(rows))
    look.remember({"counts": {row[0]: [float(row[1]), float(row[2])] for row in rows}})
    since = []
    for queryid, calls, total, query, owner in rows:
        old = before.get(queryid, [0.0, 0.0])
        if old[0] > calls:  # the counters were reset
            old = [0.0, 0.0]
        new, spent = float(calls) - old[0], float(total) - old[1]
        if new > 0:
            since.append((spent, new, queryid, query, owner))
    top = sorted(since, reverse=True)[:10]
    plans = []
    for spent, new, queryid, query, owner in top:
        plan = plan_of(look, query)
        plans.append({"owner": owner, "calls": int(new), "ms": round(spent), "query": query[:LONGEST], "plan": plan})
        if new >= 20:
            look.found("mean", spent / new, f"{spent / new:.0f} ms, {new:.0f} times: {query[:140]}", subject=queryid)
    look.note(statements=plans)
    look.fine(f"{len(top)} statements took {sum(one[0] for one in top):.0f} ms in all.")


def plan_of(look: Look, query: str) -> list[str]:
    """How PostgreSQL would go about it whatever its arguments; empty where it cannot say."""
    if not query.lstrip().lower().startswith(("select", "with")) or query.count(";"):
        return []
    count = max((n for n in range(1, 100) if f"${n}" in query), default=0)
    try:
        with look.connection.transaction(force_rollback=True):
            look.connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            look.connection.execute(f"PREPARE midway_plan AS {query}".encode())
            nulls = f"({', '.join(['NULL'] * count)})" if count else ""
            plan = look.connection.execute(f"EXPLAIN EXECUTE midway_plan{nulls}".encode()).fetchall()
    except psycopg.Error:
        return []
    finally:  # a prepared statement outlives what it was prepared in, and would be in the way of the next
        with suppress(psycopg.Error):
            look.connection.execute("DEALLOCATE ALL")
    return [str(row[0])[:160] for row in plan[:8]]
