"""Loading the demo company."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from time import perf_counter
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from midway.accounts.models import User
from midway.booking.models import Booking, Cancellation, Plan, Visit
from midway.booking.plan_queries import plan_horizon
from midway.core.timespan import local_midnight
from midway.crew.actions import calendar_window
from midway.crew.models import Absence, Branch, Cleaner, Commitment
from midway.customers.models import Customer
from midway.demo import city
from midway.demo.clients import sign_up
from midway.demo.company import Period, open_branch, write_crew, write_customers
from midway.demo.crew import Squad, TimeOff, Worker, hire
from midway.demo.diary import Diary
from midway.demo.history import History, Setting
from midway.demo.holidays import holidays_between
from midway.demo.prices import Prices
from midway.demo.sheets import Sheet
from midway.demo.sign_ins import DEMO_SIGN_INS
from midway.demo.troubles import Troubles
from midway.demo.week import Planned
from midway.journal.models import Entry

WEEKS_AHEAD = 8
_VISITS_AT_ONCE = 20_000


class CompanyExists(Exception):
    """This database already holds customers or a branch: the demo company is only loaded into an empty one."""


@dataclass(frozen=True)
class DemoSize:
    """How large a company to make up; `months` of history lie behind today."""

    cleaners: int = 24
    customers: int = 600
    months: int = 12


@dataclass(frozen=True)
class DemoReport:
    """What was loaded, in rows, and how long it took."""

    first: date
    last: date
    rows: dict[str, int]
    seconds: dict[str, float]


def load_demo_company(
    *, size: DemoSize, seed: int, now: datetime, tell: Callable[[str], None] = lambda line: None
) -> DemoReport:
    """Will make up a company and load it, all or nothing; `tell` hears a line per step.

    The same size, seed and day give the same rows, but for the encryption of access notes, which is never
    the same twice. Raises `CompanyExists`.
    """
    now = now.replace(second=0, microsecond=0)
    watch = _Watch(tell)
    with transaction.atomic():
        _refuse_unless_empty()
        period, report = _load(size, seed, now, watch)
    return DemoReport(period.first, period.last, report, watch.seconds)


def _load(size: DemoSize, seed: int, now: datetime, watch: "_Watch") -> tuple[Period, dict[str, int]]:
    zone = ZoneInfo(city.ZONE)
    today = now.astimezone(zone).date()
    period = Period(today - timedelta(days=round(size.months * 30.44)), today, today + timedelta(days=7 * WEEKS_AHEAD))
    chance = _Chance(seed)
    holidays = holidays_between(period.first - timedelta(days=7), period.last + timedelta(days=365))
    second_from = (today - timedelta(days=150)).replace(day=1)
    squads = hire(chance("crew"), count=size.cleaners, first=period.first, today=today, last=period.last)
    clients = list(sign_up(chance("clients"), count=size.customers, first=period.first, today=today))
    names = {"cleaner": _first_worker(squads).name, "customer": clients[0].name}
    premises = open_branch(chance("branch"), period=period, holidays=holidays, second_from=second_from, names=names)
    cleaner_ids = write_crew(squads, premises)
    write_customers(clients, premises)
    watch.lap(f"{size.cleaners} cleaners in {len(squads)} teams, {size.customers} customers")

    history = History(
        chance("history"),
        Setting(premises.branch, premises.services, premises.price_lists, cleaner_ids, premises.office, now),
    )
    prices = Prices(chance("prices"), second_from=second_from, today=today, start_id=history.bookings.next_id)
    diary = Diary(
        chance("diary"), squads=squads, clients=clients, prices=prices, holidays=holidays,
        first=period.first, today=today, last=period.last,
    )  # fmt: skip
    troubles = Troubles(chance("troubles"), now=now, zone=zone)
    _write_visits(diary.weeks(), history, troubles, watch)
    for visit in diary.year_ahead(until=plan_horizon(premises.branch, now=now)):
        history.write(visit)
    _write_absences(squads, history, cleaner_ids, troubles, zone)
    history.quotes.next_id = history.bookings.next_id = prices.next_id
    for sheet in history.sheets:
        sheet.close()
    _check_now()
    watch.lap("visits, commitments and journal")
    _write_calendars(premises.branch, now)
    watch.lap("calendars")
    return period, _counts()


def _write_visits(weeks: Iterable[list[Planned]], history: History, troubles: Troubles, watch: "_Watch") -> None:
    for week in weeks:
        troubles.spoil(week)
        for visit in week:
            history.write(visit)
            if visit.released:
                history.note_released(visit, troubles.told_at)
        if len(history.visits.rows) > _VISITS_AT_ONCE:
            for sheet in history.sheets:
                sheet.copy()
            _check_now()
            watch.tell(f"visits up to {week[-1].day}")


def _write_absences(
    squads: Sequence[Squad], history: History, cleaner_ids: dict[int, int], troubles: Troubles, zone: ZoneInfo
) -> None:
    absences = Sheet(Absence, ("id", "code", "cleaner_id", "during", "reason", "created_at"))
    away: list[tuple[Worker, TimeOff]] = [
        (worker, off) for squad in squads for worker in squad.members for off in worker.time_off
    ]
    sick_day = troubles.sick_day()
    if troubles.sick is not None and sick_day is not None:
        away.append((troubles.sick, sick_day))
    for worker, off in away:
        opens, closes = local_midnight(off.first, zone), local_midnight(off.last + timedelta(days=1), zone)
        told_at = min(local_midnight(off.told_on, zone) + timedelta(hours=6, minutes=40), troubles.told_at)
        during, cleaner_id = f"[{opens},{closes})", cleaner_ids[worker.index]
        absences.add(absences.take_id(), str(off.code), cleaner_id, during, off.reason, told_at)
        history.commitments.add(history.commitments.take_id(), cleaner_id, during, "absence", True, str(off.code), None)
        history.note(
            "crew.absence.recorded", worker.code, told_at, {"start": opens, "end": closes, "reason": off.reason}
        )
    absences.close()


def _write_calendars(branch: Branch, now: datetime) -> None:
    # After the commitments: their trigger has little to do as long as no day is written.
    first, last = calendar_window(branch, now=now)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT crew_write_days(id, %s::date, %s::date) FROM crew_cleaner WHERE branch_id = %s ORDER BY id",
            [first, last, branch.pk],
        )


def _refuse_unless_empty() -> None:
    emails = [sign_in.email for sign_in in DEMO_SIGN_INS]
    if Customer.objects.exists() or Branch.objects.exists() or User.objects.filter(email__in=emails).exists():
        raise CompanyExists(CompanyExists.__doc__)


def _check_now() -> None:
    # References are checked at commit otherwise, and a million of them would wait in memory.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _counts() -> dict[str, int]:
    return {
        "cleaners": Cleaner.objects.count(),
        "customers": Customer.objects.count(),
        "bookings": Booking.objects.count(),
        "plans": Plan.objects.count(),
        "visits": Visit.objects.count(),
        "unassigned": Visit.objects.unassigned().count(),
        "commitments": Commitment.objects.count(),
        "cancellations": Cancellation.objects.count(),
        "absences": Absence.objects.count(),
        "journal": Entry.objects.count(),
    }


def _first_worker(squads: Sequence[Squad]) -> Worker:
    return min((worker for squad in squads for worker in squad.members), key=lambda worker: worker.index)


@dataclass(frozen=True)
class _Chance:
    """Randomness by purpose, so that more of one thing does not change another."""

    seed: int

    def __call__(self, purpose: str) -> Random:
        return Random(f"{self.seed}:{purpose}")  # noqa: S311  # made-up data


class _Watch:
    """Tells what was done and how long it took."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.seconds: dict[str, float] = {}
        self.tell = tell
        self._last = perf_counter()

    def lap(self, what: str) -> None:
        now = perf_counter()
        self.seconds[what] = round(now - self._last, 2)
        self.tell(f"{what} ({now - self._last:.1f} s)")
        self._last = now
