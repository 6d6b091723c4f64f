"""Everything that runs by itself, on one page."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class ScheduledEntry:
    """A job and how often it must succeed. With `at`, once a day after that time (UTC)."""

    name: str
    every: timedelta
    job: str
    at: time | None = None


# 08:00 UTC is the middle of the night on the American continent.
SCHEDULE: tuple[ScheduledEntry, ...] = (
    ScheduledEntry("expire-holds", MINUTE, "midway.booking.jobs:expire_holds"),
    ScheduledEntry("take-effect", HOUR, "midway.booking.jobs:take_effect"),
    ScheduledEntry("remind-customers", 5 * MINUTE, "midway.booking.jobs:remind_customers"),
    ScheduledEntry("ask-for-ratings", 15 * MINUTE, "midway.booking.jobs:ask_for_ratings"),
    ScheduledEntry("rescue-stalled-jobs", MINUTE, "midway.ops.jobs:rescue_stalled_jobs"),
    ScheduledEntry("extend-calendars", DAY, "midway.crew.jobs:extend_calendars", at=time(8, 10)),
    ScheduledEntry("top-up-plans", DAY, "midway.booking.jobs:top_up_plans", at=time(8, 15)),
    ScheduledEntry("apply-retention", DAY, "midway.privacy.jobs:apply_retention", at=time(8, 35)),
    ScheduledEntry("clear-booking-requests", DAY, "midway.ops.jobs:clear_booking_requests", at=time(8, 20)),
    ScheduledEntry("fill-from-waiting-list", MINUTE, "midway.booking.jobs:fill_from_waiting_list"),
    ScheduledEntry("forget-sheets", HOUR, "midway.booking.jobs:forget_sheets"),
    ScheduledEntry("clear-sessions", DAY, "midway.ops.jobs:clear_sessions", at=time(8, 30)),
    ScheduledEntry("clear-finished-jobs", DAY, "midway.ops.jobs:clear_finished_jobs", at=time(8, 40)),
)

FIRST_RETRY = timedelta(seconds=30)
LAST_RETRY = timedelta(minutes=30)


def is_due(
    entry: ScheduledEntry,
    *,
    last_success_at: datetime | None,
    last_failure_at: datetime | None,
    failures_in_a_row: int,
    now: datetime,
) -> bool:
    """Whether the job must run now: it has not succeeded since it last should have.

    However long the machine was off, it runs once. After a failure it waits, longer each time, up to half an hour.
    """
    if failures_in_a_row and last_failure_at is not None:
        wait = min(FIRST_RETRY * 2 ** min(failures_in_a_row - 1, 10), LAST_RETRY)
        if now < last_failure_at + min(wait, max(entry.every, FIRST_RETRY)):
            return False
    if last_success_at is None:
        return True
    if entry.at is None:
        return now >= last_success_at + entry.every
    return last_success_at < _latest_turn(entry.at, now)


def _latest_turn(at: time, now: datetime) -> datetime:
    today = datetime.combine(now.astimezone(UTC).date(), at, tzinfo=UTC)
    return today if today <= now else today - DAY
