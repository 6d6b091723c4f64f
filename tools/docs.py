"""Build the documents into the package, where the product serves them under /docs/: `python tools/docs.py`.

With a tag as argument, build that release's documents beside them: `python tools/docs.py v0.2.0`. With `--all`, those
of every release in docs/released.json that are not there yet, and then what lies here, whose pages name them.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "src" / "midway" / "site"
KEPT = SITE / "versions"


def build(source: Path, version: str, target: Path, *, others: list[str], is_old: bool = False) -> None:
    """Will build one version's documents, strictly: a warning is an error."""
    environment = {
        **os.environ,
        "MIDWAY_DOCS_VERSION": version,
        "MIDWAY_DOCS_OTHERS": " ".join(others),
        "MIDWAY_DOCS_NEWEST": "../../index.html" if is_old else "",
        "NO_MKDOCS_2_WARNING": "1",
    }
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(source / "mkdocs.yml")]
    subprocess.run([*command, "-d", str(target)], check=True, env=environment)


def released(root: Path = ROOT) -> list[str]:
    """The releases there were, the latest first."""
    return [one["version"] for one in reversed(json.loads((root / "docs" / "released.json").read_text()))]


def kept() -> list[str]:
    """The older versions that are built, in the order of their releases, the latest first."""
    there = {path.name for path in KEPT.iterdir() if path.is_dir()} if KEPT.is_dir() else set()
    known = [version for version in released() if version in there]
    return [*known, *sorted(there - set(known), reverse=True)]


def build_here() -> None:
    """Will build what lies here; older versions stay as they are."""
    sys.path.insert(0, str(ROOT / "src"))
    from midway import __version__

    others = [version for version in kept() if version != __version__]
    with tempfile.TemporaryDirectory() as folder:
        built = Path(folder) / "site"
        build(ROOT, __version__, built, others=others)
        if KEPT.exists():
            shutil.move(KEPT, built / "versions")
        shutil.rmtree(SITE, ignore_errors=True)
        shutil.move(built, SITE)
    print(f"Built {SITE.relative_to(ROOT)}")


def build_tag(tag: str) -> None:
    """Will build a release's documents from its tag."""
    version = tag.removeprefix("v")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "-C", str(ROOT), "worktree", "add", "--detach", folder, tag], check=True)
        try:
            build(Path(folder), version, KEPT / version, others=[], is_old=True)
        finally:
            subprocess.run(["git", "-C", str(ROOT), "worktree", "remove", "--force", folder], check=True)
    print(f"Built versions/{version}")


def main(what: str = "") -> None:
    """Will build what lies here, a tag's, or all of it."""
    if what == "--all":
        for version in released():
            if not (KEPT / version).is_dir():
                build_tag(f"v{version}")
        build_here()
    elif what:
        build_tag(what)
    else:
        build_here()


if __name__ == "__main__":
    main(*sys.argv[1:2])
