"""`midway down`: stop what runs on a data folder."""

import os
import signal
import sys
from pathlib import Path

import click

_PATIENCE_SECONDS = 90


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="The data folder.  [default: MIDWAY_DATA, else ./var]")
def down(data: Path | None) -> None:
    """Stop everything that runs on a data folder, in order, and wait until it has stopped."""
    from midway.config.environment import read_environment
    from midway.runtime.folder import DataFolder, Hold
    from midway.runtime.problem import CannotRun

    folder = DataFolder(data.absolute() if data else read_environment().data)
    hold = Hold(folder)
    if hold.is_free():
        print(f"Nothing runs on {folder.path}.")
        return
    pid = folder.state().get("pid")
    if not isinstance(pid, int):
        print(f"midway: {folder.path} is held, but not by a midway up that says so", file=sys.stderr)
        sys.exit(2)
    os.kill(pid, signal.SIGTERM)
    try:
        hold.take(wait_seconds=_PATIENCE_SECONDS)
    except CannotRun:
        print(
            f"midway: process {pid} has not stopped after {_PATIENCE_SECONDS} s: look at it, or kill it",
            file=sys.stderr,
        )
        sys.exit(2)
    hold.release()
    print(f"Stopped what ran on {folder.path}.")
