"""The web server process: granian serving the WSGI application with a few threads per worker.

Run as `python -m midway.runtime.web HOST PORT WORKERS`, or with `unix:/path` as HOST. The first process only watches
its workers; each worker loads the application itself, and dies with the first so that nobody is left holding the port.
"""

import importlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from midway.runtime.process import die_with_parent

# Enough to keep one core busy while requests wait for the database, few enough to share its connections.
THREADS = 6


def main(host: str, port: str, workers: str) -> None:
    """Will serve until told to stop."""
    watcher = os.getpid()

    def load(target: str) -> Callable[..., Any]:
        die_with_parent(watcher, signal.SIGKILL)
        module, attribute = target.split(":")
        application = getattr(importlib.import_module(module), attribute)
        assert callable(application)
        return application  # type: ignore[no-any-return]

    Server(
        "midway.config.wsgi:application",
        **_place(host, int(port)),
        interface=Interfaces.WSGI,
        workers=int(workers),
        blocking_threads=THREADS,
        http=HTTPModes.http1,
        websockets=False,
        backlog=2048,
        respawn_failed_workers=True,
        workers_kill_timeout=15,
        log_level=LogLevels.error,
    ).serve(target_loader=load)


def _place(host: str, port: int) -> dict[str, Any]:
    if host.startswith("unix:"):
        return {"uds": Path(host.removeprefix("unix:")), "uds_permissions": 0o600}
    return {"address": host, "port": port}


if __name__ == "__main__":
    main(*sys.argv[1:])
