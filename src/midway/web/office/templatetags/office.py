"""Hours and shares as the office's pages write them."""

from collections.abc import Iterable, Sized
from datetime import date, timedelta

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from midway.booking.models import Visit
from midway.messaging.models import OutboxMessage
from midway.web.design.pictures import share_of_hundred
from midway.web.design.templatetags.design import icon
from midway.web.design.words import weekday_in_words
from midway.web.office import drawing
from midway.web.office.sheet_words import FIELD_WORDS

register = template.Library()

MESSAGES = {
    "visit_confirmed": _("Booking confirmed"),
    "visit_moved": _("New time"),
    "visit_cancelled": _("Visit called off"),
    "visit_reminder": _("Reminder"),
    "visit_extras_changed": _("Other extras"),
    "visit_repriced": _("New price of a visit"),
    "visit_locked_out": _("Nobody let us in"),
}
register.filter("in_hours", drawing.in_hours)
register.filter("service_name", drawing.service_name)


@register.simple_tag
def share(part: float, whole: float) -> int:
    """Will give part as whole percent of whole, 0 to 100; something of nothing is full."""
    return share_of_hundred(part, whole) if whole else (100 if part else 0)


@register.filter
def how_many(things: Sized) -> int:
    """Will count; Django's own name for it is taken by the design language, where length is a duration."""
    return len(things)


@register.filter
def message_words(message: OutboxMessage) -> str:
    """Will say what a message was about."""
    return str(MESSAGES.get(message.template, message.template.replace("_", " ")))


@register.filter
def visit_badge(visit: Visit) -> SafeString:
    """Will draw a visit's state."""
    look = drawing.look_of(visit.state, is_missing=bool(visit.cleaners_missing))
    return format_html('<span class="badge look {}">{}{}</span>', look.css, icon(look.symbol), look.words)


@register.filter
def absence_words(reason: str) -> str:
    """Will say why somebody is away."""
    return str(drawing.BLOCK_WORDS.get(reason, reason))


@register.filter
def weekdays_words(weekdays: Iterable[int]) -> str:
    """Will name weekdays, shortly."""
    return ", ".join(weekday_in_words(date(2026, 3, 2) + timedelta(days=day), short=True) for day in weekdays)


@register.filter
def field_words(field: str) -> str:
    """Will say what a spreadsheet's column holds."""
    return str(FIELD_WORDS.get(field, field))
