"""Booking, dragging, cancelling, hold expiry and confirmation, absence: all at once on one day."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.cast import NOW, Cast, at, by_user, make_cast, make_quote, make_visit
from tests.races.crowd import all_at_once, days_with_wrong_bits, errors_other_than, overlapping_pairs
from tests.races.test_one_slot_many_buyers import NINE, TOMORROW, order, quotes

from midway.booking.actions import book_visit, cancel_visit, excuse_cleaner, expire_holds, hold_slot, reschedule_visit
from midway.booking.actions.visit_lock import VisitNotChangeable
from midway.booking.models import Assignment, Hold, Visit
from midway.core.actor import VISITOR
from midway.core.timespan import Span
from midway.crew.calendar import SlotTaken
from midway.crew.models import Absence, Commitment

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

STARTS = [at("08:00", on=TOMORROW) + timedelta(minutes=30 * n) for n in range(14)]


def visits_on(cast: Cast, number: int) -> list[Visit]:
    """Visits on the days after tomorrow, one cleaner's day after another."""
    found = []
    for n in range(number):
        day = TOMORROW + timedelta(days=1 + n // 12 % 3)
        start = at("08:00", on=day) + timedelta(minutes=120 * (n % 4))
        cleaner = cast.cleaners[n // 4 % 3]
        found.append(
            make_visit(
                premises=cast.flat, price_list=cast.price_list, service=cast.regular, start=start, cleaners=[cleaner],
                minutes=90,
            )
        )  # fmt: skip
    return found


def keeps_its_word() -> None:
    """Every promise of the calendar, looked at from all sides."""
    assert overlapping_pairs() == days_with_wrong_bits() == 0
    for visit in Visit.objects.kept().prefetch_related("assignments__commitment"):
        active = [a for a in visit.assignments.all() if a.active]
        assert len(active) == visit.team_size - visit.cleaners_missing
        for assignment in active:
            assert assignment.commitment.active
            assert assignment.commitment.during == visit.during
    assert not Assignment.objects.filter(active=False, commitment__active=True).exists()
    assert not Hold.objects.exclude(state=Hold.State.OPEN).filter(
        code__in=Commitment.objects.filter(active=True, kind="hold").values("reference")
    )


def test_drags_onto_one_slot_leave_the_losers_where_they_were() -> None:
    cast = make_cast()
    visits = visits_on(cast, 24)
    before = {visit.pk: visit.during for visit in visits}

    def drag(visit: Visit) -> Visit:
        return reschedule_visit(visit=visit.code, to=NINE, cleaners=[cast.ana.pk], by=by_user(cast.dan), now=NOW)

    outcomes = all_at_once(drag, visits)

    assert errors_other_than(outcomes, SlotTaken) == []
    assert sum(o.error is None for o in outcomes) == 1
    moved = [v for v in Visit.objects.all() if v.during != before[v.pk]]
    assert [v.starts_at for v in moved] == [NINE]
    keeps_its_word()


def test_visits_trading_places_end_without_a_deadlock() -> None:
    cast = make_cast()
    visits = visits_on(cast, 24)
    targets = [(v.starts_at, c.pk) for v in visits for c in cast.cleaners]
    pick = random.Random(11)
    plan = [(pick.choice(visits), *pick.choice(targets)) for _ in range(120)]

    def drag(step: tuple[Visit, object, int]) -> Visit:
        visit, to, cleaner = step
        return reschedule_visit(visit=visit.code, to=to, cleaners=[cleaner], by=by_user(cast.dan), now=NOW)  # type: ignore[arg-type]

    outcomes = all_at_once(drag, plan)

    assert errors_other_than(outcomes, SlotTaken) == []
    keeps_its_word()


def test_a_hold_is_either_booked_or_released() -> None:
    cast = make_cast()
    held = [(quote, hold_slot(quote=quote, start=NINE, now=NOW)) for quote in quotes(cast, 3)]
    late = NOW + timedelta(minutes=30)
    others = quotes(cast, 30)

    def confirm(n: int) -> object:
        quote, hold = held[n]
        return book_visit(order=order(quote, buyer=n, hold=hold), by=VISITOR, now=late)

    deeds: list[Callable[[], object]] = [lambda n=n: confirm(n) for n in range(3)]  # type: ignore[misc]
    deeds += [lambda: expire_holds(now=late) for _ in range(5)]
    deeds += [
        lambda n=n, q=q: book_visit(order=order(q, buyer=100 + n), by=VISITOR, now=late)  # type: ignore[misc]
        for n, q in enumerate(others)
    ]
    random.Random(3).shuffle(deeds)
    outcomes = all_at_once(lambda deed: deed(), deeds)

    assert errors_other_than(outcomes, SlotTaken) == []
    assert Visit.objects.kept().count() == 3
    assert not Hold.objects.filter(state=Hold.State.OPEN).exists()
    keeps_its_word()


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_a_mixture_of_everything_keeps_every_promise(seed: int) -> None:
    cast = make_cast()
    pick = random.Random(seed)
    visits = visits_on(cast, 24)
    dan = by_user(cast.dan)

    def book(n: int) -> object:
        quote = make_quote(price_list=cast.price_list, service=cast.regular, team_size=pick.choice([1, 1, 2]))
        start = pick.choice(STARTS)
        return lambda: book_visit(order=order(quote, start, buyer=n), by=VISITOR, now=NOW)

    def hold(_: int) -> object:
        [quote] = quotes(cast, 1)
        start = pick.choice(STARTS)
        return lambda: hold_slot(quote=quote, start=start, now=NOW)

    def drag(_: int) -> object:
        visit, start, cleaner = pick.choice(visits), pick.choice(STARTS), pick.choice(cast.cleaners).pk
        named = pick.choice([[cleaner], []])
        return lambda: reschedule_visit(visit=visit.code, to=start, cleaners=named, by=dan, now=NOW)

    def cancel(_: int) -> object:
        visit = pick.choice(visits)
        return lambda: cancel_visit(visit=visit.code, reason="", by=dan, now=NOW)

    def excuse(_: int) -> object:
        cleaner, start = pick.choice(cast.cleaners), pick.choice(STARTS)
        during = Span(start, start + timedelta(hours=3))
        return lambda: excuse_cleaner(cleaner=cleaner, during=during, reason=Absence.Reason.SICK, by=dan, now=NOW)

    kinds = [book] * 5 + [hold] * 2 + [drag] * 4 + [cancel] + [excuse]
    deeds = [pick.choice(kinds)(n) for n in range(120)]
    outcomes = all_at_once(lambda deed: deed(), deeds)  # type: ignore[operator]

    assert errors_other_than(outcomes, SlotTaken, VisitNotChangeable) == []
    keeps_its_word()
