"""Build the documents into the package, where the product serves them under /docs/: `python tools/docs.py`.

With a tag as argument, build that release's documents beside them: `python tools/docs.py v0.2.0`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "src" / "midway" / "site"


def build(source: Path, version: str, target: Path) -> None:
    """Will build one version's documents, strictly: a warning is an error."""
    environment = {**os.environ, "MIDWAY_DOCS_VERSION": version, "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(source / "mkdocs.yml")]
    subprocess.run([*command, "-d", str(target)], check=True, env=environment)


def main(tag: str = "") -> None:
    """Will build what lies here, or a tag's."""
    sys.path.insert(0, str(ROOT / "src"))
    from midway import __version__

    if not tag:
        kept = SITE / "versions"
        with tempfile.TemporaryDirectory() as folder:
            build(ROOT, __version__, Path(folder) / "site")
            if kept.exists():
                shutil.move(kept, Path(folder) / "site" / "versions")
            shutil.rmtree(SITE, ignore_errors=True)
            shutil.move(Path(folder) / "site", SITE)
        print(f"Built {SITE.relative_to(ROOT)}")
        return
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "-C", str(ROOT), "worktree", "add", "--detach", folder, tag], check=True)
        try:
            build(Path(folder), tag.removeprefix("v"), SITE / "versions" / tag.removeprefix("v"))
        finally:
            subprocess.run(["git", "-C", str(ROOT), "worktree", "remove", "--force", folder], check=True)
    print(f"Built versions/{tag.removeprefix('v')}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
