"""`midway import`: customers and their recurring plans from a spreadsheet."""

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from midway.cli.attached import set_up

if TYPE_CHECKING:
    from midway.booking.intake.judge import Verdict


@click.group("import")
def bring_in() -> None:
    """Bring in what was kept elsewhere."""


@bring_in.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--branch", "branch_code", default="", help="The branch's code; the first one otherwise.")
@click.option("--dates", type=click.Choice(["iso", "us", "european"]), help="How dates in figures are read.")
@click.option("--encoding", default="", help="The file's encoding, where it is not recognised.")
@click.option("--column", "columns", multiple=True, metavar="HEADING=FIELD", help="What a column holds; repeat.")
@click.option("--service", "services", multiple=True, metavar="WORDS=CODE", help="What a service is called; repeat.")
@click.option("--rejects", type=click.Path(path_type=Path), help="Where refused rows are written to.")
@click.option("--json", "as_json", is_flag=True)
def customers(file: Path, *, dry_run: bool, as_json: bool, rejects: Path | None, **told: Any) -> None:
    """Load customers, homes and recurring plans from FILE: every row that can be kept, the others with the reason.

    Nothing is half loaded, and a row that was loaded before changes nothing. Exit code 0: every row is loaded;
    1: rows, or the file, were refused.
    """
    data = _bytes_of(file)
    set_up()
    begun = time.monotonic()
    verdict = _run(file, data, dry_run=dry_run, told=told)
    refused = _write_rejects(verdict, rejects or file.with_name(f"{file.stem}.rejects.csv"), dry_run=dry_run)
    _tell(verdict, refused, dry_run=dry_run, as_json=as_json, seconds=round(time.monotonic() - begun, 2))
    sys.exit(1 if verdict.refused else 0)


def _run(file: Path, data: bytes, *, dry_run: bool, told: dict[str, Any]) -> "Verdict":
    from django.db import OperationalError, ProgrammingError

    from midway.booking.actions import ImportOrder, import_customers, look_through
    from midway.booking.intake.dates import DatesAmbiguous, DateStyle
    from midway.booking.intake.headings import UnknownField
    from midway.booking.intake.judge import Options
    from midway.booking.intake.table import SheetUnreadable
    from midway.booking.queries import NoPrices
    from midway.core.actor import SYSTEM
    from midway.crew.queries import CalendarNotWritten
    from midway.runtime.clock import now

    try:
        options = Options(
            encoding=told["encoding"],
            dates=DateStyle(told["dates"]) if told["dates"] else None,
            columns=[_pair(words, "--column") for words in told["columns"]],
            services=dict(_pair(words, "--service") for words in told["services"]),
        )
        order = ImportOrder(file.name, data, _branch(told["branch_code"]), options)
        if dry_run:
            return look_through(order=order, now=now(), tell=_progress)
        return import_customers(order=order, by=SYSTEM, now=now(), tell=_progress)
    except DatesAmbiguous as refusal:
        _stop(f"{refusal} Say --dates us (month first) or --dates european (day first).", 1)
    except (SheetUnreadable, UnknownField, NoPrices) as refusal:
        _stop(str(refusal), 1)
    except (CalendarNotWritten, OperationalError, ProgrammingError) as problem:
        _stop(f"{str(problem).splitlines()[0]} Nothing was loaded.", 2)


def _branch(code: str) -> Any:
    from midway.crew.models import Branch

    found = Branch.objects.filter(code=code).first() if code else Branch.objects.order_by("id").first()
    if found is None:
        codes = ", ".join(Branch.objects.order_by("id").values_list("code", flat=True))
        _stop(f"There is no branch {code}. Choose from: {codes}." if codes else "There is no branch yet.", 1)
    return found


def _pair(words: str, option: str) -> tuple[str, str]:
    left, sign, right = words.rpartition("=")
    if not sign or not left:
        _stop(f"{option} {words}: write it with an equals sign in the middle.", 1)
    return left.strip(), right.strip()


def _write_rejects(verdict: "Verdict", path: Path, *, dry_run: bool) -> str:
    from midway.booking.intake.report import rejects_csv

    if dry_run or not verdict.refused:
        return ""
    path.write_text(rejects_csv(verdict), encoding="utf-8-sig", newline="")
    return str(path)


def _tell(verdict: "Verdict", rejects: str, *, dry_run: bool, as_json: bool, seconds: float) -> None:
    from midway.booking.intake.report import report_of

    report = report_of(verdict)
    if as_json:
        print(json.dumps({"dry_run": dry_run, "seconds": seconds, **report, "rejects": rejects or None}))
        return
    taken = [f"{c['heading']} → {c['taken_as'] or 'passed over'}" for c in report["columns"]]
    click.echo(f"{report['encoding']}, {report['delimiter']}, dates {report['dates']}. {'; '.join(taken)}", err=True)
    for result in report["results"]:
        if result["outcome"] == "refused":
            words = " ".join(f"{r['problem']} {r['mend']}" for r in result["reasons"])
            print(f"line {result['line']}: {result['name'] or '(no name)'}: {words}")
        elif result["remarks"]:
            print(f"line {result['line']}: {result['name']}: note: {' '.join(result['remarks'])}")
    would = "would be " if dry_run else ""
    print(
        f"{report['loaded']:,} of {report['rows']:,} rows {would}loaded, {report['unchanged']:,} unchanged,"
        f" {report['refused']:,} refused: {report['customers']:,} customers, {report['homes']:,} homes,"
        f" {report['plans']:,} plans with {report['visits']:,} visits, {report['to_decide']:,} to decide"
        f" ({seconds} s)"
    )
    if rejects:
        print(f"The refused rows are in {rejects}: mend them there and import that file.", file=sys.stderr)


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty() and (done % 25 == 0 or done == of):
        click.echo(f"\r{done:,} of {of:,} rows looked through", nl=done == of, err=True)


def _bytes_of(file: Path) -> bytes:
    from midway.booking.intake.limits import LARGEST_BYTES

    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST_BYTES + 1)
    except OSError as problem:
        _stop(f"{file} cannot be read: {problem.strerror}.", 1)


def _stop(words: str, code: int) -> NoReturn:
    print(f"midway: {words}", file=sys.stderr)
    sys.exit(code)
