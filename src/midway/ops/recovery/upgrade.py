"""`midway upgrade`: this release takes over the database of the one before, and until it does, nothing has changed.

A backup is made and proved, and the migrations are tried on what was restored from it. Only then is Midway closed, the
living database copied as it stands, the copy migrated and looked at, and exchanged for the living one by name: a
migration that fails has failed on a copy. The database of before is kept until it is signed off.
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import midway
from midway.ops.backup.create import create_backup
from midway.ops.backup.drill import drill_backup
from midway.ops.backup.rehearsal import finished_rehearsal, start_rehearsal
from midway.ops.backup.setting import Setting
from midway.ops.backup.store import refuse_without_room
from midway.ops.backup.work import work_folder
from midway.ops.recovery import restore
from midway.ops.recovery.app import restart_app
from midway.ops.recovery.releases import Release, note_release, releases
from midway.ops.recovery.steps import Tell, Way, alone, take_steps
from midway.ops.recovery.swap import (
    copy_database,
    database_names,
    drop_database,
    exchange,
    name_beside,
    only_reading,
    refuse_who_may_not,
)
from midway.runtime.clock import now
from midway.runtime.code import choose_code, code_for, own_code
from midway.runtime.folder import write_whole
from midway.runtime.maintenance import begin_maintenance, end_maintenance
from midway.runtime.probe import status
from midway.runtime.problem import CannotRun

RESUME = "midway upgrade --resume"
# The backup, what is restored from it, and the copy that becomes the living database.
_ROOM = 5.0


class Step(StrEnum):
    """What an upgrade does, in order. The living database is left alone until the exchange."""

    PROVE = "prove"
    CLOSE = "close"
    MIGRATE = "migrate"
    EXCHANGE = "exchange"
    LOOK = "look"
    START = "start"
    OPEN = "open"
    DONE = "done"


class UpgradeRefused(CannotRun):
    """The upgrade was not done and nothing has changed. The message says why and what to do."""


@dataclass(frozen=True)
class Upgrade:
    """An upgrade under way or done: from which release to which, how far, and the names of the databases."""

    from_release: str
    to_release: str
    step: Step
    begun_at: datetime
    incoming: str
    aside: str
    backup: str = ""
    closed_at: datetime | None = None

    def at(self, step: Step) -> "Upgrade":
        """The same upgrade at another step."""
        return replace(self, step=step)

    def write(self, setting: Setting) -> None:
        """Will write down how far it is, whole or not at all."""
        facts = asdict(self)
        for name in ("begun_at", "closed_at"):
            facts[name] = facts[name].isoformat() if facts[name] else None
        write_whole(upgrade_file(setting), json.dumps(facts) + "\n")


def upgrade_file(setting: Setting) -> Path:
    """Where the upgrade under way is written down."""
    return setting.folder.path / "upgrade.json"


def upgrade_under_way(setting: Setting) -> Upgrade | None:
    """The upgrade that is under way or was the last. Raises `CannotRun` when its note cannot be read."""
    try:
        facts = json.loads(upgrade_file(setting).read_text())
        for name in ("begun_at", "closed_at"):
            facts[name] = datetime.fromisoformat(facts[name]) if facts[name] else None
        return Upgrade(**{**facts, "step": Step(facts["step"])})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise CannotRun(
            f"{upgrade_file(setting)} cannot be read ({problem}): compare it with the databases"
        ) from problem


def begin_upgrade(setting: Setting, *, from_release: str) -> Upgrade:
    """Will write down a new upgrade. Raises `UpgradeRefused` while one is under way, or a restore, or without room."""
    with alone(setting):
        return _begun(setting, from_release)


def _begun(setting: Setting, from_release: str) -> Upgrade:
    under_way = upgrade_under_way(setting)
    if under_way is not None and under_way.step is not Step.DONE:
        raise UpgradeRefused(
            f"The upgrade to {under_way.to_release} stopped at {under_way.step}: go on with {RESUME}, or give it up "
            "with midway upgrade --abandon"
        )
    if under_way is not None and under_way.aside in database_names(setting.server):
        raise UpgradeRefused(
            f"{under_way.aside} of the last upgrade is still kept: midway upgrade --sign-off drops it when you are sure"
        )
    restoring = restore.restore_under_way(setting)
    if restoring is not None and restoring.step is not restore.Step.DONE:
        raise UpgradeRefused(f"A restore of {restoring.code} is under way: go on with {restore.RESUME} first")
    _refuse_who_may_not(setting)
    live, at = setting.server.database, now()
    begun = Upgrade(
        from_release,
        midway.__version__,
        Step.PROVE,
        at,
        name_beside(live, "upgraded", at=at),
        name_beside(live, "before", at=at),
    )
    begun.write(setting)
    return begun


def upgrade_to_resume(setting: Setting) -> Upgrade:
    """The upgrade that was interrupted. Raises `UpgradeRefused` when there is none, or it was to another release."""
    found = upgrade_under_way(setting)
    if found is None or found.step is Step.DONE:
        raise UpgradeRefused("No upgrade is under way")
    return found


def go_on(setting: Setting, upgrade: Upgrade, *, tell: Tell = lambda line: None) -> Upgrade:
    """Will do every step that is left.

    Raises `UpgradeRefused` when a step could not be done: then everything is as before the upgrade. Raises `CannotRun`
    when even that cannot be written down (a full disk): then it waits to be resumed.
    """
    if upgrade.to_release != midway.__version__:
        raise CannotRun(
            f"That upgrade is to Midway {upgrade.to_release} and this is {midway.__version__}: say it with that release"
        )
    way = Way("upgrade", RESUME, (Step.PROVE,), _taken_back, UpgradeRefused)
    with alone(setting):
        return take_steps(setting, _still(setting, upgrade), _DEEDS, way=way, tell=tell)


def abandon(setting: Setting, upgrade: Upgrade, *, tell: Tell = lambda line: None) -> str:
    """Will go back to the database and the release from before, wherever the upgrade stopped, and say which serve."""
    with alone(setting):
        return _taken_back(setting, _still(setting, upgrade), tell=tell)


def _still(setting: Setting, upgrade: Upgrade) -> Upgrade:
    """The same upgrade as it stands now that nobody else is at it."""
    left = upgrade_to_resume(setting)
    if left.incoming != upgrade.incoming:
        raise UpgradeRefused("Another upgrade was begun meanwhile: midway recover database says how far it is")
    return left


def _taken_back(setting: Setting, upgrade: Upgrade, *, tell: Tell = lambda line: None) -> str:
    names = database_names(setting.server)
    if upgrade.aside in names and upgrade.step is not Step.DONE:
        _hang_sign(setting)
        exchange(setting.server, put_aside=upgrade.incoming, bring_in=upgrade.aside)
    only_reading(setting.server, on=False)
    drop_database(setting.server, upgrade.incoming, never=setting.server.database)
    told = _old_code_again(setting, upgrade, tell)
    end_maintenance(setting.folder)
    upgrade_file(setting).unlink(missing_ok=True)
    return f"{setting.server.database} is the database from before the upgrade{told}"


def sign_off(setting: Setting) -> str:
    """Will drop the database from before a finished upgrade. Raises `UpgradeRefused` when there is none."""
    done = upgrade_under_way(setting)
    if done is None or done.step is not Step.DONE:
        raise UpgradeRefused("No finished upgrade waits for a sign-off")
    drop_database(setting.server, done.aside, never=setting.server.database)
    upgrade_file(setting).unlink(missing_ok=True)
    return f"{done.aside} is gone"


def _refuse_who_may_not(setting: Setting) -> None:
    try:
        refuse_who_may_not(setting.server, "an upgrade works on a copy")
        with setting.server.connection(autocommit=True) as session:
            row = session.execute("SELECT pg_database_size(current_database())").fetchone()
        refuse_without_room(setting.folder.path, int((row[0] if row else 0) * _ROOM), "The upgrade")
    except CannotRun as problem:
        raise UpgradeRefused(str(problem)) from problem


def _prove(setting: Setting, upgrade: Upgrade, tell: Tell) -> Upgrade:
    """A backup of now, restored, compared, and brought to this release; a visit is booked through it."""
    made = create_backup(setting, tell=tell).manifest.code
    proof = drill_backup(setting, made, upgrades=True, tell=tell)
    if not proof.passed:
        raise UpgradeRefused(proof.words())
    if proof.upgrade is None or proof.upgrade.wrong:
        wrong = "; ".join(proof.upgrade.wrong[:3]) if proof.upgrade else "it was not tried"
        raise UpgradeRefused(f"On a copy this release does not work ({wrong}): mend the release, or the rows it names")
    tell(f"{made} is proved, and this release works on what was restored from it")
    return replace(upgrade, backup=made)


def _close(setting: Setting, upgrade: Upgrade, tell: Tell) -> Upgrade:
    _hang_sign(setting)
    only_reading(setting.server, on=True)
    tell("Closed for customers and office; the worker stops")
    return replace(upgrade, closed_at=upgrade.closed_at or now())


def _migrate(setting: Setting, upgrade: Upgrade, tell: Tell) -> None:
    """Always on a fresh copy: one that an interrupted attempt left may be half migrated."""
    drop_database(setting.server, upgrade.incoming, never=setting.server.database)
    copy_database(setting.server, to=upgrade.incoming)
    tell(f"Copied as {upgrade.incoming}")
    _tried(setting, upgrade.incoming, "The migrated copy does not serve", tell, upgrades=True)


def _exchange(setting: Setting, upgrade: Upgrade, tell: Tell) -> None:
    names = database_names(setting.server)
    if upgrade.aside in names and upgrade.incoming not in names:
        return  # it was done, and interrupted before that was written down
    exchange(setting.server, put_aside=upgrade.aside, bring_in=upgrade.incoming)
    tell(f"Exchanged: the database of before is kept as {upgrade.aside}")


def _look(setting: Setting, upgrade: Upgrade, tell: Tell) -> None:
    _tried(setting, setting.server.database, "The new database does not serve", tell, upgrades=False)


def _start(setting: Setting, upgrade: Upgrade, tell: Tell) -> None:
    """Worker and web run this release's code before anybody is let in again."""
    is_running = status(setting.folder).running
    if is_running or code_for(setting.folder) != own_code():
        choose_code(setting.folder, own_code(), instead_of=upgrade.from_release)
    if is_running:
        restart_app(setting.folder, tell=tell)


def _open(setting: Setting, upgrade: Upgrade, tell: Tell) -> None:
    with setting.server.connection(autocommit=True) as session:
        applied = [f"{app}.{name}" for app, name in session.execute("SELECT app, name FROM django_migrations")]
    note_release(setting.folder, version=midway.__version__, migrations=applied, at=now())
    end_maintenance(setting.folder)
    seconds = (now() - upgrade.closed_at).total_seconds() if upgrade.closed_at else 0
    tell(f"Open again, after {seconds:.0f} s")


def _tried(setting: Setting, database: str, refusal: str, tell: Tell, *, upgrades: bool) -> None:
    began = time.monotonic()
    with work_folder(setting, "upgrade") as work:
        address = setting.server.named(database).url
        child = start_rehearsal(address, setting.keys.secret, work / "plain", books=False, upgrades=upgrades)
        found = finished_rehearsal(child, tell=tell)
    if found.wrong:
        raise UpgradeRefused(f"{refusal} ({'; '.join(found.wrong[:3])})")
    tell(f"{', '.join(found.tried)}: fine, in {time.monotonic() - began:.1f} s")


def _hang_sign(setting: Setting) -> None:
    begin_maintenance(setting.folder, reason="upgrade", next_step=RESUME, now=now())


def _old_code_again(setting: Setting, upgrade: Upgrade, tell: Tell) -> str:
    """Web and worker as they were, when they had been started anew."""
    if list(Step).index(upgrade.step) < list(Step).index(Step.START):
        return ""
    before = _release(setting, upgrade.from_release)
    if before is None or before.code is None or not before.code.is_installed:
        return f"; Midway {upgrade.from_release} lies here no more: install it again, then midway up"
    choose_code(setting.folder, before.code, instead_of=upgrade.to_release)
    if status(setting.folder).running:
        restart_app(setting.folder, tell=tell)
    return f", and Midway {upgrade.from_release} serves it"


def _release(setting: Setting, version: str) -> Release | None:
    return next((one for one in reversed(releases(setting.folder)) if one.version == version), None)


_DEEDS: dict[Step, Callable[[Setting, Upgrade, Tell], Upgrade | None]] = {
    Step.PROVE: _prove,
    Step.CLOSE: _close,
    Step.MIGRATE: _migrate,
    Step.EXCHANGE: _exchange,
    Step.LOOK: _look,
    Step.START: _start,
    Step.OPEN: _open,
}
