"""The day as data: what must be driven, by whom, what each thing costs; and the plan that answers it.

All times are minutes after local midnight of the day, all durations minutes (whole or not), all costs one unit that is
worth a minute of driving unless the weights say otherwise. Places are row numbers of the travel matrix.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any


def _weight(default: float, name: str) -> Any:
    return field(default=default, metadata={"name": name})


@dataclass(frozen=True, kw_only=True)
class Weights:
    """What each thing costs. `WEIGHT_NAMES` has the plain words under which the office sets them."""

    drive_minute: float = _weight(1, "A minute of driving")
    overtime_minute: float = _weight(1.5, "A minute of overtime")
    long_overtime_minute: float = _weight(30, "A minute of overtime beyond the usual")
    long_overtime_after: float = _weight(60, "Minutes of overtime that count as usual")
    late_minute: float = _weight(5, "A minute after the end of the arrival window")
    unfamiliar_crew: float = _weight(30, "Somebody comes whom the customer did not ask for")
    crew_changed: float = _weight(15, "A visit goes to another crew than planned so far")
    promise_moved: float = _weight(20, "A customer is told another time")
    promise_minute: float = _weight(0.5, "Each minute a promised time moves")
    promise_grace: float = _weight(15, "Minutes around a promised time that nobody minds")
    missed_break: float = _weight(120, "A break that is not taken, where the law allows it")
    unserved: float = _weight(500, "A visit that must be done is left undone")
    fair_work: float = _weight(0, "An hour of work more than the others, in the balance of weeks")
    fair_drive: float = _weight(0, "An hour of driving more than the others, in the balance of weeks")
    fair_weekend: float = _weight(0, "Working this weekend for each weekend worked more than the others")


WEIGHT_NAMES: Mapping[str, str] = {name: found.metadata["name"] for name, found in Weights.__dataclass_fields__.items()}


@dataclass(frozen=True, kw_only=True)
class Break:
    """A break of `minutes` that begins from `opens` to `closes`; due when the crew still works after `closes`.

    It is taken between two visits, before or after the drive. Breaks of a crew are taken in their order.
    One that `is_law` is never given up; another may be missed at the price `Weights.missed_break`.
    """

    minutes: float
    opens: float
    closes: float
    is_law: bool = False


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What a crew has done above (or below, negative) the average of the weeks before this day."""

    work_minutes: float = 0
    drive_minutes: float = 0
    weekend_days: float = 0


@dataclass(frozen=True, kw_only=True)
class Crew:
    """A cleaner, or a team that drives together. The day begins at `opens`; what is after `closes` is overtime.

    `overtime_at_most` and `day_at_most` (from `opens` to being back) are never exceeded. `drive_factor` multiplies
    the travel times: 1.2 is a slow vehicle.
    """

    code: str
    start_place: int
    end_place: int
    opens: float
    closes: float
    overtime_at_most: float = 240
    day_at_most: float = 24 * 60
    breaks: tuple[Break, ...] = ()
    skills: frozenset[str] = frozenset()
    drive_factor: float = 1
    balance: Balance = field(default_factory=Balance)

    @property
    def due_breaks(self) -> tuple[Break, ...]:
        """The breaks that the day has not already begun too late for."""
        return tuple(rule for rule in self.breaks if rule.closes >= self.opens)

    @property
    def latest_end(self) -> float:
        """When the crew must be back, overtime included."""
        return min(self.closes + self.overtime_at_most, self.opens + self.day_at_most)


@dataclass(frozen=True, kw_only=True)
class Pin:
    """Who comes when is settled and not the solver's to change; `is_started` says they are there already."""

    crews: tuple[str, ...]
    start: float
    is_started: bool = False


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One promised cleaning. It starts within `opens` to `closes`; later costs, up to `Problem.late_at_most`.

    - `minutes` is the work at the place, `minutes_by_crew` says where a crew needs another time.
    - `crews_needed` crews start at the same moment and each stays for its own minutes.
    - `required_crews` (empty: anybody), `forbidden_crews` and `skills` say who may come; `preferred_crews` whom the
      customer knows: anybody else costs.
    - `planned_crews` and `announced` are the plan so far and the promised time: changing them costs.
    - `worth` is what leaving it out costs when it is optional; `None` means it must be done, at a cost of
      `Weights.unserved` times `priority`.
    - `items` are keys and equipment that one of its crews must carry.
    """

    code: str
    place: int
    opens: float
    closes: float
    minutes: float
    minutes_by_crew: Mapping[str, float] = field(default_factory=dict)
    crews_needed: int = 1
    skills: frozenset[str] = frozenset()
    required_crews: frozenset[str] = frozenset()
    forbidden_crews: frozenset[str] = frozenset()
    preferred_crews: frozenset[str] = frozenset()
    planned_crews: frozenset[str] = frozenset()
    announced: float | None = None
    worth: float | None = None
    priority: float = 1
    items: frozenset[str] = frozenset()
    pin: Pin | None = None

    @property
    def is_required(self) -> bool:
        """Whether leaving it out is more than a matter of price."""
        return self.worth is None

    def minutes_for(self, crew: str) -> float:
        """How long a crew works there."""
        return self.minutes_by_crew.get(crew, self.minutes)


@dataclass(frozen=True, kw_only=True)
class Item:
    """A key or a piece of equipment. One crew has it for the whole day.

    `held_by` names the crew that has it already. Otherwise it lies at `kept_at`, and whoever starts the day there can
    take it along. With neither, any crew can have it.
    """

    code: str
    held_by: str | None = None
    kept_at: int | None = None


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A day to be planned. `travel_minutes[from][to]` at `drive_factor` 1; `late_at_most` bounds lateness."""

    crews: Sequence[Crew]
    visits: Sequence[Visit]
    travel_minutes: Sequence[Sequence[float]]
    weights: Weights = field(default_factory=Weights)
    items: Sequence[Item] = ()
    late_at_most: float = 60
    is_weekend: bool = False

    @cached_property
    def crew_by_code(self) -> Mapping[str, Crew]:
        return {crew.code: crew for crew in self.crews}

    @cached_property
    def visit_by_code(self) -> Mapping[str, Visit]:
        return {visit.code: visit for visit in self.visits}

    @cached_property
    def item_by_code(self) -> Mapping[str, Item]:
        return {item.code: item for item in self.items}

    @cached_property
    def work_share(self) -> Mapping[str, float]:
        """Each crew's fair share of the day's work in minutes, by the length of its shift."""
        work = sum(visit.minutes * visit.crews_needed for visit in self.visits)
        shifts = sum(crew.closes - crew.opens for crew in self.crews) or 1
        return {crew.code: work * (crew.closes - crew.opens) / shifts for crew in self.crews}

    def drive_minutes(self, crew: Crew, origin: int, target: int) -> float:
        """How long a crew drives from place to place."""
        return float(self.travel_minutes[origin][target]) * crew.drive_factor


@dataclass(frozen=True, kw_only=True)
class Stop:
    """A visit on a route: when the crew gets there, starts, and is done."""

    visit: str
    arrive: float
    start: float
    end: float


@dataclass(frozen=True, kw_only=True)
class TakenBreak:
    """A break as planned; `number` is its place among the crew's due breaks."""

    number: int
    start: float
    end: float


@dataclass(frozen=True, kw_only=True)
class Route:
    """A crew's way through the day; one without stops means the crew is not needed."""

    crew: str
    stops: tuple[Stop, ...] = ()
    breaks: tuple[TakenBreak, ...] = ()
    leave: float = 0
    back: float = 0
    drive_minutes: float = 0


@dataclass(frozen=True, kw_only=True)
class Unserved:
    """A visit nobody comes to, and why in words."""

    visit: str
    is_required: bool
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """An answer: a route for each crew, what is left out, and what it costs by term (`cost` is their sum)."""

    routes: tuple[Route, ...]
    unserved: tuple[Unserved, ...] = ()
    cost: float = 0
    terms: Mapping[str, float] = field(default_factory=dict)
    iterations: int = 0

    @cached_property
    def route_by_crew(self) -> Mapping[str, Route]:
        return {route.crew: route for route in self.routes}

    @cached_property
    def crews_by_visit(self) -> Mapping[str, tuple[str, ...]]:
        """Who comes to each visit that is served."""
        found: dict[str, tuple[str, ...]] = {}
        for route in self.routes:
            for stop in route.stops:
                found[stop.visit] = (*found.get(stop.visit, ()), route.crew)
        return found

    @property
    def drive_minutes(self) -> float:
        """All driving of the day."""
        return sum(route.drive_minutes for route in self.routes)
