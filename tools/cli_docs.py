"""Write docs/cli.md from the commands themselves: `python tools/cli_docs.py`, or `make fix`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "cli.md"


def main() -> None:
    """Will write the page."""
    sys.path.insert(0, str(ROOT / "src"))
    from midway.cli.page import as_text

    DOCUMENT.write_text(as_text())
    print(f"Wrote {DOCUMENT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
