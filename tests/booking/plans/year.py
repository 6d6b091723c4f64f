"""A year in the life of the small company: random deeds by customers, office and the nightly job, from one seed."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from django.db import transaction
from django.db.models import Sum
from tests.booking.plans.stage import order_for, plan_quote
from tests.booking.plans.year_prices import agree, end_agreement, raise_prices
from tests.cast import NOW, Cast, by_user, make_holiday, make_user

from midway.accounts.models import Role
from midway.booking import actions
from midway.booking.actions.agree_on_price import AgreementOver, PriceAgreedAlready
from midway.booking.actions.change_occurrence import NotOfAPlan
from midway.booking.actions.offered import TimeNotOffered
from midway.booking.actions.plan_visits import PlanEnded, PlanNotPaused, PlanPaused
from midway.booking.actions.put_back import TimeGoneBy
from midway.booking.actions.reschedule_visit import ChangeTooLate
from midway.booking.actions.undo_change import AlreadyUndone, NothingToUndo, TooLateToUndo
from midway.booking.actions.visit_lock import VisitNotChangeable
from midway.booking.models import Plan, Visit
from midway.booking.pace_queries import pace_in_force, suggestion_for
from midway.booking.plan_queries import broken_promises
from midway.booking.undo_queries import undoable
from midway.core.actor import SYSTEM, VISITOR, Actor, ActorKind
from midway.core.policy import Fee, PolicyTerms
from midway.core.recurrence import LAST, Change, HolidayShift, Rule
from midway.core.retention import CannotBeErased
from midway.core.timespan import Span, local_instant
from midway.core.visit_states import VisitState
from midway.crew.actions import (
    AbsenceNotFound,
    clear_day_hours,
    extend_calendars,
    set_day_hours,
    set_weekly_hours,
    withdraw_absence,
)
from midway.crew.before import ChangedSince
from midway.crew.calendar import SlotTaken
from midway.crew.models import Absence, Cleaner, Holiday
from midway.customers.actions import preferences_of, set_contact_preferences
from midway.customers.models import Customer
from midway.fieldwork.actions import VisitNotNow, finish_visit, set_out, start_visit
from midway.journal.models import Entry
from midway.privacy.actions import apply_retention, erase_customer

REFUSALS = (
    AgreementOver,
    CannotBeErased,
    PriceAgreedAlready,
    SlotTaken,
    TimeNotOffered,
    ChangeTooLate,
    VisitNotChangeable,
    VisitNotNow,
    NotOfAPlan,
    PlanEnded,
    PlanPaused,
    PlanNotPaused,
    AbsenceNotFound,
    AlreadyUndone,
    ChangedSince,
    NothingToUndo,
    TimeGoneBy,
    TooLateToUndo,
)
"""What may be answered instead of a deed done; anything else is a defect."""

CUSTOMERS, MOST_PLANS = 30, 18
RULES = PolicyTerms(
    move_within_days=10,
    is_far_move_skip=True,
    free_skips_per_half_year=3,
    skip_fee=Fee(percent=20, cleaner_percent=50),
    is_gap_priced=True,
    booking_notice_minutes=0,
)
FREQUENCIES = ("weekly", "biweekly", "every_3_weeks", "every_4_weeks")


@dataclass
class Year:
    """The company, its clock and its dice."""

    cast: Cast
    dice: Random
    now: datetime = NOW
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def live(self, deeds: int, hours_between: float) -> None:
        """Will let so many deeds happen, with the nights between them."""
        for _ in range(deeds):
            before = self.now.date()
            self.now += timedelta(hours=self.dice.expovariate(1 / hours_between))
            if self.now.date() != before:
                self.night()
            self.one_deed()

    def one_deed(self) -> None:
        deed = self.dice.choices(list(DEEDS), list(DEEDS.values()))[0]
        try:
            with transaction.atomic():
                acted = deed(self)
        except REFUSALS:
            self.refused[deed.__name__] += 1
        else:
            self.done[deed.__name__] += acted

    def night(self) -> None:
        """What happens by itself: visits gone by are done, calendars and plans reach further."""
        past = Visit.objects.filter(state="scheduled", during__endswith__lte=self.now, cleaners_missing=0)
        past.update(state=VisitState.DONE)
        actions.expire_holds(now=self.now)
        extend_calendars(now=self.now)
        self.done["taken_over"] += actions.take_over_prices(now=self.now)
        apply_retention(now=self.now)
        self.done["topped_up"] += actions.top_up_plans(now=self.now)

    def who(self) -> Actor:
        return self.dice.choice([VISITOR, by_user(self.cast.dan), SYSTEM])

    def today(self) -> date:
        return self.now.astimezone(self.cast.branch.zoneinfo).date()

    def some_day(self, most: int = 40) -> date:
        return self.today() + timedelta(days=self.dice.randint(0, most))

    def some_moment(self, most: int = 40) -> datetime:
        clock = time(self.dice.randint(8, 15), self.dice.choice([0, 30]))
        return local_instant(self.some_day(most), clock, self.cast.branch.zoneinfo)

    def some_visit(self, **such: object) -> Visit | None:
        reach = (self.now - timedelta(days=3), self.now + timedelta(days=60))
        visits = Visit.objects.filter(during__overlap=reach, **such).order_by("id")
        return self.dice.choice(list(visits)) if visits else None

    def some_plan(self, *states: str) -> Plan | None:
        plans = list(Plan.objects.filter(state__in=states or ("active", "paused")).order_by("id"))
        return self.dice.choice(plans) if plans else None

    def some_cleaner(self) -> Cleaner:
        return self.dice.choice(list(Cleaner.objects.employed().select_related("branch").order_by("id")))

    def account_of(self, customer: Customer) -> Actor:
        """The customer, signed in."""
        if customer.user is None:
            customer.user = make_user(role=Role.CUSTOMER, name=customer.name)
            customer.save()
        return Actor(ActorKind.CUSTOMER, "Customer", customer.user.pk)

    def email(self) -> str:
        return f"customer{self.dice.randrange(CUSTOMERS)}@example.com"


def book(year: Year) -> bool:
    quote = plan_quote(
        year.cast, frequency="once", now=year.now, service=year.dice.choice([year.cast.regular, year.cast.deep])
    )
    start = year.some_moment(20)
    held = actions.hold_slot(quote=quote, start=start, now=year.now).code if year.dice.random() < 0.6 else None
    if held and year.dice.random() < 0.3:
        return True  # the customer goes away; the hold runs out
    told = order_for(quote, start=start, email=year.email(), hold=held).booking
    actions.book_visit(order=told, by=VISITOR, now=year.now)
    return True


def sell_plan(year: Year) -> bool:
    if Plan.objects.exclude(state="ended").count() >= MOST_PLANS:
        return False
    quote = plan_quote(year.cast, frequency=year.dice.choice(FREQUENCIES), now=year.now)
    start = year.some_moment(20)
    local = start.astimezone(year.cast.branch.zoneinfo)
    rule = None
    if year.dice.random() < 0.3:
        nth = min(4, (local.day - 1) // 7 + 1)
        nth = LAST if (local + timedelta(days=7)).month != local.month else nth
        rule = Rule(local.date(), local.time(), frozenset({local.weekday()}), nth=nth)
    decisions = {local.date() + timedelta(days=28): Change()} if year.dice.random() < 0.3 else {}
    order = order_for(
        quote,
        start=start,
        email=year.email(),
        rule=rule,
        decisions=decisions,
        holiday_shift=year.dice.choice(list(HolidayShift)),
        preferred=[year.some_cleaner().pk] if year.dice.random() < 0.5 else [],
    )
    actions.start_plan(order=order, by=VISITOR, now=year.now)
    return True


def skip(year: Year) -> bool:
    visit = year.some_visit(plan__isnull=False)
    if visit is None:
        return False
    actions.skip_occurrence(visit=visit.code, by=year.who(), now=year.now)
    return True


def move(year: Year) -> bool:
    visit = year.some_visit(state="scheduled")
    if visit is None:
        return False
    actions.reschedule_visit(visit=visit.code, to=year.some_moment(), by=year.who(), now=year.now)
    return True


def restore(year: Year) -> bool:
    visit = year.some_visit(plan__isnull=False, state="skipped") or year.some_visit(plan__exceptions__isnull=False)
    if visit is None:
        return False
    actions.restore_occurrence(visit=visit.code, by=year.who(), now=year.now, leave_open=year.dice.random() < 0.5)
    return True


def cancel(year: Year) -> bool:
    visit = year.some_visit(state="scheduled")
    if visit is None:
        return False
    actions.cancel_visit(visit=visit.code, reason="Changed plans", by=year.who(), now=year.now)
    return True


def assign(year: Year) -> bool:
    visit = year.some_visit(state="scheduled", cleaners_missing__gt=0)
    if visit is None:
        return False
    actions.assign_visit(visit=visit.code, by=SYSTEM, now=year.now)
    return True


def change_from(year: Year) -> bool:
    plan = year.some_plan()
    if plan is None:
        return False
    rule, kind = plan.rule, year.dice.randrange(5)
    if kind == 0:
        wanted = actions.PlanChange(rule=replace(rule, weekdays=frozenset({year.dice.randrange(5)})))
    elif kind == 1:
        wanted = actions.PlanChange(rule=replace(rule, clock=time(year.dice.randint(8, 14), 30)))
    elif kind == 2:
        wanted = actions.PlanChange(rule=replace(rule, every=year.dice.randint(1, 4), nth=None))
    elif kind == 3:
        wanted = actions.PlanChange(price_cents=plan.price_cents + 500, duration_minutes=90)
    else:
        wanted = actions.PlanChange(
            rule=Rule(rule.anchor, rule.clock, frozenset(year.dice.sample(range(5), 2)), every=2),
            preferred=[year.some_cleaner().pk],
        )
    if year.dice.random() < 0.3:
        actions.change_whole_plan(plan=plan.code, change=wanted, by=year.who(), now=year.now)
    else:
        day = year.some_day()
        actions.change_plan_from(plan=plan.code, from_on=day, change=wanted, by=year.who(), now=year.now)
    return True


def pause(year: Year) -> bool:
    plan = year.some_plan("active")
    if plan is None:
        return False
    day = year.some_day(20)
    until = day + timedelta(days=year.dice.randint(1, 40)) if year.dice.random() < 0.6 else None
    actions.pause_plan(plan=plan.code, from_on=day, resumes_on=until, by=year.who(), now=year.now)
    return True


def resume(year: Year) -> bool:
    plan = year.some_plan("paused")
    if plan is None:
        return False
    actions.resume_plan(plan=plan.code, from_on=year.some_day(10), by=year.who(), now=year.now)
    return True


def end(year: Year) -> bool:
    plan = year.some_plan()
    if plan is None:
        return False
    actions.end_plan(plan=plan.code, from_on=year.some_day(), by=year.who(), now=year.now)
    return True


def call_in_sick(year: Year) -> bool:
    start = year.some_moment(14)
    during = Span(start, start + timedelta(hours=year.dice.choice([4, 24, 72])))
    actions.excuse_cleaner(
        cleaner=year.some_cleaner(), during=during, reason=Absence.Reason.SICK, by=year.who(), now=year.now
    )
    return True


def come_back(year: Year) -> bool:
    absences = list(Absence.objects.select_related("cleaner").order_by("-id")[:5])
    if not absences:
        return False
    withdraw_absence(absence=year.dice.choice(absences), by=SYSTEM, now=year.now)
    return True


def change_hours(year: Year) -> bool:
    cleaner, day = year.some_cleaner(), year.some_day()
    kind = year.dice.randrange(3)
    if kind == 0:
        hours = [(time(10), time(18))] if year.dice.random() < 0.5 else []
        set_day_hours(cleaner=cleaner, on=day, hours=hours, reason="Asked for", by=SYSTEM, now=year.now)
    elif kind == 1:
        clear_day_hours(cleaner=cleaner, on=day, by=SYSTEM, now=year.now)
    else:
        hours = [(time(year.dice.randint(7, 9)), time(year.dice.randint(15, 18)))]
        set_weekly_hours(cleaner=cleaner, weekday=day.weekday(), hours=hours, from_day=day, by=SYSTEM, now=year.now)
    return True


def declare_holiday(year: Year) -> bool:
    day = year.some_day(200)
    if Holiday.objects.filter(branch=year.cast.branch, on=day).delete()[0]:
        return True
    make_holiday(branch=year.cast.branch, on=day)
    return True


def mend(year: Year) -> bool:
    """The office takes up the first proposals for broken promises."""
    mended = False
    last = year.today() + timedelta(days=30)
    for broken in broken_promises(branch=year.cast.branch, first=year.today(), last=last, now=year.now)[:3]:
        if broken.mend is not None:
            actions.reschedule_visit(
                visit=broken.visit.code,
                to=broken.mend.start,
                cleaners=broken.mend.cleaners,
                by=by_user(year.cast.dan),
                now=year.now,
            )
            mended = True
    return mended


def undo(year: Year) -> bool:
    """The office takes back one of the last changes, as often as not one that was itself an undoing."""
    lately = list(Entry.objects.order_by("-id")[:8])
    can_be = undoable(lately, now=year.now)
    chosen = [entry.code for entry in lately if entry.code in can_be]
    if not chosen:
        return False
    actions.undo_change(entry=year.dice.choice(chosen), by=by_user(year.cast.dan), now=year.now)
    return True


def help_oneself(year: Year) -> bool:
    """A customer signs in, moves a visit, and as often as not takes that back."""
    visit = year.some_visit(state="scheduled")
    if visit is None:
        return False
    me = year.account_of(visit.customer)
    actions.reschedule_visit(visit=visit.code, to=year.some_moment(), by=me, now=year.now)
    if year.dice.random() < 0.5:
        entry = Entry.objects.filter(subject=visit.code, event="booking.visit.rescheduled").latest("id")
        actions.undo_change(entry=entry.code, by=me, now=year.now)
    wishes = replace(preferences_of(visit.customer), has_reminders=year.dice.random() < 0.5)
    set_contact_preferences(customer=visit.customer.code, preferences=wishes, by=me, now=year.now)
    return True


def erase(year: Year) -> bool:
    """A customer has themselves erased; the sums of the books stay."""
    known = list(Customer.objects.filter(erased_at=None).order_by("id"))
    if not known:
        return False
    before = sums()
    erase_customer(customer=year.dice.choice(known).code, by=by_user(year.cast.dan), now=year.now)
    assert sums() == before
    return True


def leave_waiting(year: Year) -> bool:
    """The office drops a visit among those without anybody."""
    visit = year.some_visit(state="scheduled")
    if visit is None:
        return False
    start = visit.starts_at if year.dice.random() < 0.5 else year.some_moment()
    by = by_user(year.cast.dan)
    actions.place_visit(
        visit=visit.code, revision=visit.revision, start=start, cleaners=[], tell=False, by=by, now=year.now
    )
    return True


def change_extras(year: Year) -> bool:
    visit = year.some_visit(state="scheduled")
    if visit is None:
        return False
    wanted = year.dice.sample(["oven", "fridge"], year.dice.randint(0, 2))
    actions.change_extras(visit=visit.code, extras=wanted, by=year.who(), now=year.now)
    return True


def learn(year: Year) -> bool:
    """A visit is timed, and the pace that follows from it is approved, or one in force taken back."""
    visit = year.some_visit(state="done")
    if visit is None:
        return False
    who = {"by": by_user(year.cast.dan), "now": year.now}
    actions.record_actual_time(visit=visit.code, minutes=year.dice.randint(60, 300), people=1, **who)
    home = {"premises": visit.premises, "service": visit.service}
    found = suggestion_for(**home)
    if found is not None:
        actions.approve_pace(**home, percent=found.suggestion.percent, **who)
    elif pace_in_force(**home) != 100:
        actions.withdraw_pace(**home, **who)
    return True


def clean(year: Year) -> bool:
    """Somebody is at a door: they say that they came, or are done, or the office hears that nobody opens."""
    soon = year.now + timedelta(hours=1)
    visit = year.some_visit(state__in=["scheduled", "en_route", "in_progress"], during__startswith__lte=soon)
    if visit is None:
        return False
    who: dict[str, Any] = {"visit": visit.code, "by": by_user(year.cast.dan), "now": year.now}
    if year.dice.random() < 0.2:
        actions.record_lock_out(reason="Nobody opens", **who)
    elif visit.state in {VisitState.SCHEDULED, VisitState.EN_ROUTE}:
        start_visit(**who)
    else:
        finish_visit(**who)
    return True


def drive_there(year: Year) -> bool:
    """Time goes by until shortly before the day's next visit, and whoever cleans there sets out."""
    today = local_instant(year.today(), time(23), year.cast.branch.zoneinfo)
    ahead = Visit.objects.filter(state="scheduled", cleaners_missing=0, during__startswith__range=(year.now, today))
    visit = ahead.order_by("during", "id").first()
    if visit is None or visit.starts_at.date() != year.now.date():
        return False
    year.now = max(year.now, visit.starts_at - timedelta(minutes=20))
    return set_out(visit=visit.code, by=by_user(year.cast.dan), now=year.now).state == VisitState.EN_ROUTE


def sums() -> dict[str, int]:
    """The money of all visits and all fees, and how much has happened."""
    visits = Visit.objects.aggregate(prices=Sum("price_cents"), fees=Sum("cancellation__fee_cents"))
    return {**visits, "entries": Entry.objects.exclude(event="customers.customer.erased").count()}


DEEDS: dict[Callable[[Year], bool], int] = {
    book: 14,
    sell_plan: 6,
    skip: 12,
    move: 14,
    restore: 10,
    cancel: 5,
    assign: 6,
    change_from: 6,
    pause: 3,
    resume: 4,
    end: 1,
    call_in_sick: 5,
    come_back: 2,
    change_hours: 4,
    declare_holiday: 2,
    mend: 6,
    undo: 14,
    help_oneself: 6,
    erase: 4,
    leave_waiting: 4,
    change_extras: 5,
    learn: 6,
    clean: 8,
    drive_there: 6,
    raise_prices: 1,
    agree: 2,
    end_agreement: 1,
}
