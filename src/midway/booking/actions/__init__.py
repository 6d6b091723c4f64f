"""Every deed that changes what was agreed, one file each."""

from midway.booking.actions.add_service import (
    ServiceDetails,
    ServiceKnown,
    add_service,
    add_usual_services,
    change_service,
)
from midway.booking.actions.add_to_waiting_list import Waiting, add_to_waiting_list
from midway.booking.actions.approve_pace import NoPaceInForce, SuggestionChanged, approve_pace, withdraw_pace
from midway.booking.actions.assign_visit import assign_visit
from midway.booking.actions.begin_price_list import PricesKnown, begin_price_list
from midway.booking.actions.book_as_quoted import book_as_quoted, book_as_quoted_once
from midway.booking.actions.book_at_once import Appointment, book_at_once
from midway.booking.actions.book_visit import BookedVisit, BookingOrder, book_once, book_visit
from midway.booking.actions.cancel_visit import FeeRose, cancel_visit, preview_cancellation
from midway.booking.actions.change_extras import ExtrasDecision, change_extras, preview_extras
from midway.booking.actions.change_occurrence import (
    move_occurrence,
    preview_skip,
    restore_occurrence,
    skip_occurrence,
)
from midway.booking.actions.change_plan import ChangedPlan, PlanChange, change_plan_from, change_whole_plan
from midway.booking.actions.charges import ReasonMissing
from midway.booking.actions.excuse_cleaner import excuse_cleaner
from midway.booking.actions.expire_holds import expire_holds
from midway.booking.actions.hold_slot import hold_slot
from midway.booking.actions.import_customers import ImportOrder, import_customers, look_through
from midway.booking.actions.import_runs import (
    ImportNotWaiting,
    confirm_import,
    forget_sheets,
    hand_in_sheet,
    leave_import,
    load_run,
    look_again,
    look_through_run,
)
from midway.booking.actions.mend_promises import Mended, MendGone, mend_in_time, mend_promise
from midway.booking.actions.offer_service import offer_service
from midway.booking.actions.open_holidays import ClosedThatDay, OpenHolidayKnown, add_open_holiday, remove_open_holiday
from midway.booking.actions.override_price import override_price
from midway.booking.actions.pause_plan import end_plan, pause_plan, resume_plan
from midway.booking.actions.place_visit import VisitChangedMeanwhile, place_visit
from midway.booking.actions.prefer_cleaners import NotOfThisBranch, prefer_cleaners
from midway.booking.actions.price_service import ServicePriced, price_service
from midway.booking.actions.publish_policy import follow_policies, publish_policy
from midway.booking.actions.publish_price_list import publish_price_list
from midway.booking.actions.quote_home import Wishes, quote_home
from midway.booking.actions.raise_prices import (
    PriceRise,
    RiseTooSoon,
    preview_price_rise,
    raise_prices,
    take_over_prices,
)
from midway.booking.actions.record_actual_time import TimeImpossible, VisitNotOver, record_actual_time
from midway.booking.actions.record_lock_out import preview_lock_out, record_lock_out
from midway.booking.actions.redeem import CouponRefused
from midway.booking.actions.reschedule_visit import (
    MovePreview,
    move_for_shown_fee,
    preview_move,
    preview_rescheduling,
    reschedule_visit,
)
from midway.booking.actions.retire_skill import SkillNeeded, retire_skill
from midway.booking.actions.revoke_feed import revoke_feed
from midway.booking.actions.settle_day import Seating, Settled, settle_day
from midway.booking.actions.start_plan import PlanOrder, StartedPlan, book_plan_once, start_plan
from midway.booking.actions.start_plan_at_once import AgreedPlan, start_plan_at_once
from midway.booking.actions.take_out import note_export
from midway.booking.actions.top_up_plans import top_up_plans
from midway.booking.actions.unassign_visit import NotAssigned, unassign_visit
from midway.booking.actions.undo_change import undo_change
from midway.customers.actions import Address, Contact

__all__ = [
    "Address",
    "AgreedPlan",
    "Appointment",
    "BookedVisit",
    "BookingOrder",
    "ChangedPlan",
    "ClosedThatDay",
    "Contact",
    "CouponRefused",
    "ExtrasDecision",
    "FeeRose",
    "ImportNotWaiting",
    "ImportOrder",
    "MendGone",
    "Mended",
    "MovePreview",
    "NoPaceInForce",
    "NotAssigned",
    "NotOfThisBranch",
    "OpenHolidayKnown",
    "PlanChange",
    "PlanOrder",
    "PriceRise",
    "PricesKnown",
    "ReasonMissing",
    "RiseTooSoon",
    "Seating",
    "ServiceDetails",
    "ServiceKnown",
    "ServicePriced",
    "Settled",
    "SkillNeeded",
    "StartedPlan",
    "SuggestionChanged",
    "TimeImpossible",
    "VisitChangedMeanwhile",
    "VisitNotOver",
    "Waiting",
    "Wishes",
    "add_open_holiday",
    "add_service",
    "add_to_waiting_list",
    "add_usual_services",
    "approve_pace",
    "assign_visit",
    "begin_price_list",
    "book_as_quoted",
    "book_as_quoted_once",
    "book_at_once",
    "book_once",
    "book_plan_once",
    "book_visit",
    "cancel_visit",
    "change_extras",
    "change_plan_from",
    "change_service",
    "change_whole_plan",
    "confirm_import",
    "end_plan",
    "excuse_cleaner",
    "expire_holds",
    "follow_policies",
    "forget_sheets",
    "hand_in_sheet",
    "hold_slot",
    "import_customers",
    "leave_import",
    "load_run",
    "look_again",
    "look_through",
    "look_through_run",
    "mend_in_time",
    "mend_promise",
    "move_for_shown_fee",
    "move_occurrence",
    "note_export",
    "offer_service",
    "override_price",
    "pause_plan",
    "place_visit",
    "prefer_cleaners",
    "preview_cancellation",
    "preview_extras",
    "preview_lock_out",
    "preview_move",
    "preview_price_rise",
    "preview_rescheduling",
    "preview_skip",
    "price_service",
    "publish_policy",
    "publish_price_list",
    "quote_home",
    "raise_prices",
    "record_actual_time",
    "record_lock_out",
    "remove_open_holiday",
    "reschedule_visit",
    "restore_occurrence",
    "resume_plan",
    "retire_skill",
    "revoke_feed",
    "settle_day",
    "skip_occurrence",
    "start_plan",
    "start_plan_at_once",
    "take_over_prices",
    "top_up_plans",
    "unassign_visit",
    "undo_change",
    "withdraw_pace",
]
