"""What the system keeps of itself: of people only who answers for something."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Q

from midway.core.retention import ERASED, Clearing, Files, Keep, Table, nothing_personal

KEEP_LOGS = timedelta(days=30)

_STAFF = ("as long as the row", "says who answers for it")

TABLES = (
    Table("ops.Run", {"by_label": Keep(*_STAFF)}, "id code asked started_at finished_at worst"),
    Table("ops.Snooze", {"owner": Keep(*_STAFF)}, "id procedure subject reason created_at expires_at"),
    Table("ops.LimitChange", {"owner": Keep(*_STAFF)}, "id procedure name warn crit reason created_at"),
    # Sealed in a chain that must never change: procedures speak of codes and counts there. After MIDWAY_EVIDENCE_DAYS
    # it is packed into files.
    nothing_personal(
        "ops.Evidence",
        "id run procedure at status is_raised value unit warn crit examined summary next_step details took_ms host"
        " version previous_hash hash",
    ),
    nothing_personal(
        "ops.EvidenceMark",
        "id last_id last_hash rows begins_at ends_at archive_hash dropped_at previous signature",
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
    Table(
        "ops.Contact",
        {
            "phone": Keep("as long as the account", "how they are called"),
            "chat": Keep("as long as the account", "how they are called", is_secret=True),
        },
        "id user feed_number changed_at",
    ),
    Table(
        "ops.OnCallRotation",
        {"created_by": Keep(*_STAFF)},
        "id code starts_on begins_at hand_over zone turn_days has_holiday_turns created_at",
    ),
    nothing_personal("ops.RotationPlace", "id rotation position user"),
    Table(
        "ops.TakeOver",
        {"reason": Keep(*_STAFF), "created_by": Keep(*_STAFF)},
        "id code user during created_at withdrawn_at",
    ),
    nothing_personal(
        "ops.Incident",
        "id code title source fingerprint procedure severity impact priority owner began_at opened_at acknowledged_at"
        " verified_at closed_at evidence evidence_hash",
    ),
    # Only ever added to, by people of the office; what customers said is a report.
    Table("ops.TimelineEntry", {"by_label": Keep(*_STAFF), "text": Keep(*_STAFF)}, "id incident at kind facts"),
    nothing_personal("ops.Call", "id code incident user at ways answered_at is_useful marked_at"),
    Table(
        "ops.TroubleReport",
        {
            "reporter_label": Keep("as long as the incident", "stays", erased=ERASED),
            "text": Keep("as long as the incident", "stays", erased=ERASED),
        },
        "id incident reporter_code at",
        of=lambda traces: Q(reporter_code__in=traces.codes),
        told="at",
    ),
    Table("ops.StatusUpdate", {"by_label": Keep(*_STAFF)}, "id incident at stage text_en text_es is_public told"),
    Table(
        "ops.PostMortem",
        {"finished_by": Keep(*_STAFF)},
        "id incident summary impact root_cause factors went_well drafted_at finished_at",
    ),
    Table(
        "ops.FollowUp",
        {"closed_by": Keep(*_STAFF)},
        "id code incident kind says owner due_on created_at closed_at proof",
    ),
    Table("ops.TriageChange", {"owner": Keep(*_STAFF)}, "id table answer_seconds reason created_at"),
    nothing_personal("ops.AlarmMark", "id key procedure user is_useful marked_at"),
    Table("ops.DigestOnly", {"owner": Keep(*_STAFF)}, "id procedure reason created_at ended_at"),
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


def _clear_evidence(now: datetime) -> int:
    from midway.ops.letting_go import let_go_of_evidence

    return let_go_of_evidence(
        keep=timedelta(days=settings.UPKEEP.evidence_days), data=settings.ENVIRONMENT.data, now=now
    )


FILES = (
    Files(
        "evidence of procedures, packed after `MIDWAY_EVIDENCE_DAYS`: codes and counts, never names or words",
        "as long as the data folder",
        "are yours to move or remove: a mark in the database tells the checksum of each",
    ),
    Files(
        "logs in the data folder: routes and codes, never names, addresses or words",
        "thirty days after they were moved aside, and no more than three of each",
        "are removed",
    ),
)

CLEARINGS = (
    Clearing("logs moved aside", _clear_logs),
    Clearing("evidence of procedures, which is packed into the data folder", _clear_evidence),
)
