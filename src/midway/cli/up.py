"""`midway up`: everything on this machine, in the foreground."""

import sys
import traceback
from pathlib import Path

import click

DEFAULT_PORT = 8000


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True, help="Where to listen.")
@click.option("--host", default="127.0.0.1", show_default=True, help="On which address to listen.")
@click.option("--data", type=click.Path(path_type=Path), help="The data folder.  [default: MIDWAY_DATA, else ./var]")
@click.option("--empty", is_flag=True, help="Start a new data folder without the demo company.")
@click.option("--workers", type=click.IntRange(1, 64), help="Web processes.  [default: MIDWAY_WEB_WORKERS, else 1]")
def up(port: int, host: str, data: Path | None, empty: bool, workers: int | None) -> None:
    """Run everything in the foreground: database, cache, web and worker. Ctrl-C stops all of it."""
    from midway.cli import COMMANDS
    from midway.config.environment import SettingError, read_environment
    from midway.runtime.problem import CannotRun
    from midway.runtime.product import Product, UpOptions, with_options

    try:
        environment = with_options(read_environment(), data=data)
        options = UpOptions(
            host=host,
            port=port,
            workers=workers or environment.web_workers,
            demo=not empty,
            has_worker="worker" in COMMANDS,
        )
        Product(options, environment, _say).run()
    except (CannotRun, SettingError) as problem:
        _say_error(str(problem))
        sys.exit(1)
    except Exception as problem:
        _say_error(f"Unexpected: {type(problem).__name__}: {problem}. The trace is in log/midway.log; please report it")
        _keep_trace(data)
        sys.exit(2)


def _keep_trace(data: Path | None) -> None:
    from midway.config.environment import read_environment
    from midway.runtime.folder import DataFolder

    try:
        with DataFolder(data.absolute() if data else read_environment().data).open_log("midway") as log:
            log.write(traceback.format_exc().encode())
    except OSError:
        traceback.print_exc()


def _say(line: str) -> None:
    try:
        print(line, flush=True)
    except OSError:  # whoever read our output has gone; we run on
        sys.stdout = open("/dev/null", "w")  # noqa: SIM115 - for the rest of our life


def _say_error(line: str) -> None:
    print(f"midway: {line}", file=sys.stderr, flush=True)
