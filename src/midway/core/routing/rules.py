"""The law of working hours as a rule set: what it makes of a crew's day before it is planned.

Breaks and rest are limits, never prices. Numbers differ by country and agreement: they are settings.
"""

from dataclasses import dataclass, replace

from midway.core.routing.problem import Break, Crew

DAY = 24 * 60


@dataclass(frozen=True, kw_only=True)
class RestRules:
    """After `work_before_break` minutes of work at the latest, a break of `break_minutes`; `rest_minutes` from the end
    of a day to the next; at most `day_minutes` from the first minute to the last."""

    work_before_break: float = 6 * 60
    break_minutes: float = 30
    rest_minutes: float = 11 * 60
    day_minutes: float = 10 * 60


@dataclass(frozen=True, kw_only=True)
class Around:
    """The days before and after, in minutes after this day's midnight: when work ended (below 0) and begins again."""

    ended_before: float | None = None
    begins_after: float | None = None


def under_rules(crew: Crew, rules: RestRules, around: Around | None = None) -> Crew:
    """Will give the crew's day as the rules allow it: later start after a late night, an end in time for tomorrow,
    and a break by law that no plan leaves out when the day is longer than the rules allow without.

    A break of the shift that meets the rule becomes one by law; otherwise one is added. All waiting counts as work.
    """
    around = around or Around()
    opens = crew.opens
    if around.ended_before is not None:
        opens = max(opens, around.ended_before + rules.rest_minutes)
    latest = opens + min(crew.day_at_most, rules.day_minutes)
    if around.begins_after is not None:
        latest = min(latest, around.begins_after - rules.rest_minutes)
    day = replace(crew, opens=opens, closes=max(opens, crew.closes), day_at_most=max(0.0, latest - opens))
    return replace(day, breaks=_breaks(day, rules))


def _breaks(crew: Crew, rules: RestRules) -> tuple[Break, ...]:
    must_begin = crew.opens + rules.work_before_break
    if crew.latest_end <= must_begin:
        return crew.breaks
    from_when = max(crew.opens, min(crew.latest_end - rules.break_minutes - rules.work_before_break, must_begin))
    for number, rule in enumerate(crew.breaks):
        opens, closes = max(rule.opens, from_when), min(rule.closes, must_begin)
        if rule.minutes >= rules.break_minutes and opens <= closes:
            lawful = replace(rule, opens=opens, closes=closes, is_law=True)
            return (*crew.breaks[:number], lawful, *crew.breaks[number + 1 :])
    added = Break(minutes=rules.break_minutes, opens=from_when, closes=must_begin, is_law=True)
    return tuple(sorted((*crew.breaks, added), key=lambda rule: rule.closes))
