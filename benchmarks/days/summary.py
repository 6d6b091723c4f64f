"""What the rows of the cleaning days add up to."""

from collections.abc import Iterable, Sequence
from statistics import mean
from typing import Any

Row = dict[str, Any]
OURS, BY_HAND = "midway", "by hand"
SAME = ", the same visits"
"""Of our plans for those visits alone that were served by hand."""


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """By size: the field at each budget, and our dial beside the day filled in by hand."""
    return {size: _size([row for row in rows if row["size"] == size]) for size in _seen(rows, "size")}


def _size(rows: Sequence[Row]) -> dict[str, Any]:
    budgets = sorted(seconds for seconds in _seen(rows, "seconds") if seconds)
    field = {f"{seconds:g}": _field([row for row in rows if row["seconds"] in (0, seconds)]) for seconds in budgets}
    turned = [row["seconds"] for row in rows if row["solver"].startswith(f"{OURS} at")]
    field = {seconds: found for seconds, found in field.items() if found}  # not where nobody but us was asked
    return {"days": len(_seen(rows, "day")), "field": field, "dial": _dial(rows, max(turned, default=budgets[-1]))}


def _seen(rows: Iterable[Row], key: str) -> list[Any]:
    return list(dict.fromkeys(row[key] for row in rows))


def _field(rows: Sequence[Row]) -> dict[str, Any]:
    days = {row["day"] for row in rows if row["seconds"] and not row["solver"].startswith(OURS)}
    rows = [row for row in rows if row["day"] in days and not row["solver"].startswith(f"{OURS} at")]
    best = {day: _best_other([row for row in rows if row["day"] == day]) for day in _seen(rows, "day")}
    return {name: _means([row for row in rows if row["solver"] == name], best) for name in _seen(rows, "solver")}


def _best_other(rows: Sequence[Row]) -> Row:
    return min((row for row in rows if row["solver"] not in (OURS, BY_HAND)), key=lambda row: row["cost"])


def _means(rows: Sequence[Row], best: dict[int, Row]) -> Row:
    ratios = [row["cost"] / best[row["day"]]["cost"] for row in rows if row["has_answer"]]
    return {
        "days": len(rows),
        "over_best_other": round(mean(ratios), 4) if ratios else None,
        "worst_day": round(max(ratios), 4) if ratios else None,
        "cost": _mean(rows, "cost"),
        "drive_minutes": _mean(rows, "drive_minutes"),
        "overtime_minutes": _mean(rows, "overtime_minutes"),
        "not_preferred": _mean(rows, "not_preferred"),
        "required_unserved": sum(row["required_unserved"] for row in rows),
        "without_answer": len(rows) - len(ratios),
        "violations": sum(len(row["violations"]) for row in rows),
        "cpu_seconds": _mean(rows, "cpu_seconds"),
    }


def _mean(rows: Sequence[Row], key: str) -> float:
    return round(mean(row[key] for row in rows), 2)


def _dial(rows: Sequence[Row], seconds: float) -> dict[str, Any]:
    ours = [row for row in rows if row["solver"].startswith(OURS) and row["seconds"] == seconds]
    hand = [row for row in rows if row["solver"] == BY_HAND and row["day"] in {each["day"] for each in ours}]
    found = {}
    for name in _seen(ours, "solver"):
        same = [row for row in ours if row["solver"] == name]
        found[name] = {
            "not_preferred": _mean(same, "not_preferred"),
            "by_hand": _mean(hand, "not_preferred"),
            "drive_over_by_hand": _ratio(same, hand, "drive_minutes"),
            "overtime_over_by_hand": _ratio(same, hand, "overtime_minutes"),
            "required_unserved": sum(row["required_unserved"] for row in same),
            "by_hand_unserved": sum(row["required_unserved"] for row in hand),
        }
    return found


def _ratio(ours: Sequence[Row], hand: Sequence[Row], key: str) -> float:
    return round(sum(row[key] for row in ours) / max(1e-9, sum(row[key] for row in hand)), 3)


def tables(found: dict[str, Any]) -> str:
    """The summary as tables for people."""
    lines: list[str] = []
    for size, part in found.items():
        for seconds, field in part["field"].items():
            lines += ["", f"{size}, {part['days']} days, {seconds} CPU s", table(field)]
        lines += ["", f"{size}: at other prices of an unfamiliar crew", table(part["dial"])]
    return "\n".join(lines)


def table(rows: dict[str, Row], first: str = "solver") -> str:
    """Rows by name as a table of Markdown."""
    columns = list(next(iter(rows.values())))
    lines = [f"| {first} | " + " | ".join(name.replace("_", " ") for name in columns) + " |"]
    lines.append("| --- |" + " ---: |" * len(columns))
    lines += [f"| {name} | " + " | ".join(str(row[column]) for column in columns) + " |" for name, row in rows.items()]
    return "\n".join(lines)
