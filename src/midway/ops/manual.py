"""The maintenance manual, written from the procedures. Nothing in it is written by hand a second time."""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from midway.ops.document import DOCUMENT, covered_by
from midway.ops.procedure import Cadence, Kind, Limit, Procedure

RESULTS = Path(__file__).with_name("drilled.json")
"""What the last drill of each fault came to; `midway ops drill --all --keep` writes it."""

_WHEN = {
    Cadence.DAILY: "every day",
    Cadence.WEEKLY: "every week, on Monday",
    Cadence.MONTHLY: "every month, on the first",
    Cadence.DEMAND: "when a person asks",
}


def manual_pages(procedures: tuple[Procedure, ...]) -> dict[str, str]:
    """File name to Markdown: one page for each area, the overview and the coverage of the document."""
    by_area: dict[str, list[Procedure]] = defaultdict(list)
    for procedure in procedures:
        by_area[procedure.area].append(procedure)
    pages = {f"{area}.md": _page(area, found) for area, found in sorted(by_area.items())}
    pages["README.md"] = _overview(procedures)
    pages["coverage.md"] = _coverage(procedures)
    return pages


def write_manual(folder: Path, procedures: tuple[Procedure, ...]) -> list[Path]:
    """Will write the pages there and remove those of areas that are gone."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = manual_pages(procedures)
    for old in folder.glob("*.md"):
        if old.name not in pages and old.read_text().startswith(_HEAD):
            old.unlink()
    for name, text in pages.items():
        (folder / name).write_text(text)
    return [folder / name for name in sorted(pages)]


def kept_results() -> dict[str, dict[str, object]]:
    """`procedure/fault` to what its last kept drill saw."""
    found = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    return found if isinstance(found, dict) else {}


_HEAD = "<!-- Written by `midway manual` from the procedures. -->\n"


def _page(area: str, procedures: list[Procedure]) -> str:
    return _HEAD + f"# {area.capitalize()}\n\n" + "\n".join(_about(procedure) for procedure in procedures)


def _about(procedure: Procedure) -> str:
    manual = procedure.manual
    command = f"midway ops run {procedure.id}"
    parts = [
        f"## {procedure.title}\n",
        f"`{procedure.id}` · {procedure.kind} · {_WHEN[procedure.cadence]} · of the document: {_lines(procedure)}\n",
        f"**Why.** {manual.why}\n",
        f"**How.** `{command}`"
        + (" says what it would do; `--yes` does it.\n" if procedure.kind is Kind.REPAIR else "\n"),
        f"**How to read it.** {manual.read}\n",
        f"**What to do.** {manual.mend}\n",
    ]
    if manual.not_the_obvious:
        parts.append(f"**Why not the obvious command.** {manual.not_the_obvious}\n")
    if procedure.needs:
        parts.append(f"**Needs.** {', '.join(need.says for need in procedure.needs)}.\n")
    if procedure.limits:
        parts.append("| threshold | warns | critical | from |\n| --- | --- | --- | --- |")
        parts.append("\n".join(_row(limit) for limit in procedure.limits) + "\n")
    if procedure.faults:
        drilled = "; ".join(f"{fault.says} → {fault.expects}" for fault in procedure.faults)
        parts.append(f"**Proved by breaking it.** {drilled}.\n")
    return "\n".join(parts)


def _lines(procedure: Procedure) -> str:
    return ", ".join(f"line {number}" for number in procedure.document_lines) or "nothing"


def _row(limit: Limit) -> str:
    sign = "below" if limit.low_is_bad else "above"

    def shown(value: float | None) -> str:
        return "–" if value is None else f"{sign} {value:g} {limit.unit}"

    return f"| {limit.says} | {shown(limit.warn)} | {shown(limit.crit)} | {limit.source} |"


def _overview(procedures: tuple[Procedure, ...]) -> str:
    lines = [
        _HEAD + "# The maintenance manual\n",
        "Every procedure runs by itself when it is due, keeps its evidence, and was proved to ring by breaking what it",
        "watches. `midway ops list` lists them, `midway ops due` says what is due, `midway ops drill --all` breaks",
        "everything once on a stage that is thrown away. What each line of the maintenance document became is in",
        "[coverage.md](coverage.md).\n",
    ]
    for cadence in Cadence:
        found = [procedure for procedure in procedures if procedure.cadence is cadence]
        if found:
            lines.append(f"## {_WHEN[cadence].capitalize()}\n\n| procedure | what | kind |\n| --- | --- | --- |")
            lines += [f"| [{p.id}]({p.area}.md) | {p.title} | {p.kind} |" for p in found]
            lines.append("")
    return "\n".join(lines)


def _coverage(procedures: tuple[Procedure, ...]) -> str:
    covered, results = covered_by(procedures), kept_results()
    lines = [
        _HEAD + "# What became of each line of the maintenance document\n",
        "| line | task | procedure | fault | drill |",
        "| --- | --- | --- | --- | --- |",
    ]
    for line in DOCUMENT:
        rows = list(_proofs(covered.get(line.number, []), results))
        for procedure, fault, seen in rows or [("not covered here", "", "")]:
            lines.append(f"| {line.number} | {line.says} | {procedure} | {fault} | {seen} |")
    return "\n".join(lines) + "\n"


def _proofs(procedures: list[Procedure], results: dict[str, dict[str, object]]) -> Iterator[tuple[str, str, str]]:
    for procedure in procedures:
        for fault in procedure.faults:
            seen = results.get(f"{procedure.id}/{fault.id}", {})
            way = f"{seen['before']} → {seen['during']} → {seen['after']}" if seen else "not drilled yet"
            yield f"[{procedure.id}]({procedure.area}.md)", fault.says, way
