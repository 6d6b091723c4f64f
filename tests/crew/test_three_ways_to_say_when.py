"""Bits, ranges, the answer to programs and the oracle agree, whatever the company and whatever was done to it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.types.range import Range
from tests.cast import NEW_YORK, NOW, TODAY, at
from tests.companies import (
    ALWAYS,
    FAR_PAST,
    Company,
    cleaner_calendars,
    companies,
    day_exceptions,
    examples,
    shifts,
    spans,
)
from tests.crew.standing import all_answers, forgotten, put_up, stale_days

from midway.core.availability import CleanerCalendar, SlotRules, WeeklyShift
from midway.core.timespan import Span
from midway.crew import calendar
from midway.crew.models import Branch, Cleaner, Commitment, Holiday, Shift, ShiftException

pytestmark = pytest.mark.django_db


@settings(max_examples=examples(120))
@given(companies())
def test_bits_ranges_and_rule_offer_the_same_times(company: Company) -> None:
    with forgotten():
        branch = put_up(company)
        assert stale_days(branch) == []
        by_bits, to_programs, by_ranges, by_rule = all_answers(company, branch)
        assert by_bits == by_rule
        assert to_programs == by_rule
        assert by_ranges == by_rule


@pytest.mark.parametrize(("busy_from", "last_start"), [("00:30", "22:30"), ("01:00", "23:00"), ("04:00", "23:30")])
def test_a_visit_of_the_last_day_asked_meets_what_is_committed_after_midnight(busy_from: str, last_start: str) -> None:
    rules = SlotRules(zone=ZoneInfo(NEW_YORK), duration=timedelta(hours=2))
    busy = at(busy_from, on=TODAY + timedelta(days=1))
    cleaner = CleanerCalendar(
        employed_from=FAR_PAST,
        shifts=[WeeklyShift(n, *ALWAYS, FAR_PAST) for n in range(7)],
        commitments=[Span(busy, busy + timedelta(hours=1))],
    )
    company = Company(TODAY, 1, NOW, rules, (cleaner,))
    for answer in all_answers(company, put_up(company)):
        assert answer[-1] == (at(last_start), 1)


class Deeds:
    """Things that people, jobs and shells do to calendars, each drawn at random."""

    def __init__(self, draw: Callable[..., object], company: Company, branch: Branch) -> None:
        self.draw, self.company, self.branch = draw, company, branch
        self.references: list[object] = []

    def cleaner(self) -> Cleaner | None:
        cleaners = list(Cleaner.objects.filter(branch=self.branch).order_by("id"))
        return self.draw(st.sampled_from(cleaners)) if cleaners else None  # type: ignore[return-value]

    def one_of(self, model: type) -> object | None:
        rows = list(model.objects.filter(cleaner__branch=self.branch).order_by("id"))  # type: ignore[attr-defined]
        return self.draw(st.sampled_from(rows)) if rows else None

    def span(self) -> Span:
        return self.draw(spans(self.company.first, self.company.days))  # type: ignore[return-value]

    def take(self) -> None:
        reference = uuid4()
        cleaner, named = self.cleaner(), self.draw(st.booleans())
        wanted = calendar.Wanted(
            branch_id=self.branch.pk,
            zone=self.branch.zoneinfo,
            during=self.span(),
            kind=Commitment.Kind.VISIT,
            reference=reference,
            count=self.company.rules.team_size,
            cleaners=[cleaner.pk] if named and cleaner else [],
        )
        with suppress(calendar.SlotTaken), transaction.atomic():
            calendar.take(wanted, now=self.company.now)
            self.references.append(reference)

    def release(self) -> None:
        if self.references:
            calendar.release(reference=self.references.pop(0))  # type: ignore[arg-type]

    def drag_by_shell(self) -> None:
        commitment, span = self.one_of(Commitment), self.span()
        if isinstance(commitment, Commitment):
            commitment.during = Range(span.start, span.end)
            commitment.cleaner = self.cleaner() or commitment.cleaner
            commitment.active = self.draw(st.sampled_from([True, True, False]))  # type: ignore[assignment]
            with suppress(IntegrityError), transaction.atomic():
                commitment.save()

    def forget(self) -> None:
        commitment = self.one_of(Commitment)
        if isinstance(commitment, Commitment):
            commitment.delete()

    def add_shift(self) -> None:
        cleaner, s = self.cleaner(), self.draw(shifts(self.company.first, self.company.days))
        if cleaner:
            Shift.objects.create(cleaner=cleaner, **s.__dict__)

    def change_shift(self) -> None:
        shift, s = self.one_of(Shift), self.draw(shifts(self.company.first, self.company.days))
        if isinstance(shift, Shift):
            shift.__dict__.update(s.__dict__)
            shift.cleaner = self.cleaner() or shift.cleaner
            shift.save()

    def drop_shift(self) -> None:
        Shift.objects.filter(pk__in=[s.pk for s in [self.one_of(Shift)] if isinstance(s, Shift)]).delete()

    def add_exception(self) -> None:
        cleaner, e = self.cleaner(), self.draw(day_exceptions(self.company.first, self.company.days))
        if cleaner:
            ShiftException.objects.create(cleaner=cleaner, **e.__dict__)

    def change_exception(self) -> None:
        exception, e = self.one_of(ShiftException), self.draw(day_exceptions(self.company.first, self.company.days))
        if isinstance(exception, ShiftException):
            exception.__dict__.update(e.__dict__)
            exception.save()

    def drop_exception(self) -> None:
        exception = self.one_of(ShiftException)
        if isinstance(exception, ShiftException):
            exception.delete()

    def toggle_holiday(self) -> None:
        on = self.company.first + timedelta(days=self.draw(st.integers(-1, self.company.days)))  # type: ignore[arg-type]
        if not Holiday.objects.filter(branch=self.branch, on=on).delete()[0]:
            Holiday.objects.create(branch=self.branch, on=on, name="Holiday")

    def move_holiday(self) -> None:
        holiday = Holiday.objects.filter(branch=self.branch).first()
        if holiday:
            on = holiday.on + timedelta(days=1)
            if not Holiday.objects.filter(branch=self.branch, on=on).exists():
                holiday.on = on
                holiday.save()

    def leave_or_come_back(self) -> None:
        cleaner = self.cleaner()
        if cleaner:
            other = self.draw(cleaner_calendars(self.company.first, self.company.days))
            cleaner.employed_from, cleaner.left_on = other.employed_from, other.left_on  # type: ignore[attr-defined]
            cleaner.save()


DEEDS = [name for name, deed in vars(Deeds).items() if callable(deed) and name not in
         {"__init__", "cleaner", "one_of", "span"}]  # fmt: skip


@settings(max_examples=examples(60))
@given(companies(most_cleaners=3, most_days=2), st.lists(st.sampled_from(DEEDS), min_size=1, max_size=12), st.data())
def test_whatever_is_done_to_a_calendar_its_days_stay_true(
    company: Company, deeds: list[str], data: st.DataObject
) -> None:
    with forgotten():
        branch = put_up(company)
        hands = Deeds(data.draw, company, branch)
        for deed in deeds:
            getattr(hands, deed)()
            assert stale_days(branch) == [], deed
        # Holidays may be others now; the rules carry them to the oracle.
        holidays = frozenset(Holiday.objects.filter(branch=branch).values_list("on", flat=True))
        now_true = Company(
            company.first, company.days, company.now,
            type(company.rules)(**{**company.rules.__dict__, "holidays": holidays}), company.calendars,
        )  # fmt: skip
        by_bits, to_programs, by_ranges, by_rule = all_answers(now_true, branch)
        assert by_bits == by_rule
        assert to_programs == by_rule
        assert by_ranges == by_rule
