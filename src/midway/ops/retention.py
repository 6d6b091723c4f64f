"""What the system keeps of itself: nothing about people."""

from midway.core.retention import nothing_personal

TABLES = (
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
