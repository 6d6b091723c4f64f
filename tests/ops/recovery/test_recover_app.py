"""Web and worker are started anew one after the other; the database under them is left alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from tests.product import SOURCE, running_product, state

from midway.ops.recovery.app import AppState, restart_app
from midway.runtime.folder import DataFolder
from midway.runtime.probe import PartStatus
from midway.runtime.problem import CannotRun

pytestmark = pytest.mark.xdist_group("backup")


def part(name: str, *, ready: bool | None) -> PartStatus:
    return PartStatus(name, 1, name, "", ready, 0, None, None)


def recover(data: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        **os.environ,
        "MIDWAY_DATA": str(data),
        "PYTHONPATH": str(SOURCE),
        "DATABASE_URL": "",
        "REDIS_URL": "",
    }
    command = [sys.executable, "-m", "midway", "recover", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_with_the_database_down_it_leads_there() -> None:
    state = AppState(True, [part("postgres", ready=False), part("web", ready=False)])
    assert not state.is_well
    assert "recover database" in state.words()


def test_nothing_running_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="midway up"):
        restart_app(DataFolder(tmp_path), tell=lambda line: None)
    assert "midway up" in recover(tmp_path, "app").stderr


@pytest.mark.drills
def test_web_and_worker_start_anew_and_the_database_stays(tmp_path: Path) -> None:
    with running_product(tmp_path / "data", "--empty") as running:
        before = {name: facts["pid"] for name, facts in state(running)["parts"].items()}
        shown = recover(tmp_path / "data", "app", "--json")
        assert shown.returncode == 0, shown.stderr
        assert {one["name"] for one in json.loads(shown.stdout)["parts"]} >= {"web", "worker", "postgres"}
        done = recover(tmp_path / "data", "app", "--yes")
        assert done.returncode == 0, done.stderr
        after = {name: facts["pid"] for name, facts in state(running)["parts"].items()}
        assert {name for name in before if after[name] != before[name]} == {"web", "worker"}
        assert psutil.pid_exists(after["web"])
        back = recover(tmp_path / "data", "app", "--back")
        assert back.returncode == 1
        assert "No earlier release" in back.stdout
        well = recover(tmp_path / "data", "database")
        assert well.returncode == 0, well.stdout + well.stderr
        cache = recover(tmp_path / "data", "cache")
        assert cache.returncode in {0, 3}, cache.stdout + cache.stderr
