"""How every procedure stands, for a page: what was found last, and the worst of each day of a year.

What was not looked at when it should have been is not known, however well it looked before.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from itertools import groupby

import orjson
from django.db.models import QuerySet
from django.db.models.functions import TruncDate

from midway.ops.models import Evidence, Snooze
from midway.ops.procedure import Cadence, Kind, Limit, Procedure, Status, worst
from midway.ops.registry import all_procedures
from midway.ops.schedule import latest_turn
from midway.ops.upkeep import entry_of

YEAR_DAYS = 365
LATE_BY = timedelta(hours=2)
BAD = (Status.CRIT, Status.WARN, Status.UNKNOWN)


@dataclass(frozen=True)
class Stretch:
    """Days in a row that came to the same; the first is 0 a year ago."""

    first: int
    days: int
    status: Status


@dataclass(frozen=True)
class Standing:
    """One procedure now. `is_late` when it should have been looked at since."""

    procedure: Procedure
    latest: Evidence | None
    is_late: bool
    stretches: tuple[Stretch, ...] = ()

    @property
    def status(self) -> Status:
        """What is known now; nothing and too old a look are unknown."""
        return Status.UNKNOWN if self.latest is None or self.is_late else Status(self.latest.status)

    @property
    def needs_you(self) -> bool:
        """Whether somebody is to do something. A preview of a repair asks nobody."""
        is_mine = self.procedure.kind is not Kind.REPAIR and self.latest is not None
        return is_mine and not self.is_late and self.status in BAD and bool(self.latest and self.latest.is_raised)

    def days(self, status: Status) -> int:
        """On how many days of the year this was the worst."""
        return sum(stretch.days for stretch in self.stretches if stretch.status is status)


def standings(*, now: datetime, zone: tzinfo) -> list[Standing]:
    """Every procedure, in two questions."""
    today = now.astimezone(zone).date()
    rows = Evidence.objects.order_by("procedure", "-at", "-id").distinct("procedure").defer("details")
    latest = {row.procedure: row for row in rows}
    days = _worst_of_days(since=now - timedelta(days=YEAR_DAYS), zone=zone)
    return [
        Standing(one, latest.get(one.id), is_late(one, latest.get(one.id), now=now), _stretches(days[one.id], today))
        for one in all_procedures()
    ]


def standing_of(procedure: Procedure, *, now: datetime, zone: tzinfo) -> Standing:
    """One procedure."""
    latest = Evidence.objects.filter(procedure=procedure.id).order_by("-at", "-id").first()
    days = _worst_of_days(since=now - timedelta(days=YEAR_DAYS), zone=zone, procedure=procedure.id)[procedure.id]
    stretches = _stretches(days, now.astimezone(zone).date())
    return Standing(procedure, latest, is_late(procedure, latest, now=now), stretches)


def is_late(procedure: Procedure, latest: Evidence | None, *, now: datetime) -> bool:
    """Whether its turn has gone by without a look."""
    if procedure.cadence is Cadence.DEMAND or procedure.kind is Kind.REPAIR or latest is None:
        return False
    turn = latest_turn(entry_of(procedure), now=now)
    return latest.at < turn and now > turn + LATE_BY


def sleeping_now(*, now: datetime, procedure: str = "") -> QuerySet[Snooze]:
    """What is snoozed, the first to wake first."""
    rows = Snooze.objects.filter(created_at__lte=now, expires_at__gt=now).order_by("expires_at", "id")
    return rows.filter(procedure=procedure) if procedure else rows


@dataclass(frozen=True)
class Rehearsal:
    """What a threshold would have done in the kept history."""

    looks: int
    warn: int
    crit: int


def would_have_rung(procedure: Procedure, limit: Limit, *, now: datetime) -> Rehearsal:
    """Judges the kept numbers of a year by this threshold, as if it had held all along."""
    rows = Evidence.objects.filter(procedure=procedure.id, at__gte=now - timedelta(days=YEAR_DAYS)).order_by("at")
    rang: set[str] = set()
    counts = {Status.WARN: 0, Status.CRIT: 0, Status.OK: 0}
    for text in rows.values_list("details", flat=True).iterator(chunk_size=500):
        found = [one for one in orjson.loads(text)["findings"] if one["limit"] == limit.name]
        judged = {
            one["subject"]: limit.judge(one["value"], rang=one["subject"] in rang)
            for one in found
            if one["value"] is not None
        }
        if judged:
            rang = {subject for subject, status in judged.items() if status is not Status.OK}
            counts[worst(list(judged.values()))] += 1
    return Rehearsal(sum(counts.values()), counts[Status.WARN], counts[Status.CRIT])


Days = Mapping[date, Status]


def _worst_of_days(*, since: datetime, zone: tzinfo, procedure: str = "") -> "defaultdict[str, dict[date, Status]]":
    rows = Evidence.objects.filter(at__gte=since)
    if procedure:
        rows = rows.filter(procedure=procedure)
    found: defaultdict[str, dict[date, Status]] = defaultdict(dict)
    said = rows.annotate(day=TruncDate("at", tzinfo=zone)).values_list("procedure", "day", "status").distinct()
    for name, day, status in said.order_by():
        found[name][day] = worst([Status(status), found[name].get(day, Status.SKIPPED)])
    return found


def _stretches(days: Days, today: date) -> tuple[Stretch, ...]:
    first = today - timedelta(days=YEAR_DAYS - 1)
    known = sorted(((day - first).days, status) for day, status in days.items() if day >= first)
    # Neighbours with the same status keep the same distance to their place in the row.
    runs = groupby(enumerate(known), key=lambda one: (one[1][0] - one[0], one[1][1]))
    found = [[place for _, place in run] for _, run in runs]
    return tuple(Stretch(run[0][0], len(run), run[0][1]) for run in found)
