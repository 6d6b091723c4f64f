"""Hours and shares as the office's pages write them."""

import datetime as dt
from collections.abc import Iterable, Sized
from datetime import date, datetime, timedelta, tzinfo

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from midway.accounts.access import Right, has_right
from midway.booking.models import Visit
from midway.messaging.models import OutboxMessage
from midway.web.design.credit_words import credit_words, entry_words, paid_words
from midway.web.design.pictures import share_of_hundred
from midway.web.design.templatetags.design import badge, icon
from midway.web.design.words import day_in_words, weekday_in_words
from midway.web.office import drawing
from midway.web.office.message_words import outcome_of, title_of
from midway.web.office.plan_words import plan_words
from midway.web.office.sheet_words import FIELD_WORDS

register = template.Library()

register.filter("in_hours", drawing.in_hours)
register.filter("service_name", drawing.service_name)
register.filter("credit_words", credit_words)
register.filter("entry_words", entry_words)
register.filter("paid_words", paid_words)
register.filter("plan_words", plan_words)


@register.simple_tag
def share(part: float, whole: float) -> int:
    """Will give part as whole percent of whole, 0 to 100; something of nothing is full."""
    return share_of_hundred(part, whole) if whole else (100 if part else 0)


@register.filter
def dated(value: dt.date) -> str:
    """ "Tuesday 24 November 2026"."""
    return day_in_words(value, with_year=True)


@register.filter
def how_many(things: Sized) -> int:
    """Will count; Django's own name for it is taken by the design language, where length is a duration."""
    return len(things)


@register.filter
def message_words(message: OutboxMessage) -> str:
    """Will say what a message was about."""
    return title_of(message.template)


@register.filter
def message_badge(message: OutboxMessage) -> SafeString:
    """Will draw how a message went."""
    state, words, symbol = outcome_of(message)
    return badge(state, str(words), symbol)


@register.inclusion_tag("office/message_tabs.html", takes_context=True)
def message_tabs(context: template.Context, here: str) -> dict[str, object]:
    """Will draw the ways through everything about messages, as far as this person may go."""
    user = context["request"].user
    return {
        "here": here,
        "may_change_texts": has_right(user, Right.CHANGE_TEXTS),
        "may_see_programs": has_right(user, Right.SEE_SYSTEM),
    }


@register.filter
def local(moment: datetime, zone: tzinfo) -> datetime:
    """Will put a moment on the clock of a zone."""
    return moment.astimezone(zone)


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
