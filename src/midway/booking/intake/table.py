"""A spreadsheet's bytes as a table: which encoding, which delimiter, which line holds the headings."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from midway.booking.intake.headings import Columns, columns_of, is_known
from midway.booking.intake.limits import LARGEST_BYTES, MOST_COLUMNS, MOST_ROWS

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
HEADINGS_WITHIN = 10
"""Titles and remarks above the headings are passed over, up to so many lines."""

_SHOWN_AS_TEXT = "=+-@\t\r"


class SheetUnreadable(ValueError):
    """This file cannot be read as a spreadsheet. Save it as CSV and try again."""


@dataclass(frozen=True)
class Line:
    """A row of the file: the line it begins at, and its cells."""

    number: int
    cells: Sequence[str]


@dataclass(frozen=True)
class Table:
    """What the file holds: `columns` says what each heading was taken for."""

    encoding: str
    delimiter: str
    headings: Sequence[str]
    columns: Columns
    lines: Sequence[Line]

    @property
    def delimiter_name(self) -> str:
        return DELIMITERS[self.delimiter]


def read_table(data: bytes, *, encoding: str = "", mapping: Sequence[tuple[str, str]] = ()) -> Table:
    """Will read a file's bytes. `mapping` says of headings what they are, as `("Kunde", "name")`.

    Raises `SheetUnreadable`.
    """
    if len(data) > LARGEST_BYTES:
        raise SheetUnreadable(
            _("The file is larger than %(size)d MB. Split it and import the parts.")
            % {"size": LARGEST_BYTES // 1024 // 1024}
        )
    text, found = _decoded(data, encoding)
    delimiter = _delimiter_of(text)
    lines = _lines(text, delimiter)
    at = _headings_at(lines, mapping)
    headings = [cell.strip() for cell in lines[at].cells]
    rows = [line for line in lines[at + 1 :] if any(cell.strip() for cell in line.cells)]
    if not rows:
        raise SheetUnreadable(_("The file has headings but no rows."))
    if len(rows) > MOST_ROWS:
        raise SheetUnreadable(
            _("The file has more than %(most)d rows. Split it and import the parts.") % {"most": MOST_ROWS}
        )
    return Table(found, delimiter, headings, columns_of(headings, mapping), rows)


def as_text(cell: str) -> str:
    """A cell that was written so that no spreadsheet takes it for a formula, as it was meant."""
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in _SHOWN_AS_TEXT else cell


def _decoded(data: bytes, encoding: str) -> tuple[str, str]:
    if not data.strip():
        raise SheetUnreadable(_("The file is empty."))
    if data.startswith(b"PK\x03\x04"):
        raise SheetUnreadable(_("This is an Excel workbook. Save it as CSV and import that."))
    for name in [encoding] if encoding else _likely(data):
        try:
            text = data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\0" not in text:
            return text.lstrip("\ufeff"), name
    if encoding:
        raise SheetUnreadable(_("The file is not written in %(encoding)s.") % {"encoding": encoding})
    raise SheetUnreadable(_("The file is not text. Save it as CSV and try again."))


def _likely(data: bytes) -> list[str]:
    if data.startswith(b"\xef\xbb\xbf"):
        return ["utf-8-sig"]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["utf-16"]
    if data[:400].count(b"\0") > len(data[:400]) // 4:
        return ["utf-16-le", "utf-16-be"] if data[1:2] == b"\0" else ["utf-16-be", "utf-16-le"]
    from charset_normalizer import from_bytes

    best = from_bytes(data, cp_isolation=["cp1252", "utf_8", "mac_roman", "cp850"]).best()
    guessed = best.encoding.replace("_", "-") if best is not None else "cp1252"
    return ["utf-8", guessed, "cp1252", "latin-1"]


def _delimiter_of(text: str) -> str:
    head = text[:20_000].splitlines()[:40]

    def columns(delimiter: str) -> int:
        try:
            counts = Counter(len(row) for row in csv.reader(head, delimiter=delimiter) if row)
        except csv.Error:
            return 0
        return max(((width - 1) * often for width, often in counts.items()), default=0)

    return max(DELIMITERS, key=columns)


def _lines(text: str, delimiter: str) -> list[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines, begins = [], 1
    try:
        for cells in reader:
            if len(cells) > MOST_COLUMNS:
                raise SheetUnreadable(_("Line %(line)d has more than %(most)d columns.")
                                      % {"line": begins, "most": MOST_COLUMNS})  # fmt: skip
            lines.append(Line(begins, [as_text(cell.strip()).strip() for cell in cells]))
            begins = reader.line_num + 1
    except csv.Error as problem:
        raise SheetUnreadable(
            _("Line %(line)d cannot be read: %(problem)s.") % {"line": begins, "problem": problem}
        ) from problem
    return lines


def _headings_at(lines: Sequence[Line], mapping: Sequence[tuple[str, str]]) -> int:
    told = [heading for heading, _field in mapping]
    counts = [sum(is_known(cell, told) for cell in line.cells) for line in lines[:HEADINGS_WITHIN]]
    if not counts or max(counts) < 2:
        raise SheetUnreadable(
            _("No headings were recognised. The file needs a line such as Name, E-mail, Address, Postcode.")
        )
    return counts.index(max(counts))
