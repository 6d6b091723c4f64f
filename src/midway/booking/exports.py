"""Taking everything out as CSV: row by row from the database, never a whole table in memory."""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, BinaryIO

from django.db import connections, transaction

from midway.booking.export_columns import ExportTable
from midway.booking.export_tables import TABLES
from midway.booking.intake.report import harmless
from midway.runtime.reports import reports_database

ROWS_AT_ONCE = 2_000


class UnknownTable(ValueError):
    """There is no such table to take out. Choose one from the list."""


def tables_named(names: Sequence[str]) -> list[ExportTable]:
    """The tables of these names, all without any. Raises `UnknownTable`."""
    unknown = [name for name in names if name not in TABLES]
    if unknown:
        raise UnknownTable(f"There is no table {unknown[0]}. Choose from: {', '.join(TABLES)}.")
    return [TABLES[name] for name in names] if names else list(TABLES.values())


def csv_lines(table: ExportTable, *, today: date, using: str = "") -> Iterator[str]:
    """Will give a table as CSV, a block of lines at a time; no cell is taken for a formula by a spreadsheet.

    `today` is the day after which a plan's next visit is looked for; `using` the database, that for reports if empty.
    """
    using = using or reports_database()
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([column.name for column in table.columns])
    with transaction.atomic(using), connections[using].chunked_cursor() as cursor:
        cursor.execute(table.statement, {"today": today} if "%(today)s" in table.statement else None)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield _emptied(written)
            for row in rows:
                writer.writerow(_cells(table, row))
    yield _emptied(written)


def write_zip(file: BinaryIO, tables: Sequence[ExportTable], *, today: date) -> dict[str, int]:
    """Will write these tables and a description of their columns as one ZIP; gives the rows of each.

    All of one moment: a change made meanwhile is in none of the files.
    """
    rows = {}
    using = reports_database()
    with transaction.atomic(using), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        connections[using].cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        packed.writestr("columns.csv", described(tables))
        for table in tables:
            rows[table.name] = 0
            with packed.open(f"{table.name}.csv", "w", force_zip64=True) as into:
                for block in csv_lines(table, today=today, using=using):
                    rows[table.name] += block.count("\r\n")
                    into.write(block.encode())
            rows[table.name] -= 1
    return rows


def described(tables: Sequence[ExportTable]) -> str:
    """What every column of these tables means, as a table of its own."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(["table", "column", "means"])
    for table in tables:
        writer.writerow([table.name, "", table.means])
        writer.writerows([table.name, column.name, column.means] for column in table.columns)
    return written.getvalue()


def _cells(table: ExportTable, row: Sequence[Any]) -> list[str]:
    return [harmless(column.told(value)) for column, value in zip(table.columns, row, strict=True)]


def _emptied(written: io.StringIO) -> str:
    text = written.getvalue()
    written.seek(0)
    written.truncate()
    return text
