"""`midway doctor`: can this machine and configuration run Midway?"""

import json
import sys
from pathlib import Path

import click

from midway.cli.up import DEFAULT_PORT

_MARKS = {"ok": "✓", "warn": "!", "crit": "✗", "unknown": "?"}


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="The data folder.  [default: MIDWAY_DATA, else ./var]")
@click.option("--host", default="127.0.0.1", show_default=True, help="On which address midway up would listen.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True, help="And on which port."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(data: Path | None, host: str, port: int, as_json: bool) -> None:
    """Look whether this machine can run Midway. Exits 0 fine, 1 warning, 2 it cannot, 3 could not look."""
    from dataclasses import asdict

    from midway.runtime.doctor import EXIT_CODES, examine, overall

    findings = examine(data=data, host=host, port=port)
    status = overall(findings)
    if as_json:
        print(json.dumps({"status": status, "findings": [asdict(one) for one in findings]}, indent=1))
    else:
        for one in findings:
            form = f" [{one.form}]" if one.form else ""
            print(f"{_MARKS[one.status]} {one.id:<9}{form:<11} {one.summary} {one.next_step}")
    sys.exit(EXIT_CODES[status])
