"""`midway status`: what runs on a data folder, each part asked now."""

import json
import sys
from pathlib import Path

import click


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="The data folder.  [default: MIDWAY_DATA, else ./var]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(data: Path | None, as_json: bool) -> None:
    """Show each part: process, address, whether it answers. Exits 0 ready, 1 not running, 2 a part does not answer."""
    from midway.config.environment import read_environment
    from midway.runtime.folder import DataFolder
    from midway.runtime.probe import PartStatus
    from midway.runtime.probe import status as look

    found = look(DataFolder(data.absolute() if data else read_environment().data))
    if as_json:
        print(json.dumps(found.as_json(), indent=1))
    elif not found.running:
        print(f"Nothing runs on {found.data}. Start it with midway up.")
    else:
        print(f"Midway at {found.address}, process {found.pid} since {found.since}, {_megabytes(found.memory_bytes)}")
        for part in found.parts:
            print(_line(part))
    if not found.running:
        sys.exit(1)
    ready: list[PartStatus] = [part for part in found.parts if part.ready is False]
    sys.exit(2 if ready else 0)


def _line(part: "PartStatus") -> str:  # type: ignore[name-defined] # noqa: F821 - imported only when called
    state = {True: "ready", False: "DOWN", None: "not asked"}[part.ready]
    restarts = f", restarted {part.restarts}×" if part.restarts else ""
    pid = f"process {part.pid}" if part.pid else "-"
    return f"  {part.name:<9} {state:<10} {pid:<15} {_megabytes(part.memory_bytes):>9}  {part.title}{restarts}"


def _megabytes(count: int | None) -> str:
    return f"{count / 1024 / 1024:.0f} MB" if count else ""
