"""Every deed that changes what was agreed, one file each."""

from midway.booking.actions.assign_visit import assign_visit
from midway.booking.actions.book_as_quoted import book_as_quoted, book_as_quoted_once
from midway.booking.actions.book_at_once import Appointment, book_at_once
from midway.booking.actions.book_visit import BookedVisit, BookingOrder, book_once, book_visit
from midway.booking.actions.cancel_visit import cancel_visit, preview_cancellation
from midway.booking.actions.change_occurrence import move_occurrence, restore_occurrence, skip_occurrence
from midway.booking.actions.change_plan import ChangedPlan, PlanChange, change_plan_from, change_whole_plan
from midway.booking.actions.excuse_cleaner import excuse_cleaner
from midway.booking.actions.expire_holds import expire_holds
from midway.booking.actions.hold_slot import hold_slot
from midway.booking.actions.offer_service import offer_service
from midway.booking.actions.pause_plan import end_plan, pause_plan, resume_plan
from midway.booking.actions.place_visit import VisitChangedMeanwhile, place_visit
from midway.booking.actions.publish_price_list import publish_price_list
from midway.booking.actions.quote_home import quote_home
from midway.booking.actions.reschedule_visit import preview_rescheduling, reschedule_visit
from midway.booking.actions.start_plan import PlanOrder, StartedPlan, book_plan_once, start_plan
from midway.booking.actions.top_up_plans import top_up_plans
from midway.booking.actions.unassign_visit import NotAssigned, unassign_visit
from midway.booking.actions.undo_change import undo_change
from midway.customers.actions import Address, Contact

__all__ = [
    "Address",
    "Appointment",
    "BookedVisit",
    "BookingOrder",
    "ChangedPlan",
    "Contact",
    "NotAssigned",
    "PlanChange",
    "PlanOrder",
    "StartedPlan",
    "VisitChangedMeanwhile",
    "assign_visit",
    "book_as_quoted",
    "book_as_quoted_once",
    "book_at_once",
    "book_once",
    "book_plan_once",
    "book_visit",
    "cancel_visit",
    "change_plan_from",
    "change_whole_plan",
    "end_plan",
    "excuse_cleaner",
    "expire_holds",
    "hold_slot",
    "move_occurrence",
    "offer_service",
    "pause_plan",
    "place_visit",
    "preview_cancellation",
    "preview_rescheduling",
    "publish_price_list",
    "quote_home",
    "reschedule_visit",
    "restore_occurrence",
    "resume_plan",
    "skip_occurrence",
    "start_plan",
    "top_up_plans",
    "unassign_visit",
    "undo_change",
]
