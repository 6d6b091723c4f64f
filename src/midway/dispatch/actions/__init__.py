"""Every deed of planning, one file each."""

from midway.dispatch.actions.call_in_sick import SickCall, call_in_sick, publish_best
from midway.dispatch.actions.discard_plan import discard_plan
from midway.dispatch.actions.pin_visit import pin_visit, unpin_visit
from midway.dispatch.actions.propose_day import DayGoneBy, ask_for_plan, propose_day, work_out
from midway.dispatch.actions.publish_plan import DayChangedMeanwhile, PlanNotProposed, publish_plan

__all__ = [
    "DayChangedMeanwhile",
    "DayGoneBy",
    "PlanNotProposed",
    "SickCall",
    "ask_for_plan",
    "call_in_sick",
    "discard_plan",
    "pin_visit",
    "propose_day",
    "publish_best",
    "publish_plan",
    "unpin_visit",
    "work_out",
]
