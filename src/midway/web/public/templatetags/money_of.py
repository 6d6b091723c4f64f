"""What a visit at a start costs, as its quote shows it."""

from datetime import datetime

from django import template

from midway.booking.models import Quote
from midway.web.design.words import money_in_words

register = template.Library()


@register.filter
def price_of(start: datetime, quote: Quote) -> str:
    """Will say what the quote's first visit costs at this start."""
    return money_in_words(quote.price_at(start), quote.currency)
