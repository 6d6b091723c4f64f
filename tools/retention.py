"""Write docs/retention.md from the rules of every part: `python tools/retention.py`, or `make fix`."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "retention.md"


def main() -> None:
    sys.path.insert(0, str(ROOT / "src"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "midway.config.settings")
    import django

    django.setup()
    from midway.privacy.document import as_text

    DOCUMENT.write_text(as_text())
    print(f"Wrote {DOCUMENT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
