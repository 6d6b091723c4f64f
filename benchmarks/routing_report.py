"""`python -m benchmarks.routing_report`: the kept results as a picture and as tables in docs/how-it-works/routing.md.

Takes the newest `*-routing.json` and `*-cleaning-days.json`; measures nothing.
"""

import sys
from pathlib import Path
from statistics import mean
from typing import Any

import orjson

from benchmarks.days.summary import BY_HAND, OURS, SAME, summary, table
from benchmarks.routing_picture import Line, Panel, drawn

RESULTS = Path(__file__).resolve().parent / "results"
DOCS = Path(__file__).resolve().parent.parent / "docs"
BEGIN, END = "<!-- written by python -m benchmarks.routing_report -->\n", "<!-- to here -->\n"
Rows = list[dict[str, Any]]


def main() -> int:
    """Will write the picture and the tables."""
    days, files = newest("cleaning-days"), newest("routing", "routing-own")
    days["summary"] = summary(days["rows"])
    for longer in sorted(RESULTS.glob("????-??-??-routing-30*.json")):  # the runs of half a minute, each its own file
        files["means"] += orjson.loads(longer.read_bytes())["means"]
    (DOCS / "images" / "routing-gaps.svg").write_text(drawn([*_files(files), *_days(days)]))
    document = DOCS / "how-it-works" / "routing.md"
    before, _, rest = document.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    document.write_text(before + BEGIN + _tables(days, files) + END + after)
    return 0


def newest(*names: str) -> dict[str, Any]:
    """The last kept run of the first of these names that was ever run."""
    files = next(found for name in names if (found := sorted(RESULTS.glob(f"????-??-??-{name}.json"))))
    found: dict[str, Any] = orjson.loads(files[-1].read_bytes())
    return found


def _files(found: dict[str, Any]) -> list[Panel]:
    """Nothing where no other solver was measured beside ours."""
    means = found.get("on_drawn", ())
    means = [row for row in means if row["customers"] == 100 and row["mean_gap_percent"] is not None]
    return [Panel("Solomon's files: % over the best known", _lines(means, "mean_gap_percent"))] if means else []


def _days(found: dict[str, Any]) -> list[Panel]:
    panels = []
    for size, part in found["summary"].items():
        visits, crews = size.split("/")
        rows = [row for row in found["rows"] if row["size"] == size and row["seconds"] and " at " not in row["solver"]]
        title = f"{part['days']} days, {visits} visits, {crews} crews: % over the best plan found"
        panels.append(Panel(title, _lines(_over_best(rows), "gap")))
    return panels


def _over_best(rows: Rows) -> Rows:
    best = {day: min(row["cost"] for row in rows if row["day"] == day) for day in {row["day"] for row in rows}}
    keys = list(dict.fromkeys((row["solver"], row["seconds"]) for row in rows))
    gaps = {key: [] for key in keys}  # type: dict[tuple[str, float], list[float]]
    for row in rows:
        gaps[row["solver"], row["seconds"]].append(100 * (row["cost"] / best[row["day"]] - 1))
    return [{"solver": solver, "seconds": seconds, "gap": mean(gaps[solver, seconds])} for solver, seconds in keys]


def _lines(rows: Rows, key: str) -> list[Line]:
    names = list(dict.fromkeys(row["solver"] for row in rows))
    return [Line(name, [(row["seconds"], row[key]) for row in rows if row["solver"] == name]) for name in names]


def _tables(days: dict[str, Any], files: dict[str, Any]) -> str:
    lines = [f"Measured {days['at'][:10]} and {files['at'][:10]}, on {days['machine']['cpu']}, process CPU seconds."]
    for size, part in days["summary"].items():
        lines += ["", f"**{size.replace('/', ' visits, ')} crews**, mean of {part['days']} days", "", _field(part)]
    for size, part in days["summary"].items():
        lines += ["", f"**{size.replace('/', ' visits, ')} crews**, beside the day filled in by hand", "", _dial(part)]
    lines += ["", "**Textbook files**, mean gap to the best known distance in %", "", _gaps(files)]
    return "\n".join([*lines, ""])


def _field(part: dict[str, Any]) -> str:
    budgets = list(part["field"])
    rows: dict[str, dict[str, Any]] = {}
    most = max(budgets, key=lambda b: max(row["days"] for row in part["field"][b].values()))
    for name in part["field"][most]:
        row = {}
        for b in budgets:
            days = max(found["days"] for found in part["field"][b].values())
            title = f"cost over the best other, {b} s ({days} day{'s' * (days > 1)})"
            row[title] = part["field"][b].get(name, {"over_best_other": "-"})["over_best_other"]
        seen = part["field"][most][name]
        row |= {f"driving, {most} s": seen["drive_minutes"], "overtime": seen["overtime_minutes"]}
        row |= {"not the preferred crew": seen["not_preferred"], "must-do left undone": seen["required_unserved"]}
        rows[name] = row
    return table(rows)


def _dial(part: dict[str, Any]) -> str:
    rows = {}
    for name, row in part["dial"].items():
        price = name.removeprefix(f"{OURS} at ").removesuffix(SAME) if " at " in name else "20"
        rows[f"{price} minutes" + (", only what by hand serves" if name.endswith(SAME) else "")] = {
            "not the preferred crew": row["not_preferred"], f"{BY_HAND}": row["by_hand"],
            "driving over by hand": row["drive_over_by_hand"], "overtime over by hand": row["overtime_over_by_hand"],
            "must-do left undone": row["required_unserved"], "by hand left undone": row["by_hand_unserved"],
        }  # fmt: skip
    return table(rows, "price of an unfamiliar crew")


def _gaps(files: dict[str, Any]) -> str:
    rows: dict[str, dict[str, Any]] = {}
    budgets = sorted({row["seconds"] for row in files["means"]})
    drawn_too = files.get("on_drawn", ())
    for part, chosen in (("all files", files["means"]), ("the files drawn for all solvers", drawn_too)):
        for row in chosen:
            if part == "all files" and row["solver"] != OURS:
                continue
            name = f"{row['solver']}, {row['customers']} customers, {part}"
            rows.setdefault(name, dict.fromkeys((f"{b:g} s" for b in budgets), "-"))
            rows[name][f"{row['seconds']:g} s"] = row["mean_gap_percent"]
    return table(rows)


if __name__ == "__main__":
    sys.exit(main())
