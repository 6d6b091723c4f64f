"""What runs out without a sound: sequences, transaction numbers, open files, connections of Redis; and growth."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from midway.ops.host import Share
from midway.ops.look import Look
from midway.ops.needs import PG_MONITOR, REDIS
from midway.ops.procedure import Break, Cadence, Fault, Kind, Limit, Manual, Status, procedure
from midway.ops.procedures.host import told
from midway.ops.procedures.redis import with_redis
from midway.ops.stage import Stage
from midway.ops.trend import days_until, slope_per_day

GB = 1024**3
LEAST_LOOKS = 7
TOO_EARLY = "of peaks and of the disk's growth it is too early to tell"


@contextmanager
def _sequence(stage: Stage, value: int = 2_000_000_000) -> Iterator[None]:
    stage.postgres.do(
        "CREATE TABLE drill_small (id serial PRIMARY KEY)", f"SELECT setval('drill_small_id_seq', {value})"
    )
    yield
    stage.postgres.do("DROP TABLE drill_small")


@contextmanager
def _sequence_early(stage: Stage) -> Iterator[None]:
    with _sequence(stage, 1_600_000_000):
        yield


@contextmanager
def _narrow_column(stage: Stage) -> Iterator[None]:
    """As where a table was made by hand: the sequence could count on, the column can not."""
    stage.postgres.do(
        "CREATE SEQUENCE drill_wide", "CREATE TABLE drill_narrow (id int DEFAULT nextval('drill_wide'))",
        "ALTER SEQUENCE drill_wide OWNED BY drill_narrow.id", "SELECT setval('drill_wide', 2000000000)",
    )  # fmt: skip
    yield
    stage.postgres.do("DROP TABLE drill_narrow")


@procedure(
    id="limits.sequences",
    title="No table runs out of numbers",
    cadence=Cadence.MONTHLY,
    document_lines=(56,),
    depends_on=("postgres.writes",),
    limits=(Limit("used", "of the numbers used", "%", 70, 90, "check_postgres 85 and 95 %, PgHero 90 %"),),
    faults=(
        Fault("early", "three quarters of the numbers are used", _sequence_early, Status.WARN, names="drill_small"),
        Fault("late", "a serial column is close to its end", _sequence, Status.CRIT, names="drill_small"),
        Fault("narrow", "a column is smaller than the sequence that fills it", _narrow_column, Status.CRIT,
              names="drill_wide"),
    ),
    manual=Manual(
        why="After the last number nothing can be added to the table: no booking, no invoice line.",
        read="The fullest sequence, against the smaller of its own end and its column's.",
        mend="A migration that makes the column bigint, in two steps, before it is needed.",
    ),
)  # fmt: skip
def sequences(look: Look) -> None:
    """Also of sequences that are larger than the column they fill."""
    rows = look.ask(
        "SELECT s.schemaname || '.' || s.sequencename, 100.0 * coalesce(s.last_value, 0)"
        " / least(s.max_value, CASE a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647"
        " ELSE 9223372036854775807 END),"
        " has_sequence_privilege(format('%%I.%%I', s.schemaname, s.sequencename), 'SELECT, USAGE') FROM pg_sequences s"
        " LEFT JOIN pg_depend d ON d.objid = format('%%I.%%I', s.schemaname, s.sequencename)::regclass"
        " AND d.deptype IN ('a', 'i') AND d.classid = 'pg_class'::regclass AND d.refobjsubid > 0"
        " LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"
    )
    hidden = [name for name, _, may_see in rows if not may_see]
    if hidden:  # their last number is told as none, which is not the same as none used
        role = look.around.database.get("user", "our role")
        says = f"The role {role} may not see how far {len(hidden)} sequences are: {', '.join(hidden[:3])}."
        look.cannot(says, f'GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO "{role}";')
    look.count(len(rows))
    for name, percent, _ in rows:
        look.found("used", float(percent), f"{name} has used {float(percent):.1f} % of its numbers.", subject=name)
    look.fine(f"{len(rows)} sequences, none near its end.")


_NUMBERS_IN_A_SEGMENT = 1 << 20
"""Of transactions, in a file of `pg_xact`: 32 pages of 8192 bytes, four to the byte."""


@contextmanager
def _old_transactions(stage: Stage) -> Iterator[None]:
    """The counter is set far ahead of where it is, as after years without freezing; then everything is frozen."""
    with stage.postgres.connect() as connection:
        row = connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").fetchone()
    far = ((int(row[0]) if row else 0) + 1_600_000_000) % 2**32 // _NUMBERS_IN_A_SEGMENT * _NUMBERS_IN_A_SEGMENT
    stage.postgres.stop()
    data, binaries = Path(stage.postgres.data), stage.postgres.binaries.folder
    _as_server(stage, [str(binaries / "pg_resetwal"), "-x", str(far + 3), "-D", str(data)])
    segment = data / "pg_xact" / f"{far // _NUMBERS_IN_A_SEGMENT:04X}"
    segment.write_bytes(b"\0" * 256 * 1024)
    _own(stage, segment)
    stage.postgres.start()
    stage.let_go_of_connections()
    try:
        yield
    finally:
        stage.postgres.do("UPDATE pg_database SET datallowconn = true WHERE datname = 'template0'", dbname="postgres")
        for name in ("template0", "template1", "postgres", "midway"):
            stage.postgres.do("VACUUM (FREEZE)", dbname=name)


def _as_server(stage: Stage, command: list[str]) -> None:
    from midway.runtime import process

    child = process.start(
        command, env={"PATH": "/usr/bin:/bin"}, output=subprocess.PIPE, account=process.server_account(),
        needs=[Path(stage.postgres.data)],
    )  # fmt: skip
    said = child.communicate()[0]
    if child.returncode:
        raise RuntimeError(said.decode(errors="replace"))


def _own(stage: Stage, path: Path) -> None:
    import os

    owner = Path(stage.postgres.data).stat()
    os.chown(path, owner.st_uid, owner.st_gid)
    path.chmod(0o600)


@procedure(
    id="limits.transaction-numbers",
    title="Old transaction numbers are put away in time",
    cadence=Cadence.DAILY,
    document_lines=(56,),
    severity=Status.CRIT,
    needs=(PG_MONITOR,),
    depends_on=("postgres.writes",),
    limits=(
        Limit("age", "of the numbers between oldest and newest", "%", 40, 60, "check_postgres: 1.3 and 1.4 billion"),
    ),
    faults=(Fault("old", "1.6 billion transactions without freezing", _old_transactions, Status.CRIT, names="%"),),
    manual=Manual(
        why="When the numbers run out PostgreSQL stops taking writes until it was cleaned by hand.",
        read="The oldest database's age in percent of 2^31. Autovacuum begins by itself at 200 million, 9 %.",
        mend="Something keeps it from freezing: postgres.long-transactions, replication.slots, prepared transactions."
        " Then VACUUM (FREEZE).",
    ),
)
def transaction_numbers(look: Look) -> None:
    """Of every database, and of multixacts."""
    rows = look.ask("SELECT datname, age(datfrozenxid)::float, mxid_age(datminmxid)::float FROM pg_database")
    look.count(len(rows))
    for name, age, multi in rows:
        percent = 100 * max(age, multi) / 2**31
        look.found("age", percent, f"{name}: {percent:.1f} % of the transaction numbers are in use.", subject=name)
    look.fine(f"{len(rows)} databases, none short of transaction numbers.")


@contextmanager
def _few_clients(stage: Stage) -> Iterator[None]:
    with stage.redis.setting(maxclients="40"):
        clients = [stage.redis.client() for _ in range(34)]
        for client in clients:
            client.ping()
        try:
            yield
        finally:
            for client in clients:
                client.close()


@procedure(
    id="limits.redis-clients",
    title="Redis has connections left and refused none",
    cadence=Cadence.MONTHLY,
    document_lines=(56,),
    needs=(REDIS,),
    depends_on=("redis.writes",),
    scene=with_redis,
    limits=(Limit("used", "of the connections used", "%", 80, 95, "awesome-prometheus-alerts: 90 %"),),
    faults=(Fault("crowded", "34 of 40 connections are taken", _few_clients, Status.WARN, names="connections"),),
    manual=Manual(
        why="A refused connection looks like a dead Redis.",
        read="Connected clients of maxclients, and those refused since the last look.",
        mend="Find who opens so many (CLIENT LIST), or raise maxclients and the number of open files.",
    ),
)
def redis_clients(look: Look) -> None:
    """Now, and refused since the last look."""
    clients, stats = look.redis_info("clients"), look.redis_info("stats")
    used, most = int(clients["connected_clients"]), int(look.redis_setting("maxclients"))
    look.count(used)
    look.found("used", 100 * used / most, f"{used} of {most} connections of Redis in use.")
    refused = int(stats["rejected_connections"])
    before = int(look.known.memory.get("refused", refused))
    if refused > before:
        look.alarm(Status.WARN, f"Redis refused {refused - before} connections since the last look.")
    look.remember({"refused": refused})


@procedure(
    id="limits.open-files",
    title="The machine can open more files",
    cadence=Cadence.MONTHLY,
    document_lines=(56,),
    limits=(Limit("used", "of the open files", "%", 70, 90, "Netdata: 80 and 90 %"),),
    scene=told(open_files=Share(10, 1000)),
    faults=(Fault("many", "four fifths are open", told(open_files=Share(800, 1000)), Status.WARN, names="files"),),
    manual=Manual(
        why="Every connection is a file; without one more nobody comes in.",
        read="Open files of the whole machine, against the kernel's limit.",
        mend="lsof | awk '{print $1}' | sort | uniq -c | sort -n shows who; sysctl fs.file-max raises the limit.",
    ),
)
def open_files(look: Look) -> None:
    """As the kernel counts."""
    found = look.around.host.open_files()
    if not found.total:
        look.cannot("The kernel does not say how many files are open.", "This works on Linux only.")
    look.count(1)
    look.found("used", found.percent, f"{found.used:.0f} of {found.total:.3g} files are open.")


def _grew(series: str, start: float, by: float, *, subject: str = "") -> Break:
    @contextmanager
    def grew(stage: Stage) -> Iterator[None]:
        from midway.ops.models import Sample

        Sample.objects.filter(series=series).delete()
        now = stage.clock()
        for day in range(30):
            at = now - timedelta(days=30 - day)
            Sample.objects.create(series=series, subject=subject, at=at, value=start + by * day)
        yield
        Sample.objects.filter(series=series).delete()
        if by > 0.1:
            with _grew(series, start, 0.0, subject=subject)(stage):
                pass

    return grew


@contextmanager
def _steady(stage: Stage) -> Iterator[None]:
    with stage.changed(host=stage.around.host), told(disk=Share(40, 100), memory=Share(40, 100))(stage):
        yield


@procedure(
    id="limits.growth",
    title="What is there lasts another three months",
    cadence=Cadence.MONTHLY,
    document_lines=(55,),
    kind=Kind.REPORT,
    needs=(PG_MONITOR,),
    depends_on=("postgres.writes",),
    scene=_steady,
    limits=(
        Limit("disk", "days until the disk is full", "days", 90, 30, "Midway: an order takes a month", low_is_bad=True),
        Limit("peak", "of the connections at the peak", "%", 70, 85, "Midway: growth of a busy quarter"),
        Limit("memory", "of the memory at the peak", "%", 80, 90, "awesome-prometheus-alerts: 10 % left"),
    ),
    faults=(
        Fault("disk", "the disk fills by 1 % a day", _grew("host.disk", 10, 1.0), Status.WARN, names="disk"),
        Fault("crowds", "connections peak at fifty", _grew("postgres.connections", 50, 0.001), Status.CRIT,
              names="connections"),
        Fault("memory", "memory peaked at 85 %", _grew("host.memory", 85, 0.001), Status.WARN, names="memory"),
    ),
    manual=Manual(
        why="Scaling takes weeks when it is ordered and minutes when it was foreseen.",
        read="The line through thirty days, and the peaks. The evidence has the tables that grew most.",
        mend="A larger disk, more memory, or fewer things kept: the evidence says what grows.",
    ),
)  # fmt: skip
def growth(look: Look) -> None:
    """From the series the daily procedures keep."""
    since = look.now - timedelta(days=30)
    size = look.number("SELECT pg_database_size(current_database())")
    look.keep("limits.database", size / GB)
    look.count(1)
    disk = look.around.host.disk(look.around.data)
    points = look.known.series("host.disk", "", since)
    days = days_until(points, 100.0, least_points=LEAST_LOOKS)
    if days is not None:
        look.found("disk", days, f"The disk is full in {days:.0f} days if it goes on like this.")
    most = look.number(
        "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
    )
    crowds = [value for _, value in look.known.series("postgres.connections", "", since)]
    if crowds:
        says = f"At the peak {max(crowds):.0f} of {most:.0f} connections were in use."
        look.found("peak", 100 * max(crowds) / most, says)
    memory = [value for _, value in look.known.series("host.memory", "", since)]
    if memory:
        look.found("memory", max(memory), f"At the peak {max(memory):.0f} % of the memory was in use.")
    slope = slope_per_day(look.known.series("limits.database", "", look.now - timedelta(days=400)))
    look.note(database_gb=round(size / GB, 3), grows_gb_a_day=slope, disk_used_percent=round(disk.percent, 1))
    told = "the peaks leave room, and so does the disk" if min(len(points), len(crowds)) >= LEAST_LOOKS else TOO_EARLY
    look.fine(f"The database has {size / GB:.2f} GB; {told}.")
