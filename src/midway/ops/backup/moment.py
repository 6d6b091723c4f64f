"""A moment as people say it at the worst time: "14:03", with its day, or with its offset from UTC."""

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import psycopg

from midway.ops.backup.setting import Setting
from midway.runtime.problem import CannotRun

HOW = 'say it as 14:03, as "2026-11-26 14:03", or with its offset from UTC: 2026-11-26T14:03-05:00'


class NoMoment(CannotRun):
    """Nobody can tell which moment is meant. The message says how to say it."""


def read_moment(said: str, zone: ZoneInfo, *, now: datetime) -> datetime:
    """The moment that is meant, in this zone where no offset is said; a time alone is the last one that has been.

    Raises `NoMoment`, also for a time that came twice or never because the clocks changed.
    """
    with suppress(ValueError):
        found = datetime.fromisoformat(said)
        return found if found.tzinfo else _in(zone, found, said)
    try:
        at = time.fromisoformat(said)
    except ValueError as problem:
        raise NoMoment(f"{said!r} is no moment: {HOW}") from problem
    if ":" not in said:
        raise NoMoment(f"{said!r} may be an hour or a day: {HOW}")
    if at.tzinfo is not None:
        raise NoMoment(f"{said!r} says no day: {HOW}")
    today: date = now.astimezone(zone).date()
    found = _in(zone, datetime.combine(today, at), said)
    return found if found <= now else _in(zone, datetime.combine(today - timedelta(days=1), at), said)


def has_offset(said: str) -> bool:
    """Whether it says by itself which moment it is, wherever one lives."""
    with suppress(ValueError):
        return datetime.fromisoformat(said).tzinfo is not None
    return False


def zone_of(setting: Setting) -> ZoneInfo:
    """The zone the company lives in, which its database knows. Raises `NoMoment` when that cannot be asked."""
    try:
        with setting.server.connection() as session:
            row = session.execute("SELECT zone FROM crew_branch ORDER BY id LIMIT 1").fetchone()
    except (CannotRun, psycopg.Error) as problem:
        raise NoMoment(
            "The database cannot say in which zone you live: say the moment with its offset from UTC, as in "
            "2026-11-26T14:03-05:00"
        ) from problem
    return ZoneInfo(str(row[0]) if row else "UTC")


def _in(zone: ZoneInfo, local: datetime, said: str) -> datetime:
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise NoMoment(
            f"The clocks changed at {said}, so it came twice or never: say it with its offset from UTC, as in "
            f"{local:%Y-%m-%dT%H:%M}-05:00"
        )
    return first
