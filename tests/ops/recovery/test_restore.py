"""Whatever interrupts a restore, a whole database is left and one next step leads on."""

import os
import signal
import subprocess
import sys

import psycopg
import pytest
from tests.ops.installation import SECRET
from tests.product import SOURCE

from midway.ops.backup.create import MadeBackup
from midway.ops.backup.fingerprint import fingerprint, mismatches
from midway.ops.backup.setting import Setting
from midway.ops.recovery.restore import (
    RestoreRefused,
    Step,
    abandon,
    begin_restore,
    go_on,
    plan_restore,
    restore_file,
    restore_to_resume,
    sign_off,
)
from midway.ops.recovery.swap import database_names
from midway.runtime.maintenance import maintenance

pytestmark = pytest.mark.xdist_group("backup")
Installation = tuple[Setting, MadeBackup]


def differences(installation: Installation) -> list[str]:
    setting, backup = installation
    with setting.server.connection() as session:
        return mismatches(backup.manifest.tables, fingerprint(session))


def delete_without_where(installation: Installation) -> None:
    with psycopg.connect(installation[0].server.url) as session:
        session.execute("SET session_replication_role = replica")
        session.execute("DELETE FROM booking_assignment")
        session.execute("DELETE FROM booking_visit")


def test_a_delete_without_where_is_undone(installation: Installation) -> None:
    setting, backup = installation
    delete_without_where(installation)
    assert differences(installation)
    done = go_on(setting, begin_restore(setting, backup.manifest.code))
    assert differences(installation) == []
    assert maintenance(setting.folder.path) is None
    assert done.aside in database_names(setting.server)
    with pytest.raises(psycopg.OperationalError, match="not currently accepting connections"):
        psycopg.connect(setting.server.named(done.aside).url)
    assert "is gone" in sign_off(setting)
    assert done.aside not in database_names(setting.server)


def test_what_would_be_lost_is_said_first(installation: Installation) -> None:
    setting, backup = installation
    with psycopg.connect(setting.server.url) as session:
        session.execute(
            "INSERT INTO customers_customer (code, name, email, phone, language, notes, created_at)"
            " VALUES (gen_random_uuid(), 'New', 'new@example.com', '', 'en', '', now())"
        )
    plan = plan_restore(setting, backup.manifest.code)
    assert plan.lost["customers"] == 1
    assert "Nothing was changed" in plan.words()
    assert not restore_file(setting).exists()


def test_a_damaged_backup_changes_nothing(installation: Installation) -> None:
    setting, backup = installation
    delete_without_where(installation)
    damaged = differences(installation)
    dump = backup.path / "database.dump.age"
    dump.write_bytes(dump.read_bytes()[:-7])
    with pytest.raises(RestoreRefused, match="nothing was changed"):
        go_on(setting, begin_restore(setting, backup.manifest.code))
    assert differences(installation) == damaged
    assert maintenance(setting.folder.path) is None
    assert not restore_file(setting).exists()


def test_a_database_that_does_not_serve_is_taken_back(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting, backup = installation
    monkeypatch.setattr(
        "midway.ops.recovery.restore.start_rehearsal",
        lambda *args, **kwargs: subprocess.Popen(
            [sys.executable, "-c", "raise SystemExit('no luck')"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ),
    )  # fmt: skip
    delete_without_where(installation)
    damaged = differences(installation)
    with pytest.raises(RestoreRefused, match="no luck"):
        go_on(setting, begin_restore(setting, backup.manifest.code))
    assert differences(installation) == damaged
    assert maintenance(setting.folder.path) is None


def test_a_second_restore_is_refused_while_one_is_under_way(installation: Installation) -> None:
    setting, backup = installation
    begin_restore(setting, backup.manifest.code)
    with pytest.raises(RestoreRefused, match="--resume"):
        begin_restore(setting, backup.manifest.code)


KILLED = """
import os, signal, sys
from midway.ops.backup.setting import read_setting
from midway.ops.recovery import restore as work

setting = read_setting(os.environ)
step = work.Step(sys.argv[1])
deed = work._DEEDS[step]

def die_before_or_after(*args):
    if sys.argv[2] == "after":
        deed(*args)
    os.kill(os.getpid(), signal.SIGKILL)

work._DEEDS[step] = die_before_or_after
work.go_on(setting, work.begin_restore(setting, sys.argv[3]))
"""


def killed_at(installation: Installation, step: Step, moment: str) -> None:
    setting, backup = installation
    environment = {
        **os.environ, "DATABASE_URL": setting.server.url, "MIDWAY_DATA": str(setting.folder.path),
        "MIDWAY_SECRET_KEY": SECRET, "PYTHONPATH": str(SOURCE), "MIDWAY_BACKUP_URL": "", "REDIS_URL": "",
    }  # fmt: skip
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, step.value, moment, backup.manifest.code],
        env=environment, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL, ended.stderr


ALWAYS = {(Step.EXCHANGE, "before"), (Step.EXCHANGE, "after")}
"""What is killed in every run of the tests; every step when all drills are asked for."""

MOMENTS = [
    pytest.param(step, moment, marks=() if (step, moment) in ALWAYS else pytest.mark.drills)
    for moment, steps in (
        ("before", tuple(step for step in Step if step is not Step.DONE)),
        ("after", (Step.LOAD, Step.CLOSE, Step.EXCHANGE, Step.LOOK)),
    )
    for step in steps
]


@pytest.mark.parametrize(("step", "moment"), MOMENTS)
def test_killed_at_any_step_it_goes_on_or_back(installation: Installation, step: Step, moment: str) -> None:
    setting, _ = installation
    delete_without_where(installation)
    damaged = differences(installation)
    killed_at(installation, step, moment)
    is_exchanged = list(Step).index(step) + (moment == "after") > list(Step).index(Step.EXCHANGE)
    assert differences(installation) == ([] if is_exchanged else damaged)  # whole, the one or the other
    if moment == "before":
        go_on(setting, restore_to_resume(setting))
        assert differences(installation) == []
    else:
        assert "from before" in abandon(setting, restore_to_resume(setting))
        assert differences(installation) == damaged
        assert not [name for name in database_names(setting.server) if name.startswith(f"{setting.server.database}_")]
    assert maintenance(setting.folder.path) is None
