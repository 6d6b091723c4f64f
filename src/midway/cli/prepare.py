"""`midway prepare`: what `midway up` has done once before it serves. Not meant to be called by people."""

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from midway.runtime.folder import DataFolder


@click.command(hidden=True)
@click.option("--demo", is_flag=True, help="Also load the demo company.")
def prepare(demo: bool) -> None:
    """Migrate, collect static files and load the demo company, telling the supervisor line by line."""
    from midway.config.environment import SettingError
    from midway.runtime.prepare import tell
    from midway.runtime.problem import CannotRun

    try:
        _prepare(demo=demo)
    except (CannotRun, SettingError) as problem:
        tell(error=[str(problem)])
        sys.exit(1)


def _prepare(*, demo: bool) -> None:
    from midway.config.environment import read_environment
    from midway.runtime import prepare as work
    from midway.runtime.folder import DataFolder

    environment = read_environment()
    folder = DataFolder(environment.data)
    work.check_database(environment.database_url)
    if environment.redis_url:
        work.check_redis(environment.redis_url)
    work.compile_translations()

    import django

    django.setup()
    fits = work.migrate()
    _note_release(folder)
    folder.write_stamp(fits=list(fits))
    work.collect_static(folder)
    if demo:
        _load_demo()
    _tell_demo_sign_ins()


def _note_release(folder: "DataFolder") -> None:
    from django.db import connection

    import midway
    from midway.ops.recovery.releases import applied_migrations, note_release
    from midway.runtime.clock import now

    folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    note_release(folder, version=midway.__version__, migrations=applied_migrations(), at=now())
    connection.close()


def _tell_demo_sign_ins() -> None:
    from midway.demo.sign_ins import DEMO_PASSWORD, open_sign_ins
    from midway.runtime.prepare import tell

    found = open_sign_ins()
    if found:
        emails = ", ".join(sign_in.email for sign_in in found)
        tell(told=[f"Demo sign-ins {emails}", f"              password {DEMO_PASSWORD}"])


def _load_demo() -> None:
    from midway.cli import COMMANDS, main
    from midway.runtime.prepare import step

    if "demo" not in COMMANDS:
        return
    with step() as titles:
        main.main(["demo", "load", "--if-empty"], standalone_mode=False)
        titles.append("Demo company loaded")
