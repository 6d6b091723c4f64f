"""The post-mortem as it can be drafted from the record: what happened, whom it touched, how quickly it was noticed,
answered and mended, and what the procedures had said before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from babel.numbers import format_currency

from midway.ops.counted import times
from midway.ops.models import Evidence, Incident, TimelineEntry

SAID_BEFORE = timedelta(days=7)


@dataclass(frozen=True)
class Draft:
    """What people begin with."""

    summary: str
    impact: str
    factors: str


def drafted(incident: Incident) -> Draft:
    """The draft."""
    times = measures_of(incident)
    timeline = list(incident.timeline.all())
    return Draft(_summary(incident, times, timeline), impact_in_words(incident), _said_before(incident))


@dataclass(frozen=True)
class Times:
    """How long it took, in minutes; nothing where it has not come to that."""

    to_notice: float
    to_answer: float | None
    to_mend: float | None
    called: int


def measures_of(incident: Incident) -> Times:
    """From the beginning to the opening, to the first who had it, to when it was seen mended."""

    def minutes(since: datetime, until: datetime | None) -> float | None:
        return None if until is None else round((until - since).total_seconds() / 60, 1)

    return Times(
        to_notice=minutes(incident.began_at, incident.opened_at) or 0.0,
        to_answer=minutes(incident.opened_at, incident.acknowledged_at),
        to_mend=minutes(incident.opened_at, incident.verified_at),
        called=incident.calls.count(),
    )


def impact_in_words(incident: Incident) -> str:
    """Whom it touched, as it was frozen at the opening."""
    touched = orjson.loads(incident.evidence).get("touched")
    if not isinstance(touched, dict):
        return "Whom it touched could not be gathered when it opened."
    money = ", ".join(
        format_currency(cents / 100, currency, locale="en")
        for currency, cents in sorted(touched["money_cents"].items())
    )
    visits, customers = touched["visits"], touched["customers"]
    if not visits:
        return "No visit was planned for the day that followed."
    return (
        f"{visits} {'visit' if visits == 1 else 'visits'} of {customers}"
        f" {'customer' if customers == 1 else 'customers'}, worth {money}, were planned for the day that followed."
    )


def _summary(incident: Incident, times: Times, timeline: Sequence[TimelineEntry]) -> str:
    opening = next((one.text for one in timeline if one.kind == "opened"), incident.title)
    steps = [one.text for one in timeline if one.kind == "step"]
    parts = [
        f"{incident.title}. {opening}",
        f"It was noticed after {times.to_notice:g} minutes ({incident.get_source_display().lower()});"
        f" {_people(times.called)} called; somebody had it after {_spoken(times.to_answer)}"
        f" and it was seen mended after {_spoken(times.to_mend)}.",
    ]
    if steps:
        parts.append("What was run:\n" + "\n".join(f"- {one}" for one in steps))
    return "\n\n".join(parts)


def _people(called: int) -> str:
    return "one person was" if called == 1 else f"{called} people were" if called else "nobody was"


def _spoken(minutes: float | None) -> str:
    return "an unknown time" if minutes is None else f"{minutes:g} minutes"


def _said_before(incident: Incident) -> str:
    """What its procedure, and everything else that rang, had said in the week before."""
    since = incident.opened_at - SAID_BEFORE
    rows = Evidence.objects.filter(at__gte=since, at__lt=incident.opened_at, status__in=["warn", "crit", "unknown"])
    found: dict[str, list[Evidence]] = {}
    for row in rows.order_by("at", "id").defer("details"):
        found.setdefault(row.procedure, []).append(row)
    if not found:
        return "In the week before, no procedure had said that anything was wrong. Something is missing that watches."
    own = found.pop(incident.procedure, [])
    lines = (
        [f"- {incident.procedure}: {times(len(own))}, first {own[0].at:%Y-%m-%d %H:%M} UTC: {own[0].summary}"]
        if own
        else []
    )
    lines += [f"- {name}: {times(len(rows))}, last: {rows[-1].summary}" for name, rows in sorted(found.items())[:10]]
    return "What the procedures had said in the week before:\n" + "\n".join(lines)
