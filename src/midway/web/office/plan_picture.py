"""A plan as pictures: routes on a map without streets, and each cleaner's day on the board's hour axis.

Both are drawn on the server and use the same colour for the same cleaner.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from math import cos, radians

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from midway.core.routing.problem import Plan, Route
from midway.core.routing.travel import Point
from midway.core.timespan import Span, local_instant
from midway.crew.models import Area
from midway.dispatch.day import BLOCK, Day
from midway.dispatch.promises import promised_starts
from midway.web.design.words import hours_in_words, time_in_words
from midway.web.office.drawing import Axis

COLOURS = 12
"""So many colours the stylesheet has; then they begin anew, and the numbers tell cleaners apart."""
WIDE, TALL, EDGE = 1000, 700, 46


@dataclass(frozen=True)
class PlannedBar:
    """A stop on a row."""

    at: int
    wide: int
    hours: str
    name: str
    code: str
    is_changed: bool
    is_pinned: bool
    label: str


@dataclass(frozen=True)
class PlannedRow:
    """A cleaner's day as planned."""

    number: int
    colour: int
    name: str
    code: str
    bars: Sequence[PlannedBar]
    drive_minutes: int
    label: str


@dataclass(frozen=True)
class MapRoute:
    """A route as a line of points."""

    colour: int
    name: str
    code: str
    line: str
    stops: Sequence[tuple[float, float, int]]


@dataclass(frozen=True)
class MapPlace:
    """An area with its name, or the branch."""

    x: float
    y: float
    name: str


@dataclass(frozen=True)
class Map:
    """Everything on the map, in a box 1000 wide and `tall` high; with the lines of before that are driven no more, and
    the stops that change."""

    routes: Sequence[MapRoute]
    areas: Sequence[MapPlace]
    waiting: Sequence[MapPlace]
    words: str
    tall: int = TALL
    before: Sequence[str] = ()
    changed: Sequence[MapPlace] = ()


def rows_of(day: Day, plan: Plan, axis: Axis, changed: Iterable[str]) -> list[PlannedRow]:
    """Will lay every cleaner who works that day on the axis, with their stops in order."""
    starts, changed = promised_starts(day, plan), set(changed)
    rows = []
    for number, crew in enumerate(day.problem.crews):
        route = plan.route_by_crew.get(crew.code, Route(crew=crew.code))
        bars = []
        for stop in route.stops:
            if stop.visit.startswith(BLOCK) or stop.visit not in day.visits:
                continue
            visit = day.visits[stop.visit]
            begins = day.moment(stop.start)
            promised = day.moment(starts.get(stop.visit, stop.start))
            span = Span(begins, day.moment(stop.end))
            hours = hours_in_words(*(m.astimezone(axis.zone) for m in (span.start, span.end)))
            said = "" if promised == begins else _("promised for %(time)s") % {"time": _clock(promised, axis)}
            words = [hours, visit.customer.name, said, _("changed") if stop.visit in changed else ""]
            bars.append(
                PlannedBar(
                    at=axis.at(span.start),
                    wide=axis.wide(span),
                    hours=hours,
                    name=visit.customer.name,
                    code=stop.visit,
                    is_changed=stop.visit in changed,
                    is_pinned=day.problem.visit_by_code[stop.visit].pin is not None,
                    label=", ".join(word for word in words if word),
                )
            )
        name = day.cleaners[crew.code].name
        visits = ngettext("%(count)s visit", "%(count)s visits", len(bars)) % {"count": len(bars)}
        driven = round(route.drive_minutes)
        label = _("%(name)s: %(visits)s, %(minutes)s minutes of driving") % {
            "name": name, "visits": visits, "minutes": driven,
        }  # fmt: skip
        rows.append(PlannedRow(number + 1, number % COLOURS, name, crew.code, bars, driven, label))
    return rows


def axis_of_plan(day: Day, plan: Plan) -> Axis:
    """Will fit an axis around shifts and stops in whole hours, from seven to seven at least."""
    zone = day.branch.zoneinfo
    moments = [day.moment(crew.opens) for crew in day.problem.crews]
    moments += [day.moment(crew.closes) for crew in day.problem.crews]
    moments += [day.moment(m) for route in plan.routes for stop in route.stops for m in (stop.start, stop.end)]
    first = min([local_instant(day.on, time(7), zone), *moments])
    last = max([local_instant(day.on, time(19), zone), *moments])
    start = day.moment(day.minutes(first) // 60 * 60)
    end = day.moment(-(-day.minutes(last) // 60) * 60)
    return Axis(start=start, end=end, zone=zone)


def map_of(day: Day, plan: Plan, *, before: Plan | None = None, changed: Iterable[str] = ()) -> Map:
    """Will draw areas, routes and stops, and what is different from the plan of before."""
    areas = list(Area.objects.filter(branch=day.branch).order_by("name", "pk"))
    project = projection([*day.points, *(Point(a.latitude, a.longitude) for a in areas)])
    place_of = {stop.code: stop.place for stop in day.problem.visits}
    ways = _ways(day, plan, project)
    routes = []
    for number, crew in enumerate(day.problem.crews):
        points = ways.get(crew.code)
        if points:
            marks = [(round(x, 1), round(y, 1), n) for n, (x, y) in enumerate(points[1:-1], 1)]
            name = day.cleaners[crew.code].name
            routes.append(MapRoute(number % COLOURS, name, crew.code, _line(points), marks))
    named: dict[str, MapPlace] = {}
    for area in areas:
        named.setdefault(area.name, place_on(project(Point(area.latitude, area.longitude)), area.name))

    def places(codes: Iterable[str]) -> list[MapPlace]:
        return [place_on(project(day.points[place_of[code]]), day.visits[code].customer.name) for code in codes]

    words = ngettext("%(count)s route", "%(count)s routes", len(routes)) % {"count": len(routes)}
    earlier = _ways(day, before, project) if before else {}
    return Map(
        routes, list(named.values()), places(code for code in day.visits if code not in plan.crews_by_visit), words,
        before=[_line(points) for crew, points in earlier.items() if points != ways.get(crew)],
        changed=places(code for code in changed if code in plan.crews_by_visit),
    )  # fmt: skip


Place = tuple[float, float]


def _ways(day: Day, plan: Plan, project: Callable[[Point], Place]) -> dict[str, list[Place]]:
    """By crew the points of its way, from where it starts to where it ends; crews without a visit have none."""
    place_of = {stop.code: stop.place for stop in day.problem.visits}
    found = {}
    for crew in day.problem.crews:
        stops = [s for s in plan.route_by_crew.get(crew.code, Route(crew=crew.code)).stops if s.visit in day.visits]
        if stops:
            places = [crew.start_place, *(place_of[s.visit] for s in stops), crew.end_place]
            found[crew.code] = [project(day.points[place]) for place in places]
    return found


def _line(points: Iterable[Place]) -> str:
    return " ".join(f"{x:.0f},{y:.0f}" for x, y in points)


def place_on(at: tuple[float, float], name: str) -> MapPlace:
    """A named place at a point of the map."""
    return MapPlace(round(at[0], 1), round(at[1], 1), name)


def projection(points: Sequence[Point], *, tall: int = TALL) -> Callable[[Point], tuple[float, float]]:
    """Will fit the points into the map's box; north is up, and both directions have the same scale."""
    north, south = max(p.latitude for p in points), min(p.latitude for p in points)
    east, west = max(p.longitude for p in points), min(p.longitude for p in points)
    shrink = cos(radians((north + south) / 2))
    width, height = max((east - west) * shrink, 1e-6), max(north - south, 1e-6)
    scale = min((WIDE - 2 * EDGE) / width, (tall - 2 * EDGE) / height)
    left, top = (WIDE - width * scale) / 2, (tall - height * scale) / 2

    def project(point: Point) -> tuple[float, float]:
        return left + (point.longitude - west) * shrink * scale, top + (north - point.latitude) * scale

    return project


def _clock(moment: datetime, axis: Axis) -> str:
    return time_in_words(moment.astimezone(axis.zone))
