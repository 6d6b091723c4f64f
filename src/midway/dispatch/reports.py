"""Plans as programs read them: codes, times with their offset, minutes."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from midway.dispatch.actions.call_in_sick import SickCall
from midway.dispatch.actions.report_trouble import Upheaval
from midway.dispatch.day import BLOCK
from midway.dispatch.models import DayPlan

REASONS = {
    "skill": "Too few cleaners that day can do it.",
    "hours": "Nobody works at that time.",
    "full": "Everybody who could come is busy.",
}

WAYS = {
    "at_a_price": "{who} could come at {at}: {drive} min more driving, {over} min more overtime.",
    "other_time": "{who} could come at {at}, if the customer agrees: {drive} min more driving.",
    "overtime": "{who} could come at {at} and stay longer than allowed: {over} min more overtime.",
    "other_day": "The nearest free time is {when}.",
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
        "unserved": [_left_out(left, names, zone) for left in found["leftovers"]],
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
        "alternatives": alternatives_report(call.plans, names),
    }


def trouble_report(upheaval: Upheaval, names: Mapping[str, str]) -> dict[str, Any]:
    """What `midway late`, `van` and `snow` print with `--json`: what happened, and the ways out with the best first."""
    trouble = upheaval.trouble
    until = trouble.drives_again_at.astimezone(trouble.branch.zoneinfo).isoformat() if trouble.drives_again_at else None
    return {
        "trouble": str(trouble.code),
        "kind": trouble.kind,
        "branch": trouble.branch.code,
        "date": trouble.on.isoformat(),
        "visit": str(trouble.visit.code) if trouble.visit else None,
        "minutes": trouble.minutes,
        "cleaner": str(trouble.cleaner.code) if trouble.cleaner else None,
        "until": until,
        "percent": trouble.percent,
        "alternatives": alternatives_report(upheaval.plans, names),
    }


def alternatives_report(plans: Sequence[DayPlan], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The ways out, the best first, each with what it means and its routes."""
    return [{"rank": plan.rank, "way": plan.way, **_effect(plan), **plan_report(plan, names)} for plan in plans]


def _left_out(left: Mapping[str, Any], names: Mapping[str, str], zone: ZoneInfo) -> dict[str, Any]:
    """Why nobody comes, and the cheapest way to serve it after all, if there is any."""
    facts, way = left["facts"], None
    if left["way"]:
        who = names.get(facts.get("cleaner", ""), "")
        at = datetime.fromisoformat(facts["start"]).astimezone(zone)
        words = WAYS[left["way"]].format(
            who=who, at=f"{at:%H:%M}", when=f"{at:%Y-%m-%d %H:%M}", drive=facts.get("drive_minutes", 0),
            over=facts.get("overtime_minutes", 0),
        )  # fmt: skip
        way = {"way": left["way"], "words": words, "cost": left["price"], **facts, "start": at.isoformat()}
    return {"visit": left["visit"], "reason": REASONS[left["reason"]], "cheapest_way": way}


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
