"""This and future: how a rule hands over to its successor without losing or doubling a visit."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from midway.core.recurrence import Rule, monday_of, month_number, occurrences


@dataclass(frozen=True)
class Succession:
    """The two rules after the change, and which new occurrence takes the place of which old one.

    Every old day after `old.until` is in `pairs` or in `dropped`, every new day in `pairs` or in `added`.
    """

    old: Rule
    new: Rule
    pairs: Sequence[tuple[date, date]]
    dropped: Sequence[date]
    added: Sequence[date]


def succeed(old: Rule, new: Rule, *, from_on: date, earliest: date, last: date) -> Succession:
    """Will end `old` before the day `from_on` and let `new` go on, pairing their occurrences up to `last`.

    Of `new`, the clock, weekdays, `every`, `nth` and `until` count; where it counts from is worked out here. The
    same rhythm keeps the old anchor, so that the due weeks stay the due weeks. Nothing new falls before
    `earliest`. A week or month already under way whose new day has gone by keeps its old visit.
    """
    monthly = old.is_monthly or new.is_monthly
    from_on = max(from_on, old.opens)
    new = replace(new, anchor=_anchor(old, new, from_on=from_on, last=last), starts=None)
    opening = _opening(from_on, monthly=monthly)
    has_begun = bool(occurrences(old, opening, from_on - timedelta(days=1)))
    # Never before the old rule itself began: those days may be another's.
    starts = max(from_on if has_begun else opening, earliest, old.opens)
    old_until = from_on - timedelta(days=1)
    closing = _closing(from_on, monthly=monthly)
    kept = occurrences(old, from_on, closing)
    if kept and not occurrences(replace(new, starts=starts), starts, closing):
        if occurrences(replace(new, starts=opening), opening, closing):
            old_until = kept[-1]
        starts = max(starts, closing + timedelta(days=1))
    elif has_begun and not kept and _rhythm(old) == _rhythm(new):
        # This week or month has had its visits.
        starts = max(starts, closing + timedelta(days=1))
    successor = replace(new, starts=starts)
    before = occurrences(old, old_until + timedelta(days=1), last)
    after = occurrences(successor, starts, last)
    pairs = _paired(before, after, monthly=monthly)
    paired_before, paired_after = {a for a, _ in pairs}, {b for _, b in pairs}
    return Succession(
        old=replace(old, until=old_until),
        new=successor,
        pairs=pairs,
        dropped=[day for day in before if day not in paired_before],
        added=[day for day in after if day not in paired_after],
    )


def _anchor(old: Rule, new: Rule, *, from_on: date, last: date) -> date:
    if _rhythm(old) == _rhythm(new):
        return old.anchor
    following = occurrences(old, from_on, last)
    return following[0] if following else from_on


def _rhythm(rule: Rule) -> tuple[int, bool]:
    return rule.every, rule.is_monthly


def _paired(before: Sequence[date], after: Sequence[date], *, monthly: bool) -> list[tuple[date, date]]:
    # The same day first; what is left in a week or month follows in order.
    same = set(before) & set(after)
    pairs = [(day, day) for day in same]
    left: dict[int, list[date]] = defaultdict(list)
    for day in after:
        if day not in same:
            left[_period(day, monthly=monthly)].append(day)
    for day in before:
        waiting = left[_period(day, monthly=monthly)] if day not in same else []
        if waiting:
            pairs.append((day, waiting.pop(0)))
    return sorted(pairs)


def _period(day: date, *, monthly: bool) -> int:
    return month_number(day) if monthly else monday_of(day).toordinal()


def _opening(day: date, *, monthly: bool) -> date:
    return day.replace(day=1) if monthly else monday_of(day)


def _closing(day: date, *, monthly: bool) -> date:
    if not monthly:
        return monday_of(day) + timedelta(days=6)
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def period_end(day: date, *rules: Rule) -> date:
    """Will give the end of the week a day lies in, or of its month when any of the rules goes by months."""
    return _closing(day, monthly=any(rule.is_monthly for rule in rules))
