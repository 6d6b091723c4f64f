"""A release takes over the database of the one before, and whatever goes wrong on the way has changed nothing."""

import os
import signal
import subprocess
import sys

import psycopg
import pytest
from tests.ops.installation import SECRET
from tests.product import SOURCE

import midway
from midway.ops.backup.create import MadeBackup
from midway.ops.backup.setting import Setting
from midway.ops.recovery import restore
from midway.ops.recovery import upgrade as work
from midway.ops.recovery.database import Trouble, diagnose
from midway.ops.recovery.releases import releases
from midway.ops.recovery.restore import RestoreRefused, begin_restore
from midway.ops.recovery.swap import database_names
from midway.ops.recovery.upgrade import (
    Step,
    Upgrade,
    UpgradeRefused,
    abandon,
    begin_upgrade,
    go_on,
    sign_off,
    upgrade_file,
    upgrade_to_resume,
)
from midway.runtime.maintenance import maintenance
from midway.runtime.problem import CannotRun

pytestmark = pytest.mark.xdist_group("backup")
Installation = tuple[Setting, MadeBackup]
THEN = "ops", "0001_initial"
"""What the release before ended with; nothing else builds on these tables."""


def environment(setting: Setting) -> dict[str, str]:
    return {
        **os.environ, "DATABASE_URL": setting.server.url, "MIDWAY_DATA": str(setting.folder.path), "REDIS_URL": "",
        "MIDWAY_SECRET_KEY": SECRET, "PYTHONPATH": str(SOURCE), "MIDWAY_BACKUP_URL": "",
        "DJANGO_SETTINGS_MODULE": "midway.config.settings",
    }  # fmt: skip


def ran(setting: Setting, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *words], env=environment(setting), check=False, capture_output=True, text=True
    )


@pytest.fixture
def older(installation: Installation) -> Setting:
    """The company as the release before left it: a few migrations fewer, and the sign of that release."""
    setting, _ = installation
    done = ran(setting, "-m", "django", "migrate", *THEN, "--verbosity=0")
    assert done.returncode == 0, done.stderr
    with psycopg.connect(setting.server.url) as session:
        session.execute("COMMENT ON TABLE django_migrations IS NULL")
        session.execute(f"ALTER DATABASE {setting.server.database} SET work_mem = '5MB'".encode())
    return setting


def heads(setting: Setting) -> set[str]:
    with psycopg.connect(setting.server.url) as session:
        return {row[0] for row in session.execute("SELECT name FROM django_migrations WHERE app = 'ops'").fetchall()}


def visits(setting: Setting) -> int:
    with psycopg.connect(setting.server.url) as session:
        row = session.execute("SELECT count(*) FROM booking_visit").fetchone()
    return int(row[0]) if row else 0


def is_as_before(setting: Setting) -> bool:
    """The old database serves, takes writes, and nothing is left beside it."""
    with psycopg.connect(setting.server.url) as session:
        session.execute("UPDATE booking_visit SET id = id WHERE false")
    others = [name for name in database_names(setting.server) if name.startswith(f"{setting.server.database}_")]
    return (
        heads(setting) == {THEN[1]}
        and not others
        and maintenance(setting.folder.path) is None
        and not upgrade_file(setting).exists()
    )


@pytest.mark.drills
def test_a_release_takes_over_and_the_database_of_before_is_kept(older: Setting) -> None:
    told: list[str] = []
    before = visits(older)
    done = go_on(older, begin_upgrade(older, from_release="0.0.9"), tell=told.append)
    assert "0002_procedures" in heads(older)
    assert visits(older) == before
    assert older.catalogue.record(done.backup).is_proved
    assert done.aside in database_names(older.server)
    assert maintenance(older.folder.path) is None
    assert [line for line in told if line.startswith("Applying ops.0002_procedures")]
    assert releases(older.folder)[-1].version == midway.__version__
    with psycopg.connect(older.server.url) as session:
        session.execute("UPDATE booking_visit SET id = id WHERE false")  # the new one takes writes
        assert session.execute("SHOW work_mem").fetchone() == ("5MB",)  # what is set on a database goes with it
    with pytest.raises(UpgradeRefused, match="--sign-off"):
        begin_upgrade(older, from_release="0.1.0")
    assert "is gone" in sign_off(older)
    assert done.aside not in database_names(older.server)


@pytest.mark.drills
def test_what_would_be_done_is_said_first(older: Setting) -> None:
    shown = ran(older, "-m", "midway", "upgrade")
    assert shown.returncode == 1, shown.stderr
    assert "ops.0002_procedures" in shown.stdout
    assert "an earlier release could not run on it any more:\n  ops.0002_procedures" in shown.stdout  # it has SQL
    assert is_as_before(older)


@pytest.mark.drills
def test_with_nothing_to_do_it_says_so(installation: Installation) -> None:
    shown = ran(installation[0], "-m", "midway", "upgrade", "--yes")
    assert shown.returncode == 0, shown.stderr
    assert "nothing to do" in shown.stdout


@pytest.mark.drills
def test_a_database_of_a_newer_release_is_refused(installation: Installation) -> None:
    setting, _ = installation
    with psycopg.connect(setting.server.url) as session:
        session.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('booking', '9999_new', now())")
    refused = ran(setting, "-m", "midway", "upgrade", "--yes")
    assert refused.returncode == 1
    assert "booking.9999_new" in refused.stderr


@pytest.mark.drills
def test_a_migration_that_fails_has_failed_on_a_copy(older: Setting) -> None:
    """The name a migration wants is taken, as after a table made by hand."""
    with psycopg.connect(older.server.url) as session:
        session.execute("CREATE TABLE ops_snooze (id int)")
    before = visits(older)
    with pytest.raises(UpgradeRefused, match=r"already exists[\s\S]*nothing was changed"):
        go_on(older, begin_upgrade(older, from_release="0.0.9"))
    assert is_as_before(older)
    assert visits(older) == before


@pytest.mark.drills
def test_a_database_that_does_not_serve_is_taken_back(older: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    def tried(setting: Setting, database: str, refusal: str, tell: object, *, upgrades: bool) -> None:
        if not upgrades:
            raise UpgradeRefused("no luck")

    monkeypatch.setitem(work._DEEDS, Step.PROVE, lambda *args: None)
    monkeypatch.setattr(work, "_tried", tried)
    with pytest.raises(UpgradeRefused, match="no luck"):
        go_on(older, begin_upgrade(older, from_release="0.0.9"))
    assert is_as_before(older)


@pytest.mark.drills
def test_no_room_is_said_before_anything_is_begun(older: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "_ROOM", 1e9)
    with pytest.raises(UpgradeRefused, match="are free"):
        begin_upgrade(older, from_release="0.0.9")
    assert is_as_before(older)


def test_upgrade_and_restore_do_not_meet(installation: Installation) -> None:
    setting, backup = installation
    begun = begin_upgrade(setting, from_release="0.0.9")
    with pytest.raises(UpgradeRefused, match="--resume"):
        begin_upgrade(setting, from_release="0.0.9")
    with pytest.raises(RestoreRefused, match="midway upgrade --resume"):
        begin_restore(setting, backup.manifest.code)
    assert diagnose(setting).trouble is Trouble.UPGRADING
    abandon(setting, begun)
    restoring = begin_restore(setting, backup.manifest.code)
    with pytest.raises(UpgradeRefused, match="restore --resume"):
        begin_upgrade(setting, from_release="0.0.9")
    restore.abandon(setting, restoring)


def test_another_release_does_not_go_on_with_it(installation: Installation) -> None:
    setting, _ = installation
    begun = begin_upgrade(setting, from_release="0.0.9")
    other = Upgrade(**{**vars(begun), "to_release": "9.9.9"})
    with pytest.raises(CannotRun, match="say it with that release"):
        go_on(setting, other)


KILLED = """
import os, signal, sys
from midway.ops.backup.setting import read_setting
from midway.ops.recovery import upgrade as work

setting = read_setting(os.environ)
step = work.Step(sys.argv[1])
deed = work._DEEDS[step]

def die_before_or_after(*args):
    if sys.argv[2] == "after":
        deed(*args)
    os.kill(os.getpid(), signal.SIGKILL)

work._DEEDS[work.Step.PROVE] = lambda *args: None
work._DEEDS[step] = die_before_or_after
work.go_on(setting, work.begin_upgrade(setting, from_release="0.0.9"))
"""


ALWAYS = {(Step.EXCHANGE, "after", False)}
"""What is killed in every run of the tests; every step when all drills are asked for."""

MOMENTS = [
    pytest.param(step, moment, goes_on, marks=() if (step, moment, goes_on) in ALWAYS else pytest.mark.drills)
    for moment in ("before", "after")
    for step in Step
    if step is not Step.DONE
    for goes_on in (True, False)
]


@pytest.mark.parametrize(("step", "moment", "goes_on"), MOMENTS)
def test_killed_at_any_step_it_goes_on_or_back(
    older: Setting, step: Step, moment: str, goes_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = visits(older)
    ended = ran(older, "-c", KILLED, step.value, moment)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    is_exchanged = list(Step).index(step) + (moment == "after") > list(Step).index(Step.EXCHANGE)
    assert ("0002_procedures" in heads(older)) is is_exchanged  # whole, the one or the other
    assert visits(older) == before
    found = diagnose(older)
    assert found.trouble is Trouble.UPGRADING
    assert "midway upgrade --resume" in found.next_step
    if goes_on:
        monkeypatch.setitem(work._DEEDS, Step.PROVE, lambda *args: None)
        go_on(older, upgrade_to_resume(older))
        assert "0002_procedures" in heads(older)
        assert maintenance(older.folder.path) is None
        with psycopg.connect(older.server.url) as session:
            session.execute("UPDATE booking_visit SET id = id WHERE false")
    else:
        assert "from before" in abandon(older, upgrade_to_resume(older))
        assert is_as_before(older)
    assert visits(older) == before


@pytest.mark.drills
def test_a_machine_that_starts_anew_in_the_middle_says_what_leads_on(older: Setting) -> None:
    """Of the release before, everything starts, closed; this one says that its upgrade waits."""
    assert ran(older, "-c", KILLED, Step.CLOSE, "after").returncode == -signal.SIGKILL
    refused = ran(older, "-m", "midway", "prepare")
    assert refused.returncode == 1
    assert "midway upgrade --resume" in refused.stdout
    assert maintenance(older.folder.path) is not None
    abandon(older, upgrade_to_resume(older))
    assert ran(older, "-m", "midway", "prepare").returncode == 0
