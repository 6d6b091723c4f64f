"""Words of the cleaners' pages."""

from collections.abc import Sized
from datetime import datetime

from django import template
from django.utils.translation import get_language

from midway.booking.models import Service, Visit
from midway.crew.models import Cleaner
from midway.web.design.words import day_in_words, time_in_words

register = template.Library()


@register.filter
def at_branch(moment: datetime, person: Cleaner) -> str:
    """Will say a moment on the clock of the cleaner's branch."""
    return time_in_words(moment.astimezone(person.branch.zoneinfo))


@register.filter
def day_at_branch(visit: Visit) -> str:
    """Will say the visit's local day."""
    return day_in_words(visit.starts_at.astimezone(visit.branch.zoneinfo).date())


@register.filter
def first_name(name: str) -> str:
    """Will say the first name alone: screens are seen by others."""
    return (name.split() or [""])[0]


@register.filter
def service_name(service: Service) -> str:
    """The service's name in the language of the page."""
    is_spanish = (get_language() or "").startswith("es")
    return service.name_es if is_spanish and service.name_es else service.name


@register.filter
def how_many_of(things: Sized) -> int:
    """How many there are, as a number that plural forms understand."""
    return len(things)
