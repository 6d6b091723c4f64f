"""Commands in a folder without Midway, and beside a Midway that does not run, say so in one line and make nothing."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.ops.installation import Proved, setting_in

from midway.cli import main
from midway.ops.backup.server import Server
from midway.ops.backup.setting import read_setting
from midway.ops.recovery.database import Trouble, diagnose
from midway.runtime.problem import CannotRun

pytestmark = pytest.mark.xdist_group("backup")
COMMANDS = (
    "backup list", "backup create", "backup drill", "backup rotate", "backup restore --resume", "backup kit",
    "backup base", "backup copy", "backup sign-off", "recover database", "recover database --yes", "upgrade",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_where_there_is_no_midway(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "MIDWAY_SECRET_KEY", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MIDWAY_DATA", str(tmp_path / "var"))
    answer = CliRunner().invoke(main, command.split())
    assert answer.exit_code == 2
    assert answer.exception is None or isinstance(answer.exception, SystemExit)
    assert "midway up" in answer.output
    assert not (tmp_path / "var").exists()


def test_a_lost_key_is_not_replaced(proved: Proved) -> None:
    setting, _ = proved
    with pytest.raises(CannotRun, match="recovery kit"):
        read_setting({"MIDWAY_DATA": str(setting.folder.path), "DATABASE_URL": setting.server.url})
    assert not (setting.folder.path / "secret.key").exists()


def test_what_does_not_run_is_never_somebody_elses_server(proved: Proved) -> None:
    setting, _ = proved
    stopped = replace(setting, server=Server(""))
    assert diagnose(stopped).trouble is Trouble.FILES_GONE  # no cluster lies in this folder
    assert not diagnose(stopped).can_restore
    stopped.folder.postgres.mkdir()
    (stopped.folder.postgres / "PG_VERSION").write_text("15\n")
    assert diagnose(stopped).trouble is Trouble.DOWN
    with pytest.raises(CannotRun, match="Nothing runs here"), stopped.server.connection():
        pass
    shutil.rmtree(stopped.folder.postgres)


def test_a_new_folder_gets_its_key(tmp_path: Path) -> None:
    setting = setting_in(tmp_path, Server("postgresql://x@/x"))
    found = read_setting({"MIDWAY_DATA": str(setting.folder.path), "DATABASE_URL": "postgresql://x@/x"})
    assert found.keys.secret == (setting.folder.path / "secret.key").read_text().strip()
