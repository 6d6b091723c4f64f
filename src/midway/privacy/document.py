"""The page of docs that says what is kept of people, written from the rules themselves."""

from collections.abc import Iterator

from midway.core.retention import Keep, Otherwise, Table
from midway.privacy.rules import clearings, files, tables

_HEAD = """# What is kept of people, and for how long

Written from the rules by `python tools/retention.py`; tests keep it current and fail for a column without a rule. Every
night at 08:35 UTC the job `apply-retention` clears what has been kept long enough. How a customer is erased:
`how-it-works/privacy.md`.
"""


def as_text() -> str:
    """The whole page."""
    parts = [
        _HEAD,
        "## Personal\n",
        "| table | column | kept | then | when its customer is erased |\n| --- | --- | --- | --- | --- |",
    ]
    parts += [row for table in tables() for row in _rows(table)]
    parts += ["\n## What the night clears\n", *(f"- {clearing.what}" for clearing in clearings())]
    parts += ["- customers whom nobody has cleaned for in seven years"]
    parts += ["\n## Files\n", "| what | kept | then |\n| --- | --- | --- |"]
    parts += [f"| {kept.what} | {kept.until} | {kept.then} |" for kept in files()]
    parts += ["\n## Not personal\n"]
    parts += [f"- `{table.model}`: {', '.join(table.impersonal.split())}" for table in tables() if table.impersonal]
    return "\n".join(parts) + "\n"


def _rows(table: Table) -> Iterator[str]:
    for column, keep in table.personal.items():
        yield f"| `{table.model}` | {column} | {keep.until} | {keep.then} | {_erasure(table, keep)} |"


def _erasure(table: Table, keep: Keep) -> str:
    if table.goes:
        return "row removed"
    if isinstance(keep.erased, Otherwise):
        return keep.erased.value
    if callable(keep.erased):
        return "replaced where it names them"
    return f"`{keep.erased}`" if keep.erased not in (None, "", {}) else "emptied"
