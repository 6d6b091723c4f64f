"""`python -m benchmarks.quiet_month`: the demo company lives a healthy month in simulated time and calls nobody.

Prints what upkeep rang for, and how many mails one person would have got. Exits 1 when anything rang.
"""

import argparse
import os
import sys
import time

import django


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quiet_month", description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "midway.config.settings")
    django.setup()
    from tests.ops.upkeep.quiet import in_words, live

    from midway.ops.stage import open_stage

    with open_stage() as stage:
        assert stage.postgres
        began = time.monotonic()
        month = live(stage, days=chosen.days, seed=chosen.seed, told=_as_it_goes)
    for said, times in month.not_fine.most_common():
        print(f"{times} × {said[:200]}")
    print("\n".join(month.raised))
    print(f"{in_words(month)} Lived in {time.monotonic() - began:.0f} s.")
    return 1 if month.raised else 0


def _as_it_goes(said: str) -> None:
    print(said, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
