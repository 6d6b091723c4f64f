"""The board's map: who drives where, in the colours of the rows, and what each drives. From local data alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import ngettext

from midway.booking.board import Board
from midway.dispatch.places import Places
from midway.dispatch.placing import At, way_minutes
from midway.dispatch.setting import setting_of
from midway.dispatch.travel import straight_drives
from midway.web.office.plan_picture import COLOURS, Map, MapRoute, place_on, projection

TALL = 1100
"""The board's map stands beside a column of rows."""


@dataclass(frozen=True)
class Ways:
    """By cleaner's id: the colour of row and route, and the minutes of driving; and the map of all."""

    colours: Mapping[int, int]
    minutes: Mapping[int, int]
    map: Map | None


def ways_of(board: Board, *, with_map: bool = True) -> Ways:
    """Will follow everybody through their first day on the board, at the times promised. Two queries."""
    places, drive = Places(board.branch), straight_drives(setting_of(board.branch))
    colours = {row.cleaner.pk: number % COLOURS for number, row in enumerate(board.rows)}
    stops = {
        row.cleaner.pk: [
            At(v.visit.starts_at, v.visit.ends_at, places.of_home(v.visit.premises)) for v in row.days[0].visits
        ]
        for row in board.rows
    }
    homes = {row.cleaner.pk: places.of_cleaner(row.cleaner) for row in board.rows}
    minutes = {pk: way_minutes(homes[pk], way, drive) for pk, way in stops.items()}
    if not with_map or not any(stops.values()):
        return Ways(colours, minutes, None)
    tray = [(places.of_home(v.visit.premises), v.visit.customer.name) for v in board.tray]
    driving = {pk: homes[pk] for pk, way in stops.items() if way}
    seen = [*driving.values(), *(at.point for way in stops.values() for at in way), *(point for point, _ in tray)]
    project = projection(seen, tall=TALL)  # areas beyond the last stop may lie outside
    routes = []
    for row in board.rows:
        pk, way = row.cleaner.pk, stops[row.cleaner.pk]
        if way:
            points = [project(p) for p in (homes[pk], *(at.point for at in way), homes[pk])]
            line = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
            marks = [(round(x, 1), round(y, 1), n) for n, (x, y) in enumerate(points[1:-1], 1)]
            routes.append(MapRoute(colours[pk], row.cleaner.name, str(row.cleaner.code), line, marks))
    words = ngettext("%(count)s route", "%(count)s routes", len(routes)) % {"count": len(routes)}
    waiting = [place_on(project(point), name) for point, name in tray]
    areas = [place_on(project(point), name) for name, point in sorted(places.named.items())]
    return Ways(colours, minutes, Map(routes, areas, waiting, words, TALL))
