"""The data folder: whose it is, of which version, and what happens when it cannot be used."""

import errno
import json
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from midway.runtime.folder import FORMAT, LOG_LIMIT_BYTES, DataFolder, Hold, unusable
from midway.runtime.problem import CannotRun


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(tmp_path / "var")
    made.create()
    return made


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k,mode=777", "tmpfs", place], check=False)
    if mounted.returncode != 0:
        pytest.skip("may not mount here")
    yield place
    subprocess.run(["umount", place], check=True)


def test_the_key_is_made_once_and_only_its_owner_may_read_it(folder: DataFolder) -> None:
    key = folder.secret_key()
    assert len(key) >= 32
    assert folder.secret_key() == key
    assert stat.S_IMODE((folder.path / "secret.key").stat().st_mode) == 0o600


def test_a_folder_of_a_newer_version_is_refused(folder: DataFolder) -> None:
    (folder.path / "midway.json").write_text(json.dumps({"format": FORMAT, "midway": "99.0"}))
    with pytest.raises(CannotRun, match=r"belongs to Midway 99\.0 and this is"):
        folder.create()


def test_a_folder_of_a_newer_format_is_refused(folder: DataFolder) -> None:
    (folder.path / "midway.json").write_text(json.dumps({"format": FORMAT + 1, "midway": "0.0.1"}))
    with pytest.raises(CannotRun, match="or choose another folder"):
        folder.create()


def test_a_folder_of_an_older_version_is_taken_over(folder: DataFolder) -> None:
    (folder.path / "midway.json").write_text(json.dumps({"format": FORMAT, "midway": "0.0.1", "prepared": True}))
    folder.create()
    folder.write_stamp(static="abc")
    assert folder.stamp()["prepared"] is True
    assert folder.stamp()["midway"] != "0.0.1"


def test_a_full_disk_is_said_in_one_line(full_disk: Path) -> None:
    with pytest.raises(CannotRun, match=r"^No space left for .*: free some, or choose another disk with --data$"):
        DataFolder(full_disk / "var").create()


def test_a_path_that_is_a_file_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    with pytest.raises(CannotRun, match=r"^Cannot write to .*: choose a folder of your own with --data$"):
        DataFolder(tmp_path / "var").create()


def test_a_quota_counts_as_a_full_disk() -> None:
    assert "No space left" in str(unusable(Path("/x"), OSError(errno.EDQUOT, "Disk quota exceeded")))


def test_only_one_holds_the_folder_and_the_second_hears_who(folder: DataFolder) -> None:
    first = Hold(folder)
    first.take()
    folder.write_state({"pid": os.getpid(), "since": "2026-01-05T08:00:00+00:00", "address": "http://127.0.0.1:8000"})
    assert not Hold(folder).is_free()
    with pytest.raises(CannotRun, match=rf"held by process {os.getpid()} since 2026-01-05.* at http://127.0.0.1:8000"):
        Hold(folder).take()
    first.release()
    assert Hold(folder).is_free()


def test_a_hold_ends_with_its_process(folder: DataFolder) -> None:
    child = os.fork()
    if child == 0:
        Hold(folder).take()
        os._exit(0)
    os.waitpid(child, 0)
    assert Hold(folder).is_free()


def test_a_large_log_is_moved_aside_and_the_oldest_goes(folder: DataFolder) -> None:
    for round_number in range(5):
        with folder.open_log("web") as log:
            log.truncate(LOG_LIMIT_BYTES + 1)
            log.write(str(round_number).encode())
    names = sorted(path.name for path in folder.log.iterdir())
    assert names == ["web.log", "web.log.1", "web.log.2", "web.log.3"]
    assert (folder.log / "web.log.1").read_bytes()[-1:] == b"3"


def test_state_that_is_no_json_counts_as_none(folder: DataFolder) -> None:
    folder.state_file.write_text("{")
    assert folder.state() == {}
