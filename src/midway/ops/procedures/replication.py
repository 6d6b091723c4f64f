"""Standbys: those that were declared, how far they are behind, and what waits for them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from midway.ops.look import Look
from midway.ops.needs import PG_MONITOR
from midway.ops.procedure import Cadence, Fault, Limit, Manual, Status, procedure
from midway.ops.stage import Stage

MB = 1024**2
NAME = "drill"


def _until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited in vain for {what}")
        time.sleep(0.02)


def _streams(stage: Stage) -> bool:
    with stage.postgres.connect() as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_replication WHERE application_name = %s AND state = 'streaming'"
            " AND replay_lsn >= pg_current_wal_lsn()", [NAME]
        ).fetchone()  # fmt: skip
    return bool(row and row[0])


@contextmanager
def _one_standby(stage: Stage) -> Iterator[None]:
    """The scene: one standby, declared and following."""
    standby = stage.standby(NAME)
    if standby.is_stopped:
        standby.start()
    _until(lambda: _streams(stage), "the standby to follow")
    try:
        with stage.changed(standbys=(NAME,)):
            yield
    finally:
        standby.stop()


def _write_much(stage: Stage, megabytes: int) -> None:
    stage.postgres.do(
        f"CREATE TABLE drill_wal AS SELECT repeat(md5(n::text), 30) AS t FROM generate_series(1, {megabytes * 1100}) n"
    )


@contextmanager
def _standby_stopped(stage: Stage) -> Iterator[None]:
    standby = stage.standby(NAME)
    standby.stop()
    yield
    standby.start()
    _until(lambda: _streams(stage), "the standby to follow again")


@contextmanager
def _replay_paused(stage: Stage) -> Iterator[None]:
    standby = stage.standby(NAME)
    with standby.connect() as connection:
        connection.execute("SELECT pg_wal_replay_pause()")
        _until(lambda: connection.execute("SELECT pg_get_wal_replay_pause_state()").fetchone() == ("paused",), "pause")
    _write_much(stage, 24)
    yield
    with standby.connect() as connection:
        connection.execute("SELECT pg_wal_replay_resume()")
    stage.postgres.do("DROP TABLE drill_wal")
    _until(lambda: _streams(stage), "the standby to catch up")


@contextmanager
def _undeclared(stage: Stage) -> Iterator[None]:
    with stage.changed(standbys=()):
        yield


@procedure(
    id="replication.standbys",
    title="The declared standbys follow, and are close",
    cadence=Cadence.DAILY,
    document_lines=(29,),
    severity=Status.CRIT,
    needs=(PG_MONITOR,),
    depends_on=("postgres.writes",),
    scene=_one_standby,
    limits=(
        Limit("bytes", "behind", "MB", 16, 256, "one segment of the log; CloudNativePG"),
        Limit("seconds", "behind", "s", 30, 300, "awesome-prometheus-alerts 30 s, CloudNativePG 300 s"),
    ),
    faults=(
        Fault("stopped", "the standby is stopped", _standby_stopped, Status.CRIT, names="does not follow"),
        Fault("paused", "it streams and replays nothing", _replay_paused, Status.WARN, names="behind"),
        Fault("undeclared", "one follows that nobody declared", _undeclared, Status.WARN, names="not declared"),
    ),
    manual=Manual(
        why="A standby that does not follow is found on the day it is needed.",
        read="Bytes of the log a standby has not replayed. Time counts only while there is something to replay.",
        mend="On the standby: its log, then pg_wal_replay_resume(), or make it anew with pg_basebackup.",
        not_the_obvious="No rows in pg_stat_replication look like no lag; a paused standby streams with a replay_lag of"
        " 0.1 s while 14 MB behind; the age of the last replayed transaction grows on an idle primary.",
    ),
)
def standbys(look: Look) -> None:
    """Compares who follows with who was declared to."""
    if look.ask("SELECT pg_is_in_recovery()")[0][0]:
        look.skip("This is a standby itself; ask at the primary.")
    rows = look.ask(
        "SELECT application_name, state, pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::float,"
        " extract(epoch FROM replay_lag)::float FROM pg_stat_replication WHERE application_name <> 'pg_basebackup'"
    )
    declared = look.around.standbys
    look.count(max(len(declared), len(rows), 1))
    found = {name: (state, behind, lag) for name, state, behind, lag in rows}
    look.note(observed=[list(row) for row in rows], declared=list(declared))
    for name in declared:
        if name not in found:
            look.alarm(Status.CRIT, f"The standby {name} does not follow.", subject=name)
    for name, (state, behind, lag) in found.items():
        if name not in declared:
            look.alarm(
                Status.WARN, f"{name} follows and was not declared.", subject=name, do="Add it to MIDWAY_STANDBYS."
            )
        if behind is None:
            look.alarm(Status.UNKNOWN, f"{name} is {state}; how far behind is not known yet.", subject=name)
            continue
        look.found("bytes", behind / MB, f"{name} is {behind / MB:.0f} MB behind ({state}).", subject=name)
        if lag is not None and behind > 0:
            look.found("seconds", lag, f"{name} is {lag:.0f} s behind.", subject=name)
    look.fine("No standby was declared, and none follows." if not rows else f"{len(rows)} standbys follow closely.")


@contextmanager
def _forgotten_slot(stage: Stage) -> Iterator[None]:
    stage.postgres.do("SELECT pg_create_physical_replication_slot('forgotten', true)")
    with stage.postgres.setting("max_slot_wal_keep_size", "64MB"):
        _write_much(stage, 90)
        try:
            _until(lambda: _gave_up(stage), "the log of the slot to be given up")
            yield
        finally:
            stage.postgres.do("SELECT pg_drop_replication_slot('forgotten')", "DROP TABLE drill_wal", "CHECKPOINT")


def _gave_up(stage: Stage) -> bool:
    with stage.postgres.connect() as connection:
        connection.execute("SELECT pg_switch_wal()")
        connection.execute("CHECKPOINT")
        row = connection.execute("SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'forgotten'").fetchone()
    return row == ("lost",)


@contextmanager
def _idle_slot(stage: Stage) -> Iterator[None]:
    stage.postgres.do("SELECT pg_create_physical_replication_slot('forgotten', true)")
    try:
        yield
    finally:
        stage.postgres.do("SELECT pg_drop_replication_slot('forgotten')")


@procedure(
    id="replication.slots",
    title="No slot keeps the log for somebody who is gone",
    cadence=Cadence.DAILY,
    document_lines=(29,),
    needs=(PG_MONITOR,),
    depends_on=("postgres.writes",),
    limits=(Limit("kept", "of the log kept", "MB", 1024, 8192, "Midway: 1 GB, on a disk of at least 40 GB"),),
    faults=(
        Fault("idle", "a slot nobody uses", _idle_slot, Status.WARN, names="forgotten"),
        Fault("lost", "a slot whose log was given up", _forgotten_slot, Status.CRIT, names="forgotten"),
    ),
    manual=Manual(
        why="A slot keeps the whole log for a standby that is gone, until the disk is full.",
        read="The log kept for each slot, and whether anybody uses it.",
        mend="SELECT pg_drop_replication_slot('name') if whoever used it is gone for good; max_slot_wal_keep_size.",
    ),
)
def slots(look: Look) -> None:
    """Every slot, used or not, and what it keeps."""
    rows = look.ask(
        "SELECT slot_name, active, coalesce(wal_status, ''),"
        " coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::float FROM pg_replication_slots"
    )
    look.count(len(rows) + 1)
    for name, active, state, kept in rows:
        look.found("kept", kept / MB, f"The slot {name} keeps {kept / MB:.0f} MB of the log.", subject=name)
        if state in {"lost", "unreserved"}:
            look.alarm(Status.CRIT, f"The slot {name} has lost its log: its standby must be made anew.", subject=name)
        elif not active:
            look.alarm(Status.WARN, f"Nobody uses the slot {name}.", subject=name)
    look.fine(f"{len(rows)} slots." if rows else "There is no slot.")


@contextmanager
def _archiving_fails(stage: Stage) -> Iterator[None]:
    with stage.postgres.setting("archive_command", "/bin/false"):
        _reloaded(stage, "/bin/false")
        before = _failures(stage)
        stage.postgres.do("CREATE TABLE drill_switch (n int)", "SELECT pg_switch_wal()", "DROP TABLE drill_switch")
        _until(lambda: _failures(stage) > before, "archiving to fail")
        yield
    _reloaded(stage, "/bin/true")
    stage.postgres.do("CREATE TABLE drill_switch (n int)", "SELECT pg_switch_wal()", "DROP TABLE drill_switch")
    _until(lambda: _last_archived(stage), "archiving to work again")


def _reloaded(stage: Stage, command: str) -> None:
    def is_so() -> bool:
        with stage.postgres.connect() as connection:
            return connection.execute("SHOW archive_command").fetchone() == (command,)

    _until(is_so, "the setting")


def _failures(stage: Stage) -> int:
    with stage.postgres.connect() as connection:
        row = connection.execute("SELECT failed_count FROM pg_stat_archiver").fetchone()
    return int(row[0]) if row else 0


def _last_archived(stage: Stage) -> bool:
    with stage.postgres.connect() as connection:
        row = connection.execute("SELECT last_archived_time > last_failed_time FROM pg_stat_archiver").fetchone()
    return bool(row and row[0])


@procedure(
    id="replication.archiver",
    title="The log is archived",
    cadence=Cadence.DAILY,
    document_lines=(29,),
    severity=Status.CRIT,
    needs=(PG_MONITOR,),
    depends_on=("postgres.writes",),
    limits=(Limit("waiting", "segments that wait", "", 20, 100, "Midway: 20 segments are 320 MB not safe yet"),),
    faults=(Fault("failing", "the archive takes nothing", _archiving_fails, Status.CRIT, names="failed"),),
    manual=Manual(
        why="What is not archived cannot be restored to the minute, and what waits fills the disk.",
        read="Whether the last attempt failed, and how many segments wait. Nothing is said where nothing is archived.",
        mend="Try archive_command by hand as the server's account; look at the archive's disk and rights.",
        not_the_obvious="A failing archive shows nowhere but in pg_stat_archiver: no client gets an error.",
    ),
)
def archiver(look: Look) -> None:
    """Compares the last failure with the last success."""
    if look.ask("SHOW archive_mode")[0][0] == "off":
        look.skip("The log is not archived here (archive_mode is off).")
    archived, failed, last_ok, last_failed, wal = look.ask(
        "SELECT archived_count, failed_count, last_archived_time, last_failed_time, last_failed_wal FROM"
        " pg_stat_archiver"
    )[0]
    waiting = look.number("SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%%.ready'")
    look.count(1)
    look.note(archived=archived, failed=failed, last_ok=str(last_ok), last_failed=str(last_failed), failed_wal=wal)
    if last_failed is not None and (last_ok is None or last_failed > last_ok):
        look.alarm(Status.CRIT, f"Archiving {wal} failed, {failed} times; nothing has gone through since.")
    look.found("waiting", waiting, f"{archived} segments archived, {waiting:.0f} wait.")
