"""What can be offered: services, prices, times."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from midway.booking.models import PriceList, Quote, Service, Visit, VisitQuerySet
from midway.booking.rates import rates_from_json
from midway.core.availability import Slot, SlotRules
from midway.core.pricing import Rates
from midway.core.slotbits import Columns, Timeline, offered_columns, timeline, window_of
from midway.core.timespan import CELL, local_midnight
from midway.crew.models import Area, Branch
from midway.crew.queries import cleaners_in, free_bits

ONE_DAY = timedelta(days=1)


class NotServed(ValueError):
    """We do not clean at this postcode yet. Check it, or call us."""


class UnknownService(ValueError):
    """There is no such service. Choose one from the list."""


class NoPrices(ValueError):
    """The branch has no price list in force. Publish one in the office under Prices."""


@dataclass(frozen=True)
class Offer:
    """One service at one branch: what every question about price and time begins with."""

    branch: Branch
    service: Service

    def rules(self, *, duration: timedelta, team_size: int) -> SlotRules:
        """The branch's rules for a visit of this length."""
        branch = self.branch
        return SlotRules(
            zone=branch.zoneinfo,
            duration=duration,
            pad=branch.pad,
            grid_minutes=branch.start_grid_minutes,
            notice=timedelta(minutes=branch.notice_minutes),
            horizon=timedelta(days=branch.horizon_days),
            team_size=team_size,
        )


@dataclass(frozen=True)
class DayOfSlots:
    """A local day and the times that can be offered on it."""

    on: date
    slots: Sequence[Slot]


def offered_services() -> list[Service]:
    """Services that can be booked, in the order of the price list."""
    return list(Service.objects.filter(is_offered=True).order_by("position", "id"))


def branch_serving(postcode: str) -> Branch:
    """The branch that cleans at this postcode. Raises `NotServed`."""
    area = Area.objects.select_related("branch").filter(postcode=tidy_postcode(postcode)).first()
    if area is None:
        raise NotServed(NotServed.__doc__)
    return area.branch


def first_branch() -> Branch:
    """The branch asked when nobody says which. Raises `NotServed` while there is none."""
    branch = Branch.objects.order_by("id").first()
    if branch is None:
        raise NotServed(NotServed.__doc__)
    return branch


def tidy_postcode(postcode: str) -> str:
    """Will bring a postcode to the form areas are kept in: upper case, no spaces, US ZIP+4 without the +4."""
    tidy = postcode.upper().replace(" ", "")
    return tidy[:5] if len(tidy) == 10 and tidy[5] == "-" else tidy


def find_offer(*, service: str, postcode: str = "") -> Offer:
    """The service at the branch serving the postcode; without one, at the first branch.

    Raises `UnknownService` or `NotServed`.
    """
    found = Service.objects.select_related("skill").filter(code=service, is_offered=True).first()
    if found is None:
        raise UnknownService(UnknownService.__doc__)
    branch = branch_serving(postcode) if postcode else first_branch()
    return Offer(branch=branch, service=found)


def offer_of_quote(quote: Quote) -> Offer:
    """The offer a quote was made for."""
    return Offer(branch=quote.branch, service=quote.service)


def price_list_in_force(branch: Branch, *, on: date) -> tuple[PriceList, Rates]:
    """The branch's newest price list that is effective on the day. Raises `NoPrices`."""
    found = PriceList.objects.filter(branch=branch, effective_on__lte=on).order_by("-effective_on", "-version").first()
    if found is None:
        raise NoPrices(NoPrices.__doc__)
    return found, rates_from_json(found.rates)


@dataclass(frozen=True)
class FreeTime:
    """All that decides when a visit can start on `days` local days from `first`; equal ones have equal answers.

    `bits` as `crew.queries.free_bits` gives them, `window` the quarter hours that notice and horizon allow.
    """

    rules: SlotRules
    first: date
    days: int
    window: tuple[int, int]
    bits: bytes

    @property
    def last(self) -> date:
        """The last day."""
        return self.first + timedelta(days=self.days - 1)

    @property
    def line(self) -> Timeline:
        """The days laid end to end."""
        return timeline(self.rules.zone, self.first, self.days, self.rules.grid_minutes)

    def columns(self) -> Columns:
        """Will work out where a visit can start, quarter hour by quarter hour from the first midnight."""
        rows = cleaners_in(self.bits, cells=self.line.cells)
        return offered_columns(rows, rules=self.rules, first=self.first, days=self.days, window=self.window)


def free_time(
    *, offer: Offer, duration: timedelta, team_size: int = 1, first: date, days: int, now: datetime
) -> FreeTime | None:
    """The free time on `days` local days from `first`; nothing when no day asked can be booked.

    One query, whatever the number of cleaners and days.
    """
    rules = offer.rules(duration=duration, team_size=team_size)
    today = now.astimezone(rules.zone).date()
    # Only days on the calendar are asked for: not the past, nor what lies past the horizon.
    start = max(first, today)
    within = min((first - start).days + days, (today - start).days + offer.branch.horizon_days + 1)
    if within < 1:
        return None
    line = timeline(rules.zone, start, within, rules.grid_minutes)
    return FreeTime(
        rules=rules,
        first=start,
        days=within,
        window=window_of(rules=rules, first=start, days=within, now=now),
        bits=free_bits(branch_id=offer.branch.pk, skill_id=offer.service.skill_id, first=start, cells=line.cells),
    )


def offered_times(
    *, offer: Offer, duration: timedelta, team_size: int = 1, first: date, days: int, now: datetime
) -> list[DayOfSlots]:
    """Every time that can be offered on `days` local days from `first`, day by day, empty days included."""
    zone = offer.branch.zoneinfo
    by_day: dict[date, list[Slot]] = {first + timedelta(days=n): [] for n in range(days)}
    found = free_time(offer=offer, duration=duration, team_size=team_size, first=first, days=days, now=now)
    if found is not None:
        columns = found.columns()
        # Not by the date on the clock: where a day has two midnights, the hour between them ends the day before.
        on, closes = found.first, local_midnight(found.first + ONE_DAY, zone)
        for index, is_offered in enumerate(columns.is_offered):
            if is_offered:
                start = found.line.opens + index * CELL
                while start >= closes:
                    on, closes = on + ONE_DAY, local_midnight(on + 2 * ONE_DAY, zone)
                by_day[on].append(Slot(start, start + duration, columns.free[index]))
    return [DayOfSlots(on, slots) for on, slots in by_day.items()]


def nearest_slots(
    *, offer: Offer, duration: timedelta, team_size: int, wanted: datetime, now: datetime, limit: int = 6
) -> list[Slot]:
    """The free times nearest to a wanted one, the nearest first; looks a week either side."""
    first = max(wanted - timedelta(days=7), now).astimezone(offer.branch.zoneinfo).date()
    days = offered_times(offer=offer, duration=duration, team_size=team_size, first=first, days=15, now=now)
    slots = [slot for day in days for slot in day.slots]
    return sorted(slots, key=lambda slot: (abs(slot.start - wanted), slot.start))[:limit]


def quote_by_code(code: UUID | str) -> Quote | None:
    """The quote with its branch and service, or nothing."""
    return Quote.objects.select_related("branch", "service").filter(code=code).first()


def all_of_visits() -> VisitQuerySet:
    """Visits with all that their pages show."""
    return Visit.objects.select_related(
        "branch", "service", "customer", "premises", "plan", "booking__quote"
    ).prefetch_related("assignments__cleaner")


def visit_by_code(code: UUID | str) -> Visit | None:
    """The visit with all that its pages show, or nothing."""
    return all_of_visits().filter(code=code).first()
