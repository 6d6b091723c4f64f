"""Plans as programs read them: codes, times with their offset, minutes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from midway.dispatch.actions.call_in_sick import SickCall
from midway.dispatch.day import BLOCK
from midway.dispatch.models import DayPlan

REASONS = {
    "skill": "Too few cleaners that day can do it.",
    "hours": "Nobody works at that time.",
    "full": "Everybody who could come is busy.",
}


def plan_report(plan: DayPlan, names: Mapping[str, str]) -> dict[str, Any]:
    """What `midway plan --json` prints; `names` are the cleaners' by code."""
    found = plan.found
    zone = plan.branch.zoneinfo
    midnight = datetime.fromisoformat(found["midnight"])
    return {
        "plan": str(plan.code),
        "branch": plan.branch.code,
        "date": plan.on.isoformat(),
        "state": plan.state,
        "cost_before": round(found["before"]["cost"], 2),
        "cost_after": round(found["after"]["cost"], 2),
        "drive_minutes_before": round(found["before"]["drive_minutes"]),
        "drive_minutes_after": round(found["after"]["drive_minutes"]),
        "moved": [_change(change, zone) for change in found["changes"]],
        "unserved": [
            {"visit": left["visit"], "reason": REASONS[left["reason"]], "cheapest_way": left["way"] or None}
            for left in found["leftovers"]
        ],
        "routes": [_route(route, names, midnight, zone) for route in plan.routes],
        "terms_before": _rounded(found["before"]["terms"]),
        "terms_after": _rounded(found["after"]["terms"]),
        "warnings": list(found.get("warnings", ())),
        "travel": plan.travel_source,
        "seed": plan.seed,
        "iterations": found["after"]["iterations"],
    }


def sick_report(call: SickCall, names: Mapping[str, str]) -> dict[str, Any]:
    """What `midway sick --json` prints: the absence, the visits it touches, the ways out with the best first."""
    absence = call.absence
    zone = absence.cleaner.branch.zoneinfo
    return {
        "absence": str(absence.code),
        "cleaner": str(absence.cleaner.code),
        "name": absence.cleaner.name,
        "start": absence.during.lower.astimezone(zone).isoformat(),
        "end": absence.during.upper.astimezone(zone).isoformat(),
        "visits": [str(visit.code) for visit in call.visits],
        "alternatives": [
            {"rank": plan.rank, "way": plan.way, **_effect(plan), **plan_report(plan, names)} for plan in call.plans
        ],
    }


def _effect(plan: DayPlan) -> dict[str, Any]:
    effect = dict(plan.found["effect"])
    unserved = {"left_waiting": effect.pop("unserved")}
    return {**effect, **unserved}


def _change(change: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    return {
        "visit": change["visit"],
        "from": _local(datetime.fromisoformat(change["from_start"]), zone),
        "to": _local(datetime.fromisoformat(change["to_start"]), zone),
        "from_cleaners": change["from_cleaners"],
        "to_cleaners": change["to_cleaners"],
        "promise_moved": change["is_promise_moved"],
    }


def _route(route: Mapping[str, Any], names: Mapping[str, str], midnight: datetime, zone: ZoneInfo) -> dict[str, Any]:
    def at(minutes: float) -> str:
        return _local(midnight + timedelta(minutes=round(minutes)), zone)

    return {
        "cleaner": route["crew"],
        "name": names.get(route["crew"], ""),
        "leave": at(route["leave"]),
        "back": at(route["back"]),
        "drive_minutes": round(route["drive_minutes"]),
        "breaks": [{"start": at(pause["start"]), "end": at(pause["end"])} for pause in route["breaks"]],
        "stops": [
            {"visit": stop["visit"], "arrive": at(stop["arrive"]), "start": at(stop["start"]), "end": at(stop["end"])}
            for stop in route["stops"]
            if not stop["visit"].startswith(BLOCK)
        ],
    }


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat()


def _rounded(terms: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in terms.items()}
