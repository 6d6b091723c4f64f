"""`midway ops`: the system looks after itself, and a person looks on."""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from datetime import datetime

    from midway.ops.drill import DrillResult
    from midway.ops.engine import RunReport
    from midway.ops.procedure import Outcome

_MARKS = {"ok": "✓", "warn": "!", "crit": "✗", "unknown": "?", "skipped": "–"}
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def ops() -> None:
    """Checks and repairs. Exits 0 fine, 1 warning or refused, 2 critical or failed, 3 could not look."""


@ops.command("list")
@_JSON
def list_procedures(as_json: bool) -> None:
    """List every procedure."""
    _set_up(needs_database=False)
    from midway.ops.registry import all_procedures

    rows = [
        {
            "id": one.id,
            "title": one.title,
            "cadence": one.cadence.value,
            "document_lines": list(one.document_lines),
            "kind": one.kind.value,
            "severity": one.severity.value,
        }
        for one in all_procedures()
    ]
    _print(rows, as_json, (f"{one['id']:<36} {one['cadence']:<8} {one['kind']:<7} {one['title']}" for one in rows))


@ops.command()
@click.argument("what", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Let repairs mend; without it they only say what they would do.")
@click.option("--confirm", default="", metavar="DATABASE", help="The database's name, which dangerous repairs ask for.")
@_JSON
def run(what: tuple[str, ...], yes: bool, confirm: str, as_json: bool) -> None:
    """Run daily, weekly, monthly, all, an area or procedures by id, now."""
    _set_up()
    from midway.ops.engine import Engine
    from midway.ops.procedure import EXIT_CODES
    from midway.ops.registry import UnknownProcedure, asked_for
    from midway.ops.surroundings import of_the_product

    try:
        procedures = asked_for(what)
    except UnknownProcedure as problem:
        _fail(str(problem), 3)
    report = Engine(of_the_product(), by="midway ops run", typed=confirm).run(
        procedures, asked=" ".join(what), mends=yes
    )
    _note_turns(report)
    _tell(report)
    if as_json:
        print(json.dumps(_report_json(report), indent=1))
    else:
        print("\n".join(_lines(report.outcomes)))
        took = (report.finished_at - report.started_at).total_seconds()
        print(f"{len(report.outcomes)} procedures in {took:.1f} s: {report.worst.value}", file=sys.stderr)
    sys.exit(EXIT_CODES[report.worst])


@ops.command()
@_JSON
def keep(as_json: bool) -> None:
    """Measure what is due, open incidents for what is critical, and tell. The schedule does so by itself."""
    _set_up()
    from midway.ops.surroundings import of_the_product
    from midway.ops.upkeep import next_turn, run_due
    from midway.runtime.clock import now

    report = run_due(of_the_product(), clock=now)
    if report is not None:
        _tell(report)
    outcomes = report.outcomes if report is not None else ()
    facts = {"measured": len(outcomes), "next_at": next_turn(now=now()).isoformat()}
    _print(facts, as_json, [*map(_line, outcomes), f"{len(outcomes)} measured; next look at {facts['next_at']}"])


@ops.command()
@click.argument("cadence", type=click.Choice(["daily", "weekly", "monthly"]))
def digest(cadence: str) -> None:
    """Write to whoever looks after the system how its procedures stand, once a day at most."""
    _set_up()
    from midway.ops.notifications import send_digest
    from midway.ops.procedure import Cadence
    from midway.runtime.clock import now

    send_digest(cadence=Cadence(cadence), now=now())


@ops.command()
@_JSON
def due(as_json: bool) -> None:
    """Show what is due or overdue, and when each was measured last."""
    _set_up()
    from midway.ops.upkeep import turns
    from midway.runtime.clock import now

    found = turns(now=now())
    rows = [
        {
            "id": turn.procedure.id,
            "cadence": turn.procedure.cadence.value,
            "is_due": turn.is_due,
            "turn_at": turn.turn_at.isoformat(),
            "last_success_at": turn.last_success_at.isoformat() if turn.last_success_at else None,
        }
        for turn in found
    ]
    lines = [f"{'due' if one.is_due else '   '} {one.procedure.id:<36} {_last(one.last_success_at)}" for one in found]
    count = sum(turn.is_due for turn in found)
    _print({"due": rows}, as_json, [*lines, f"{count} of {len(found)} are due; midway keeps to it by itself."])


@ops.command()
@click.argument("procedure", required=False)
@click.option("--limit", type=click.IntRange(1, 10000), default=30, show_default=True)
@click.option("--verify", is_flag=True, help="Recompute the chain of hashes.")
@click.option("--export", type=click.Path(path_type=Path, dir_okay=False), help="Write all evidence as CSV.")
@_JSON
def history(procedure: str | None, limit: int, verify: bool, export: Path | None, as_json: bool) -> None:
    """Show past runs and their evidence."""
    _set_up()
    from midway.ops import evidence
    from midway.ops.models import Evidence

    rows = Evidence.objects.filter(procedure=procedure) if procedure else Evidence.objects.all()
    if export is not None:
        with export.open("w", newline="") as file:
            file.writelines(evidence.as_csv(rows.order_by("id").iterator(chunk_size=1000)))
        print(f"Written to {export}.", file=sys.stderr)
    if verify:
        chain = evidence.check_chain()
        facts = {"rows": chain.rows, "broken_at": chain.broken_at, "forged_mark": chain.forged_mark}
        _print(facts, as_json, [f"{chain.rows} rows, the chain is {chain.says}."])
        sys.exit(0 if chain.is_whole else 2)
    latest = list(rows.select_related("run").order_by("-id")[:limit])
    _print(
        {"history": [_evidence_json(row) for row in latest]},
        as_json,
        (f"{_MARKS[row.status]} {row.at:%Y-%m-%d %H:%M:%S} {row.procedure:<36} {row.summary}" for row in latest),
    )


@ops.command()
@click.argument("procedures", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every fault of every procedure.")
@click.option("--keep", is_flag=True, help="Keep the results for the manual.")
@_JSON
def drill(procedures: tuple[str, ...], everything: bool, keep: bool, as_json: bool) -> None:
    """Break each thing on purpose, on a stage that is thrown away, and see the alarm ring."""
    if not procedures and not everything:
        raise click.UsageError("Name procedures, or say --all")
    _set_up(needs_database=False)
    from midway.ops.drill import drill as drilled
    from midway.ops.drill import keep_results
    from midway.ops.registry import UnknownProcedure, all_procedures, asked_for
    from midway.ops.stage import open_stage

    try:
        wanted = list(all_procedures()) if everything else asked_for(procedures)
    except UnknownProcedure as problem:
        _fail(str(problem), 3)

    def told(result: "DrillResult") -> None:
        if not as_json:
            mark = "✓" if result.passed else "✗"
            way = f"{result.before} → {result.during} → {result.after}"
            took = f"{result.took_seconds:5.1f} s"
            print(f"{mark} {took} {result.procedure.id:<30} {result.fault.id:<16} {way:<20} {result.said}", flush=True)

    with open_stage() as stage:
        results = drilled(wanted, stage, told=told)
    if as_json:
        print(json.dumps({"drills": [result.as_json() for result in results]}, indent=1))
    if keep:
        keep_results(results)
    failed = sum(not result.passed for result in results)
    print(f"{len(results)} drills, {failed} failed.", file=sys.stderr)
    sys.exit(2 if failed else 0 if results else 3)


@ops.command()
@click.argument("procedure")
@click.option("--object", "subject", default="", help="Only this object: a table, a file, a certificate.")
@click.option("--reason", required=True, help="Why, for whoever reads it later.")
@click.option("--days", type=click.IntRange(1, 92), default=7, show_default=True)
@_JSON
def snooze(procedure: str, subject: str, reason: str, days: int, as_json: bool) -> None:
    """Put a finding to sleep for some days."""
    _set_up()
    from datetime import timedelta

    from midway.core.actor import SYSTEM
    from midway.ops.actions import ReasonMissing
    from midway.ops.actions.snooze import snooze as put_to_sleep
    from midway.ops.registry import UnknownProcedure
    from midway.runtime.clock import now

    moment = now()
    until = moment + timedelta(days=days)
    try:
        made = put_to_sleep(procedure=procedure, subject=subject, reason=reason, until=until, by=SYSTEM, now=moment)
    except (UnknownProcedure, ReasonMissing) as problem:
        _fail(str(problem), 3)
    facts = {"procedure": made.procedure, "object": made.subject, "until": made.expires_at.isoformat()}
    _print(facts, as_json, [f"{made.procedure} {made.subject or 'as a whole'} sleeps until {until:%Y-%m-%d %H:%M}."])


@ops.command()
@_JSON
def role(as_json: bool) -> None:
    """Print the SQL that makes the role upkeep looks with, for MIDWAY_OPS_DATABASE_URL."""
    from midway.ops.role import role_statements

    statements = [f"{statement};" for statement in role_statements()]
    _print({"statements": statements}, as_json, statements)


def _lines(outcomes: "Iterable[Outcome]") -> list[str]:
    """One for each; those nobody could look at because of one cause stand together."""
    found, waiting = [], Counter[str]()
    for outcome in outcomes:
        if outcome.caused_by and not outcome.findings:
            waiting[outcome.caused_by] += 1
        else:
            found.append(_line(outcome))
    return found + [f"? {count} more not looked at, because of {cause}." for cause, count in waiting.items()]


def _line(outcome: "Outcome") -> str:
    step = "" if outcome.next_step in {"", "Nothing to do."} else f" → {outcome.next_step}"
    return f"{_MARKS[outcome.status]} {outcome.procedure.id:<36} {outcome.summary}{step}"


def _last(at: "datetime | None") -> str:
    return f"last {at:%Y-%m-%d %H:%M} UTC" if at else "never yet"


def _report_json(report: "RunReport") -> dict[str, Any]:
    from midway.ops.evidence import details

    results = []
    for outcome in report.outcomes:
        leading = outcome.leading
        limit = leading.limit if leading else None
        results.append(
            {
                "id": outcome.procedure.id,
                "status": outcome.status.value,
                "value": leading.value if leading else None,
                "unit": limit.unit if limit else "",
                "warn": limit.warn if limit else None,
                "crit": limit.crit if limit else None,
                "examined": outcome.examined,
                "summary": outcome.summary,
                "next_step": outcome.next_step,
                "evidence": json.loads(json.dumps(details(outcome), default=str)),
                "took_ms": outcome.took_ms,
                "raised": outcome.is_raised,
            }
        )
    return {"run": report.code, "started_at": report.started_at.isoformat(), "results": results}


def _evidence_json(row: Any) -> dict[str, Any]:
    names = ("procedure", "status", "value", "unit", "warn", "crit", "examined", "summary", "next_step", "took_ms")
    facts = {name: getattr(row, name) for name in names}
    return {
        "run": str(row.run.code),
        "at": row.at.isoformat(),
        **facts,
        "raised": row.is_raised,
        "evidence": json.loads(row.details),
        "hash": row.hash,
    }


def _note_turns(report: "RunReport") -> None:
    from django.db import DatabaseError

    from midway.ops.upkeep import note_turns

    if not report.code:  # the database is away; what was found lies in the data folder
        return
    try:
        note_turns(report.outcomes, started_at=report.started_at)
    except DatabaseError as problem:
        print(f"midway: the schedule could not be noted ({type(problem).__name__})", file=sys.stderr)


def _tell(report: "RunReport") -> None:
    """Critical is critical, whoever had it measured: an incident opens, and somebody is called."""
    from django.db import DatabaseError

    from midway.ops.notifications import tell_what_was_found
    from midway.runtime.clock import now

    if not report.code:
        return
    try:
        tell_what_was_found(report.outcomes, now=now())
    except DatabaseError as problem:
        print(f"midway: nobody could be told ({type(problem).__name__})", file=sys.stderr)


def _print(facts: object, as_json: bool, lines: Iterable[str]) -> None:
    if as_json:
        print(json.dumps(facts, indent=1))
    else:
        for line in lines:
            print(line)


def _fail(words: str, code: int) -> NoReturn:
    print(f"midway: {words}", file=sys.stderr)
    sys.exit(code)


def _set_up(*, needs_database: bool = True) -> None:
    import os

    import django

    from midway.config.environment import SettingError
    from midway.runtime.attach import attach_to_product
    from midway.runtime.problem import CannotRun

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "midway.config.settings")
    try:
        if needs_database:
            attach_to_product(os.environ)
        django.setup()
    except (CannotRun, SettingError) as problem:
        _fail(str(problem), 3)
