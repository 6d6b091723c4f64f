"""What the system keeps of itself: of people only who answers for something."""

from datetime import UTC, datetime, timedelta

from django.conf import settings

from midway.core.retention import Clearing, Files, Keep, Table, nothing_personal

KEEP_LOGS = timedelta(days=30)

_STAFF = ("as long as the row", "says who answers for it")

TABLES = (
    Table("ops.Run", {"by_label": Keep(*_STAFF)}, "id code asked started_at finished_at worst"),
    Table("ops.Snooze", {"owner": Keep(*_STAFF)}, "id procedure subject reason created_at expires_at"),
    Table("ops.LimitChange", {"owner": Keep(*_STAFF)}, "id procedure name warn crit reason created_at"),
    # Sealed in a chain that must never change: procedures speak of codes and counts there.
    nothing_personal(
        "ops.Evidence",
        "id run procedure at status is_raised value unit warn crit examined summary next_step details took_ms host"
        " version previous_hash hash",
    ),
    nothing_personal(
        "ops.ProcedureState",
        "procedure last_at last_status bad_in_a_row is_raised bad_since_at rang memory remembered_at",
    ),
    nothing_personal("ops.Sample", "id series subject at value"),
    nothing_personal("ops.Heartbeat", "name at pid version"),
    nothing_personal(
        "ops.ScheduledJob",
        "name last_started_at last_success_at last_failure_at failures_in_a_row last_error took_ms",
    ),
    # Jobs carry the numbers and codes of rows, never their words.
    nothing_personal("procrastinate.ProcrastinateWorker", "id last_heartbeat"),
    nothing_personal(
        "procrastinate.ProcrastinateJob",
        "id queue_name task_name priority lock args status scheduled_at attempts queueing_lock abort_requested worker",
    ),
    nothing_personal("procrastinate.ProcrastinateEvent", "id job type at"),
    nothing_personal("procrastinate.ProcrastinatePeriodicDefer", "id task_name defer_timestamp job periodic_id"),
)


def _clear_logs(now: datetime) -> int:
    """Will remove logs that were moved aside; the one being written stays."""
    removed = 0
    for path in sorted(settings.LOG_FOLDER.glob("*.log.*")):
        if datetime.fromtimestamp(path.stat().st_mtime, UTC) < now - KEEP_LOGS:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


FILES = (
    Files(
        "logs in the data folder: routes and codes, never names, addresses or words",
        "thirty days after they were moved aside, and no more than three of each",
        "are removed",
    ),
)

CLEARINGS = (Clearing("logs moved aside", _clear_logs),)
