"""Every deed of planning, one file each."""

from midway.dispatch.actions.call_in_sick import SickCall, call_in_sick, publish_best
from midway.dispatch.actions.discard_plan import discard_plan
from midway.dispatch.actions.fail_plan import fail_plan
from midway.dispatch.actions.pin_visit import pin_visit, unpin_visit
from midway.dispatch.actions.propose_day import DayGoneBy, ask_for_plan, propose_day, work_out
from midway.dispatch.actions.propose_days import propose_days
from midway.dispatch.actions.publish_plan import DayChangedMeanwhile, PlanNotProposed, publish_plan
from midway.dispatch.actions.report_trouble import (
    BackBefore,
    Upheaval,
    VisitIsOver,
    What,
    ask_about_trouble,
    end_trouble,
    report_trouble,
    work_out_trouble,
)

__all__ = [
    "BackBefore",
    "DayChangedMeanwhile",
    "DayGoneBy",
    "PlanNotProposed",
    "SickCall",
    "Upheaval",
    "VisitIsOver",
    "What",
    "ask_about_trouble",
    "ask_for_plan",
    "call_in_sick",
    "discard_plan",
    "end_trouble",
    "fail_plan",
    "pin_visit",
    "propose_day",
    "propose_days",
    "publish_best",
    "publish_plan",
    "report_trouble",
    "unpin_visit",
    "work_out",
    "work_out_trouble",
]
