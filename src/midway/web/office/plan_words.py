"""Plans in words: how often, on which days, at what time."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from midway.booking.models import Plan
from midway.core.recurrence import HolidayShift, Rule
from midway.web.design.words import time_in_words, weekday_in_words

MONDAY = date(2024, 1, 1)
"""Any Monday, for the names of weekdays."""

HOLIDAY_WORDS = {
    HolidayShift.AFTER: gettext_lazy("on the next working day"),
    HolidayShift.BEFORE: gettext_lazy("on the working day before"),
    HolidayShift.SKIP: gettext_lazy("not at all"),
}
NTH_WORDS = {
    1: gettext_lazy("on the first %(days)s of the month"),
    2: gettext_lazy("on the second %(days)s of the month"),
    3: gettext_lazy("on the third %(days)s of the month"),
    4: gettext_lazy("on the fourth %(days)s of the month"),
    -1: gettext_lazy("on the last %(days)s of the month"),
}


def weekday_name(number: int) -> str:
    """Will say "Monday" for 0."""
    return weekday_in_words(MONDAY + timedelta(days=number))


def rhythm_words(rule: Rule) -> str:
    """Will say "every 2 weeks on Tuesday at 9:00"."""
    days = _and([weekday_name(n) for n in sorted(rule.weekdays)])
    if rule.nth is not None:
        often = ngettext("every month", "every %(count)s months", rule.every) % {"count": rule.every}
        on = str(NTH_WORDS[rule.nth]) % {"days": days}
    else:
        often = ngettext("every week", "every %(count)s weeks", rule.every) % {"count": rule.every}
        on = _("on %(days)s") % {"days": days}
    return _("%(often)s %(on)s at %(time)s") % {"often": often, "on": on, "time": time_in_words(rule.clock)}


def plan_words(plan: Plan) -> str:
    """Will say a plan's rhythm."""
    return rhythm_words(plan.rule)


def holiday_words(rule: Any) -> str:
    """Will say what becomes of a date that falls on a closed day."""
    return str(HOLIDAY_WORDS.get(HolidayShift(str(rule)), rule))


def _and(words: Collection[str]) -> str:
    listed = list(words)
    if len(listed) < 2:
        return "".join(listed)
    return _("%(first)s and %(last)s") % {"first": ", ".join(listed[:-1]), "last": listed[-1]}
