"""Write docs/tracking-plan.md from the plan: `python tools/tracking_plan.py`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "tracking-plan.md"


def main() -> None:
    sys.path.insert(0, str(ROOT / "src"))
    from midway.insight.tracking_plan import as_text

    DOCUMENT.write_text(as_text())
    print(f"Wrote {DOCUMENT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
