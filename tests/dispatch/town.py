"""A small town as OpenStreetMap has it: two banks of a river with one bridge, a one-way street, and an island.

Streets lie 0.002 degrees apart. Each part has more crossings than a piece of road that leads nowhere would have.
"""

from pathlib import Path

from midway.core.routing.travel import Point

STEP = 0.002
SIDE = 8
SOUTH, WEST = 39.29, -76.61
EAST_BANK = WEST + 10 * STEP
ISLAND = SOUTH - 0.05

LEFT_OF_THE_RIVER = Point(SOUTH, WEST + 7 * STEP)
RIGHT_OF_THE_RIVER = Point(SOUTH, EAST_BANK)
CORNER = Point(SOUTH, WEST)
END_OF_THE_ONE_WAY = Point(SOUTH, WEST - 0.012)
ON_THE_ISLAND = Point(ISLAND + 3 * STEP, WEST + 3 * STEP)
OUT_AT_SEA = Point(SOUTH, WEST + 1.0)


def write_town(path: Path, *, copies: int = 1) -> Path:
    """Will write the extract; more copies of the town lie to the north, each for itself."""
    import osmium

    town = _Town()
    for n in range(copies):
        north = n * 0.03
        town.grid(SOUTH + north, WEST)
        town.grid(SOUTH + north, EAST_BANK)
        top = SOUTH + north + (SIDE - 1) * STEP
        town.way((top, WEST + 7 * STEP), (top, EAST_BANK), bridge="yes")
    road = SOUTH + 2 * STEP
    town.way((road, -76.685), (road, WEST))  # to the homes of `days.crossed_day`
    town.way((road, EAST_BANK + 7 * STEP), (road, -76.545))
    town.grid(ISLAND, WEST)
    corner, end = (SOUTH, WEST), (SOUTH, END_OF_THE_ONE_WAY.longitude)
    town.way(corner, end, oneway="yes")
    town.way(end, (SOUTH - 0.015, end[1]), (SOUTH - 0.015, WEST), corner)
    writer = osmium.SimpleWriter(str(path))
    try:
        make = osmium.osm.mutable
        for (latitude, longitude), number in town.nodes.items():
            writer.add_node(make.Node(id=number, location=(longitude, latitude), version=1))
        for number, (nodes, tags) in enumerate(town.ways, 1):
            writer.add_way(make.Way(id=number, nodes=nodes, tags=tags, version=1))
    finally:
        writer.close()
    return path


def write_nothing(path: Path) -> None:
    """An extract with a single place and no street."""
    import osmium

    writer = osmium.SimpleWriter(str(path))
    writer.add_node(osmium.osm.mutable.Node(id=1, location=(WEST, SOUTH), version=1))
    writer.close()


class _Town:
    def __init__(self) -> None:
        self.nodes: dict[tuple[float, float], int] = {}
        self.ways: list[tuple[list[int], dict[str, str]]] = []

    def way(self, *places: tuple[float, float], **tags: str) -> None:
        nodes = [
            self.nodes.setdefault((round(y, 6), round(x, 6)), len(self.nodes) + 1) for y, x in places
        ]  # fmt: skip
        self.ways.append((nodes, {"highway": "residential", **tags}))

    def grid(self, south: float, west: float) -> None:
        for a in range(SIDE):
            for b in range(SIDE - 1):
                self.way((south + a * STEP, west + b * STEP), (south + a * STEP, west + (b + 1) * STEP))
                self.way((south + b * STEP, west + a * STEP), (south + (b + 1) * STEP, west + a * STEP))
