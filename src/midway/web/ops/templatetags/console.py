"""States and years as the System pages draw them."""

import re
from datetime import datetime
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from midway.ops.incidents.words import WAYS
from midway.ops.procedure import Status
from midway.ops.standing import YEAR_DAYS, Standing
from midway.web.design.templatetags.design import badge
from midway.web.ops import recovery_words
from midway.web.ops.console_words import STATES, when, year_in_words

register = template.Library()
CODE = re.compile(r"`([^`]+)`")


@register.simple_tag
def status_badge(status: str) -> SafeString:
    """Will draw a state: colour only where something is wrong or not known."""
    kind, words, symbol = STATES[Status(status)]
    return badge(kind, str(words), symbol)


@register.inclusion_tag("web_ops/year.html")
def year_strip(row: Standing) -> dict[str, object]:
    """Will draw a year as a strip of days."""
    return {"stretches": row.stretches, "days": YEAR_DAYS, "label": year_in_words(row)}


@register.simple_tag(takes_context=True)
def moment(context: dict[str, Any], at: datetime) -> str:
    """Will say a moment in the company's time."""
    return when(at, now=context["now"], zone=context["zone"])


@register.filter
def ways_in_words(ways: str) -> str:
    """Will say by which ways somebody is called."""
    return ", ".join(str(WAYS.get(way, way)) for way in ways.split())


@register.filter
def with_code(text: str) -> SafeString:
    """Will draw what stands between backticks as code."""
    return mark_safe(CODE.sub(r"<code>\1</code>", escape(text)))  # noqa: S308 - escaped before


@register.simple_tag
def span(seconds: float) -> str:
    """Will say a span of time."""
    return recovery_words.span(seconds)
