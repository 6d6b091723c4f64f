"""`midway export`: everything as CSV files."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datetime import date

    from midway.booking.export_columns import ExportTable


@click.command()
@click.argument("tables", nargs=-1)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder to write into.")
@click.option("--zip", "as_zip", is_flag=True, help="One ZIP, all of one moment, instead of a file for each table.")
@click.option("--json", "as_json", is_flag=True)
def export(tables: tuple[str, ...], *, out: Path, as_zip: bool, as_json: bool) -> None:
    """Write TABLES, or everything, as CSV: customers, properties, plans, bookings, visits, cleaners, shifts, absences,
    prices, messages, journal, and sheet, which midway import customers reads.

    The files are for the owner's eyes: they hold addresses and the way in.
    """
    from midway.cli.attached import set_up

    set_up()
    from midway.booking.actions import note_export
    from midway.booking.exports import UnknownTable, tables_named
    from midway.core.actor import SYSTEM
    from midway.runtime.clock import now

    moment = now()
    try:
        chosen = tables_named(tables)
        note_export(tables=[table.name for table in chosen], by=SYSTEM, now=moment)
        out.mkdir(parents=True, exist_ok=True)
        written = _as_zip(out, chosen, moment.date()) if as_zip else _as_files(out, chosen, moment.date())
    except UnknownTable as refusal:
        print(f"midway: {refusal}", file=sys.stderr)
        sys.exit(1)
    except OSError as problem:
        print(f"midway: {out} cannot be written: {problem.strerror}.", file=sys.stderr)
        sys.exit(2)
    if as_json:
        print(json.dumps({"files": [{"path": path, "rows": rows} for path, rows in written.items()]}))
        return
    for path, rows in written.items():
        print(f"{path}  {rows:,} rows")


def _as_files(out: Path, tables: list["ExportTable"], today: "date") -> dict[str, int]:
    from midway.booking.exports import csv_lines, described

    written = {}
    (out / "columns.csv").write_text(described(tables), encoding="utf-8", newline="")
    for table in tables:
        path = out / f"{table.name}.csv"
        rows = -1
        with _private(path).open("w", encoding="utf-8", newline="") as file:
            for block in csv_lines(table, today=today):
                rows += block.count("\r\n")
                file.write(block)
        written[str(path)] = rows
        print(f"{table.name}: {rows:,} rows", file=sys.stderr)
    return written


def _as_zip(out: Path, tables: list["ExportTable"], today: "date") -> dict[str, int]:
    from midway.booking.exports import write_zip

    path = out / f"midway-{today.isoformat()}.zip"
    with _private(path).open("wb") as file:
        rows = write_zip(file, tables, today=today)
    return {str(path): sum(rows.values())}


def _private(path: Path) -> Path:
    path.touch(mode=0o600)
    path.chmod(0o600)
    return path
