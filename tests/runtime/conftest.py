"""What tests of the machine room may ask for."""

import socket
from pathlib import Path

import pytest

from midway.runtime.postgres_binaries import PostgresBinaries, available_postgres


@pytest.fixture
def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(params=["system", "embedded"])
def binaries(request: pytest.FixtureRequest) -> PostgresBinaries:
    """Each PostgreSQL the product may find: a distribution's, and the packaged one."""
    for found in available_postgres():
        if found.origin == request.param:
            return found
    pytest.skip(f"no {request.param} PostgreSQL here")


@pytest.fixture
def shallow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a short path."""
    return tmp_path_factory.mktemp("rt")
