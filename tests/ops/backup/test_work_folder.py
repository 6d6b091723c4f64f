"""What is opened in plain goes, also when whoever opened it was killed."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from tests.ops.installation import setting_in
from tests.product import SOURCE

from midway.ops.backup.server import Server
from midway.ops.backup.setting import Setting
from midway.ops.backup.work import work_folder

KILLED = """
import os, signal, sys
from midway.ops.backup.setting import read_setting
from midway.ops.backup.work import work_folder

with work_folder(read_setting(os.environ), "drill") as work:
    (work / "plain" / "database.dump").write_text("everything about everybody")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def setting_at(path: Path) -> Setting:
    return replace(setting_in(path, Server("postgresql://x@/x")), place=None)


def folders(setting: Setting) -> list[Path]:
    return [one for one in (setting.folder.path / "work").iterdir() if one.is_dir()]


def test_what_a_killed_one_left_goes_when_the_next_begins(tmp_path: Path) -> None:
    setting = setting_at(tmp_path)
    environment = {
        **os.environ, "MIDWAY_DATA": str(setting.folder.path), "MIDWAY_SECRET_KEY": setting.keys.secret,
        "MIDWAY_BACKUP_URL": "", "PYTHONPATH": str(SOURCE),
    }  # fmt: skip
    ended = subprocess.run([sys.executable, "-c", KILLED], env=environment, check=False)
    assert ended.returncode == -signal.SIGKILL
    (left,) = folders(setting)
    assert (left / "plain" / "database.dump").exists()
    with work_folder(setting, "verify") as work:
        assert folders(setting) == [work]
    assert folders(setting) == []


def test_what_somebody_works_in_stays(tmp_path: Path) -> None:
    setting = setting_at(tmp_path)
    with work_folder(setting, "drill") as first, work_folder(setting, "verify") as second:
        assert sorted(folders(setting)) == sorted([first, second])
