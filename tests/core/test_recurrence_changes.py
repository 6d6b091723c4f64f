"""This and future: whatever is done to a series, in any order, no visit is lost and none comes twice."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from midway.core.plan_changes import Succession, succeed
from midway.core.recurrence import LAST, Change, Closures, Occurrence, Rule, monday_of, occurrences, series

NEW_YORK = ZoneInfo("America/New_York")
TUESDAY, LATEST = date(2026, 3, 3), date(2027, 6, 27)
NEVER = Closures()

numbers = st.integers(0, 60)
clocks = st.builds(time, st.integers(7, 18), st.sampled_from([0, 30]))
weekday_sets = st.frozensets(st.integers(0, 6), min_size=1, max_size=3)
rules = st.builds(
    Rule,
    anchor=st.dates(date(2026, 1, 1), date(2026, 6, 30)),
    clock=clocks,
    weekdays=weekday_sets,
    every=st.integers(1, 4),
    nth=st.sampled_from([None, None, 1, 2, LAST]),
)


@given(old=rules, new=rules, after=st.integers(0, 200), too_soon=st.integers(0, 10))
def test_every_old_visit_is_followed_or_dropped_and_every_new_one_follows_or_is_added(
    old: Rule, new: Rule, after: int, too_soon: int
) -> None:
    from_on = old.anchor + timedelta(days=after)
    earliest = from_on + timedelta(days=too_soon - 5)
    found = succeed(old, new, from_on=from_on, earliest=earliest, last=LATEST)
    before = occurrences(old, found.old.until + timedelta(days=1), LATEST) if found.old.until else []
    after_it = occurrences(found.new, date.min, LATEST)

    assert sorted([a for a, _ in found.pairs] + list(found.dropped)) == before
    assert sorted([b for _, b in found.pairs] + list(found.added)) == after_it
    assert all(day >= earliest for day in after_it)
    assert found.old.until is None or found.old.until >= from_on - timedelta(days=1)


@given(old=rules, clock=clocks, after=st.integers(0, 300))
def test_another_time_of_day_leaves_every_day_where_it_was(old: Rule, clock: time, after: int) -> None:
    from_on = old.anchor + timedelta(days=after)
    found = succeed(old, replace(old, clock=clock), from_on=from_on, earliest=from_on, last=LATEST)

    assert not found.dropped
    assert not found.added
    assert all(a == b for a, b in found.pairs)
    both = occurrences(found.old, old.anchor, LATEST) + occurrences(found.new, date.min, LATEST)
    assert both == occurrences(old, old.anchor, LATEST)


@dataclass
class Agreement:
    """Several rules in succession and the changes agreed on, the way plans keep them."""

    rules: list[Rule]
    changes: list[dict[date, Change]] = field(default_factory=lambda: [{}])

    def visits(self) -> list[Occurrence]:
        return [
            visit
            for rule, changes in zip(self.rules, self.changes, strict=True)
            for visit in series(rule, first=date.min, last=LATEST, zone=NEW_YORK, closures=NEVER, changes=changes)
        ]

    def find(self, number: int) -> tuple[int, date]:
        """One of the visits, by a number, and the rule it belongs to."""
        known = [(index, day) for index, rule in enumerate(self.rules) for day in occurrences(rule, date.min, LATEST)]
        return known[number % len(known)]

    def succeed_from(self, day: date, new: Rule) -> Succession:
        found = succeed(self.rules[-1], new, from_on=day, earliest=day, last=LATEST)
        followed = dict(found.pairs)
        agreed = self.changes[-1]
        self.rules[-1:] = [found.old, found.new]
        self.changes[-1:] = [
            {on: change for on, change in agreed.items() if on not in followed},
            {followed[on]: change for on, change in agreed.items() if on in followed},
        ]
        return found


deeds = st.lists(
    st.tuples(
        st.sampled_from(["skip", "move", "restore", "from"]), numbers, st.integers(-5, 5), st.integers(0, 6), clocks
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(every=st.integers(1, 4), weekday=st.integers(0, 6), deeds=deeds)
def test_each_due_week_keeps_exactly_one_visit_whatever_is_done_in_whatever_order(
    every: int, weekday: int, deeds: list[tuple[str, int, int, int, time]]
) -> None:
    agreement = Agreement([Rule(TUESDAY, time(9), frozenset({weekday}), every=every, starts=monday_of(TUESDAY))])
    due = {monday_of(visit.original) for visit in agreement.visits()}
    skipped: set[date] = set()

    for deed, number, by_days, new_weekday, clock in deeds:
        index, day = agreement.find(number)
        if deed == "skip":
            agreement.changes[index][day] = Change()
            skipped.add(monday_of(day))
        elif deed == "move":
            moved_to = datetime.combine(day + timedelta(days=by_days), clock, NEW_YORK)
            agreement.changes[index][day] = Change(moved_to)
            skipped.discard(monday_of(day))
        elif deed == "restore":
            agreement.changes[index].pop(day, None)
            skipped.discard(monday_of(day))
        elif index == len(agreement.rules) - 1:
            agreement.succeed_from(day, Rule(TUESDAY, clock, frozenset({new_weekday}), every=every))

    visits = agreement.visits()
    weeks = Counter(monday_of(visit.original) for visit in visits)
    assert set(weeks) == due
    assert set(weeks.values()) == {1}
    assert {monday_of(visit.original) for visit in visits if visit.start is None} == skipped


@given(weekday=st.integers(0, 6), after=st.integers(0, 200))
def test_changing_the_weekday_keeps_the_due_fortnights(weekday: int, after: int) -> None:
    old = Rule(TUESDAY, time(9), frozenset({1}), every=2)
    from_on = TUESDAY + timedelta(days=after)
    found = succeed(old, replace(old, weekdays=frozenset({weekday})), from_on=from_on, earliest=from_on, last=LATEST)

    days = occurrences(found.old, TUESDAY, LATEST) + occurrences(found.new, date.min, LATEST)
    assert {(monday_of(day) - monday_of(TUESDAY)).days % 14 for day in days} == {0}


def test_weekly_made_fortnightly_drops_every_second_visit_and_keeps_the_others() -> None:
    weekly = Rule(TUESDAY, time(9), frozenset({1}))
    found = succeed(
        weekly, replace(weekly, every=2), from_on=date(2026, 3, 12), earliest=TUESDAY, last=date(2026, 4, 14)
    )

    assert found.old.until == date(2026, 3, 11)
    assert found.pairs == [(date(2026, 3, 17),) * 2, (date(2026, 3, 31),) * 2, (date(2026, 4, 14),) * 2]
    assert found.dropped == [date(2026, 3, 24), date(2026, 4, 7)]
    assert not found.added


def test_a_week_whose_new_day_has_gone_by_keeps_its_old_visit() -> None:
    thursdays = Rule(date(2026, 3, 5), time(9), frozenset({3}))
    found = succeed(
        thursdays,
        replace(thursdays, weekdays=frozenset({1})),
        from_on=date(2026, 3, 12),
        earliest=date(2026, 3, 11),
        last=date(2026, 3, 24),
    )

    assert found.old.until == date(2026, 3, 12)
    assert found.pairs == [(date(2026, 3, 19), date(2026, 3, 17))]
    assert found.added == [date(2026, 3, 24)]
