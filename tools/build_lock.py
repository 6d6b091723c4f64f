"""Takes what building the wheel needs out of the lock for developers: `requirements/build.txt`, for the container file.

`python tools/build_lock.py` writes it; `--check` says whether it is current.
"""

import re
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "requirements"
# hatchling, what it needs, and babel
NEEDED = ("babel", "hatchling", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers")


def build_lock() -> str:
    """The lines, with their hashes."""
    blocks = re.split(r"\n(?=\S)", (FOLDER / "dev.txt").read_text())
    chosen = {block.partition("==")[0]: block.rstrip() for block in blocks}
    return "\n".join(chosen[name] for name in NEEDED) + "\n"


def main() -> int:
    """Will write the file, or compare it."""
    file = FOLDER / "build.txt"
    if "--check" in sys.argv:
        return int(not file.exists() or file.read_text() != build_lock())
    file.write_text(build_lock())
    return 0


if __name__ == "__main__":
    sys.exit(main())
