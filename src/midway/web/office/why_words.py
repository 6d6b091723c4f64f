"""What keeps a time from being offered, in words."""

from datetime import time, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from midway.booking.why_not import CleanerAnswer, Doing, WhyNotAnswer
from midway.core.timespan import Span
from midway.core.why_not import General, InTheWay, Obstacle
from midway.crew.models import Commitment
from midway.web.design.words import day_in_words, hours_in_words, length_in_words, time_in_words
from midway.web.office.drawing import BLOCK_WORDS

Line = tuple[str, str]
"""Words, and where they lead to."""


def general_lines(answer: WhyNotAnswer) -> list[str]:
    """What stands in the way whoever would come, a sentence each."""
    return [_general(reason, answer) for reason in answer.general]


def cleaner_lines(answer: CleanerAnswer, whole: WhyNotAnswer) -> list[Line]:
    """What keeps one cleaner, a sentence each, with a way to the visit they are at."""
    lines: list[Line] = []
    for reason in answer.reasons:
        lines.append(_busy(reason.busy, answer, whole) if reason.busy else (_reason(reason, whole), ""))
    return lines


def _general(reason: General, answer: WhyNotAnswer) -> str:
    branch = answer.offer.branch
    if reason is General.GRID:
        return _("Visits start every %(minutes)d minutes; this is between.") % {"minutes": branch.start_grid_minutes}
    if reason is General.NOTICE:
        length = length_in_words(branch.notice_minutes)
        return _("It is too soon: customers book at least %(length)s ahead.") % {"length": length}
    if reason is General.HORIZON:
        return _("It is too far: customers book at most %(days)d days ahead.") % {"days": branch.horizon_days}
    words = ngettext(
        "The visit needs %(size)d cleaner; %(free)d could come.",
        "The visit needs %(size)d cleaners; %(free)d could come.",
        answer.team_size,
    )
    return words % {"size": answer.team_size, "free": answer.free}


def _reason(reason: InTheWay, whole: WhyNotAnswer) -> str:
    hours = ", ".join(_hours(opens, closes) for opens, closes in reason.hours)
    if reason.obstacle is Obstacle.SKILL:
        skill = whole.offer.service.skill
        return _("Has not learned %(skill)s.") % {"skill": skill.name if skill else ""}
    if reason.obstacle is Obstacle.NOT_EMPLOYED:
        return _("Does not work here on that day.")
    if reason.obstacle is Obstacle.HOLIDAY:
        return _("Closed that day: %(name)s.") % {"name": whole.holiday or _("Holiday")}
    if reason.obstacle is Obstacle.OTHER_HOURS:
        return _("Has other hours that day: %(hours)s.") % {"hours": hours} if hours else _("Has that day off.")
    if hours:
        return _("Works %(hours)s that day; the visit does not fit.") % {"hours": hours}
    return _("Does not work on that day of the week.")


def _busy(span: Span, answer: CleanerAnswer, whole: WhyNotAnswer) -> Line:
    zone = whole.offer.branch.zoneinfo
    hours = hours_in_words(span.start.astimezone(zone), span.end.astimezone(zone))
    doing = next((doing for doing in answer.doing if doing.span == span), Doing("", span))
    if doing.kind == Commitment.Kind.VISIT:
        way = reverse("office:visit", args=[doing.visit]) if doing.visit else ""
        return _("At %(who)s, %(hours)s.") % {"who": doing.who or _("a customer"), "hours": hours}, way
    if doing.kind == Commitment.Kind.HOLD:
        return _("Held for a customer who is booking, %(hours)s.") % {"hours": hours}, ""
    words = BLOCK_WORDS.get(doing.reason) or BLOCK_WORDS.get(doing.kind) or _("Away")
    last = (span.end - timedelta(microseconds=1)).astimezone(zone).date()
    if last != span.start.astimezone(zone).date() or span.end - span.start >= timedelta(hours=23):
        return _("%(reason)s up to and including %(day)s.") % {"reason": words, "day": day_in_words(last)}, ""
    return _("%(reason)s, %(hours)s.") % {"reason": words, "hours": hours}, ""


def _hours(opens: time, closes: time) -> str:
    return f"{time_in_words(opens)}–{time_in_words(closes)}"
