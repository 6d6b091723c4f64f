"""The fixed cast of every test: one small branch, three cleaners, a customer with a flat, an office.

`make_cast()` sets the whole stage; the `make_…` factories add single rows and take keywords only. They
write rows directly, so that a test of a deed does not depend on other deeds. Monday 2 March 2026, nine
o'clock in New York, is now; clocks there go forward on the following Sunday.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db import connection
from psycopg.types.range import Range

from midway.accounts.models import Role, User
from midway.booking.models import Assignment, Booking, Cancellation, Hold, PriceList, Quote, Service, Visit
from midway.core.actor import Actor, ActorKind
from midway.core.pricing import AreaBand, ExtraRate, Home, Price, Rates, ServiceRate, price_home
from midway.core.timespan import local_instant
from midway.core.visit_states import OCCUPIES_CALENDAR, VisitState
from midway.crew.models import Absence, Area, Branch, Cleaner, Commitment, Holiday, Shift, ShiftException, Skill, Team
from midway.customers.models import Customer, Property

NEW_YORK, PARIS, LORD_HOWE = "America/New_York", "Europe/Paris", "Australia/Lord_Howe"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo(NEW_YORK))
TODAY = date(2026, 3, 2)
PASSWORD = "correct horse battery staple"
POSTCODE = "21201"

MONDAY_TO_FRIDAY = range(5)
EVERY_DAY = range(7)
WeeklyHours = Sequence[tuple[int, time, time]]
"""Weekday (Monday is 0), start, end."""

RATES = Rates(
    currency="USD",
    services={
        "regular": ServiceRate(
            base_cents=5000,
            base_minutes=30,
            bedroom_cents=2000,
            bedroom_minutes=20,
            bathroom_cents=2500,
            bathroom_minutes=25,
            area_bands=(AreaBand(1000, 0, 0), AreaBand(2000, 3000, 30), AreaBand(4000, 8000, 75)),
            minimum_cents=9000,
        ),
        "deep": ServiceRate(
            base_cents=10000,
            base_minutes=60,
            bedroom_cents=4000,
            bedroom_minutes=40,
            bathroom_cents=5000,
            bathroom_minutes=50,
            minimum_cents=18000,
            team_size=2,
        ),
    },
    extras=(ExtraRate("oven", "Inside the oven", 3500, 30), ExtraRate("fridge", "Inside the fridge", 3000, 30)),
    frequency_percent={"weekly": 20, "biweekly": 15, "every_3_weeks": 12, "every_4_weeks": 10},
)

_number = count(1)


@dataclass(frozen=True)
class Cast:
    """Everybody, by name."""

    branch: Branch
    olga: User
    dan: User
    ana: Cleaner
    ben: Cleaner
    chidi: Cleaner
    dora: Customer
    flat: Property
    deep_skill: Skill
    regular: Service
    deep: Service
    price_list: PriceList

    @property
    def cleaners(self) -> tuple[Cleaner, Cleaner, Cleaner]:
        return self.ana, self.ben, self.chidi


def make_cast(*, zone: str = NEW_YORK, now: datetime = NOW) -> Cast:
    """The whole stage. Ana and Ben can do deep cleans; all three work Monday to Friday, eight to five."""
    branch = make_branch(zone=zone)
    make_area(branch=branch)
    deep_skill = make_skill()
    return Cast(
        branch=branch,
        olga=make_user(name="Olga", email="olga@example.com", role=Role.OWNER),
        dan=make_user(name="Dan", email="dan@example.com", role=Role.DISPATCHER),
        ana=make_cleaner(branch=branch, name="Ana", skills=[deep_skill], now=now),
        ben=make_cleaner(branch=branch, name="Ben", skills=[deep_skill], now=now),
        chidi=make_cleaner(branch=branch, name="Chidi", now=now),
        dora=(dora := make_customer(name="Dora", email="dora@example.com")),
        flat=make_property(customer=dora),
        deep_skill=deep_skill,
        regular=make_service(),
        deep=make_service(code="deep", kind=Service.Kind.DEEP, name="Deep clean", skill=deep_skill),
        price_list=make_price_list(branch=branch),
    )


def make_branch(*, zone: str = NEW_YORK, code: str | None = None, **fields: Any) -> Branch:
    """A branch without notice or pad unless the test asks for them."""
    code = code or f"branch-{next(_number)}"
    return Branch.objects.create(
        **{
            "code": code,
            "name": code.replace("-", " ").capitalize(),
            "zone": zone,
            "currency": "USD",
            "phone": "410-555-0100",
            "email": "office@example.com",
            "latitude": 39.29,
            "longitude": -76.61,
            "notice_minutes": 0,
            **fields,
        }
    )


def make_area(*, branch: Branch, postcode: str = POSTCODE, **fields: Any) -> Area:
    """A postcode the branch serves."""
    return Area.objects.create(
        **{"branch": branch, "postcode": postcode, "name": "Downtown", "latitude": 39.2946, "longitude": -76.6252}
        | fields
    )


def make_user(*, role: str, name: str = "Somebody", email: str | None = None, **fields: Any) -> User:
    """Somebody who can sign in; without `password=` only by link, which keeps tests fast."""
    return User.objects.create_user(
        email=email or f"user{next(_number)}@example.com", name=name, role=role, **{"created_at": NOW, **fields}
    )


def make_skill(*, code: str = "deep", name: str = "Deep cleaning") -> Skill:
    return Skill.objects.create(code=code, name=name)


def weekly(
    weekdays: Iterable[int] = MONDAY_TO_FRIDAY, start: time = time(8), end: time = time(17)
) -> list[tuple[int, time, time]]:
    """The same hours on several weekdays."""
    return [(weekday, start, end) for weekday in weekdays]


def make_cleaner(
    *,
    branch: Branch,
    name: str = "Ana",
    shifts: WeeklyHours | None = None,
    skills: Iterable[Skill] = (),
    now: datetime = NOW,
    calendar_days: int = 35,
    **fields: Any,
) -> Cleaner:
    """A cleaner with weekly hours and a written calendar (five weeks unless told; 0: none)."""
    cleaner = Cleaner.objects.create(
        **{"branch": branch, "name": name, "phone": "410-555-0110", "employed_from": date(2025, 1, 1), **fields}
    )
    cleaner.skills.set(skills)
    hours = weekly() if shifts is None else shifts
    Shift.objects.bulk_create([_shift(cleaner=cleaner, weekday=day, start=start, end=end) for day, start, end in hours])
    if calendar_days:
        write_calendar(cleaner=cleaner, now=now, days=calendar_days)
    return cleaner


def write_calendar(*, cleaner: Cleaner, now: datetime = NOW, days: int = 35) -> None:
    """Will write the cleaner's calendar from yesterday on."""
    first = now.astimezone(cleaner.branch.zoneinfo).date() - timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT crew_write_days(%s::bigint, %s::date, %s::date)", [cleaner.pk, first, first + timedelta(days=days)]
        )


def make_shift(*, cleaner: Cleaner, weekday: int, start: time = time(8), end: time = time(17), **fields: Any) -> Shift:
    made = _shift(cleaner=cleaner, weekday=weekday, start=start, end=end, **fields)
    made.save()
    return made


def _shift(**fields: Any) -> Shift:
    return Shift(**{"valid_from": date(2025, 1, 1), **fields})


def make_exception(*, cleaner: Cleaner, on: date, start: time | None = None, end: time | None = None) -> ShiftException:
    """Other hours on one date; without times, a day off."""
    return ShiftException.objects.create(cleaner=cleaner, on=on, start=start, end=end)


def make_holiday(*, branch: Branch, on: date, name: str = "Holiday") -> Holiday:
    return Holiday.objects.create(branch=branch, on=on, name=name)


def make_team(*, branch: Branch, name: str = "North", members: Iterable[Cleaner] = ()) -> Team:
    team = Team.objects.create(branch=branch, name=name)
    team.members.set(members)
    return team


def make_customer(*, name: str = "Dora", email: str | None = None, **fields: Any) -> Customer:
    return Customer.objects.create(
        **{
            "name": name,
            "email": email or f"customer{next(_number)}@example.com",
            "phone": "410-555-0120",
            "created_at": NOW,
            **fields,
        }
    )


def make_property(*, customer: Customer, **fields: Any) -> Property:
    """A flat with two bedrooms and one bathroom."""
    return Property.objects.create(
        **{
            "customer": customer,
            "line1": "12 Calico Street",
            "city": "Baltimore",
            "postcode": POSTCODE,
            "latitude": 39.2946,
            "longitude": -76.6252,
            "bedrooms": 2,
            "bathrooms": 1,
            "square_feet": 900,
            "access_notes": "Key under the blue pot",
            "created_at": NOW,
            **fields,
        }
    )


def make_service(
    *, code: str = "regular", kind: str = Service.Kind.REGULAR, name: str = "Regular clean", **fields: Any
) -> Service:
    return Service.objects.create(code=code, kind=kind, name=name, **fields)


def make_price_list(
    *, branch: Branch, rates: Rates = RATES, version: int = 1, effective_on: date = date(2025, 1, 1)
) -> PriceList:
    return PriceList.objects.create(
        branch=branch, version=version, effective_on=effective_on, rates=asdict(rates), created_at=NOW
    )


def make_quote(
    *,
    price_list: PriceList,
    service: Service,
    rates: Rates = RATES,
    home: Home | None = None,
    postcode: str = POSTCODE,
    now: datetime = NOW,
    **fields: Any,
) -> Quote:
    """A quote worked out by `rates`, open for as long as the branch honours it; fields given win."""
    home = home or Home(service=service.code, bedrooms=2, bathrooms=1, square_feet=900)
    price: Price = price_home(home, rates)
    branch = price_list.branch
    return Quote.objects.create(
        **{
            "branch": branch,
            "service": service,
            "price_list": price_list,
            "postcode": postcode,
            "bedrooms": home.bedrooms,
            "bathrooms": home.bathrooms,
            "square_feet": home.square_feet,
            "extras": list(home.extras),
            "frequency": home.frequency,
            "total_cents": price.total_cents,
            "currency": price.currency,
            "duration_minutes": price.duration_minutes,
            "team_size": price.team_size,
            "lines": [asdict(line) for line in price.lines],
            "created_at": now,
            "expires_at": now + timedelta(days=branch.quote_days),
            **fields,
        }
    )


def make_booking(*, quote: Quote, premises: Property, **fields: Any) -> Booking:
    customer = premises.customer
    return Booking.objects.create(
        **{
            "branch": quote.branch,
            "customer": customer,
            "premises": premises,
            "quote": quote,
            "contact_name": customer.name,
            "contact_email": customer.email,
            "contact_phone": customer.phone,
            "created_at": quote.created_at,
            **fields,
        }
    )


def make_visit(
    *,
    premises: Property,
    price_list: PriceList,
    service: Service,
    start: datetime,
    cleaners: Iterable[Cleaner] = (),
    booking: Booking | None = None,
    minutes: int | None = None,
    team_size: int | None = None,
    state: str = VisitState.SCHEDULED,
    **fields: Any,
) -> Visit:
    """A visit with its booking and, when it occupies the calendar, its cleaners' commitments."""
    booking = booking or make_booking(quote=make_quote(price_list=price_list, service=service), premises=premises)
    quote, cleaners = booking.quote, list(cleaners)
    during = Range(start, start + timedelta(minutes=minutes or quote.duration_minutes))
    size = team_size or max(1, len(cleaners))
    visit = Visit.objects.create(
        **{
            "branch": booking.branch,
            "booking": booking,
            "customer": premises.customer,
            "premises": premises,
            "service": service,
            "during": during,
            "state": state,
            "team_size": size,
            "cleaners_missing": size - len(cleaners),
            "price_cents": quote.total_cents,
            "currency": quote.currency,
            "created_at": booking.created_at,
            **fields,
        }
    )
    active = state in OCCUPIES_CALENDAR
    for cleaner in cleaners:
        commitment = commit(cleaner=cleaner, during=during, reference=visit.code, active=active)
        Assignment.objects.create(visit=visit, cleaner=cleaner, commitment=commitment, active=active)
    if state in {VisitState.CANCELLED, VisitState.CANCELLED_LATE}:
        Cancellation.objects.create(visit=visit, at=booking.created_at, by_label=premises.customer.name)
    return visit


def commit(
    *,
    cleaner: Cleaner,
    during: Range[datetime],
    kind: str = Commitment.Kind.VISIT,
    reference: UUID | None = None,
    **fields: Any,
) -> Commitment:
    """A row of the calendar, under the constraint like any other."""
    return Commitment.objects.create(
        cleaner=cleaner, during=during, kind=kind, reference=reference or uuid4(), **fields
    )


def make_hold(*, quote: Quote, start: datetime, cleaners: Iterable[Cleaner] = (), now: datetime = NOW) -> Hold:
    """An open hold with its commitments."""
    during = Range(start, start + quote.duration)
    expires_at = now + timedelta(minutes=quote.branch.hold_minutes)
    hold = Hold.objects.create(quote=quote, during=during, expires_at=expires_at, created_at=now)
    for cleaner in cleaners:
        commit(
            cleaner=cleaner,
            during=during,
            kind=Commitment.Kind.HOLD,
            reference=hold.code,
            hold_expires_at=expires_at,
        )
    return hold


def make_absence(*, cleaner: Cleaner, start: datetime, end: datetime, reason: str = Absence.Reason.SICK) -> Absence:
    """An absence with its commitment."""
    during = Range(start, end)
    absence = Absence.objects.create(cleaner=cleaner, during=during, reason=reason, created_at=NOW)
    commit(cleaner=cleaner, during=during, kind=Commitment.Kind.ABSENCE, reference=absence.code)
    return absence


def at(clock: str, *, on: date = TODAY, zone: str = NEW_YORK) -> datetime:
    """A wall-clock time such as "13:30" on a local day."""
    return local_instant(on, time.fromisoformat(clock), ZoneInfo(zone))


def by_user(user: User) -> Actor:
    return Actor(kind=ActorKind.USER, label=user.name, user_id=user.pk)
