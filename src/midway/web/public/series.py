"""The visits a recurring quote would bring: which dates fit, what is best for the others, and what was decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from midway.booking.models import Quote
from midway.booking.plan_queries import PlanCheck, check_plan, terms_of_quote
from midway.core.recurrence import Change, moment, occurrences

SHOWN = 4
"""How many of the coming dates are spelled out."""


@dataclass(frozen=True)
class OpenDate:
    """A date for which nobody is free: when it would be, and the best other time, where there is one."""

    name: str
    start: datetime
    instead: datetime | None


@dataclass(frozen=True)
class OtherDay:
    """The same series on another day or at another time, of which more dates fit."""

    start: datetime
    fitting: int
    of: int


@dataclass(frozen=True)
class Series:
    """A year of visits in a few words."""

    dates: Sequence[tuple[datetime, bool]]
    """The next ones, and whether each is theirs at once."""
    fitting: int
    taking_place: int
    to_decide: Sequence[OpenDate]
    other_day: OtherDay | None

    @property
    def open_dates(self) -> int:
        """How many dates have nobody yet."""
        return len(self.to_decide)


def series_of(quote: Quote, *, start: datetime, now: datetime) -> Series | None:
    """Will look at a whole year of the quote's visits from `start`; nothing for a single clean."""
    if quote.frequency == "once":
        return None
    check = _checked(quote, start=start, now=now)
    zone = quote.branch.zoneinfo
    return Series(
        dates=[(week.start.astimezone(zone), not week.needs_decision) for week in check.weeks if week.start][:SHOWN],
        fitting=check.fitting,
        taking_place=check.taking_place,
        to_decide=[
            OpenDate(
                f"decide-{week.original.isoformat()}",
                week.start.astimezone(zone),
                week.alternative.start.astimezone(zone) if week.alternative else None,
            )
            for week in check.to_decide
            if week.start
        ],
        other_day=_other_day(check, quote, now=now),
    )


def decided(quote: Quote, said: Mapping[str, str], *, start: datetime, now: datetime) -> Mapping[date, Change]:
    """The dates for which somebody took the other time offered; whatever is not offered any more stays open."""
    wanted = {name: text for name, text in said.items() if name.startswith("decide-") and text}
    if not wanted or quote.frequency == "once":
        return {}
    check = _checked(quote, start=start, now=now)
    offered = {f"decide-{week.original.isoformat()}": week for week in check.to_decide if week.alternative}
    return {
        week.original: Change(week.alternative.start)
        for name, week in offered.items()
        if week.alternative and wanted.get(name) == week.alternative.start.astimezone(quote.branch.zoneinfo).isoformat()
    }


def _checked(quote: Quote, *, start: datetime, now: datetime) -> PlanCheck:
    return check_plan(terms=terms_of_quote(quote, start=start), now=now, quote=quote)


def _other_day(check: PlanCheck, quote: Quote, *, now: datetime) -> OtherDay | None:
    zone = quote.branch.zoneinfo
    for other in check.instead[:1]:
        soonest = max(other.rule.opens, (now + timedelta(minutes=quote.branch.notice_minutes)).astimezone(zone).date())
        days = occurrences(other.rule, soonest, soonest + timedelta(weeks=5))
        if days:
            return OtherDay(moment(other.rule, days[0], zone).astimezone(zone), other.fitting, other.of)
    return None
