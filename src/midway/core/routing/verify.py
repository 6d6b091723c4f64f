"""Is this plan allowed, and what does it cost? An independent answer that shares no code with the solver.

`violations` explains in words what a plan breaks; `score` works out what it costs from its times alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from midway.core.routing.problem import Break, Crew, Plan, Problem, Route, Stop, TakenBreak, Visit

SLACK = 0.01
"""Minutes by which two times may differ and still be the same."""


class Kind(StrEnum):
    """The kinds of violation, for pages that say them in another language."""

    UNKNOWN = "unknown"
    TWICE = "twice"
    MISSING = "missing"
    NOT_ALLOWED = "not_allowed"
    SKILL = "skill"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    DRIVE = "drive"
    SERVICE = "service"
    PIN_CREW = "pin_crew"
    PIN_TIME = "pin_time"
    CREWS = "crews"
    TOGETHER = "together"
    BREAK = "break"
    BEFORE_SHIFT = "before_shift"
    AFTER_SHIFT = "after_shift"
    ITEM = "item"


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One thing a plan may not do, in words; `visit` and `crew` where it concerns one."""

    kind: Kind
    words: str
    visit: str = ""
    crew: str = ""


def clock(minutes: float) -> str:
    """Minutes after midnight as people write them."""
    whole = round(minutes)
    return f"{whole // 60:02d}:{whole % 60:02d}"


def violations(problem: Problem, plan: Plan) -> list[Violation]:
    """Will list everything the plan breaks; an empty list is an allowed plan."""
    found = list(_names(problem, plan))
    if found:
        return found
    for route in plan.routes:
        crew = problem.crew_by_code[route.crew]
        found += _route(problem, crew, route)
    found += _visits(problem, plan)
    found += _items(problem, plan)
    return found


def _names(problem: Problem, plan: Plan) -> Iterator[Violation]:
    crews = [route.crew for route in plan.routes]
    for crew in sorted({c for c in crews if c not in problem.crew_by_code or crews.count(c) > 1}):
        yield Violation(kind=Kind.UNKNOWN, crew=crew, words=f"Crew {crew} is not there today, or has two routes.")
    named = [*(stop.visit for route in plan.routes for stop in route.stops), *(u.visit for u in plan.unserved)]
    for code in named:
        if code not in problem.visit_by_code:
            yield Violation(kind=Kind.UNKNOWN, visit=code, words=f"Visit {code} is not one of today's visits.")


def _route(problem: Problem, crew: Crew, route: Route) -> Iterator[Violation]:
    if not route.stops:
        return
    for stop in route.stops:
        yield from _stop(problem, crew, stop)
    yield from _way(problem, crew, route)
    yield from _breaks(crew, route)
    if route.leave < crew.opens - SLACK:
        words = f"Crew {crew.code} leaves at {clock(route.leave)}, before its day begins at {clock(crew.opens)}."
        yield Violation(kind=Kind.BEFORE_SHIFT, crew=crew.code, words=words)
    if route.back > crew.latest_end + SLACK:
        words = f"Crew {crew.code} is back at {clock(route.back)}; it must be by {clock(crew.latest_end)}."
        yield Violation(kind=Kind.AFTER_SHIFT, crew=crew.code, words=words)


def _stop(problem: Problem, crew: Crew, stop: Stop) -> Iterator[Violation]:
    visit = problem.visit_by_code[stop.visit]
    if abs(stop.end - stop.start - visit.minutes_for(crew.code)) > SLACK:
        words = (
            f"Visit {visit.code} takes crew {crew.code} {visit.minutes_for(crew.code):g} minutes, "
            f"not {stop.end - stop.start:g}."
        )
        yield Violation(kind=Kind.SERVICE, visit=visit.code, crew=crew.code, words=words)
    if visit.pin is not None:
        yield from _pinned(visit, crew, stop)
        return
    yield from _who(visit, crew)
    if stop.start < visit.opens - SLACK:
        words = f"Visit {visit.code} starts at {clock(stop.start)}, before {clock(visit.opens)}."
        yield Violation(kind=Kind.TOO_EARLY, visit=visit.code, crew=crew.code, words=words)
    if stop.start > visit.closes + problem.late_at_most + SLACK:
        words = f"Visit {visit.code} starts at {clock(stop.start)}, too long after {clock(visit.closes)}."
        yield Violation(kind=Kind.TOO_LATE, visit=visit.code, crew=crew.code, words=words)


def _pinned(visit: Visit, crew: Crew, stop: Stop) -> Iterator[Violation]:
    assert visit.pin is not None
    state = "has begun" if visit.pin.is_started else "is pinned"
    if crew.code not in visit.pin.crews:
        words = f"Visit {visit.code} {state} with {', '.join(visit.pin.crews)} and cannot go to {crew.code}."
        yield Violation(kind=Kind.PIN_CREW, visit=visit.code, crew=crew.code, words=words)
    if abs(stop.start - visit.pin.start) > SLACK:
        words = f"Visit {visit.code} {state} at {clock(visit.pin.start)} and cannot start at {clock(stop.start)}."
        yield Violation(kind=Kind.PIN_TIME, visit=visit.code, crew=crew.code, words=words)


def _who(visit: Visit, crew: Crew) -> Iterator[Violation]:
    if crew.code in visit.forbidden_crews or (visit.required_crews and crew.code not in visit.required_crews):
        words = f"Crew {crew.code} may not come to visit {visit.code}."
        yield Violation(kind=Kind.NOT_ALLOWED, visit=visit.code, crew=crew.code, words=words)
    if visit.skills - crew.skills:
        words = f"Crew {crew.code} cannot do {', '.join(sorted(visit.skills - crew.skills))} for visit {visit.code}."
        yield Violation(kind=Kind.SKILL, visit=visit.code, crew=crew.code, words=words)


def _way(problem: Problem, crew: Crew, route: Route) -> Iterator[Violation]:
    """Each leg needs the time to drive it; a break lies wholly before the drive or wholly after it."""
    place, ready, what = crew.start_place, route.leave, "the start"
    ends = [(s.start, s.end, problem.visit_by_code[s.visit].place, f"visit {s.visit}", s.arrive) for s in route.stops]
    ends.append((route.back, route.back, crew.end_place, "the end of the day", route.back))
    for start, end, target, name, arrive in ends:
        drive = problem.drive_minutes(crew, place, target)
        pauses = [b for b in route.breaks if ready - SLACK <= b.start <= start + SLACK]
        before = [b for b in pauses if b.end + drive <= arrive + SLACK]
        after = [b for b in pauses if b not in before]
        leaves = max([ready, *(b.end for b in before)])
        gets_there = leaves + drive
        if arrive < gets_there - SLACK or start < max([arrive, *(b.end for b in after)]) - SLACK:
            words = f"Crew {crew.code} is done with {what} at {clock(ready)} and cannot be at {name} by {clock(start)}."
            yield Violation(kind=Kind.DRIVE, crew=crew.code, words=words)
        if any(b.start < arrive - SLACK for b in after):
            words = f"Crew {crew.code} would take its break on the drive to {name}."
            yield Violation(kind=Kind.BREAK, crew=crew.code, words=words)
        place, ready, what = target, end, name


def _breaks(crew: Crew, route: Route) -> Iterator[Violation]:
    taken = {pause.number: pause for pause in route.breaks}
    if len(taken) != len(route.breaks) or any(n not in range(len(crew.due_breaks)) for n in taken):
        words = f"Crew {crew.code} has a break twice, or one that is not planned for it."
        yield Violation(kind=Kind.BREAK, crew=crew.code, words=words)
        return
    for number, rule in enumerate(crew.due_breaks):
        pause = taken.get(number)
        words = _break_words(rule, pause, route.back) if pause or rule.is_law else ""
        if words:
            yield Violation(kind=Kind.BREAK, crew=crew.code, words=f"Crew {crew.code} {words}.")
    busy = sorted([(s.start, s.end) for s in route.stops] + [(b.start, b.end) for b in route.breaks])
    if any(later[0] < earlier[1] - SLACK for earlier, later in pairwise(busy)):
        words = f"Crew {crew.code} works or rests at two places at once."
        yield Violation(kind=Kind.BREAK if route.breaks else Kind.DRIVE, crew=crew.code, words=words)
    if [taken[n].start for n in sorted(taken)] != sorted(b.start for b in route.breaks):
        yield Violation(kind=Kind.BREAK, crew=crew.code, words=f"Crew {crew.code} takes its breaks out of order.")


def _break_words(rule: Break, pause: TakenBreak | None, back: float) -> str:
    if pause is None:
        return f"has no break by {clock(rule.closes)}, which the law demands" if back > rule.closes + SLACK else ""
    if not rule.opens - SLACK <= pause.start <= rule.closes + SLACK:
        return f"takes its break at {clock(pause.start)}, not from {clock(rule.opens)} to {clock(rule.closes)}"
    if abs(pause.end - pause.start - rule.minutes) > SLACK:
        return f"has a break of {pause.end - pause.start:g} minutes, not {rule.minutes:g}"
    return ""


def _visits(problem: Problem, plan: Plan) -> Iterator[Violation]:
    left_out = [unserved.visit for unserved in plan.unserved]
    starts: dict[str, list[float]] = {}
    for route in plan.routes:
        for stop in route.stops:
            starts.setdefault(stop.visit, []).append(stop.start)
    for visit in problem.visits:
        who = plan.crews_by_visit.get(visit.code, ())
        if bool(who) == (visit.code in left_out) or left_out.count(visit.code) > 1:
            words = f"Visit {visit.code} must be on a route or be said to be left out, once."
            yield Violation(kind=Kind.MISSING, visit=visit.code, words=words)
        if visit.pin is not None and not who:
            words = f"Visit {visit.code} is settled for {clock(visit.pin.start)} and cannot be left out."
            yield Violation(kind=Kind.PIN_CREW, visit=visit.code, words=words)
        if who:
            yield from _together(visit, who, starts[visit.code])


def _together(visit: Visit, who: tuple[str, ...], starts: list[float]) -> Iterator[Violation]:
    if len(set(who)) != len(who):
        words = f"The same crew comes to visit {visit.code} twice."
        yield Violation(kind=Kind.TWICE, visit=visit.code, words=words)
    if len(who) != visit.crews_needed:
        words = f"Visit {visit.code} needs {visit.crews_needed} crews and gets {len(who)}."
        yield Violation(kind=Kind.CREWS, visit=visit.code, words=words)
    if max(starts) - min(starts) > SLACK:
        words = f"The crews of visit {visit.code} start at different times: {', '.join(map(clock, starts))}."
        yield Violation(kind=Kind.TOGETHER, visit=visit.code, words=words)


def _items(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Of the crews that come, one must be able to have the item, and the same one for all visits of the day."""
    wanted: dict[str, list[Visit]] = {}
    for visit in problem.visits:
        if visit.code in plan.crews_by_visit:
            for item in visit.items:
                wanted.setdefault(item, []).append(visit)
    for code, visits in wanted.items():
        holders = {crew.code for crew in problem.crews if _can_have(problem, code, crew)}
        for visit in visits:
            holders &= set(plan.crews_by_visit[visit.code])
        if not holders:
            names = ", ".join(visit.code for visit in visits)
            words = f"No one crew can carry {code} to all of: {names}."
            yield Violation(kind=Kind.ITEM, visit=visits[0].code, words=words)


def _can_have(problem: Problem, code: str, crew: Crew) -> bool:
    item = problem.item_by_code.get(code)
    if item is None:
        return True
    if item.held_by is not None:
        return item.held_by == crew.code
    return item.kept_at is None or item.kept_at == crew.start_place


def score(problem: Problem, plan: Plan) -> Mapping[str, float]:
    """Will work out what the plan costs, by term, from its times and the problem's weights alone."""
    weights = problem.weights
    terms = dict.fromkeys(
        ("drive", "overtime", "late", "unfamiliar", "changed", "promise", "breaks", "unserved", "fairness"), 0.0
    )
    starts: dict[str, float] = {}
    for crew in problem.crews:
        route = plan.route_by_crew.get(crew.code, Route(crew=crew.code))
        drive = _driven(problem, crew, route)
        terms["drive"] += weights.drive_minute * drive
        terms["fairness"] += _unfairness(problem, crew, route, drive)
        if not route.stops:
            continue
        over = max(0.0, route.back - crew.closes)
        terms["overtime"] += weights.overtime_minute * min(over, weights.long_overtime_after)
        terms["overtime"] += weights.long_overtime_minute * max(0.0, over - weights.long_overtime_after)
        taken = {pause.number for pause in route.breaks}
        missed = [r for n, r in enumerate(crew.due_breaks) if n not in taken and route.back > r.closes + SLACK]
        terms["breaks"] += weights.missed_break * len(missed)
        for stop in route.stops:
            visit = problem.visit_by_code[stop.visit]
            starts[stop.visit] = stop.start
            terms["unfamiliar"] += weights.unfamiliar_crew * _is_other(visit.preferred_crews, crew)
            terms["changed"] += weights.crew_changed * _is_other(visit.planned_crews, crew)
            if visit.pin is None:
                terms["late"] += weights.late_minute * max(0.0, stop.start - visit.closes)
    for visit in problem.visits:
        if visit.code in starts:
            terms["promise"] += _promise(problem, visit, starts[visit.code])
        else:
            terms["unserved"] += weights.unserved * visit.priority if visit.worth is None else visit.worth
    return terms


def _driven(problem: Problem, crew: Crew, route: Route) -> float:
    if not route.stops:
        return 0
    places = [crew.start_place, *(problem.visit_by_code[s.visit].place for s in route.stops), crew.end_place]
    return sum(problem.drive_minutes(crew, a, b) for a, b in pairwise(places))


def _is_other(wanted: frozenset[str], crew: Crew) -> bool:
    return bool(wanted) and crew.code not in wanted


def _promise(problem: Problem, visit: Visit, start: float) -> float:
    if visit.announced is None or visit.pin is not None:
        return 0
    beyond = abs(start - visit.announced) - problem.weights.promise_grace
    if beyond <= SLACK:
        return 0
    return problem.weights.promise_moved + problem.weights.promise_minute * beyond


def _unfairness(problem: Problem, crew: Crew, route: Route, drive: float) -> float:
    weights = problem.weights
    work = sum(stop.end - stop.start for stop in route.stops)
    ahead = (crew.balance.work_minutes + work - problem.work_share[crew.code]) / 60
    driven = (crew.balance.drive_minutes + drive) / 60
    unfair = weights.fair_work * ahead**2 + weights.fair_drive * driven**2
    if problem.is_weekend and route.stops:
        unfair += weights.fair_weekend * max(0.0, crew.balance.weekend_days)
    return unfair
