"""Backups that tests may damage."""

from pathlib import Path

import pytest
from tests.ops.installation import Proved, copied

from midway.ops.backup.create import MadeBackup
from midway.ops.backup.setting import Setting


@pytest.fixture
def proved(proved_once: Proved, tmp_path: Path) -> Proved:
    """The proved backup, copied whole, so that it can be damaged."""
    return copied(proved_once, tmp_path)


@pytest.fixture
def workshop(made: tuple[Setting, MadeBackup], tmp_path: Path) -> tuple[Setting, MadeBackup]:
    """The sound backup, copied whole, so that it can be damaged."""
    return copied(made, tmp_path)
