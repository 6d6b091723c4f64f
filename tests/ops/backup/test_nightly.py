"""The night's work: made, proved, weekly from off-host, and only what the plan allows goes."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from tests.ops.installation import SECRET, Proved

from midway.ops.backup.catalogue import ORDER, Note, Record, State
from midway.ops.backup.child import ChildFailed, run_midway
from midway.ops.backup.create import create_backup
from midway.ops.backup.nightly import NotProved, _of_this_night, last_proof_off_host, off_host_is_due, run_night
from midway.runtime.clock import now

pytestmark = pytest.mark.xdist_group("backup")
NOW = datetime(2026, 3, 8, 9, 0, tzinfo=UTC)


DAYS_BEFORE = [(1, 12), (2, 12), (3, 12), (4, 12), (5, 12), (6, 12), (40, 12), (40, 11)]


def old_proved(proved: Proved, days: int, hour: int) -> str:
    setting, backup = proved
    at = (now() - timedelta(days=days)).replace(hour=hour)
    code = f"{at:%Y%m%dT%H%M%SZ}-abcdef"
    shutil.copytree(backup.path, setting.store.path / code)
    for state in ORDER:
        setting.catalogue.note(Note(code, state, at, {"copy": "elsewhere"} if state is State.REREAD else {}))
    return code


@pytest.mark.drills
def test_a_night_proves_what_was_made_and_removes_by_plan(proved: Proved) -> None:
    setting, backup = proved
    codes = [old_proved(proved, days, hour) for days, hour in DAYS_BEFORE]
    night = run_night(setting)
    assert night.code == backup.manifest.code  # of this night already: not made twice
    assert not night.was_made
    assert setting.place is not None
    assert [proof.source for proof in night.proofs] == [f"the kit and {setting.place.words} alone"]
    assert night.removed == [codes[-1]]  # of its day, week and month a newer one stays
    assert codes[-1] not in setting.store.codes()
    assert not off_host_is_due(list(setting.catalogue.records().values()), at=now())


def test_a_night_that_cannot_prove_removes_nothing(proved: Proved) -> None:
    setting, backup = proved
    codes = [old_proved(proved, days, hour) for days, hour in DAYS_BEFORE]
    assert setting.place is not None
    copy = setting.folder.path.parent / "elsewhere" / backup.manifest.code / "database.dump.age"
    copy.write_bytes(copy.read_bytes()[:-1])
    with pytest.raises(NotProved, match="NOT proved"):
        run_night(setting)
    assert set(codes) <= set(setting.store.codes())


def test_one_that_holds_the_past_is_not_tonights(proved: Proved) -> None:
    setting, backup = proved
    past = create_backup(setting, as_of=now()).manifest.code
    assert past > backup.manifest.code
    assert _of_this_night(setting) == backup.manifest.code


@pytest.mark.parametrize(("days", "expected"), [(6, False), (7, True)])
def test_a_copy_is_proved_weekly(days: int, expected: bool) -> None:
    notes = (
        Note("x", State.REREAD, NOW, {"copy": "s3://far"}),
        Note("x", State.PROVED, NOW - timedelta(days=1), {"source": "/here/x"}),
        Note("x", State.PROVED, NOW - timedelta(days=days), {"source": "s3://far"}),
    )
    records = [Record("x", notes)]
    assert last_proof_off_host(records) == NOW - timedelta(days=days)
    assert off_host_is_due(records, at=NOW) is expected


@pytest.mark.drills
def test_it_is_a_process_of_its_own(proved: Proved) -> None:
    setting, backup = proved
    environ = {
        "DATABASE_URL": setting.server.url, "MIDWAY_DATA": str(setting.folder.path), "MIDWAY_SECRET_KEY": SECRET,
        "DJANGO_SETTINGS_MODULE": "midway.config.settings", "PATH": "/usr/bin:/bin",
    }  # fmt: skip
    told = run_midway("backup", "nightly", "--json", environ=environ, seconds=120)
    assert json.loads(told)["code"] == backup.manifest.code
    environ["DATABASE_URL"] = "postgresql://nobody@/nothing?host=/nowhere"
    shutil.rmtree(setting.store.path)
    with pytest.raises(ChildFailed, match="cannot be reached"):
        run_midway("backup", "nightly", environ=environ, seconds=120)
