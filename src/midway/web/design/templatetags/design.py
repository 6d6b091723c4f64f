"""The design language as template tags: icons, fields, buttons, badges, pictures, words for days and money."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from midway.web.design import words
from midway.web.design.icons import ICONS
from midway.web.design.pictures import share_of_hundred, sparkline_of
from midway.web.design.rail import RailEntry, rail_entries

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "", extra: str = "") -> SafeString:
    """Will draw an icon: hidden from screen readers unless it carries a label of its own."""
    drawing = mark_safe(ICONS[name])  # noqa: S308 - our own constant drawings
    said = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="icon {}" viewBox="0 0 24 24" {}>{}</svg>', extra, said, drawing)


@register.simple_block_tag
def button(content: str, kind: str = "", symbol: str = "", href: str = "", **attributes: Any) -> SafeString:
    """Will draw a button, or a link like one when it has an href; underscores in attributes become dashes."""
    drawn = icon(symbol) if symbol else ""
    if not href:
        attributes.setdefault("type", "submit")
    given = {
        key.rstrip("_").replace("_", "-"): value for key, value in attributes.items() if value not in (None, False)
    }
    rest = format_html_join("", ' {}="{}"', given.items())
    start = format_html('a href="{}"', href) if href else mark_safe("button")
    end = "a" if href else "button"
    said = mark_safe(content.strip())  # noqa: S308 - drawn by the template and escaped there
    return format_html('<{} class="button {}"{}>{}<span>{}</span></{}>', start, kind, rest, drawn, said, end)


@register.simple_tag
def badge(state: str, text: str, symbol: str = "") -> SafeString:
    """Will draw a state as colour, shape and word together. States: ok, warn, crit, info, accent, plain."""
    name = symbol or (state if state in ICONS else "")
    return format_html('<span class="badge {}">{}{}</span>', state, icon(name) if name else "", text)


@register.inclusion_tag("design/field.html")
def field(bound: BoundField, hint: str = "", cls: str = "") -> dict[str, object]:
    """Will draw a form field with label, hint and its error beside it, wired together for screen readers."""
    described = [f"{bound.auto_id}-hint"] if (hint or bound.help_text) else []
    attributes: dict[str, str | bool] = {}
    if bound.errors:
        described.insert(0, f"{bound.auto_id}-problem")
        attributes["aria-invalid"] = "true"
        # The page opens where the first mistake is, scripts or not.
        attributes["autofocus"] = next(iter(bound.form.errors)) == bound.name
    if described:
        attributes["aria-describedby"] = " ".join(described)
    return {
        "field": bound,
        "control": bound.as_widget(attrs=attributes),
        "hint": hint or bound.help_text,
        "cls": cls,
        "is_check": isinstance(bound.field.widget, CheckboxInput),
    }


@register.inclusion_tag("design/stepper.html")
def stepper(bound: BoundField, hint: str = "") -> dict[str, object]:
    """Will draw a whole number with a minus and a plus; a plain number field without scripts."""
    return {"field": bound, "hint": hint or bound.help_text}


@register.inclusion_tag("design/meter.html")
def meter(value: float, whole: float, label: str, state: str = "") -> dict[str, object]:
    """Will draw a share of a whole as a bar, with the same fact as text for a screen reader."""
    return {"percent": share_of_hundred(value, whole), "label": label, "state": state}


@register.inclusion_tag("design/sparkline.html")
def sparkline(values: Sequence[float], label: str, high: float | None = None) -> dict[str, object]:
    """Will draw a run of values as a small line, the last one marked; with `high`, between nothing and that."""
    return {"line": sparkline_of(values, high=high), "label": label}


@register.filter
def day(value: dt.date) -> str:
    """ "Tuesday 24 November"."""
    return words.day_in_words(value.date() if isinstance(value, dt.datetime) else value)


@register.filter
def weekday(value: dt.date) -> str:
    """ "Tuesday"."""
    return words.weekday_in_words(value)


@register.filter
def short_weekday(value: dt.date) -> str:
    """ "Tue"."""
    return words.weekday_in_words(value, short=True)


@register.filter
def month(value: dt.date) -> str:
    """ "November"."""
    return words.month_in_words(value)


@register.filter
def clock(value: dt.datetime | dt.time) -> str:
    """ "9:00", in the zone the moment carries."""
    return words.time_in_words(value)


@register.simple_tag
def hours(start: dt.datetime, end: dt.datetime) -> str:
    """ "9:00–11:30"."""
    return words.hours_in_words(start, end)


@register.simple_tag
def span(start: dt.datetime, end: dt.datetime) -> str:
    """ "Tuesday 24 November, 9:00–11:30"."""
    return words.span_in_words(start, end)


@register.filter
def money(amount_minor: int, currency: str) -> str:
    """ "$128"; the argument is the currency."""
    return words.money_in_words(amount_minor, currency)


@register.filter
def length(minutes: int) -> str:
    """ "2 h 30 min"."""
    return words.length_in_words(minutes)


@register.simple_tag
def guide(reader: str) -> str:
    """Will give the address of this reader's guide in the language of the page."""
    language = "es" if (get_language() or "").startswith("es") else "en"
    return f"/docs/guide/{language}/{reader}.html"


@register.simple_tag(takes_context=True)
def office_rail(context: template.Context) -> list[RailEntry]:
    """Will list the office's places that exist, the present one marked."""
    request = context.get("request")
    return rail_entries(request.path if request else "/")
