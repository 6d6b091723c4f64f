"""What a plan means against the day as it stands: minutes saved, who is moved, which promises change, what is left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from midway.core.routing.problem import Plan
from midway.core.routing.verify import violations
from midway.dispatch.day import BLOCK, Day
from midway.dispatch.promises import promised_starts
from midway.dispatch.records import plan_as_facts


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """A visit nobody comes to, the reason, and the cheapest way to serve it after all."""

    visit: str
    reason: str
    way: str = ""
    price: float = 0
    facts: Mapping[str, Any] = field(default_factory=dict)


def result_of(day: Day, before: Plan, after: Plan, leftovers: Sequence[Leftover] = ()) -> dict[str, Any]:
    """Will write down both plans and the difference, as `DayPlan.result`."""
    return {
        "before": plan_as_facts(before),
        "after": plan_as_facts(after),
        "changes": changes(day, after),
        "leftovers": [leftover.__dict__ for leftover in leftovers],
        "warnings": [violation.words for violation in violations(day.problem, after)],
        "midnight": day.midnight.isoformat(),
    }


def changes(day: Day, after: Plan) -> list[dict[str, Any]]:
    """Each visit whose cleaners or promised time change, in order of time."""
    starts = promised_starts(day, after)
    found = []
    for code, visit in day.visits.items():
        if day.problem.visit_by_code[code].pin is not None:
            continue
        was, now = day.seats.get(code, ()), after.crews_by_visit.get(code, ())
        start = day.moment(starts[code]) if code in starts else visit.starts_at
        if set(was) == set(now) and start == visit.starts_at:
            continue
        found.append(
            {
                "visit": code,
                "from_cleaners": sorted(was),
                "to_cleaners": sorted(now),
                "from_start": visit.starts_at.isoformat(),
                "to_start": start.isoformat(),
                "is_promise_moved": start != visit.starts_at,
                "was_waiting": not was,
            }
        )
    return found


def leftovers_of(day: Day, after: Plan) -> list[Leftover]:
    """Will say of each visit that is left out why no cleaner can come."""
    found = []
    for unserved in after.unserved:
        if unserved.visit.startswith(BLOCK):
            continue
        stop = day.problem.visit_by_code[unserved.visit]
        able = [crew for crew in day.problem.crews if stop.skills <= crew.skills]
        if len(able) < stop.crews_needed:
            found.append(Leftover(visit=stop.code, reason="skill", facts={"skills": sorted(stop.skills)}))
            continue
        there = [c for c in able if c.opens <= stop.closes and stop.opens + stop.minutes <= c.latest_end]
        reason = "hours" if len(there) < stop.crews_needed else "full"
        found.append(Leftover(visit=stop.code, reason=reason))
    return found
