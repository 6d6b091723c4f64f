"""Everything that runs by itself, on one page."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
MONTH = timedelta(days=30)

FIRST_RETRY = timedelta(seconds=30)
LAST_RETRY = timedelta(minutes=30)


@dataclass(frozen=True)
class ScheduledEntry:
    """A job and how often it must succeed. With `at`, once a day after that time (UTC); every week it is Monday's
    turn, every month the first's. After failures it is tried again within `last_retry`. What waits for its turn is not
    due in a database that was made since the last one. What may take long runs beside the others, on a thread of its
    own."""

    name: str
    every: timedelta
    job: str
    at: time | None = None
    last_retry: timedelta = LAST_RETRY
    waits_for_turn: bool = False
    is_long: bool = False


# 08:00 UTC is the middle of the night on the American continent.
SCHEDULE: tuple[ScheduledEntry, ...] = (
    ScheduledEntry("expire-holds", MINUTE, "midway.booking.jobs:expire_holds"),
    ScheduledEntry("take-effect", HOUR, "midway.booking.jobs:take_effect"),
    ScheduledEntry("remind-customers", 5 * MINUTE, "midway.booking.jobs:remind_customers"),
    ScheduledEntry("ask-for-ratings", 15 * MINUTE, "midway.booking.jobs:ask_for_ratings"),
    ScheduledEntry("settle-credits", 15 * MINUTE, "midway.booking.jobs:settle_credits"),
    ScheduledEntry("tell-product-events", 5 * MINUTE, "midway.insight.jobs:tell_product_events"),
    ScheduledEntry("rescue-stalled-jobs", MINUTE, "midway.ops.jobs:rescue_stalled_jobs"),
    ScheduledEntry("say-we-live", 5 * MINUTE, "midway.ops.jobs:say_we_live"),
    ScheduledEntry("run-procedures", 5 * MINUTE, "midway.ops.jobs:run_due_procedures", is_long=True),
    ScheduledEntry(
        "nightly-backup",
        DAY,
        "midway.ops.jobs:nightly_backup",
        at=time(7, 30),
        last_retry=4 * HOUR,
        waits_for_turn=True,
        is_long=True,
    ),
    ScheduledEntry("take-base-copy", HOUR, "midway.ops.jobs:take_base_copy", last_retry=4 * HOUR, is_long=True),
    ScheduledEntry("end-sign-ins", HOUR, "midway.crew.jobs:end_sign_ins"),
    ScheduledEntry("extend-calendars", DAY, "midway.crew.jobs:extend_calendars", at=time(8, 10)),
    ScheduledEntry("top-up-plans", DAY, "midway.booking.jobs:top_up_plans", at=time(8, 15)),
    ScheduledEntry(
        "learn-drives", DAY, "midway.dispatch.jobs:learn_drives", at=time(8, 40), waits_for_turn=True, is_long=True
    ),
    ScheduledEntry(
        "propose-days", DAY, "midway.dispatch.jobs:propose_days", at=time(8, 50), waits_for_turn=True, is_long=True
    ),
    ScheduledEntry("apply-retention", DAY, "midway.privacy.jobs:apply_retention", at=time(8, 35)),
    ScheduledEntry("clear-booking-requests", DAY, "midway.ops.jobs:clear_booking_requests", at=time(8, 20)),
    ScheduledEntry("fill-from-waiting-list", MINUTE, "midway.booking.jobs:fill_from_waiting_list"),
    ScheduledEntry("forget-sheets", HOUR, "midway.booking.jobs:forget_sheets"),
    ScheduledEntry("clear-sessions", DAY, "midway.ops.jobs:clear_sessions", at=time(8, 30)),
    ScheduledEntry("send-daily-digest", DAY, "midway.ops.jobs:send_daily_digest", at=time(9, 30)),
    ScheduledEntry("send-weekly-digest", WEEK, "midway.ops.jobs:send_weekly_digest", at=time(9, 35)),
    ScheduledEntry("send-monthly-digest", MONTH, "midway.ops.jobs:send_monthly_digest", at=time(9, 40)),
    ScheduledEntry("clear-samples", DAY, "midway.ops.jobs:clear_samples", at=time(8, 42)),
    # In the afternoon of the American continent: a test call is not to wake anybody.
    ScheduledEntry("try-calling", MONTH, "midway.ops.jobs:try_calling", at=time(18), waits_for_turn=True),
    ScheduledEntry("write-status-page", 5 * MINUTE, "midway.ops.jobs:write_status_page"),
    ScheduledEntry("clear-finished-jobs", DAY, "midway.ops.jobs:clear_finished_jobs", at=time(8, 40)),
)


def is_due(
    entry: ScheduledEntry,
    *,
    last_success_at: datetime | None,
    last_failure_at: datetime | None,
    failures_in_a_row: int,
    now: datetime,
    began_at: datetime | None = None,
) -> bool:
    """Whether the job must run now: it has not succeeded since it last should have.

    However long the machine was off, it runs once. After a failure it waits, longer each time, up to half an hour.
    `began_at` is when this database was made.
    """
    if failures_in_a_row and last_failure_at is not None:
        wait = min(FIRST_RETRY * 2 ** min(failures_in_a_row - 1, 10), entry.last_retry)
        if now < last_failure_at + min(wait, max(entry.every, FIRST_RETRY)):
            return False
    if last_success_at is None:
        is_too_new = began_at is not None and began_at >= latest_turn(entry, now=now)
        return not (entry.waits_for_turn and is_too_new)
    if entry.at is None:
        return now >= last_success_at + entry.every
    return last_success_at < latest_turn(entry, now=now)


def latest_turn(entry: ScheduledEntry, *, now: datetime) -> datetime:
    """When it last should have begun."""
    if entry.at is None:
        return now - entry.every
    day = now.astimezone(UTC).date()
    if datetime.combine(day, entry.at, tzinfo=UTC) > now:
        day -= DAY
    if entry.every == WEEK:
        day -= timedelta(days=day.weekday())
    elif entry.every == MONTH:
        day = day.replace(day=1)
    return datetime.combine(day, entry.at, tzinfo=UTC)
