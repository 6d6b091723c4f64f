"""Every kind of message: what it is called, what its text may speak of, and whether it exists as a text message."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Kind:
    """One kind of message. `placeholders` are the words its text may ask for; `is_short` if it can go by SMS."""

    template: str
    title: Promise
    placeholders: tuple[str, ...]
    is_short: bool = False
    is_editable: bool = True


_COMMON = ("name", "branch", "phone", "farewell")
_VISIT = ("name", "service", "day", "hours", "address", "price", "manage_url", "branch", "phone", "farewell")
_PLAN = (*_COMMON, "service", "rhythm", "address", "price")
_CREDIT = (*_COMMON, "amount", "balance", "valid_note", "credit_url")
_OFFER = (*_COMMON, "service", "day", "hours", "price", "until", "offer_url", "withdrawal_url")

KINDS: Final[tuple[Kind, ...]] = (
    Kind("visit_confirmed", _("Booking confirmed"), _VISIT, is_short=True),
    Kind("visit_reminder_week", _("Reminder a week before"), _VISIT, is_short=True),
    Kind("visit_reminder_day", _("Reminder the day before"), _VISIT, is_short=True),
    Kind("visit_on_the_way", _("On the way"), _VISIT, is_short=True),
    Kind("visit_moved", _("New time"), (*_VISIT, "fee_note"), is_short=True),
    Kind("visit_cancelled", _("Visit called off"), (*_VISIT, "fee_note"), is_short=True),
    Kind("visit_skipped", _("Visit skipped"), _VISIT, is_short=True),
    Kind("visit_restored", _("Visit takes place after all"), _VISIT, is_short=True),
    Kind("visit_extras_changed", _("Other extras"), _VISIT),
    Kind("visit_repriced", _("New price of a visit"), _VISIT),
    Kind("visit_locked_out", _("Nobody let us in"), (*_VISIT, "fee_note")),
    Kind("visit_let_in", _("Not locked out after all"), _VISIT),
    Kind("visit_rating", _("How was it"), (*_VISIT, "rating_url"), is_short=True),
    Kind("plan_started", _("Regular clean arranged"), (*_PLAN, "day", "hours", "manage_url")),
    Kind("plan_changed", _("Regular clean changed"), (*_PLAN, "from_on", "new_terms")),
    Kind("plan_paused", _("Regular clean paused"), (*_PLAN, "from_on", "resume_note", "next_visit")),
    Kind("plan_resumed", _("Regular clean goes on"), (*_PLAN, "next_visit")),
    Kind("plan_ended", _("Regular clean ended"), (*_PLAN, "from_on", "next_visit")),
    Kind("rate_rise", _("New price of a regular clean"), (*_PLAN, "from_on", "new_price", "until_note", "manage_url")),
    Kind("credit_given", _("Credit given"), _CREDIT),
    Kind("credit_earned", _("Credit for a friend's code"), (*_CREDIT, "why")),
    Kind("waiting_wish", _("On the waiting list"), (*_COMMON, "service", "withdrawal_url")),
    Kind("waiting_offer", _("A time came free"), _OFFER),
    Kind("sign_in_link", _("Link to sign in"), (*_COMMON, "sign_in_url", "minutes")),
    Kind("sign_in_mail", _("Account message"), (), is_editable=False),
    Kind("upkeep_alarm", _("Something is critical"), (), is_editable=False),
    Kind("incident_call", _("Something broke: come and look"), (), is_short=True, is_editable=False),
    Kind("test_call", _("Test of the calls"), (), is_short=True, is_editable=False),
    Kind("status_update", _("How it stands"), (*_COMMON, "text")),
    Kind("upkeep_digest", _("How the system stands"), (), is_editable=False),
)
BY_TEMPLATE: Final[Mapping[str, Kind]] = {kind.template: kind for kind in KINDS}


def is_short(template: str) -> bool:
    """Whether this kind of message exists as a text message."""
    return template in BY_TEMPLATE and BY_TEMPLATE[template].is_short
