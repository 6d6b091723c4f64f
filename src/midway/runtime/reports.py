"""Where long reports are read: from a copy that follows the database, as long as it has all that the database has."""

import time
from typing import Any

import structlog
from django.db import DEFAULT_DB_ALIAS, Error, connections

from midway.runtime.metrics import count_report

log = structlog.get_logger("midway.reports")
COPY = "reports"
WAIT_SECONDS = 2.0
_LOOK_AGAIN_SECONDS = 0.05
# What was inserted, not what was flushed: a commit that did not wait for the disk was acknowledged too.
_MOMENT = "SELECT pg_current_wal_insert_lsn()::text, (SELECT system_identifier FROM pg_control_system())"
_REACHED = """
SELECT pg_is_in_recovery(), (SELECT system_identifier FROM pg_control_system()) = %s,
    CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() >= %s::pg_lsn END
"""


def reports_database(primary: str = DEFAULT_DB_ALIAS) -> str:
    """The database to read a long report from: the copy in MIDWAY_REPORTS_DATABASE_URL, if within two seconds it has
    everything that was kept when this was asked; else the one that takes writes. The log and the metrics say which.
    """
    if COPY not in connections.settings:
        return primary
    try:
        why = _why_not_the_copy(primary)
    except Error as problem:
        connections[COPY].close()
        why = f"it does not answer ({type(problem).__name__})"
    count_report("primary" if why else "copy")
    if why:
        log.warning("reports.copy.passed_over", why=why)
        return primary
    log.info("reports.copy.chosen")
    return COPY


def _why_not_the_copy(primary: str) -> str:
    moment, system = _row(primary, _MOMENT)
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        follows, is_ours, has_all = _row(COPY, _REACHED, system, moment)
        if not follows:
            return "it follows nobody"
        if not is_ours:
            return "it follows another database"
        if has_all:
            return ""
        if time.monotonic() > deadline:
            return f"it is more than {WAIT_SECONDS:.0f} s behind"
        time.sleep(_LOOK_AGAIN_SECONDS)


def _row(alias: str, question: str, *words: str | int) -> tuple[Any, ...]:
    with connections[alias].cursor() as cursor:
        cursor.execute(question, words)
        row: tuple[Any, ...] = cursor.fetchone()
        return row
