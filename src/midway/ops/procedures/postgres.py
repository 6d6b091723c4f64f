"""Is PostgreSQL there, does it take writes, and who holds others up?"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial

from midway.ops.look import Look
from midway.ops.needs import PG_MONITOR, PG_SIGNAL_BACKEND
from midway.ops.procedure import Cadence, Fault, Kind, Limit, Manual, Status, procedure, worst
from midway.ops.stage import Stage

PERSON = "midway ops run postgres.end-stuck-transactions"
STUCK_SECONDS = 1800.0
COPIES = ("pg_dump", "pg_basebackup")


@contextmanager
def _read_only(stage: Stage) -> Iterator[None]:
    stage.postgres.do("ALTER DATABASE midway SET default_transaction_read_only = on")
    try:
        yield
    finally:
        stage.postgres.do("ALTER DATABASE midway SET default_transaction_read_only = off", dbname="postgres")
        stage.postgres.do("ALTER DATABASE midway RESET default_transaction_read_only", dbname="postgres")


@contextmanager
def _stopped(stage: Stage) -> Iterator[None]:
    stage.postgres.stop()
    try:
        yield
    finally:
        stage.postgres.start()
        stage.let_go_of_connections()


@procedure(
    id="postgres.writes",
    title="PostgreSQL answers and takes a write",
    cadence=Cadence.DAILY,
    document_lines=(23,),
    severity=Status.CRIT,
    retries=1,
    limits=(Limit("answer", "seconds for a write", "s", 1.0, 3.0, "Prometheus blackbox rules: slower than 1 s"),),
    faults=(
        Fault("read-only", "the database only reads", _read_only, Status.CRIT, names="refuses to write"),
        Fault("stopped", "the server is stopped", _stopped, Status.CRIT, names="does not answer"),
    ),
    manual=Manual(
        why="A database that only reads answers SELECT 1 and every green light built on it, and sells nothing.",
        read="The value is the time for one write that is taken back.",
        mend="Look at the server's log; free its disk if it is full; start it with midway up or systemctl.",
        not_the_obvious="`SELECT 1` passes on a read-only database; an INSERT does not.",
    ),
)
def writes(look: Look) -> None:
    """Writes a heartbeat and takes it back."""
    import psycopg

    began = look.now
    look.count(1)
    try:
        connection = look.connection
    except psycopg.OperationalError as problem:
        look.alarm(Status.CRIT, f"PostgreSQL does not answer: {' '.join(str(problem).split())[:160]}")
        return
    try:
        with connection.transaction(force_rollback=True):
            look.ask(
                "INSERT INTO ops_heartbeat (name, at, pid, version) VALUES ('probe', %(now)s, 0, '')"
                " ON CONFLICT (name) DO UPDATE SET at = excluded.at RETURNING 1"
            )
    except psycopg.errors.InsufficientPrivilege:
        role = look.around.database.get("user", "our role")
        grant = f'GRANT INSERT, UPDATE, SELECT ON ops_heartbeat TO "{role}";'
        look.cannot(f"The role {role} may not write into ops_heartbeat.", grant)
    except psycopg.Error as problem:
        look.alarm(Status.CRIT, f"PostgreSQL refuses to write: {str(problem).strip()[:160]}")
        return
    seconds = (look.around.clock() - began).total_seconds()
    look.found("answer", seconds, f"A write took {seconds * 1000:.0f} ms.")


@contextmanager
def _forgotten_transaction(stage: Stage, by: timedelta = timedelta(minutes=31)) -> Iterator[None]:
    with stage.postgres.connect() as forgotten, stage.clock.moved(by):
        forgotten.execute("BEGIN")
        forgotten.execute("SELECT count(*) FROM booking_visit")
        yield


@contextmanager
def _coffee_break(stage: Stage) -> Iterator[None]:
    with _forgotten_transaction(stage, timedelta(minutes=6)):
        yield


@procedure(
    id="postgres.long-transactions",
    title="No transaction is left open",
    cadence=Cadence.DAILY,
    document_lines=(30,),
    needs=(PG_MONITOR,),
    depends_on=("postgres.writes",),
    limits=(
        Limit("open", "age of an open transaction", "s", 300, 1800, "CloudNativePG rules: 300 s"),
        Limit("idle", "idle inside a transaction", "s", 60, 600, "PgHero and check_postgres: 60 s"),
        Limit("copy", "age of a backup's transaction", "s", 7200, 16_200, "Midway: a backup is stopped after 4 h"),
    ),
    faults=(
        Fault("coffee", "somebody left a transaction open for six minutes", _coffee_break, Status.WARN, "transaction"),
        Fault("forgotten", "somebody left one open for half an hour", _forgotten_transaction, Status.CRIT, "open"),
    ),
    manual=Manual(
        why="An open transaction keeps dead rows alive everywhere and may hold locks others wait for.",
        read="The age of the oldest open transaction; who holds it is in the evidence.",
        mend=f"Ask whoever it is; else {PERSON} shows and, with --yes, ends it.",
    ),
)
def long_transactions(look: Look) -> None:
    """Asks by our clock, not the server's, how long each session has been at it."""
    sessions = look.ask(
        "SELECT pid, coalesce(usename, '?'), coalesce(application_name, ''), coalesce(state, ''),"
        " extract(epoch FROM %(now)s - xact_start)::float, extract(epoch FROM %(now)s - state_change)::float"
        " FROM pg_stat_activity WHERE backend_type = 'client backend'"
    )
    look.count(len(sessions))
    for pid, who, application, state, age, since in sessions:
        if age is None or application == "midway ops":
            continue
        says = f"{who} ({application or 'no name'}, process {pid}) holds a transaction open for {age:.0f} s"
        if application.startswith(COPIES):  # it is open as long as the copying takes, by design
            look.found("copy", age, f"{says}, {state}.", subject=application)
            continue
        idle = look.limit("idle").judge(since) if state.startswith("idle in transaction") else Status.OK
        if idle is not Status.OK and idle is worst([idle, look.limit("open").judge(age)]):  # the worse is told, once
            look.found("idle", since, f"{says}, doing nothing for {since:.0f} s.", subject=who)
        else:
            look.found("open", age, f"{says}, {state}.", subject=who)
    look.fine(f"{len(sessions)} sessions, none in a transaction for long.")


@contextmanager
def _lock_held(stage: Stage) -> Iterator[None]:
    import threading

    with ExitStack() as stack:
        holder = stack.enter_context(stage.postgres.connect())
        waiter = stack.enter_context(stage.postgres.connect(options="-c lock_timeout=0"))
        holder.execute("BEGIN")
        holder.execute("LOCK TABLE booking_hold IN ACCESS EXCLUSIVE MODE")
        waiting = threading.Thread(target=_select_quietly, args=(waiter,), daemon=True)
        waiting.start()
        _until_waiting(stage)
        stack.enter_context(stage.clock.moved(timedelta(minutes=3)))
        try:
            yield
        finally:
            holder.execute("ROLLBACK")
            waiting.join(10)


def _select_quietly(waiter: object) -> None:
    waiter.execute("SELECT count(*) FROM booking_hold")  # type: ignore[attr-defined]


def _until_waiting(stage: Stage) -> None:
    import time

    deadline = time.monotonic() + 10
    with stage.postgres.connect() as watching:
        while time.monotonic() < deadline:
            row = watching.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone()
            if row and row[0]:
                return
            time.sleep(0.01)
    raise TimeoutError("nobody came to wait for the lock")


@procedure(
    id="postgres.lock-waits",
    title="Nobody waits long for a lock",
    cadence=Cadence.DAILY,
    document_lines=(30,),
    needs=(PG_MONITOR,),
    depends_on=("postgres.writes",),
    limits=(Limit("wait", "time waited for a lock", "s", 30, 120, "check_postgres: 1 and 2 minutes"),),
    faults=(Fault("held", "a lock on a table is held for three minutes", _lock_held, Status.CRIT, names="waits"),),
    manual=Manual(
        why="Whoever waits for a lock is a customer whose page does not come.",
        read="The longest wait; the evidence names who waits and who is in the way.",
        mend=f"End whoever is in the way: {PERSON}.",
    ),
)
def lock_waits(look: Look) -> None:
    """Names who waits, for how long, and for whom."""
    sessions = int(look.number("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"))
    look.count(sessions)
    waiting = look.ask(
        "SELECT a.pid, coalesce(a.usename, '?'), extract(epoch FROM %(now)s - a.query_start)::float,"
        " pg_blocking_pids(a.pid) FROM pg_stat_activity a WHERE a.wait_event_type = 'Lock'"
    )
    for pid, who, seconds, blockers in waiting:
        look.found("wait", seconds, f"{who} (process {pid}) waits {seconds:.0f} s for process {blockers}.", subject=who)
    look.note(waiting=[list(row) for row in waiting])
    look.fine(f"{sessions} sessions, none waits for a lock.")


@contextmanager
def _stuck(stage: Stage) -> Iterator[None]:
    with ExitStack() as stack:
        forgotten = stage.postgres.connect()
        stack.callback(forgotten.close)
        stack.enter_context(stage.clock.moved(timedelta(minutes=31)))
        forgotten.execute("BEGIN")
        forgotten.execute("SELECT count(*) FROM booking_visit")
        yield


@procedure(
    id="postgres.end-stuck-transactions",
    title="End transactions that are stuck",
    cadence=Cadence.DEMAND,
    document_lines=(30,),
    kind=Kind.REPAIR,
    needs=(PG_MONITOR, PG_SIGNAL_BACKEND),
    depends_on=("postgres.writes",),
    faults=(Fault("forgotten", "a session does nothing inside a transaction", _stuck, Status.WARN, names="end"),),
    manual=Manual(
        why="What is open for half an hour and does nothing will not end by itself.",
        read="Each step is one session. Without --yes nothing is ended.",
        mend="midway ops run postgres.end-stuck-transactions --yes. What the session had not committed is undone.",
        not_the_obvious="`kill -9` of one backend makes PostgreSQL end all of them; pg_terminate_backend ends one.",
    ),
)
def end_stuck_transactions(look: Look) -> None:
    """Only sessions that do nothing inside a transaction, never one that works, a backup or upkeep itself."""
    sessions = look.ask(
        "SELECT pid, coalesce(usename, '?'), coalesce(application_name, ''),"
        " extract(epoch FROM %(now)s - state_change)::float, state, backend_start FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid()"
    )
    look.count(len(sessions) + 1)
    for pid, who, application, seconds, state, born in sessions:
        if not (state or "").startswith("idle in transaction") or seconds < STUCK_SECONDS:
            continue
        if application.startswith((*COPIES, "midway ops")):
            look.refuse(f"process {pid} is {application}: a backup is not ended here", subject=who)
            continue
        look.step(
            f"end process {pid} of {who}, idle in a transaction for {seconds / 60:.0f} minutes",
            partial(_ended, look, pid, born),
            subject=who,
        )
    look.fine("No session is stuck in a transaction.")


def _ended(look: Look, pid: int, born: object) -> str:
    """By number and birth, so that a successor with the same number is left alone."""
    rows = look.ask(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid = %(pid)s AND backend_start = %(born)s",
        pid=pid,
        born=born,
    )
    return "ended" if rows and rows[0][0] else "was gone already"
