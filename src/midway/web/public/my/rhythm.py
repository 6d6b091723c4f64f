"""How often, on which day and at what time, in words."""

from datetime import date

from django.utils.translation import gettext as _

from midway.booking.models import Plan
from midway.web.design.words import time_in_words, weekday_in_words


def rhythm_in_words(found: Plan) -> str:
    """ "Every 2 weeks on Tuesday, 9:00"."""
    days = ", ".join(weekday_in_words(date(2026, 3, 2 + n)) for n in found.weekdays)
    words = {"days": days, "time": time_in_words(found.local_time), "every": found.every}
    if found.nth is not None:
        return _("Every month on a %(days)s, %(time)s") % words
    if found.every == 1:
        return _("Every week on %(days)s, %(time)s") % words
    return _("Every %(every)s weeks on %(days)s, %(time)s") % words
