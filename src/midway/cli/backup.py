"""`midway backup`: make backups, say whether they are sound, and prove them by restoring them."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from midway.ops.backup.setting import Setting

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def backup() -> None:
    """Make backups and prove them."""


@backup.command()
@_json
def create(*, as_json: bool) -> None:
    """Make a backup, copy it off-host and read it again there. Exits 0 made, 2 failed; warnings go to stderr."""
    from midway.ops.backup.create import create_backup

    with backup_setting() as setting:
        made = create_backup(setting, tell=tell)
        for warning in made.warnings:
            click.echo(f"! {warning}", err=True)
        if as_json:
            print(json.dumps(made.as_json(), indent=1))
        else:
            print(f"{made.manifest.code} ({made.state}) in {made.path}")


@backup.command(name="list")
@click.option("--rebuild", is_flag=True, help="Make the catalogue anew from the manifests; all must be proved again.")
@_json
def list_backups(*, rebuild: bool, as_json: bool) -> None:
    """Show every backup and how far its proof has come. Exits 0 the newest is proved, 1 not, 2 there is none."""
    from midway.ops.backup.listing import list_backups as listed
    from midway.ops.backup.listing import rebuild_catalogue

    with backup_setting() as setting:
        if rebuild:
            rebuild_catalogue(setting, tell=tell)
        rows = listed(setting)
        if as_json:
            print(json.dumps({"backups": [row.as_json() for row in rows]}, indent=1))
        else:
            for row in rows:
                print(row.words())
            if not rows:
                print(f"No backups in {setting.store.path}. Make one with midway backup create.")
    newest = next((row for row in rows if row.is_here), None)
    sys.exit(2 if newest is None else 0 if newest.is_proved else 1)


@backup.command()
@click.argument("code")
@click.option("--off-host", is_flag=True, help="Fetch and check the copy instead.")
@_json
def verify(*, code: str, off_host: bool, as_json: bool) -> None:
    """Read every byte of a backup and say whether it is sound. Exits 0 sound, 2 damaged, with what is wrong."""
    from midway.ops.backup.verify import verify_backup

    with backup_setting() as setting:
        verdict = verify_backup(setting, code, off_host=off_host)
    if as_json:
        print(json.dumps(verdict.as_json(), indent=1))
    elif verdict.is_sound:
        print(f"{code} is sound: {verdict.files} files, {verdict.bytes / 1e6:,.1f} MB, all of it read")
    else:
        print(f"{code} in {verdict.place} is DAMAGED:")
        for wrong in verdict.wrong:
            print(f"  {wrong}")
        print("Use another backup (midway backup list), or the copy: midway backup verify --off-host")
    sys.exit(0 if verdict.is_sound else 2)


@backup.command()
@click.argument("code", required=False)
@click.option("--off-host", is_flag=True, help="Prove the copy off-host instead of the one here.")
@click.option("--from-nothing", is_flag=True, help="Prove the copy with the recovery kit alone, as on a new machine.")
@click.option("--kit", type=click.Path(path_type=Path, exists=True), help="The kit for that; otherwise our own keys.")
@_json
def drill(*, code: str | None, off_host: bool, from_nothing: bool, kit: Path | None, as_json: bool) -> None:
    """Restore a backup (the newest) in a new server, compare every table, book a clean in it, and drop it again.

    Exits 0 proved, 2 not.
    """
    from midway.ops.backup.drill import drill_backup
    from midway.ops.backup.from_nothing import Kit, drill_from_nothing

    with backup_setting() as setting:
        if from_nothing or kit:
            proof = drill_from_nothing(setting, code, kit=Kit.read(kit) if kit else None, tell=tell)
        else:
            proof = drill_backup(setting, code, off_host=off_host, tell=tell)
    if as_json:
        print(json.dumps(proof.as_json(), indent=1))
    else:
        print(proof.words())
    sys.exit(0 if proof.passed else 2)


@backup.command()
@click.option("--yes", is_flag=True, help="Remove them; without it, only say what would go.")
@_json
def rotate(*, yes: bool, as_json: bool) -> None:
    """Remove backups nobody needs: never one without three newer proved ones, one of them off-host."""
    from midway.ops.backup.rotate import rotate_backups

    with backup_setting() as setting:
        plan = rotate_backups(setting, really=yes, tell=tell)
    if as_json:
        print(json.dumps(plan.as_json(), indent=1))
    else:
        print(plan.words(done=yes))


@backup.command()
@_json
def nightly(*, as_json: bool) -> None:
    """Do the night's work: make a backup, prove it, weekly prove a copy from off-host, remove what nobody needs.

    The schedule does it every night. Exits 0 proved, 2 not.
    """
    from midway.ops.backup.nightly import run_night

    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # what was opened is put away
    with backup_setting() as setting:
        night = run_night(setting, tell=tell)
    proofs = "".join(f"\n{proof.words()}" for proof in night.proofs)
    print(json.dumps(night.as_json(), indent=1) if as_json else f"{night.code}: {len(night.removed)} removed{proofs}")


@backup.command()
@click.argument("code", required=False)
@click.option("--yes", is_flag=True, help="Do it; without it, only say what would be done and lost.")
@click.option("--resume", is_flag=True, help="Go on with the restore that was interrupted.")
@click.option("--abandon", is_flag=True, help="Give the interrupted restore up and go back to the database of before.")
@_json
def restore(*, code: str | None, yes: bool, resume: bool, abandon: bool, as_json: bool) -> None:
    """Put the database back to a backup: restored beside it, compared, exchanged. The one of before is kept.

    Exits 0 done or shown, 1 refused with nothing changed, 2 failed.
    """
    from midway.ops.recovery import restore as work
    from midway.ops.recovery.restore import RestoreRefused

    with backup_setting() as setting:
        try:
            if abandon:
                print(work.abandon(setting, work.restore_to_resume(setting)))
                return
            if resume:
                begun = work.restore_to_resume(setting)
            elif code is None:
                raise click.UsageError("Name the backup: midway backup list shows them")
            elif yes:
                begun = work.begin_restore(setting, code)
            else:
                plan = work.plan_restore(setting, code)
                print(json.dumps(plan.as_json(), indent=1) if as_json else plan.words())
                return
            done = work.go_on(setting, begun, tell=tell)
        except RestoreRefused as problem:
            click.echo(str(problem), err=True)
            sys.exit(1)
    facts = {"code": done.code, "database": setting.server.database, "kept": done.aside, "done": True}
    print(json.dumps(facts, indent=1) if as_json else _restored(done.code, done.aside))


@backup.command()
@click.argument("code")
def fetch(*, code: str) -> None:
    """Bring a copy back from off-host among the backups here, to be proved and restored like any."""
    from midway.ops.backup.bring_back import bring_back

    with backup_setting() as setting:
        bring_back(setting, code, tell=tell)


@backup.command()
def copy() -> None:
    """Copy again what lies here and was not copied. The night does it by itself."""
    from midway.ops.backup.bring_back import copy_again
    from midway.ops.backup.copies import CopyFailed

    with backup_setting() as setting:
        if setting.place is None:
            raise CopyFailed("No place for copies is set: name a folder or an s3:// bucket in MIDWAY_BACKUP_URL")
        done = copy_again(setting, tell=tell)
    print(f"Copied {', '.join(done)}" if done else "Nothing was left to copy.")


@backup.command()
def kit() -> None:
    """Print the recovery kit. Keep it where the owner's key is kept, never on this server: it holds the secret key."""
    from midway.ops.backup.from_nothing import kit_of

    with backup_setting() as setting:
        print(kit_of(setting, os.environ, opens=False).words(), end="")
    click.echo('Add the owner\'s private key as "identity", and try it: midway backup drill --kit FILE', err=True)


@backup.command(hidden=True)
def receive() -> None:
    """Write every change down as it happens, until told to stop. `midway up` runs it."""
    from midway.ops.backup.point_in_time import keep_receiving

    with backup_setting() as setting:
        keep_receiving(setting)


@backup.command()
def base() -> None:
    """Copy the whole server, so that `as-of` can go back to any moment from here on (with MIDWAY_POINT_IN_TIME=on)."""
    from midway.ops.backup.point_in_time import take_base

    with backup_setting() as setting:
        print(f"{take_base(setting, tell=tell)}")


@backup.command(name="as-of")
@click.argument("moment", metavar="MOMENT")
@_json
def as_of(*, moment: str, as_json: bool) -> None:
    """Make a backup of the database as it was just before MOMENT, and show what restoring it would lose.

    MOMENT is the company's time, 14:03 or "2026-11-26 14:03", or says its offset: 2026-11-26T14:03-05:00. The living
    database is left alone. Exits 0 made, 2 not.
    """
    from zoneinfo import ZoneInfo

    from midway.ops.backup.moment import has_offset, read_moment, zone_of
    from midway.ops.backup.point_in_time import backup_as_of
    from midway.ops.recovery.restore import plan_restore
    from midway.runtime.clock import now

    with backup_setting() as setting:
        zone = ZoneInfo("UTC") if has_offset(moment) else zone_of(setting)
        meant = read_moment(moment, zone, now=now())
        tell(f"Just before {meant:%A %Y-%m-%d %H:%M:%S} ({meant.tzinfo})")
        made = backup_as_of(setting, meant, tell=tell)
        plan = plan_restore(setting, made.manifest.code)
    if as_json:
        print(json.dumps({**made.as_json(), "moment": meant.isoformat(), "lost": plan.lost}, indent=1))
    else:
        print(f"{plan.words()}\nTo do it: midway backup restore {plan.code} --yes")


@backup.command(name="sign-off")
def sign_off() -> None:
    """Drop the database from before the last restore, once you are sure that it is not needed."""
    from midway.ops.recovery.restore import sign_off as sign

    with backup_setting() as setting:
        print(sign(setting))


def _restored(code: str, kept: str) -> str:
    return f"Restored from {code}. The database of before is kept as {kept}: midway backup sign-off drops it."


@backup.command()
def keygen() -> None:
    """Make the owner's key pair. Print it, keep it away from this server, and set its public half."""
    from pyrage import x25519

    identity = x25519.Identity.generate()
    print(f"# Midway backup key. Keep this off the server: it opens every backup.\n{identity}")
    click.echo(f"Set MIDWAY_BACKUP_RECIPIENT={identity.to_public()}", err=True)


@contextmanager
def backup_setting(
    serving: "Callable[[MutableMapping[str, str]], AbstractContextManager[None]] | None" = None,
) -> "Iterator[Setting]":
    """The installation this command works on; what is wrong with it ends the command with one line.

    `serving` sees to it that its database runs; without, it may be down.
    """
    from midway.config.environment import SettingError
    from midway.ops.backup.setting import read_setting
    from midway.runtime.attach import attach_to_product
    from midway.runtime.problem import CannotRun

    try:
        missing = _attached(attach_to_product) if serving is None else ""
        with serving(os.environ) if serving else nullcontext():
            setting = read_setting(os.environ)
            if missing:
                click.echo(f"! {missing}", err=True)
            yield setting
    except (CannotRun, SettingError) as problem:
        click.echo(str(problem), err=True)
        sys.exit(2)
    except OSError as problem:  # a disk that is full, a folder that is closed to us or something else's
        where = f" ({problem.filename})" if problem.filename else ""
        click.echo(f"{problem.strerror or problem}{where}: mend that, then say it again", err=True)
        sys.exit(2)


def _attached(attach: Callable[[Any], None]) -> str:
    """What is missing: which backups there are can be asked when nothing runs; making one needs the database."""
    from midway.runtime.problem import CannotRun

    try:
        attach(os.environ)
    except CannotRun as problem:
        return str(problem)
    return ""


def tell(line: str) -> None:
    """Will show progress, apart from the answer."""
    click.echo(line, err=True)
