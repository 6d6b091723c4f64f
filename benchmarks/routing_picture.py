"""Gaps over time as a picture: one panel for each kind of problem, one line for each solver, both axes logarithmic."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, TOP = 300, 240, 56, 34
COLOURS = {
    "midway": "#0b6b53", "pyvrp": "#b4470f", "pyvrp groups": "#b4470f", "pyvrp prizes": "#e08e4f",
    "ortools": "#3b5bb5", "vroom": "#7a3f98", "vroom overtime": "#b58fc9",
}  # fmt: skip
LEAST = 0.02
"""Percent below which a gap is drawn as this: a logarithm knows no zero."""


@dataclass(frozen=True)
class Line:
    """A solver's gap in percent by seconds."""

    name: str
    points: list[tuple[float, float]]


@dataclass(frozen=True)
class Panel:
    """What was measured, and how each solver did."""

    title: str
    lines: list[Line]


def drawn(panels: Sequence[Panel]) -> str:
    """The picture as SVG."""
    wide, high = len(panels) * (WIDTH + 170), HEIGHT + 80
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" font-family="sans-serif" font-size="11" '
        'role="img" aria-label="Gap over time for each solver">',
        f'<rect width="{wide}" height="{high}" fill="#fff"/>',
    ]
    for number, panel in enumerate(panels):
        parts += [f'<g transform="translate({number * (WIDTH + 170) + LEFT},{TOP})">', *_panel(panel), "</g>"]
    return "\n".join([*parts, "</svg>", ""])


def _panel(panel: Panel) -> list[str]:
    seconds = sorted({x for line in panel.lines for x, _ in line.points})
    gaps = [max(y, LEAST) for line in panel.lines for _, y in line.points]
    low, high = 10 ** math.floor(math.log10(min(gaps))), 10 ** math.ceil(math.log10(max(gaps)))

    def across(x: float) -> float:
        if len(seconds) == 1:
            return WIDTH / 2
        return WIDTH * math.log(x / seconds[0]) / max(1e-9, math.log(seconds[-1] / seconds[0]))

    def down(y: float) -> float:
        return HEIGHT * (1 - math.log(max(y, LEAST) / low) / math.log(high / low))

    parts = [f'<text y="-14" font-weight="bold">{escape(panel.title)}</text>']
    for power in range(round(math.log10(low)), round(math.log10(high)) + 1):
        y = down(10.0**power)
        parts.append(f'<line x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="-6" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g} %</text>')
    for x in seconds:
        parts.append(f'<text x="{across(x):.1f}" y="{HEIGHT + 18}" text-anchor="middle">{x:g} s</text>')
    labels = _spread([down(line.points[-1][1]) for line in panel.lines])
    for line, label in zip(panel.lines, labels, strict=True):
        colour, heavy = COLOURS.get(line.name, "#444"), 3 if line.name == "midway" else 1.5
        path = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in line.points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{heavy}"/>')
        parts += [f'<circle cx="{across(x):.1f}" cy="{down(y):.1f}" r="3" fill="{colour}"/>' for x, y in line.points]
        parts.append(f'<text x="{WIDTH + 8}" y="{label + 4:.1f}" fill="{colour}">{escape(line.name)}</text>')
    return parts


def _spread(wanted: Sequence[float], apart: float = 13) -> list[float]:
    """Heights near the wanted ones at which words do not lie upon each other."""
    order = sorted(range(len(wanted)), key=lambda n: wanted[n])
    found, last = [0.0] * len(wanted), -math.inf
    for number in order:
        last = max(wanted[number], last + apart)
        found[number] = last
    return found
