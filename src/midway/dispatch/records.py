"""Plans as JSON, and back: the one place that knows how `DayPlan.result` is written."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from midway.core.routing.problem import Plan, Route, Stop, TakenBreak, Unserved


def plan_as_facts(plan: Plan) -> dict[str, Any]:
    """Will write a plan as plain facts; routes without stops are left out."""
    return {
        "routes": [asdict(route) for route in plan.routes if route.stops],
        "unserved": [asdict(unserved) for unserved in plan.unserved],
        "cost": plan.cost,
        "terms": dict(plan.terms),
        "iterations": plan.iterations,
        "drive_minutes": plan.drive_minutes,
    }


def plan_from_facts(facts: Mapping[str, Any]) -> Plan:
    """Will read a plan that `plan_as_facts` wrote."""
    return Plan(
        routes=tuple(_route(route) for route in facts["routes"]),
        unserved=tuple(Unserved(**unserved) for unserved in facts["unserved"]),
        cost=facts["cost"],
        terms=facts["terms"],
        iterations=facts["iterations"],
    )


def _route(facts: Mapping[str, Any]) -> Route:
    return Route(
        **{
            **facts,
            "stops": tuple(Stop(**stop) for stop in facts["stops"]),
            "breaks": tuple(TakenBreak(**taken) for taken in facts["breaks"]),
        }
    )
