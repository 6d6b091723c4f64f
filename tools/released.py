"""Records which migrations a release ends with, in docs/released.json, when it is released.

`python tools/released.py 0.2.0 --on 2026-12-01` adds the release; said again it changes nothing. The house test
`tests/house/test_expand_and_contract.py` holds every later migration to what the last release here still uses.
"""

import argparse
import json
import os
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / "docs" / "released.json"


def record_release(version: str, on: date, *, record: Path = RECORD) -> bool:
    """Will add the release with the last migration of each of our parts; says whether it was new."""
    known = json.loads(record.read_text())
    if any(one["version"] == version for one in known):
        return False
    known.append({"version": version, "on": on.isoformat(), "heads": heads()})
    record.write_text(json.dumps(known, indent=1) + "\n")
    return True


def heads() -> dict[str, str]:
    """The last migration of each of our parts."""
    sys.path.insert(0, str(ROOT / "src"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "midway.config.settings")
    import django

    django.setup()
    from django.apps import apps
    from django.db.migrations.loader import MigrationLoader

    ours = {one.label for one in apps.get_app_configs() if one.name.startswith("midway.")}
    return {app: name for app, name in sorted(MigrationLoader(None).graph.leaf_nodes()) if app in ours}


def main() -> None:
    """Will record the release named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version")
    parser.add_argument("--on", type=date.fromisoformat, required=True, help="the day of the release")
    chosen = parser.parse_args()
    is_new = record_release(chosen.version, chosen.on)
    print(f"{chosen.version} {'recorded' if is_new else 'was recorded already'} in {RECORD.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
