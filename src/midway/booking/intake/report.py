"""What an import did, as JSON, in words, and as a file of refused rows that can be mended and brought in again."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from midway.booking.intake.headings import FIELDS, OURS
from midway.booking.intake.judge import Decision, Verdict

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def report_of(verdict: Verdict) -> dict[str, Any]:
    """The figures and, row by row, what was not simply loaded."""
    table = verdict.table
    return {
        **verdict.counts,
        "encoding": table.encoding,
        "delimiter": table.delimiter_name,
        "dates": verdict.style.value,
        "columns": [
            {"heading": heading, "taken_as": taken or None}
            for heading, taken in zip(table.headings, table.columns.taken_as, strict=True)
            if heading
        ],
        "results": [_result(decision) for decision in verdict.decisions],
    }


def _result(decision: Decision) -> dict[str, Any]:
    return {
        "line": decision.line,
        "name": decision.name,
        "outcome": decision.outcome.value,
        "reasons": [{"field": r.field, "problem": r.problem, "mend": r.mend} for r in decision.reasons],
        "remarks": list(decision.remarks),
    }


def harmless(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection): an apostrophe goes before it."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def rejects_csv(verdict: Verdict) -> str:
    """The refused rows as they came, each with its line, what is wrong with it, and what mends it."""
    cells = {line.number: line.cells for line in verdict.table.lines}
    width = len(verdict.table.headings)
    rows = []
    for decision in verdict.refused:
        said = (*cells[decision.line], *[""] * width)[:width]
        problems = " ".join(reason.problem for reason in decision.reasons)
        mends = " ".join(reason.mend for reason in decision.reasons)
        rows.append([*said, decision.line, problems, mends])
    return csv_text([*verdict.table.headings, *OURS], rows)


def csv_text(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Will write a table that spreadsheets open as text, not as formulas."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([harmless(heading) for heading in headings])
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return written.getvalue()


def empty_sheet() -> str:
    """A sheet with a heading for everything that can be told, to be filled in."""
    return csv_text([spellings.split("|")[0].strip().capitalize() for spellings in FIELDS.values()], [])
