"""What a plan means against the day as it stands: minutes saved, who is moved, which promises change, what is left."""

from collections.abc import Sequence
from typing import Any

from midway.core.routing.problem import Plan
from midway.core.routing.verify import violations
from midway.dispatch.day import Day
from midway.dispatch.leftovers import Leftover
from midway.dispatch.promises import promised_starts
from midway.dispatch.records import plan_as_facts


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
