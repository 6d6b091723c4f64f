"""`midway upgrade`: this release takes over the database of the one before, with a proved backup and a way back."""

import json
import sys
from typing import TYPE_CHECKING

import click

from midway.cli.backup import backup_setting, tell

if TYPE_CHECKING:
    from midway.ops.backup.setting import Setting
    from midway.ops.recovery.upgrade import Upgrade


@click.command()
@click.option("--yes", is_flag=True, help="Do it; without it, only say what would be done.")
@click.option("--resume", is_flag=True, help="Go on with the upgrade that was interrupted.")
@click.option("--abandon", is_flag=True, help="Give the interrupted upgrade up: database and release of before.")
@click.option("--sign-off", is_flag=True, help="Drop the database from before the last upgrade.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def upgrade(*, yes: bool, resume: bool, abandon: bool, sign_off: bool, as_json: bool) -> None:
    """Bring the database to this release: proved backup, tried on a copy, migrated, looked at, exchanged.

    Where nothing runs, the database is started for as long as it takes. Exits 0 done or nothing to do, 1 shown, or
    refused with nothing changed, 2 failed.
    """
    from midway.ops.recovery import upgrade as work
    from midway.ops.recovery.upgrade import UpgradeRefused
    from midway.runtime.own_server import serving_database

    with backup_setting(serving_database) as setting:
        try:
            if sign_off:
                print(work.sign_off(setting))
                return
            if abandon:
                print(work.abandon(setting, work.upgrade_to_resume(setting), tell=tell))
                return
            begun = work.upgrade_to_resume(setting) if resume else _begun(setting, yes=yes, as_json=as_json)
            done = work.go_on(setting, begun, tell=tell)
        except UpgradeRefused as problem:
            click.echo(str(problem), err=True)
            sys.exit(1)
        facts = {
            "from": done.from_release, "to": done.to_release, "backup": done.backup, "kept": done.aside, "done": True,
        }  # fmt: skip
        print(json.dumps(facts, indent=1) if as_json else _done(done.to_release, done.aside, done.backup))


def _begun(setting: "Setting", *, yes: bool, as_json: bool) -> "Upgrade":
    import django
    from django.db import connection

    django.setup()
    from midway.ops.recovery.upgrade import begin_upgrade
    from midway.ops.recovery.upgrade_plan import plan_upgrade

    plan = plan_upgrade(setting.folder)
    connection.close()
    if not yes or not plan.is_needed:
        print(json.dumps(plan.as_json(), indent=1) if as_json else plan.words())
        sys.exit(1 if plan.is_needed else 0)
    return begin_upgrade(setting, from_release=plan.from_release)


def _done(release: str, kept: str, backup: str) -> str:
    return (
        f"The database is of Midway {release}. The one of before is kept as {kept}: midway upgrade --sign-off drops it "
        f"once you are sure. {backup} holds it as well."
    )
