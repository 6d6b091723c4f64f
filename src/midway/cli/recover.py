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
