"""What many tests need is made once."""

import pytest
from tests.ops.installation import Proved, copied, run_midway, setting_in

from midway.ops.backup.create import MadeBackup, create_backup
from midway.ops.backup.drill import drill_backup
from midway.ops.backup.server import Server
from midway.ops.backup.setting import Setting


@pytest.fixture(scope="session")
def company(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A small company with a past: the database that is backed up. Tests only read it."""
    server = Server(postgres_url).named("midway_company")
    with Server(postgres_url).connection(autocommit=True) as session:
        session.execute("CREATE DATABASE midway_company")
    data = tmp_path_factory.mktemp("company")
    run_midway(server.url, data, "prepare")
    run_midway(server.url, data, "demo", "load", "--cleaners", "4", "--customers", "40", "--months", "2")
    return server


@pytest.fixture(scope="session")
def made(company: Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[Setting, MadeBackup]:
    """One sound backup with its copy. Tests that damage it take a `workshop`."""
    setting = setting_in(tmp_path_factory.mktemp("made"), company)
    return setting, create_backup(setting)


@pytest.fixture(scope="session")
def proved_once(made: tuple[Setting, MadeBackup], tmp_path_factory: pytest.TempPathFactory) -> Proved:
    """The same backup, proved. Tests take `proved`."""
    setting, backup = copied(made, tmp_path_factory.mktemp("proved"))
    assert drill_backup(setting).passed
    return setting, backup
