"""How well incidents are handled, and what calls people for nothing."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from statistics import median

from midway.ops.incidents.draft import measures_of
from midway.ops.models import AlarmMark, Call, DigestOnly, Incident
from midway.ops.registry import UnknownProcedure, procedure_named

QUARTER = timedelta(days=91)
NOISE_WINDOW = timedelta(days=30)
USEFUL = 0.5
"""Under this share of useful calls a procedure is proposed for the digest."""


@dataclass(frozen=True)
class Measures:
    """A quarter in numbers; the times are medians in minutes."""

    incidents: int
    to_notice: float | None
    to_answer: float | None
    to_mend: float | None
    by_part: list[tuple[str, int]]
    calls_by_week: list[tuple[date, int]]


@dataclass(frozen=True)
class Noise:
    """How often calls because of one procedure were worth it."""

    procedure: str
    useful: int
    useless: int

    @property
    def is_noise(self) -> bool:
        """Whether it is to be proposed for the digest."""
        return self.useful < USEFUL * (self.useful + self.useless)


def measures(*, now: datetime, zone: tzinfo) -> Measures:
    """Of the last quarter."""
    found = list(Incident.objects.filter(opened_at__gt=now - QUARTER).prefetch_related("calls"))
    times = [measures_of(one) for one in found]
    return Measures(
        incidents=len(found),
        to_notice=_median([one.to_notice for one in times]),
        to_answer=_median([one.to_answer for one in times]),
        to_mend=_median([one.to_mend for one in times]),
        by_part=Counter(one.area or "reported" for one in found).most_common(),
        calls_by_week=_by_week(now=now, zone=zone),
    )


def _median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(median(known), 1) if known else None


def _by_week(*, now: datetime, zone: tzinfo) -> list[tuple[date, int]]:
    """Every week of the quarter, also the quiet ones."""
    moments = Call.objects.filter(at__gt=now - QUARTER, incident__isnull=False).values_list("at", flat=True)
    counts = Counter(_monday(at.astimezone(zone).date()) for at in moments)
    last = _monday(now.astimezone(zone).date())
    weeks = [last - timedelta(weeks=number) for number in range(12, -1, -1)]
    return [(week, counts[week]) for week in weeks]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def noise(*, now: datetime) -> list[Noise]:
    """What was said of the calls and alarms of the last thirty days, the noisiest first."""
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    marked = Call.objects.filter(marked_at__gt=now - NOISE_WINDOW).exclude(incident__procedure="")
    alarms = AlarmMark.objects.filter(marked_at__gt=now - NOISE_WINDOW)
    said = [
        *marked.values_list("incident__procedure", "is_useful"),
        *alarms.values_list("procedure", "is_useful"),
    ]
    for procedure, is_useful in said:
        if procedure:
            counts[procedure][0 if is_useful else 1] += 1
    found = [Noise(procedure, useful, useless) for procedure, (useful, useless) in counts.items()]
    return sorted(found, key=lambda one: (one.useful / (one.useful + one.useless), one.procedure))


def proposed_for_digest(*, now: datetime) -> list[Noise]:
    """What calls people for nothing and still does."""
    quiet = set(DigestOnly.objects.filter(ended_at=None).values_list("procedure", flat=True))
    return [one for one in noise(now=now) if one.is_noise and one.procedure not in quiet and _exists(one.procedure)]


def _exists(procedure: str) -> bool:
    try:
        procedure_named(procedure)
    except UnknownProcedure:
        return False
    return True
