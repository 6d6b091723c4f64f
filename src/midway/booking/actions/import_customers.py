"""Bring in customers, homes and recurring plans from a spreadsheet: every row that can be kept, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from psycopg.types.range import TimestamptzRange

from midway.booking.actions.plan_visits import exceptions_for, visit_of
from midway.booking.intake.judge import Decision, Options, Tell, Verdict, judge
from midway.booking.intake.people import Home, Known
from midway.booking.intake.report import rejects_csv, report_of
from midway.booking.intake.table import read_table
from midway.booking.models import Booking, ImportedRow, ImportRun, Plan, PlanException, Quote, Visit
from midway.core.actor import Actor
from midway.core.recurrence import HolidayShift
from midway.core.timespan import Span
from midway.core.visit_states import VisitState
from midway.crew import calendar
from midway.crew.models import Branch, Cleaner
from midway.customers.actions import Address, Contact, find_or_add_customer, find_or_add_property
from midway.customers.models import Customer
from midway.journal.actions import record
from midway.runtime.database import one_transaction

ROWS_AT_ONCE = 1_000
"""So many rows are written by one statement, which takes no more than 65,535 values."""

SEATS_AT_ONCE = 2_000
"""So many visits get their cleaners by one statement."""


@dataclass(frozen=True)
class ImportOrder:
    """A file to bring in at a branch, and what was told about it."""

    file_name: str
    data: bytes
    branch: Branch
    options: Options = field(default_factory=Options)


def look_through(*, order: ImportOrder, now: datetime, tell: Tell | None = None) -> Verdict:
    """Will say what an import would do, and change nothing.

    Raises `SheetUnreadable`, `UnknownField`, `DatesAmbiguous`, `NoPrices` or `CalendarNotWritten`.
    """
    table = read_table(order.data, encoding=order.options.encoding, mapping=order.options.columns)
    return judge(table, branch=order.branch, options=order.options, now=now, tell=tell)


@one_transaction
def import_customers(
    *, order: ImportOrder, by: Actor, now: datetime, run: ImportRun | None = None, tell: Tell | None = None
) -> Verdict:
    """Will load every row that can be kept, each with its customer, home and plan, and say why others cannot.

    All in one transaction: when something breaks, nothing was loaded. A row that was loaded before changes
    nothing. Nobody is written to: the customers know their visits. Raises as `look_through`.
    """
    # One import at a time; whoever else moves the crew's time waits for us.
    Branch.objects.select_for_update(no_key=True).get(pk=order.branch.pk)
    calendar.lock_cleaners(list(Cleaner.objects.filter(branch=order.branch).values_list("id", flat=True)))
    verdict = look_through(order=order, now=now, tell=tell)
    run = run or ImportRun(branch=order.branch, file_name=order.file_name[:200], created_at=now)
    run.by_label, run.by_user_id = by.label[:120], by.user_id
    run.finish(ImportRun.State.DONE, at=now, report=report_of(verdict))
    run.keep_rejects(rejects_csv(verdict) if verdict.refused else "")
    run.save()
    _Loading(order.branch, run, by=by, now=now).load(verdict.loaded)
    record(event="booking.import.finished", subject=run.code, by=by, at=now,
           facts={"file": run.file_name, **verdict.counts})  # fmt: skip
    return verdict


@dataclass(frozen=True)
class _Kept:
    """A loaded row's ids."""

    customer_id: int
    premises_id: int
    plan: Plan | None


class _Loading:
    """Writes what was judged to be kept: few statements for many rows."""

    def __init__(self, branch: Branch, run: ImportRun, *, by: Actor, now: datetime) -> None:
        self._branch, self._run, self._by, self._now = branch, run, by, now

    def load(self, rows: Sequence[Decision]) -> None:
        """Will write the rows."""
        places = [self._keep_person_and_home(decision) for decision in rows]
        asked = [(d, *place) for d, place in zip(rows, places, strict=True) if d.series]
        plans = self._sell([row for row in asked if row[0].series and not row[0].series.is_single])
        self._book([row for row in asked if row[0].series and row[0].series.is_single])
        kept = [_Kept(*place, plans.get(d.line)) for d, place in zip(rows, places, strict=True)]
        ImportedRow.objects.bulk_create(
            (
                ImportedRow(
                    branch=self._branch,
                    run=self._run,
                    line=decision.line,
                    fingerprint=decision.row.fingerprint if decision.row else "",
                    customer_id=ids.customer_id,
                    premises_id=ids.premises_id,
                    plan=ids.plan,
                    created_at=self._now,
                )
                for decision, ids in zip(rows, kept, strict=True)
            ),
            batch_size=ROWS_AT_ONCE,
        )

    def _keep_person_and_home(self, decision: Decision) -> tuple[int, int]:
        row, match, home = decision.row, decision.person, decision.home
        assert row is not None
        assert match is not None
        assert home is not None
        person: Known = match.person
        if person.customer_id is None:
            contact = Contact(person.name, person.email, person.phone)
            person.customer_id = find_or_add_customer(contact=contact, language=row.person.language, now=self._now)
            if row.person.notes:
                Customer.objects.filter(pk=person.customer_id).update(notes=row.person.notes)
        home.property_id = self._home(decision, person.customer_id, home)
        return person.customer_id, home.property_id

    def _home(self, decision: Decision, customer_id: int, home: Home) -> int:
        assert decision.row is not None
        place = decision.row.place
        return find_or_add_property(
            customer_id=customer_id,
            address=Address(place.line1, place.postcode, place.line2, place.city, place.access_notes),
            bedrooms=place.bedrooms,
            bathrooms=place.bathrooms,
            square_feet=place.square_feet,
            now=self._now,
        )

    def _agree(self, rows: Sequence[tuple[Decision, int, int]]) -> tuple[list[Quote], list[Booking]]:
        quotes = Quote.objects.bulk_create(
            (self._quote(decision) for decision, _customer, _home in rows), batch_size=ROWS_AT_ONCE
        )
        bookings = Booking.objects.bulk_create(
            (self._booking(*row, quote=quote) for row, quote in zip(rows, quotes, strict=True)),
            batch_size=ROWS_AT_ONCE,
        )
        return quotes, bookings

    def _book(self, rows: Sequence[tuple[Decision, int, int]]) -> None:
        """Will write single visits, which belong to no plan."""
        _quotes, bookings = self._agree(rows)
        of = [decision.series for decision, _customer, _home in rows if decision.series]
        made = [
            Visit(
                branch_id=self._branch.pk,
                booking_id=booking.pk,
                customer_id=booking.customer_id,
                premises_id=booking.premises_id,
                service_id=one.service.pk,
                during=TimestamptzRange(one.first, one.first + timedelta(minutes=one.duration_minutes)),
                team_size=one.team_size,
                cleaners_missing=one.team_size,
                price_cents=one.price_cents,
                currency=one.price_list.rates["currency"],
                created_at=self._now,
            )
            for booking, one in zip(bookings, of, strict=True)
        ]
        teams = {visit.code: one.teams for visit, one in zip(made, of, strict=True)}
        _write_visits(made, self._seat(made, teams))
        for visit in made:
            record(event="booking.visit.imported", subject=visit.code, by=self._by, at=self._now,
                   facts={"start": visit.starts_at, "price_cents": visit.price_cents,
                          "file": self._run.file_name})  # fmt: skip

    def _sell(self, rows: Sequence[tuple[Decision, int, int]]) -> dict[int, Plan]:
        quotes, bookings = self._agree(rows)
        plans = Plan.objects.bulk_create(
            (self._plan(*row, quote=quote) for row, quote in zip(rows, quotes, strict=True)), batch_size=ROWS_AT_ONCE
        )
        series = [decision.series for decision, _customer, _home in rows if decision.series]
        Plan.preferred.through.objects.bulk_create(
            (
                Plan.preferred.through(plan_id=plan.pk, cleaner_id=cleaner)
                for plan, of in zip(plans, series, strict=True)
                for cleaner in of.preferred
            ),
            batch_size=ROWS_AT_ONCE,
        )
        made = [
            visit_of(plan, occurrence, booking_id=booking.pk, now=self._now)
            for plan, booking, of in zip(plans, bookings, series, strict=True)
            for occurrence in of.dates
        ]
        PlanException.objects.bulk_create(
            (
                exception
                for plan, of in zip(plans, series, strict=True)
                for exception in exceptions_for(plan, of.dates, now=self._now)
            ),
            batch_size=ROWS_AT_ONCE,
        )
        of_plan = {plan.pk: of.teams for plan, of in zip(plans, series, strict=True)}
        teams = {visit.code: of_plan[visit.plan_id] for visit in made if visit.plan_id}
        _write_visits(made, self._seat(made, teams))
        for plan, of in zip(plans, series, strict=True):
            record(event="booking.plan.imported", subject=plan.code, by=self._by, at=self._now,
                   facts={"start": of.first, "visits": len(of.taking_place), "to_decide": of.to_decide,
                          "price_cents": of.price_cents, "file": self._run.file_name})  # fmt: skip
        return {decision.line: plan for (decision, _customer, _home), plan in zip(rows, plans, strict=True)}

    def _seat(
        self, made: Sequence[Visit], teams: Mapping[UUID, Mapping[datetime, Sequence[int]]]
    ) -> dict[UUID, list[calendar.Taken]]:
        wanted = []
        for visit in (visit for visit in made if visit.state == VisitState.SCHEDULED):
            team = teams[visit.code].get(visit.starts_at, ())
            if team:
                wanted.append(calendar.Seat(visit.code, Span(visit.starts_at, visit.ends_at + self._branch.pad), team))
        if wanted:
            during = Span(min(s.during.start for s in wanted), max(s.during.end for s in wanted))
            calendar.release_expired_holds(branch_id=self._branch.pk, during=during, now=self._now)
        taken: dict[UUID, list[calendar.Taken]] = {}
        for first in range(0, len(wanted), SEATS_AT_ONCE):
            taken |= calendar.take_many(wanted[first : first + SEATS_AT_ONCE])
        return taken

    def _quote(self, decision: Decision) -> Quote:
        row, series = decision.row, decision.series
        assert row is not None
        assert series is not None
        return Quote(
            branch=self._branch,
            service=series.service,
            price_list=series.price_list,
            postcode=row.place.postcode,
            bedrooms=row.place.bedrooms,
            bathrooms=row.place.bathrooms,
            square_feet=row.place.square_feet,
            frequency=series.frequency,
            total_cents=series.price_cents,
            agreed_cents=series.agreed_cents,
            currency=series.price_list.rates["currency"],
            duration_minutes=series.duration_minutes,
            team_size=series.team_size,
            lines=[asdict(line) for line in series.lines],
            created_at=self._now,
            expires_at=self._now + timedelta(days=self._branch.quote_days),
        )

    def _booking(self, decision: Decision, customer_id: int, premises_id: int, *, quote: Quote) -> Booking:
        assert decision.person is not None
        assert decision.series is not None
        person = decision.person.person
        return Booking(
            branch=self._branch,
            customer_id=customer_id,
            premises_id=premises_id,
            quote=quote,
            contact_name=person.name,
            contact_email=person.email,
            contact_phone=person.phone,
            notes=decision.series.notes,
            created_at=self._now,
        )

    def _plan(self, decision: Decision, customer_id: int, premises_id: int, *, quote: Quote) -> Plan:
        series = decision.series
        assert series is not None
        plan = Plan(
            branch=self._branch,
            customer_id=customer_id,
            premises_id=premises_id,
            service=series.service,
            quote=quote,
            duration_minutes=series.duration_minutes,
            team_size=series.team_size,
            price_cents=series.price_cents,
            currency=quote.currency,
            holiday_rule=HolidayShift.AFTER,
            filled_until_on=series.filled_until_on,
            created_at=self._now,
        )
        plan.follow(series.rule)
        return plan


_VISIT_COLUMNS = (
    "code", "branch_id", "booking_id", "customer_id", "premises_id", "service_id", "plan_id", "occurrence_on", "during",
    "state", "team_size", "cleaners_missing", "price_cents", "currency", "revision", "created_at",
)  # fmt: skip


def _write_visits(visits: Sequence[Visit], taken: Mapping[UUID, Sequence[calendar.Taken]]) -> None:
    # A year of visits for thousands of plans: copied, which takes a tenth of the time of inserting them.
    # Who lost their time to a customer in this very moment needs a decision, like every date that does not fit.
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY booking_visit ({', '.join(_VISIT_COLUMNS)}) FROM STDIN") as copy:
            for visit in visits:
                if visit.code in taken:
                    visit.cleaners_missing = 0
                copy.write_row([getattr(visit, column) for column in _VISIT_COLUMNS])
        rows = [(code, row.cleaner_id, row.commitment_id) for code, team in taken.items() for row in team]
        cursor.execute(
            "INSERT INTO booking_assignment (visit_id, cleaner_id, commitment_id, active)"
            " SELECT v.id, k.cleaner, k.commitment, true"
            " FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[]) k(code, cleaner, commitment)"
            " JOIN booking_visit v ON v.code = k.code",
            [[row[n] for row in rows] for n in range(3)],
        )
