"""`python -m benchmarks`: all of them in one run, or those that are named."""

import argparse
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import django
from tests.product import start_product

from benchmarks import availability, booking, growth, mixed, product, report
from benchmarks.company import fill
from benchmarks.stand import Stand, machine

ROOT = Path(__file__).resolve().parent
KINDS = ("availability", "booking", "mixed", "growth", "product")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("only", nargs="*", type=_kind, metavar="kind", help=f"run these alone: {', '.join(KINDS)}")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds, whose median counts [3]")
    parser.add_argument("--seconds", type=int, default=4, help="length of each measurement [4]")
    parser.add_argument("--connections", type=int, default=16, help="clients at once [16]")
    parser.add_argument("--name", default="all", help="part of the result's file name")
    chosen = parser.parse_args()
    only = chosen.only or KINDS
    at = datetime.now(tz=UTC)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "midway.config.settings")
    django.setup()  # for the product's own statement, taken from its source
    result = {"at": at.isoformat(timespec="seconds"), "name": chosen.name, "machine": machine(), "figures": []}
    with tempfile.TemporaryDirectory(prefix="midway-bench-") as folder:
        running = start_product(Path(folder) / "data", "--empty")
        try:
            running.wait_until_ready()
            if "product" in only:
                result["figures"] += product.run(running)
            stand = Stand.of(running, chosen.rounds, chosen.seconds, chosen.connections)
            result["machine"]["postgres"] = stand.postgres_version()
            fill(stand)
            for part in (availability, booking, mixed, growth):  # growth last: it replaces the visits
                if part.__name__.rpartition(".")[2] in only:
                    result["figures"] += part.run(stand)
        finally:
            running.stop()
    result["machine"]["load_after"] = machine()["load"]
    print(report.write(result, ROOT / "results", is_whole=set(only) == set(KINDS)))
    return 0


def _kind(name: str) -> str:
    if name not in KINDS:
        raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(KINDS)}")
    return name


if __name__ == "__main__":
    sys.exit(main())
