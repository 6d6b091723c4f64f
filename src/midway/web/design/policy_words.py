"""A policy in plain words, the same for customers and the office."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from midway.core.business_time import Counting
from midway.core.policy import Fee, PolicyTerms
from midway.web.design.words import money_in_words, time_in_words


def policy_in_words(terms: PolicyTerms, currency: str) -> str:
    """What changing a visit costs, in one sentence."""
    fee = fee_in_words(terms.late_fee, currency)
    facts = {"notice": notice_in_words(terms.notice_minutes, terms.counting), "fee": fee}
    if not fee:
        return _("Move or cancel free of charge until %(notice)s before.") % facts
    if terms.cut_off_days == 1 and not terms.notice_minutes:
        words = _("Move or cancel free of charge until %(time)s the day before; after that, cancelling costs %(fee)s.")
        return words % {**facts, "time": time_in_words(terms.cut_off_clock)}
    return _("Move or cancel free of charge until %(notice)s before; after that, cancelling costs %(fee)s.") % facts


def notice_in_words(minutes: int, counting: Counting) -> str:
    """A length of notice as people say it."""
    hours = minutes // 60
    if counting is not Counting.OPENING_HOURS and hours and hours % 24 == 0:
        days = hours // 24
        if counting is Counting.BUSINESS_DAYS:
            return ngettext("%(count)s working day", "%(count)s working days", days) % {"count": days}
        return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
    if counting is Counting.CLOCK:
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    return ngettext("%(count)s working hour", "%(count)s working hours", hours) % {"count": hours}


def fee_in_words(fee: Fee, currency: str) -> str:
    """A fee as people say it; nothing where there is none."""
    money = money_in_words(fee.flat_cents, currency)
    if fee.flat_cents and fee.percent:
        return _("%(money)s and %(percent)s %% of the price") % {"money": money, "percent": fee.percent}
    if fee.flat_cents:
        return money
    return _("%(percent)s %% of the price") % {"percent": fee.percent} if fee.percent else ""
