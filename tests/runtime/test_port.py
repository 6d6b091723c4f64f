"""A port that cannot be had is said in one line, with who is in the way."""

import os
import socket

import pytest

from midway.runtime.port import make_sure_port_is_free
from midway.runtime.problem import CannotRun


def test_a_free_port_is_free(free_port: int) -> None:
    make_sure_port_is_free("127.0.0.1", free_port)


def test_a_taken_port_names_who_has_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotRun, match=rf"^Port {port} is taken by process {os.getpid()} .*--port$"):
            make_sure_port_is_free("127.0.0.1", port)


def test_a_port_shared_by_the_kernel_is_still_taken() -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as taken, pytest.raises(CannotRun, match="is taken"):
        make_sure_port_is_free("127.0.0.1", taken.getsockname()[1])


def test_a_name_that_is_no_address_is_said(free_port: int) -> None:
    with pytest.raises(CannotRun, match=r"^no\.such\.host\.invalid is no address of this machine"):
        make_sure_port_is_free("no.such.host.invalid", free_port)


def test_an_address_of_another_machine_is_said(free_port: int) -> None:
    with pytest.raises(CannotRun, match=r"^Cannot listen on 192\.0\.2\.1 port"):
        make_sure_port_is_free("192.0.2.1", free_port)
