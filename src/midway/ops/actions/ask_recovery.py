"""Have a backup proved, or the database restored from one, because somebody asked on a page.

A drill is a job. A restore is written down and given to a process of its own: neither the web server nor the worker can
do it, because both stand aside while the database is exchanged.
"""

from datetime import datetime, timedelta

from procrastinate.contrib.django import app

from midway.core.actor import Actor
from midway.journal.actions import record
from midway.ops.actions import subject_of
from midway.ops.backup.setting import Setting
from midway.ops.recovery.errand import Errand, begin_errand, last_errand, note_errand
from midway.ops.recovery.restore import Step, begin_restore, restore_under_way, sign_off
from midway.ops.recovery.steps import is_worked_on
from midway.runtime.database import one_transaction, own_transactions

WAITS_FOR_A_WORKER = timedelta(minutes=2)


class ErrandUnderWay(Exception):
    """Something asked for earlier is still being done: wait until it has ended."""


class WrongName(Exception):
    """That is not the name of the database. Type it exactly as it stands above."""


class NothingToGoOnWith(Exception):
    """No restore waits to be gone on with: it is done, or somebody is at it."""


class NotProved(Exception):
    """That backup is not proved, so nothing can be restored from it. Prove it first."""


@one_transaction
def ask_drill(*, setting: Setting, code: str, by: Actor, now: datetime) -> Errand:
    """Will have a backup proved in a moment. Raises `ErrandUnderWay`."""
    _refuse_while_busy(setting, now)
    setting.store.folder(code)
    record(event="ops.drill.asked", subject=subject_of("backup"), by=by, at=now, facts={"backup": code})
    errand = note_errand(setting.folder, "backup", "drill", code, by=by.label, at=now)
    app.configure_task("ops.run_errand").defer(asked_at=now.isoformat())
    return errand


@own_transactions
def ask_restore(*, setting: Setting, code: str, typed: str, by: Actor, now: datetime) -> Errand:
    """Will write the restore down and start it in a process of its own.

    From then on, whatever becomes of that process, `midway backup restore --resume` goes on and `--abandon` goes back.
    Raises `WrongName`, `NotProved`, `ErrandUnderWay`, or `RestoreRefused` while another is under way.
    """
    if typed.strip() != setting.server.database:
        raise WrongName(WrongName.__doc__)
    if not setting.catalogue.record(code).is_proved:
        raise NotProved(NotProved.__doc__)
    _refuse_while_busy(setting, now)
    begin_restore(setting, code)
    record(event="ops.restore.asked", subject=subject_of("backup"), by=by, at=now, facts={"backup": code})
    errand = note_errand(setting.folder, "backup", "restore", "--resume", by=by.label, at=now)
    begin_errand(setting.folder, errand, environ=_environment(setting))
    return errand


@own_transactions
def ask_going_on(*, setting: Setting, back: bool, by: Actor, now: datetime) -> Errand:
    """Will have the restore that was interrupted gone on with, or taken `back`, in a process of its own.

    Raises `NothingToGoOnWith` or `ErrandUnderWay`.
    """
    _refuse_while_busy(setting, now)
    left = restore_under_way(setting)
    if left is None or left.step is Step.DONE or is_worked_on(setting):
        raise NothingToGoOnWith(NothingToGoOnWith.__doc__)
    word = "--abandon" if back else "--resume"
    facts = {"backup": left.code, "step": left.step.value, "back": back}
    record(event="ops.restore.gone_on", subject=subject_of("backup"), by=by, at=now, facts=facts)
    errand = note_errand(setting.folder, "backup", "restore", word, by=by.label, at=now)
    begin_errand(setting.folder, errand, environ=_environment(setting))
    return errand


@own_transactions
def sign_off_restore(*, setting: Setting, name: str, typed: str, by: Actor, now: datetime) -> None:
    """Will drop a database that a restore has put aside, and write down who wanted that.

    Raises `WrongName`, or `RestoreRefused` when it is not kept by a restore that is done.
    """
    if typed.strip() != name:
        raise WrongName(WrongName.__doc__)
    sign_off(setting, only=name)
    record(event="ops.restore.signed_off", subject=subject_of("backup"), by=by, at=now, facts={"database": name})


def _refuse_while_busy(setting: Setting, now: datetime) -> None:
    last = last_errand(setting.folder)
    if last is None or not last.is_running:
        return
    if last.pid or now - last.asked_at < WAITS_FOR_A_WORKER:  # a worker that never came must not be in the way
        raise ErrandUnderWay(ErrandUnderWay.__doc__)


def _environment(setting: Setting) -> dict[str, str]:
    from midway.ops.backup.child import environment_of_this_database

    return {**environment_of_this_database(), "MIDWAY_DATA": str(setting.folder.path)}
