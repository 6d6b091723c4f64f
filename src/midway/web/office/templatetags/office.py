"""Hours and shares as the office's pages write them."""

from collections.abc import Sized

from django import template

from midway.web.design.pictures import share_of_hundred
from midway.web.office import drawing

register = template.Library()
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
