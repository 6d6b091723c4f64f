"""Whether we can listen where we are asked to, and who is in the way."""

import contextlib
import errno
import socket

from midway.runtime.problem import CannotRun


def make_sure_port_is_free(host: str, port: int) -> None:
    """Will raise `CannotRun` with the holder's process id, if we may know it, when the port is taken."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as problem:
        raise CannotRun(f"{host} is no address of this machine ({problem.strerror}): try --host 127.0.0.1") from problem
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen(1)
        except OSError as problem:
            raise CannotRun(_why(host, port, problem)) from problem


def _why(host: str, port: int, problem: OSError) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"Port {port} is taken{_by_whom(port)}: stop it, or choose another with --port"
    if problem.errno in {errno.EACCES, errno.EPERM}:
        return f"Port {port} is reserved for root: choose one above 1023 with --port"
    return f"Cannot listen on {host} port {port} ({problem.strerror}): try --host 127.0.0.1"


def _by_whom(port: int) -> str:
    import psutil  # type: ignore[import-untyped] # it carries no types

    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return f" by process {connection.pid} ({psutil.Process(connection.pid).name()})"
    return ""
