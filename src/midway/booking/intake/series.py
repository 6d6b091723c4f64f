"""The recurring visits of a row: its rule rebuilt from the last or next visit, and who could come to each date."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from babel.dates import format_time, get_day_names
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from midway.booking.actions.offered import is_on_grid
from midway.booking.intake.dates import day_with_year, day_words
from midway.booking.intake.diary import Diary
from midway.booking.intake.headings import plainly
from midway.booking.intake.row import Place, Reason, Wish
from midway.booking.models import PriceList, Service
from midway.core.plan_fit import Asked
from midway.core.price_list import Rates
from midway.core.pricing import Circumstances, PriceError, PriceLine, price_home
from midway.core.pricing import Home as PricedHome
from midway.core.recurrence import LAST, Occurrence, Rule, monday_of, series
from midway.core.timespan import Span
from midway.crew.models import Branch, Cleaner

TOO_OLD = timedelta(days=400)
"""A visit longer ago than this is more likely a slip of the pen than the last one."""

_KINDS = {
    Service.Kind.REGULAR: "regular standard maintenance recurring house clean house cleaning general basic limpieza"
    " limpieza regular",
    Service.Kind.DEEP: "deep deep clean deep cleaning spring clean profunda limpieza profunda a fondo",
    Service.Kind.MOVE: "move move out move in move out clean end of tenancy mudanza",
    Service.Kind.COMMERCIAL: "commercial office office clean office cleaning comercial oficina",
}


class Refused(Exception):
    """A row's visits cannot be promised."""

    def __init__(self, field: str, problem: str, mend: str) -> None:
        super().__init__(problem)
        self.reason = Reason(field, problem, mend)


@dataclass(frozen=True)
class PlannedSeries:
    """A recurring plan as it would be sold: each date of the year, and who comes to it. Or a single visit."""

    service: Service
    price_list: PriceList
    rule: Rule
    frequency: str
    duration_minutes: int
    team_size: int
    price_cents: int
    agreed_cents: int | None
    lines: Sequence[PriceLine]
    preferred: Sequence[int]
    dates: Sequence[Occurrence]
    teams: Mapping[datetime, Sequence[int]]
    filled_until_on: date
    notes: str = ""
    is_single: bool = False

    @property
    def first(self) -> datetime:
        """The first visit."""
        return min(self.teams)

    @property
    def taking_place(self) -> list[datetime]:
        return [o.start for o in self.dates if o.start is not None]

    @property
    def to_decide(self) -> int:
        """To how many dates nobody can come."""
        return sum(start not in self.teams for start in self.taking_place)


@dataclass(frozen=True)
class Shop:
    """What the company sells, and when."""

    branch: Branch
    services: Sequence[Service]
    price_list: PriceList
    rates: Rates
    diary: Diary
    now: datetime
    aliases: Mapping[str, str]

    @property
    def today(self) -> date:
        return self.now.astimezone(self.branch.zoneinfo).date()

    def plan(
        self, wish: Wish, place: Place, busy: Sequence[tuple[Span, int | None]], remarks: list[str]
    ) -> PlannedSeries:
        """Will work out the row's series on what is left of the year. Raises `Refused`; adds to `remarks`."""
        service = self._service(wish.service)
        rule = self._rule(wish, remarks) if wish.rhythm.every else self._single(wish)
        home = PricedHome(
            service=service.code,
            bedrooms=place.bedrooms,
            bathrooms=place.bathrooms,
            square_feet=place.square_feet,
            frequency=wish.rhythm.frequency,
        )
        try:
            told = Circumstances(postcode=place.postcode, agreed_cents=wish.price_cents)
            price = price_home(home, self.rates, told)
        except PriceError as problem:
            raise Refused(problem.field, _(str(problem)), _("Correct it, or price this home in the office.")) from None
        lines = list(price.lines)
        cents = wish.price_cents or price.total_cents
        if cents != price.total_cents:
            lines.append(PriceLine("agreed", cents - price.total_cents))
        minutes = wish.duration_minutes or price.duration_minutes
        asked = Asked(
            needed=timedelta(minutes=minutes) + self.branch.pad,
            team_size=price.team_size,
            preferred=self._preferred(wish.cleaner, service, remarks),
        )
        dates = self._dates(rule)
        self._check_hours(rule, service, asked.needed)
        _check_home(dates, timedelta(minutes=minutes), busy, self.branch)
        teams = self._teams(rule, service, asked, dates, remarks)
        return PlannedSeries(
            service=service,
            price_list=self.price_list,
            rule=rule,
            frequency=wish.rhythm.frequency,
            duration_minutes=minutes,
            team_size=price.team_size,
            price_cents=cents,
            agreed_cents=wish.price_cents,
            lines=lines,
            preferred=asked.preferred,
            dates=dates,
            teams=teams,
            filled_until_on=self.diary.horizon,
            notes=wish.notes,
            is_single=not wish.rhythm.every,
        )

    def _service(self, said: str) -> Service:
        words = plainly(self.aliases.get(said, said))
        named = {plainly(name): s for s in self.services for name in (s.name, s.name_es, s.code) if name}
        if words in named:
            return named[words]
        for kind, spellings in _KINDS.items():
            of_kind = [s for s in self.services if s.kind == kind]
            if of_kind and (words == kind or (f" {words} " in f" {spellings} " and words)):
                return of_kind[0]
        regular = [s for s in self.services if s.kind == Service.Kind.REGULAR]
        if not words and regular:
            return regular[0]
        near = difflib.get_close_matches(words, list(named), n=2, cutoff=0.5)
        choice = [named[n].name for n in near] or [s.name for s in self.services]
        raise Refused(
            "service",
            _("We do not know the service “%(said)s”.") % {"said": said[:60]},
            _("Write %(choice)s.") % {"choice": _listed(choice)},
        )

    def _preferred(self, said: str, service: Service, remarks: list[str]) -> list[int]:
        found: list[int] = []
        for name in [part.strip() for part in said.replace("&", ",").replace(";", ",").split(",")]:
            if not name:
                continue
            cleaner = _cleaner_named(name, self.diary.cleaners)
            if cleaner is None:
                remarks.append(_("There is no cleaner “%(name)s”; whoever is free comes.") % {"name": name[:60]})
            elif cleaner.pk not in self.diary.able(service.skill_id):
                remarks.append(_("%(name)s cannot do this service; somebody else comes.") % {"name": cleaner.name})
            else:
                found.append(cleaner.pk)
        return found

    def _rule(self, wish: Wish, remarks: list[str]) -> Rule:
        rhythm, told = wish.rhythm, wish.next_on or wish.last_on
        self._check_days(wish)
        weekdays = wish.weekdays or (frozenset({told.weekday()}) if told else frozenset())
        if len(weekdays) < rhythm.times:
            raise Refused(
                "weekday",
                _("It does not say on which day we come.")
                if not weekdays
                else _("So many visits a week need as many days."),
                _("Write the day of the week, or the date of the next visit."),
            )
        if wish.next_on and wish.next_on.weekday() not in weekdays:
            raise Refused(
                "next_on",
                _("The next visit, %(day)s, is not on the day of the week that the row names.")
                % {"day": day_words(wish.next_on)},
                _("Correct the date or the day."),
            )
        if told is None and not (rhythm.every == 1 and (not rhythm.is_monthly or rhythm.nth)):
            raise Refused(
                "next_on",
                _("Without the last or the next visit nobody can tell which weeks are due."),
                _("Write the date of the next visit."),
            )
        anchor = told or self.today
        self._remark_on_weeks(wish, weekdays, remarks)
        tomorrow = self.today + timedelta(days=1)
        return Rule(
            anchor=anchor,
            clock=wish.clock,
            weekdays=weekdays,
            every=rhythm.every,
            nth=(rhythm.nth or nth_of(anchor)) if rhythm.is_monthly else None,
            starts=max(tomorrow, wish.next_on) if wish.next_on else tomorrow,
            until=wish.until_on,
        )

    def _single(self, wish: Wish) -> Rule:
        """A single visit as a rule that has one date."""
        self._check_days(wish)
        day = wish.next_on
        assert day is not None
        if day <= self.today:
            raise Refused(
                "next_on",
                _("The single clean of %(day)s does not lie ahead.") % {"day": day_with_year(day)},
                _("Correct the date, or take out date and time to keep the customer only."),
            )
        if wish.weekdays and day.weekday() not in wish.weekdays:
            raise Refused(
                "next_on",
                _("%(day)s is not on the day of the week that the row names.") % {"day": day_words(day)},
                _("Correct the date or the day."),
            )
        if day in self.diary.closures.holidays:
            raise Refused(
                "next_on",
                _("We are closed on %(day)s.") % {"day": day_words(day)},
                _("Agree on another day with the customer."),
            )
        return Rule(day, wish.clock, frozenset({day.weekday()}), starts=day, until=day)

    def _check_days(self, wish: Wish) -> None:
        for field, day in (("last_on", wish.last_on), ("next_on", wish.next_on)):
            if day and day < self.today - TOO_OLD:
                raise Refused(
                    field, _("%(day)s is more than a year ago.") % {"day": day_with_year(day)}, _("Check the year.")
                )
        if wish.last_on and wish.last_on > self.today:
            raise Refused(
                "last_on",
                _("The last visit, %(day)s, lies ahead.") % {"day": day_with_year(wish.last_on)},
                _("Check the year, or write it under the next visit."),
            )
        if wish.next_on and wish.next_on > self.diary.horizon:
            raise Refused(
                "next_on",
                _("%(day)s is more than a year ahead.") % {"day": day_with_year(wish.next_on)},
                _("Check the year."),
            )

    def _remark_on_weeks(self, wish: Wish, weekdays: frozenset[int], remarks: list[str]) -> None:
        every = wish.rhythm.every
        if wish.last_on and wish.next_on and not wish.rhythm.is_monthly and every > 1:
            apart = (monday_of(wish.next_on) - monday_of(wish.last_on)).days // 7
            if apart % every:
                remarks.append(_("The last visit does not fit the rhythm; weeks are counted from the next one."))
        elif wish.last_on and not wish.next_on and wish.last_on.weekday() not in weekdays:
            remarks.append(_("The last visit was on another day; its week counts."))

    def _dates(self, rule: Rule) -> list[Occurrence]:
        dates = series(
            rule,
            first=rule.opens,
            last=self.diary.horizon,
            zone=self.branch.zoneinfo,
            closures=self.diary.closures,
            changes={},
        )
        if not any(o.start for o in dates):
            raise Refused(
                "until_on",
                _("No visit of this series lies ahead."),
                _("Check the date it ends on, or leave it empty."),
            )
        return dates

    def _check_hours(self, rule: Rule, service: Service, needed: timedelta) -> None:
        noon = datetime.combine(self.today, rule.clock)
        if not is_on_grid(noon, grid_minutes=self.branch.start_grid_minutes):
            raise Refused(
                "time",
                _("Visits start every %(minutes)d minutes; %(clock)s is between.")
                % {"minutes": self.branch.start_grid_minutes, "clock": clock_words(rule.clock)},
                _("Write the nearest time at which visits start."),
            )
        for weekday in sorted(rule.weekdays):
            if not self.diary.is_within_hours(weekday, rule.clock, needed, skill_id=service.skill_id):
                raise Refused("time", *self._outside(weekday, rule.clock, service))

    def _outside(self, weekday: int, clock: time, service: Service) -> tuple[str, str]:
        hours = self.diary.usual_hours(weekday, skill_id=service.skill_id)
        day = weekday_words(weekday)
        if not hours:
            return _("Nobody works on %(day)s.") % {"day": day}, _("Choose another day, or give somebody hours then.")
        told = _listed([f"{clock_words(opens)}–{clock_words(closes)}" for opens, closes in hours[:4]])
        return (
            _("Nobody works long enough on %(day)s from %(clock)s.") % {"day": day, "clock": clock_words(clock)},
            _("Choose a time within %(hours)s.") % {"hours": told},
        )

    def _teams(
        self, rule: Rule, service: Service, asked: Asked, dates: Sequence[Occurrence], remarks: list[str]
    ) -> Mapping[datetime, Sequence[int]]:
        fit = self.diary.fit(asked, skill_id=service.skill_id)
        starts = [o.start for o in dates if o.start is not None]
        ranked = fit.ranked(starts)
        teams = {start: team for start in starts if (team := fit.team_for(start, ranked))}
        first = min(starts)
        # A series that fits on too few dates is none.
        if first not in teams or len(teams) * 2 < len(starts):
            near = self.diary.nearest(fit, first, ranked)
            local = first.astimezone(self.branch.zoneinfo)
            problem = (
                _("Nobody is free on %(when)s.") % {"when": moment_words(local)}
                if first not in teams
                else _("Only %(fit)d of the year's %(all)d visits have somebody free.")
                % {"fit": len(teams), "all": len(starts)}
            )
            mend = (
                _("Choose another time; the nearest free one is %(when)s.") % {"when": moment_words(near)}
                if near and first not in teams
                else _("Choose another day or time.")
            )
            raise Refused("time", problem, mend)
        if len(teams) < len(starts):
            remarks.append(
                _("%(fit)d of %(all)d visits fit; %(open)d need a decision.")
                % {"fit": len(teams), "all": len(starts), "open": len(starts) - len(teams)}
            )
        if asked.preferred and not set(asked.preferred) & set(teams[first]):
            remarks.append(_("The cleaner asked for is not free then; somebody else comes."))
        return teams


def _check_home(
    dates: Sequence[Occurrence], duration: timedelta, busy: Sequence[tuple[Span, int | None]], branch: Branch
) -> None:
    if not busy:
        return
    for start in [o.start for o in dates if o.start is not None]:
        for span, line in busy:
            if start < span.end and span.start < start + duration:
                when = moment_words(span.start.astimezone(branch.zoneinfo))
                raise Refused(
                    "frequency",
                    _("This home is cleaned at that time already, on %(when)s (line %(line)d).")
                    % {"when": when, "line": line}
                    if line is not None
                    else _("This home is cleaned at that time already, on %(when)s.") % {"when": when},
                    _("Take out the row, or choose another day or time."),
                )


def nth_of(day: date) -> int:
    """Which such weekday of its month a day is; the fifth counts as the last."""
    nth = (day.day - 1) // 7 + 1
    return LAST if nth == 5 else nth


def _cleaner_named(said: str, cleaners: Sequence[Cleaner]) -> Cleaner | None:
    words = plainly(said)
    whole = [c for c in cleaners if plainly(c.name) == words]
    first = [c for c in cleaners if plainly(c.name).split()[:1] == [words]]
    found = whole or first
    return found[0] if len(found) == 1 else None


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + _(" or ") + words[-1] if len(words) > 1 else "".join(words)


def weekday_words(weekday: int) -> str:
    """A weekday's name."""
    return str(get_day_names("wide", locale=get_language() or "en")[weekday])


def clock_words(clock: time) -> str:
    """A time of day as people write it."""
    return format_time(clock, "H:mm", locale=get_language() or "en")


def moment_words(local: datetime) -> str:
    """A moment by the branch's clock."""
    return f"{day_words(local.date())}, {clock_words(local.time())}"
