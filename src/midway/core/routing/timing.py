"""When a crew is where: the cost of a route exactly, and labels that judge most insertions in constant time.

The labels follow the forward and backward slack of Savelsbergh (1992), once for each number of breaks taken. Where
something must be paid for (lateness, overtime, a moved promise, a missed break), the exact cost comes from following
the few sensible ways through the day side by side and dropping every one that is both later and dearer.
"""

from typing import Any

import numpy as np

from midway.core.routing.arrays import LABELS, NEVER, WRONG, Day, State
from midway.core.routing.columns import (
    ANNOUNCED,
    CLOSES,
    COST,
    DRIVE_AHEAD,
    DRIVEN,
    EXTRA,
    FACTOR,
    GRACE,
    LATE_PRICE,
    LATEST,
    LONG_AFTER,
    MINUTES,
    OPENS,
    PINNED,
    PRICE_DRIVE,
    PRICE_FAIR_DRIVE,
    PRICE_FAIR_WORK,
    PRICE_LONG_OVERTIME,
    PRICE_MOVED,
    PRICE_MOVED_MINUTE,
    PRICE_OVERTIME,
    SIZE,
    SOFT,
    USED,
    WINDOW_END,
    WORK_AHEAD,
    WORKED,
)
from midway.core.routing.compiled import NONE, compiled, inlined

Array = Any
EPSILON, SLACK = 1e-6, 0.01


@inlined
def rest(ready: float, drive: float, rule: Array) -> float:
    """When a crew can start work after a drive and a break: the break after the drive, or else before it."""
    if ready + drive <= rule[1]:
        return max(ready + drive, rule[0]) + rule[2]
    if ready <= rule[1]:
        return max(ready, rule[0]) + rule[2] + drive
    return NEVER


@inlined
def leave_for_rest(by: float, drive: float, rule: Array) -> float:
    """When a crew must leave at the latest to be ready by a time, with a drive and a break before it."""
    after, before = -NEVER, -NEVER
    if by - rule[2] >= rule[0]:
        after = min(rule[1], by - rule[2]) - drive
    if by - rule[2] - drive >= rule[0]:
        before = min(rule[1], by - rule[2] - drive)
    return max(after, before)


@inlined
def label(day: Day, state: State, crew: int) -> None:
    """Will renew a route's labels, and its minutes of driving and work."""
    driven, worked = 0.0, 0.0
    count = state.length[crew]
    for position in range(1, count + 2):
        leg = day.drive[state.route[crew, position - 1], state.route[crew, position]]
        state.leg[crew, position], driven = leg, driven + leg
        if position <= count:
            worked += day.pair[state.route[crew, position], crew, MINUTES]
    state.sums[crew, DRIVEN] = driven * day.crew[crew, FACTOR] if count else 0.0
    state.sums[crew, WORKED] = worked
    _soonest(day, state, crew)
    _latest(day, state, crew)


@inlined
def _soonest(day: Day, state: State, crew: int) -> None:
    ways, count = day.break_count[crew], state.length[crew]
    for way in range(ways + 1):
        state.soonest[crew, 0, way] = day.crew[crew, OPENS] if way == 0 else NEVER
    for position in range(1, count + 2):
        node = state.route[crew, position]
        drive = day.drive[state.route[crew, position - 1], node] * day.crew[crew, FACTOR]
        for way in range(ways + 1):
            at = state.soonest[crew, position - 1, way] + drive
            if way:
                at = min(at, rest(state.soonest[crew, position - 1, way - 1], drive, day.breaks[crew, way - 1]))
            if position <= count:
                at = max(at, state.window[node, 1])
                at = at + day.pair[node, crew, MINUTES] if at <= state.window[node, 2] + EPSILON else NEVER
            state.soonest[crew, position, way] = at


@inlined
def _latest(day: Day, state: State, crew: int) -> None:
    ways, count = day.break_count[crew], state.length[crew]
    for way in range(ways + 1):
        by = min(day.crew[crew, CLOSES], day.crew[crew, LATEST])
        state.latest[crew, count + 1, way] = by if way == ways else min(by, day.breaks[crew, way, 1])
    for position in range(count, -1, -1):
        node = state.route[crew, position]
        drive = day.drive[node, state.route[crew, position + 1]] * day.crew[crew, FACTOR]
        for way in range(ways + 1):
            by = state.latest[crew, position + 1, way] - drive
            if way < ways:
                by = max(by, leave_for_rest(state.latest[crew, position + 1, way + 1], drive, day.breaks[crew, way]))
            if position:
                by = min(by - day.pair[node, crew, MINUTES], state.window[node, 2])
                by = by if by >= state.window[node, 1] - EPSILON else -NEVER
            state.latest[crew, position, way] = by


@inlined
def is_free(day: Day, state: State, crew: int) -> bool:
    """Whether a labelled route costs nothing for its times."""
    return state.latest[crew, 0, 0] >= day.crew[crew, OPENS] - EPSILON


@inlined
def excess(day: Day, state: State, crew: int, position: int, task: int, there: float, on: float) -> float:
    """By how many minutes a task comes too late to be free of cost before `position`; 0 or less is in time."""
    least, ways = NEVER, day.break_count[crew]
    opens, closes, work = state.window[task, 1], state.window[task, 2], day.pair[task, crew, MINUTES]
    for way in range(ways + 1):
        ready = state.soonest[crew, position - 1, way]
        if ready >= NEVER:
            continue
        start = max(ready + there, opens)
        done = start + work
        least = min(least, max(start - closes, done + on - state.latest[crew, position, way]))
        if way < ways:
            rule, by = day.breaks[crew, way], state.latest[crew, position, way + 1]
            least = min(least, max(start - closes, rest(done, on, rule) - by))
            start = max(rest(ready, there, rule), opens)
            least = min(least, max(start - closes, start + work + on - by))
    return least


@inlined
def follow(day: Day, state: State, scratch: Array, crew: int, position: int, task: int, limit: float) -> float:
    """What the times of a route cost, with a task put in before `position` (0: as it is); NEVER from `limit` on.

    With a task it begins where the day costs nothing yet: what would have to be paid before, to pay off later, is not
    seen. That is so for one question in a hundred, which then says too much, never too little.
    """
    count, ways = state.length[crew], day.break_count[crew]
    for way in range(ways + 1):
        scratch[0, way, 0, 0] = 0
    first = 1
    for way in range(ways + 1):
        if position > 1 and state.soonest[crew, position - 1, way] < NEVER:
            first = position
    for way in range(ways + 1):
        if state.soonest[crew, first - 1, way] < NEVER:
            _keep(scratch, NONE, way, state.soonest[crew, first - 1, way], 0.0)
    side, before = NONE, state.route[crew, first - 1]
    last = count + 2 if position else count + 1
    for step in range(first, last + 1):
        node = state.route[crew, step if not position or step < position else step - 1]
        if step == position:
            node = task
        drive = day.drive[before, node] * day.crew[crew, FACTOR]
        side = _step(day, state, scratch, crew, side, node, drive, limit)
        if side < 0:
            return NEVER
        before = node
    return _end(day, scratch, crew, side)


@inlined
def _step(day: Day, state: State, scratch: Array, crew: int, side: int, node: int, drive: float, limit: float) -> int:
    """Will carry all labels over one leg and the work after it; -1 when none is cheaper than `limit`."""
    other, ways, kept = 1 - side, day.break_count[crew], False
    for way in range(ways + 1):
        scratch[other, way, 0, 0] = 0
    for way in range(ways + 1):
        for number in range(1, int(scratch[side, way, 0, 0]) + 1):
            at, paid = scratch[side, way, number, 0], scratch[side, way, number, 1]
            if paid >= limit:
                continue
            kept = True
            _serve(day, state, scratch, crew, other, way, node, at + drive, paid)
            if way < ways:
                rested = rest(at, drive, day.breaks[crew, way])
                if rested < NEVER:
                    _serve(day, state, scratch, crew, other, way + 1, node, rested, paid)
    return other if kept else -1


@inlined
def _serve(
    day: Day, state: State, scratch: Array, crew: int, side: int, way: int, node: int, at: float, paid: float
) -> None:
    if node >= len(state.where):
        _keep(scratch, side, way, at, paid)
        return
    work = day.pair[node, crew, MINUTES]
    start = max(at, state.window[node, 0])
    promised = day.task[node, ANNOUNCED] if day.group[node, SIZE] == 1 else NEVER
    if promised >= NEVER:
        _keep(scratch, side, way, start + work, paid + late(day, state, node, start))
        return
    grace = day.prices[GRACE]
    kept = max(start, promised - grace)
    _keep(scratch, side, way, kept + work, paid + late(day, state, node, kept) + moved(day, kept - promised))
    if start < promised - grace - SLACK:
        _keep(scratch, side, way, start + work, paid + late(day, state, node, start) + moved(day, promised - start))


@inlined
def late(day: Day, state: State, task: int, start: float) -> float:
    """What starting after the arrival window costs."""
    closes, never = day.task[task, WINDOW_END], state.window[task, 3]
    price = 0.0
    if start > closes and day.task[task, PINNED] == 0.0:
        price = day.task[task, LATE_PRICE] * (start - closes)
    if start > never + EPSILON:
        price += WRONG * (1.0 + 0.01 * (start - never))
    return price


@inlined
def moved(day: Day, by: float) -> float:
    """What moving a promised time costs."""
    beyond = abs(by) - day.prices[GRACE]
    return day.prices[PRICE_MOVED] + day.prices[PRICE_MOVED_MINUTE] * beyond if beyond > SLACK else 0.0


@inlined
def _keep(scratch: Array, side: int, way: int, at: float, paid: float) -> None:
    """Will remember a way to be at a point, unless another is neither later nor dearer; `[…, 0, 0]` counts them."""
    count, kept = int(scratch[side, way, 0, 0]), 0
    for number in range(1, count + 1):
        if scratch[side, way, number, 0] <= at and scratch[side, way, number, 1] <= paid:
            return
    for number in range(1, count + 1):
        if scratch[side, way, number, 0] < at or scratch[side, way, number, 1] < paid:
            kept += 1
            scratch[side, way, kept, 0] = scratch[side, way, number, 0]
            scratch[side, way, kept, 1] = scratch[side, way, number, 1]
    if kept < LABELS:
        kept += 1
        scratch[side, way, kept, 0], scratch[side, way, kept, 1] = at, paid
    else:
        _replace_dearest(scratch, side, way, at, paid)
    scratch[side, way, 0, 0] = kept


@inlined
def _replace_dearest(scratch: Array, side: int, way: int, at: float, paid: float) -> None:
    dearest = 1
    for number in range(2, LABELS + 1):
        if scratch[side, way, number, 1] > scratch[side, way, dearest, 1]:
            dearest = number
    if paid < scratch[side, way, dearest, 1]:
        scratch[side, way, dearest, 0], scratch[side, way, dearest, 1] = at, paid


@inlined
def _end(day: Day, scratch: Array, crew: int, side: int) -> float:
    least = NEVER
    for way in range(day.break_count[crew] + 1):
        for number in range(1, int(scratch[side, way, 0, 0]) + 1):
            price = scratch[side, way, number, 1] + end_price(day, crew, scratch[side, way, number, 0], way)
            least = min(least, price)
    return least


@inlined
def least_at_end(day: Day, crew: int, back: float, busy: float) -> float:
    """What being back at `back` costs at least, where all driving and work end at `busy` at the soonest.

    All breaks are taken, which takes their time, or one of them is missed, which has its price.
    """
    minutes, missed, last, all_taken = 0.0, NEVER, -NEVER, day.break_count[crew]
    for number in range(all_taken):
        minutes += day.breaks[crew, number, 2]
        missed = min(missed, day.breaks[crew, number, 3])
        last = max(last, day.breaks[crew, number, 1])
    without = end_price(day, crew, back, all_taken)
    if minutes == 0.0 or back <= last + SLACK:
        return without
    return min(end_price(day, crew, max(back, busy + minutes), all_taken), without + missed)


@inlined
def least_paid(day: Day, state: State, crew: int, position: int, task: int) -> float:
    """A price below which the times of a route cannot cost, with a task put in before `position`.

    It comes from going once through the day without breaks: every true way is later everywhere.
    """
    now, paid, before = day.crew[crew, OPENS], 0.0, state.route[crew, 0]
    busy = now
    for step in range(1, state.length[crew] + 3):
        node = state.route[crew, step if step < position else step - 1]
        if step == position:
            node = task
        drive = day.drive[before, node] * day.crew[crew, FACTOR]
        now, busy = now + drive, busy + drive
        if node < len(state.where):
            now = max(now, state.window[node, 0])
            paid += late(day, state, node, now)
            now, busy = now + day.pair[node, crew, MINUTES], busy + day.pair[node, crew, MINUTES]
        before = node
    return paid + least_at_end(day, crew, now, busy)


@inlined
def end_price(day: Day, crew: int, back: float, taken: int) -> float:
    """Overtime, and the breaks not taken by the end."""
    price, over = 0.0, back - day.crew[crew, CLOSES]
    if over > 0.0:
        usual = min(over, day.prices[LONG_AFTER])
        price = usual * day.prices[PRICE_OVERTIME] + (over - usual) * day.prices[PRICE_LONG_OVERTIME]
    if back > day.crew[crew, LATEST] + EPSILON:
        price += WRONG * (1.0 + 0.01 * (back - day.crew[crew, LATEST]))
    for number in range(taken, day.break_count[crew]):
        if back > day.breaks[crew, number, 1] + SLACK:
            price += day.breaks[crew, number, 3]
    return price


@inlined
def fairness(day: Day, crew: int, worked: float, driven: float) -> float:
    """What it costs that a crew works or drives more, or less, than its share."""
    work = day.crew[crew, WORK_AHEAD] + worked / 60.0
    drive = day.crew[crew, DRIVE_AHEAD] + driven / 60.0
    return day.prices[PRICE_FAIR_WORK] * work * work + day.prices[PRICE_FAIR_DRIVE] * drive * drive


@compiled
def price(day: Day, state: State, scratch: Array, crew: int) -> None:
    """Will renew all that is known of a route after it changed."""
    label(day, state, crew)
    state.stamp[len(state.length)] += 1
    state.stamp[crew] = state.stamp[len(state.length)]
    soft, known = 0.0, 0.0
    if state.length[crew]:
        known = day.crew[crew, USED]
        for position in range(1, state.length[crew] + 1):
            known += day.pair[state.route[crew, position], crew, EXTRA]
        if not is_free(day, state, crew):
            soft = follow(day, state, scratch, crew, NONE, NONE, np.inf)
    state.sums[crew, SOFT] = soft
    fair = fairness(day, crew, state.sums[crew, WORKED], state.sums[crew, DRIVEN])
    state.sums[crew, COST] = known + soft + fair + day.prices[PRICE_DRIVE] * state.sums[crew, DRIVEN]


def scratch_for(day: Day) -> Array:
    """Room for the ways of `follow`: two sides, breaks taken, number, (minutes, cost)."""
    return np.zeros((2, int(day.break_count.max(initial=0)) + 1, LABELS + 1, 2))
