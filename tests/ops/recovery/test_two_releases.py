"""Two releases side by side on one machine: upgraded while it runs, back, started by the older one, forward again."""

import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest
from tests.product import SOURCE, RunningProduct, running_product, state

pytestmark = [pytest.mark.xdist_group("backup"), pytest.mark.drills]
WIDER = """
from django.db import migrations

class Migration(migrations.Migration):
    dependencies = [("ops", "{before}")]
    widens = "A table nobody knew before"
    operations = [migrations.RunSQL("CREATE TABLE ops_wider (id int)", "DROP TABLE ops_wider")]
"""
BROKEN = "raise RuntimeError('a release that does not start')\n"


@pytest.fixture
def next_release(tmp_path: Path) -> Path:
    """The release after this one, installed beside it: it brings one migration more."""
    source = tmp_path / "next"
    shutil.copytree(SOURCE / "midway", source / "midway", ignore=shutil.ignore_patterns("__pycache__"))
    facts = source / "midway" / "__init__.py"
    facts.write_text(facts.read_text().replace('__version__ = "', '__version__ = "9.'))
    folder = source / "midway" / "ops" / "migrations"
    before = max(path.stem for path in folder.glob("0*.py"))
    (folder / "0999_wider.py").write_text(WIDER.format(before=before))
    return source


def said(source: Path, data: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "MIDWAY_DATA": str(data), "PYTHONPATH": str(source), "DATABASE_URL": "",
                   "REDIS_URL": "", "MIDWAY_BACKUP_URL": ""}  # fmt: skip
    command = [sys.executable, "-m", "midway", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def serving(product: RunningProduct) -> set[str]:
    """Where the code of web and worker lies."""
    parts = state(product)["parts"]
    return {psutil.Process(parts[name]["pid"]).environ()["PYTHONPATH"].split(":")[0] for name in ("web", "worker")}


def answers(product: RunningProduct) -> bool:
    """Whether a question to the database is answered; a company that offers nothing yet says so with a 4xx."""
    try:
        with urllib.request.urlopen(f"{product.url}/api/v1/services", timeout=30) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as refusal:
        return refusal.code < 500


def test_a_running_product_is_upgraded_and_goes_back_and_forward(next_release: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running_product(data, "--empty") as running:
        assert serving(running) == {str(SOURCE)}
        done = said(next_release, data, "upgrade", "--yes")
        assert done.returncode == 0, done.stderr
        assert "Open again" in done.stderr
        assert serving(running) == {str(next_release)}
        assert answers(running)

        back = said(next_release, data, "recover", "app", "--back", "--yes")
        assert back.returncode == 0, back.stderr
        assert serving(running) == {str(SOURCE)}
        assert answers(running)

    with running_product(data) as older:  # its own supervisor too, on a schema it does not know all of
        assert "which only widened it" in older.said
        assert answers(older)

    with running_product(data, PYTHONPATH=str(next_release)) as newer:  # a machine that starts anew stays where it was
        assert "was chosen to serve here" in newer.said
        assert serving(newer) == {str(SOURCE)}
        forward = said(next_release, data, "recover", "app", "--forward")
        assert forward.returncode == 0, forward.stderr
        assert serving(newer) == {str(next_release)}
        assert answers(newer)


def test_a_release_whose_web_does_not_start_is_taken_back(next_release: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    (next_release / "midway" / "runtime" / "web.py").write_text(BROKEN)
    with running_product(data, "--empty") as running:
        refused = said(next_release, data, "upgrade", "--yes")
        assert refused.returncode == 1, refused.stderr
        assert "nothing was changed" in refused.stderr
        assert serving(running) == {str(SOURCE)}
        assert answers(running)
        assert not (data / "maintenance.json").exists()


def test_where_nothing_runs_the_database_is_started_for_it(next_release: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running_product(data, "--empty"):
        pass
    done = said(next_release, data, "upgrade", "--yes")
    assert done.returncode == 0, done.stderr
    with running_product(data, PYTHONPATH=str(next_release)) as newer:
        assert "0 migrations applied" in newer.said
        assert answers(newer)
