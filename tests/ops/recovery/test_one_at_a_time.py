"""Two commands at once never meet in one restore, and one that was left alone is gone on with by itself."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from tests.ops.installation import SECRET
from tests.ops.recovery.test_restore import differences, killed_at

from midway.ops.backup.create import MadeBackup
from midway.ops.backup.setting import Setting
from midway.ops.recovery.database import diagnose, kept_databases
from midway.ops.recovery.errand import begin_errand, last_errand, note_errand
from midway.ops.recovery.left import PATIENCE, LeftAlone
from midway.ops.recovery.restore import (
    RestoreRefused,
    Step,
    abandon,
    begin_restore,
    go_on,
    restore_to_resume,
    restore_under_way,
    sign_off,
)
from midway.ops.recovery.steps import WorkedOn, alone
from midway.ops.recovery.swap import database_names
from midway.ops.recovery.upgrade import begin_upgrade
from midway.runtime import process
from midway.runtime.maintenance import maintenance

pytestmark = pytest.mark.xdist_group("backup")
Installation = tuple[Setting, MadeBackup]
NOW = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)


def environment(setting: Setting) -> dict[str, str]:
    return {
        **os.environ, "DATABASE_URL": setting.server.url, "MIDWAY_DATA": str(setting.folder.path),
        "MIDWAY_SECRET_KEY": SECRET, "MIDWAY_BACKUP_URL": "", "REDIS_URL": "",
        "DJANGO_SETTINGS_MODULE": "midway.config.settings",
    }  # fmt: skip


def test_while_one_command_is_at_it_every_other_changes_nothing(installation: Installation) -> None:
    setting, backup = installation
    begun = begin_restore(setting, backup.manifest.code)
    deeds = [
        lambda: go_on(setting, begun),
        lambda: abandon(setting, begun),
        lambda: begin_restore(setting, backup.manifest.code),
        lambda: sign_off(setting),
        lambda: begin_upgrade(setting, from_release="0"),
    ]
    with alone(setting):
        for deed in deeds:
            with pytest.raises(WorkedOn, match="wait until it is done"):
                deed()
        assert "wait until it is done" in diagnose(setting).next_step
    assert restore_to_resume(setting) == begun
    assert "--resume" in diagnose(setting).next_step


def test_one_that_was_given_up_meanwhile_is_not_gone_on_with(installation: Installation) -> None:
    setting, backup = installation
    begun = begin_restore(setting, backup.manifest.code)
    abandon(setting, begun)
    with pytest.raises(RestoreRefused, match="No restore is under way"):
        go_on(setting, begun)
    assert maintenance(setting.folder.path) is None


@contextmanager
def driven(setting: Setting) -> Iterator[tuple[LeftAlone, list[datetime]]]:
    at = [NOW]
    yield LeftAlone(setting, environ=environment(setting), clock=lambda: at[-1]), at


@pytest.mark.slow
def test_one_that_was_killed_while_closed_is_gone_on_with_once(installation: Installation) -> None:
    setting, _ = installation
    with psycopg.connect(setting.server.url) as session:
        session.execute("SET session_replication_role = replica")
        session.execute("DELETE FROM booking_visit")
    killed_at(installation, Step.CLOSE, "after")
    assert maintenance(setting.folder.path) is not None
    with driven(setting) as (left, at):
        assert left.look() is None, "whoever was interrupted has a moment"
        at.append(NOW + PATIENCE)
        with alone(setting):
            assert left.look() is None, "somebody is at it"
        assert left.look() is None
        at.append(NOW + 2 * PATIENCE)
        child = left.look()
        assert child is not None
        assert child.wait(timeout=120) == 0, last_errand(setting.folder)
    assert differences(installation) == []
    assert maintenance(setting.folder.path) is None
    errand = last_errand(setting.folder)
    assert errand is not None
    assert (errand.by, errand.code) == ("Midway", 0)


def test_one_that_fell_again_is_for_a_person(installation: Installation) -> None:
    setting, backup = installation
    begin_restore(setting, backup.manifest.code)
    with driven(setting) as (left, at):
        left.look()
        at.append(NOW + PATIENCE)
        child = left.look()
        assert child is not None
        child.kill()
        child.wait()
        at.append(NOW + timedelta(hours=1))
        assert left.look() is None
        at.append(NOW + timedelta(hours=2))
        assert left.look() is None
    assert "--resume" in diagnose(setting).next_step


def test_a_command_dies_with_whoever_watches_it(installation: Installation) -> None:
    setting, _ = installation
    with setting.server.connection() as session:  # what it waits for
        session.execute("LOCK TABLE pg_catalog.pg_authid IN ACCESS EXCLUSIVE MODE")
        errand = note_errand(setting.folder, "backup", "create", by="Olga", at=NOW)
        child = begin_errand(setting.folder, errand, environ=environment(setting))
        while not (workers := process.descendants(child.pid)):
            assert child.poll() is None
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        while any(process.is_alive(worker) for worker in workers):
            pass
    errand_now = last_errand(setting.folder)
    assert errand_now is not None
    assert errand_now.was_cut_off


@pytest.mark.slow
def test_two_restores_in_a_row_keep_both_databases_until_they_are_signed_off(installation: Installation) -> None:
    setting, backup = installation
    first = go_on(setting, begin_restore(setting, backup.manifest.code))
    second = begin_restore(setting, backup.manifest.code)
    assert second.aside != first.aside
    second = go_on(setting, second)
    kept = [name for name, _ in kept_databases(setting)]
    assert kept == sorted([first.aside, second.aside])
    sign_off(setting, only=first.aside)
    assert [name for name, _ in kept_databases(setting)] == [second.aside]
    assert restore_under_way(setting) == second
    third = begin_restore(setting, backup.manifest.code)
    abandon(setting, third)  # which must not make the second forgotten
    assert [name for name, _ in kept_databases(setting)] == [second.aside]
    assert "is gone" in sign_off(setting)
    assert not [
        name for name in database_names(setting.server) if "_before_" in name and setting.server.database in name
    ]
    with pytest.raises(RestoreRefused):
        sign_off(setting)
