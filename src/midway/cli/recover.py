"""`midway recover`: the guided ways out. A dry run unless --yes."""

import getpass
import json
import sys
from datetime import datetime

import click

from midway.cli.backup import backup_setting, tell


@click.group()
def recover() -> None:
    """Guided recovery. Says what it would do; does it with --yes."""


@recover.command()
@click.argument("backup")
@click.option("--customer", help="Everything about this customer (code).")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The visits of this day and all that hangs on them.")
@click.option("--yes", "mark", help="Bring back exactly the difference that was shown under this mark.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def rows(*, backup: str, customer: str | None, day: datetime | None, mark: str | None, as_json: bool) -> None:
    """Bring back one customer's or one day's deleted or damaged rows from a proved backup.

    Exits 0 done, or nothing differs · 1 differences shown, or refused with nothing changed.
    """
    from midway.ops.recovery.selective import RowsRefused, recover_rows

    if (customer is None) == (day is None):
        raise click.UsageError("Name either --customer or --day")
    with backup_setting() as setting:
        try:
            plan = recover_rows(
                setting, backup, customer=customer, day=day.date() if day else None, mark=mark,
                by=getpass.getuser(), tell=tell,
            )  # fmt: skip
        except RowsRefused as problem:
            click.echo(str(problem), err=True)
            sys.exit(1)
    print(json.dumps(plan.as_json(), indent=1, default=str) if as_json else plan.words())
    sys.exit(1 if plan.differences and mark is None else 0)


@recover.command()
@click.option("--yes", is_flag=True, help="Start worker and web anew; without it, only say how the parts are.")
@click.option("--back", is_flag=True, help="Say whether the release before can run on the database; --yes: let it.")
@click.option("--forward", is_flag=True, help="Let this release serve again after --back.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def app(*, yes: bool, back: bool, forward: bool, as_json: bool) -> None:
    """Say how the parts are and start web and worker anew; database and cache are left alone.

    Exits 0 well or done, 1 shown or refused, 2 failed.
    """
    from midway.ops.recovery.app import app_state, restart_app

    if back:
        _back(really=yes, as_json=as_json)
        return
    if forward:
        from midway.ops.recovery.back import go_forward

        with backup_setting() as setting:
            print(go_forward(setting.folder, tell=tell))
        return
    with backup_setting() as setting:
        state = restart_app(setting.folder, tell=tell) if yes else app_state(setting.folder)
    print(json.dumps(state.as_json(), indent=1) if as_json else state.words() if not yes else "All parts answer.")
    sys.exit(0 if state.is_well else 2 if yes else 1)


def _back(*, really: bool, as_json: bool) -> None:
    with backup_setting() as setting:
        import django

        django.setup()

        from midway.ops.recovery.back import NoWayBack, go_back
        from midway.ops.recovery.releases import way_back_now
        from midway.runtime.code import code_for

        found = way_back_now(setting.folder, version=code_for(setting.folder).version)
        release = found.release.version if found.release else None
        facts = {"release": release, "open": found.is_open, "since": found.since, "refused": found.refused}
        said = found.words()
        if really:
            try:
                said = go_back(setting.folder, found, tell=tell)
            except NoWayBack as problem:
                click.echo(str(problem), err=True)
                sys.exit(1)
    print(json.dumps({**facts, "done": really}, indent=1) if as_json else said)
    sys.exit(0 if found.is_open else 1)


@recover.command()
@click.option("--yes", is_flag=True, help="Restore the newest proved backup if the database is gone or damaged.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def database(*, yes: bool, as_json: bool) -> None:
    """Say what is wrong with the database and which backup would be used; with --yes, restore it.

    Exits 0 nothing is wrong or done, 1 shown or refused, 2 failed.
    """
    from midway.ops.recovery.database import Trouble, diagnose
    from midway.ops.recovery.restore import RestoreRefused, begin_restore, go_on

    with backup_setting() as setting:
        found = diagnose(setting)
        if not yes or not found.can_restore or found.backup is None:
            print(json.dumps(found.as_json(), indent=1) if as_json else found.words())
            sys.exit(0 if found.trouble is Trouble.NONE else 1)
        tell(found.says)
        try:
            done = go_on(setting, begin_restore(setting, found.backup), tell=tell)
        except RestoreRefused as problem:
            click.echo(str(problem), err=True)
            sys.exit(1)
    facts = {**found.as_json(), "kept": done.aside, "done": True}
    print(json.dumps(facts, indent=1) if as_json else f"{setting.server.database} is as {done.code} has it.")


@recover.command()
@click.option("--yes", is_flag=True, help="Forget them; without it, only say how many.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def cache(*, yes: bool, as_json: bool) -> None:
    """Forget what the cache holds of other versions, and nothing else; it fills again by being asked.

    Exits 0 fine or done, 1 shown, 2 failed, 3 could not look.
    """
    from midway.ops.procedure import EXIT_CODES

    with backup_setting():
        import django

        django.setup()

        from midway.ops.engine import Engine
        from midway.ops.registry import procedure_named
        from midway.ops.surroundings import of_the_product

        engine = Engine(of_the_product(), by="midway recover cache")
        report = engine.run([procedure_named("cache.forget")], asked="recover cache", mends=yes)
    outcome = next(one for one in report.outcomes if one.procedure.id == "cache.forget")
    facts = {"status": outcome.status.value, "says": outcome.summary, "done": yes}
    print(json.dumps(facts, indent=1) if as_json else outcome.summary)
    sys.exit(EXIT_CODES[outcome.status])
