"""Keeping a run: a JSON file with everything, and, of a whole run, docs/benchmarks.md for people."""

from pathlib import Path
from typing import Any

import orjson

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
INTRODUCTION = """# Benchmarks

Written by `make bench` (`python -m benchmarks`), which starts the product with an empty company, fills three branches
and measures HTTP by wrk and the floor by `pgbench -M prepared` on the same PostgreSQL, in interleaved rounds. Rates
are medians, with the slowest and fastest round in brackets. How: `benchmarks/README.md`.
"""


def write(result: dict[str, Any], folder: Path, *, is_whole: bool) -> str:
    """Will write what there is to keep, and give a summary to print."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{result['at'][:10]}-{result['name']}.json"
    file.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")
    text = as_markdown(result)
    if not is_whole:
        return f"{text}\nWrote {file.name}; docs/benchmarks.md is written by a whole run only"
    DOCUMENT.write_text(text + _kept(DOCUMENT.read_text() if DOCUMENT.exists() else ""))
    return f"{text}\nWrote {file.name} and docs/benchmarks.md"


def _kept(document: str) -> str:
    """The sections on plans and on planning, which this run does not measure."""
    _, found, rest = document.partition("\n## Recurring plans")
    return found + rest


def as_markdown(result: dict[str, Any]) -> str:
    """The document."""
    machine = result["machine"]
    parts = [
        INTRODUCTION,
        f"{result['at'][:10]} · {machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB · "
        f"PostgreSQL {machine.get('postgres', '?')} · Python {machine['python']} · load average before "
        f"{machine['load'][0]}, after {machine.get('load_after', machine['load'])[0]}. "
        "Load generator, product and database share these cores.\n",
        "## Targets\n",
        "| what | target | measured | |",
        "| --- | --- | --- | --- |",
    ]
    for figure in result["figures"]:
        for target, measured, is_met in figure.get("targets", []):
            parts.append(f"| {figure['title']} | {target} | {measured} | {'met' if is_met else '**not met**'} |")
    parts.append("\n## Figures\n")
    for figure in result["figures"]:
        parts.append(f"### {figure['title']}\n")
        parts += _table(figure)
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def _table(figure: dict[str, Any]) -> list[str]:
    if "rows" in figure:
        names = list(figure["rows"][0])
        head = ["| " + " | ".join(name.replace("_", " ") for name in names) + " |", "| --- " * len(names) + "|"]
        return [*head, *("| " + " | ".join(f"{row[name]:,}" for name in names) + " |" for row in figure["rows"])]
    loads = {name: load for name, load in figure.items() if isinstance(load, dict) and "per_second" in load}
    lines = []
    if loads:
        lines += ["| | a second | p50 ms | p99 ms | CPU ms | failed |", "| --- | --- | --- | --- | --- | --- |"]
        for name, load in loads.items():
            slow, fast = load["spread"]
            cpu = ", ".join(f"{part} {value}" for part, value in load["cpu_ms"].items()) or "–"
            p99 = load["p99_ms"] or "–"
            rate = f"{load['per_second']:,} ({slow:,}–{fast:,})"
            lines.append(f"| {NAMES[name]} | {rate} | {load['p50_ms']} | {p99} | {cpu} | {load['failed']} |")
        lines.append("")
    lines += [f"- {name.replace('_', ' ')}: {value:,}" for name, value in figure.items() if name in SHOWN]
    return lines


NAMES = {
    "http": "the product over HTTP",
    "plain": "pgbench, plain multirange query",
    "own": "pgbench, the product's own read",
    "pgbench": "pgbench, the same statements",
    "alone": "availability with nothing else going on",
    "during": "availability with bookings going on",
    "bookings": "those bookings",
}
SHOWN = {
    *("ratio_to_plain", "ratio_to_own", "ratio_to_pgbench", "ratio_to_alone"),
    *("p99_to_p50", "cpu_ms", "visits", "pss_mb", "seconds"),
}
