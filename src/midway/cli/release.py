"""`midway release`: is everything that belongs to a release current? Only in a checkout."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[3]
AUDIENCES = {"customers", "office", "cleaners", "programs", "operators"}
PICTURES = {".png", ".webp", ".svg"}
LINK = re.compile(r"!\[[^\]]*\]\(([^)]+)\)")


@dataclass(frozen=True)
class Answer:
    """One thing that must be so, whether it is, and what to do about it."""

    what: str
    is_so: bool
    says: str
    next_step: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def release(as_json: bool) -> None:
    """Say whether changes are described, documents and pictures current, migrations whole. Exits 1 when not."""
    if not (ROOT / "mkdocs.yml").exists():
        print("midway: a release is made from a checkout, and this is an installed package", file=sys.stderr)
        sys.exit(3)
    answers = [ask(ROOT) for ask in QUESTIONS]
    if as_json:
        print(json.dumps({"ready": all(one.is_so for one in answers), "checks": [asdict(one) for one in answers]}))
    else:
        for one in answers:
            print(
                f"{'✓' if one.is_so else '✗'} {one.what:<22} {one.says}{f' → {one.next_step}' if not one.is_so else ''}"
            )
    sys.exit(0 if all(one.is_so for one in answers) else 1)


def changes(root: Path) -> Answer:
    """Each fragment names its reader, and there is at least one."""
    found = [path for path in (root / "changes").glob("*.md") if path.name not in {"README.md", "template.md"}]
    wrong = [path.name for path in found if len(path.suffixes) < 2 or path.suffixes[-2].lstrip(".") not in AUDIENCES]
    says = f"{len(found)} changes described" + (f", nobody's: {', '.join(wrong)}" if wrong else "")
    return Answer("changes", bool(found) and not wrong, says, "write changes/<what>.<audience>.md")


def commands(root: Path) -> Answer:
    """The page of commands is what the commands say."""
    return _current(root, "commands", "tools/cli_docs.py", "docs/cli.md")


def kept_of_people(root: Path) -> Answer:
    """The page of what is kept is what the rules say."""
    return _current(root, "what is kept", "tools/retention.py", "docs/retention.md")


def interface(root: Path) -> Answer:
    """The description of the API is derived from its types."""
    return _current(root, "API", "tools/openapi.py", "docs/api/openapi.json")


def _current(root: Path, what: str, tool: str, document: str) -> Answer:
    """Writes it anew and compares; what was there is put back."""
    path = root / document
    before = path.read_text()
    done = subprocess.run([sys.executable, str(root / tool)], capture_output=True, text=True, check=False)  # noqa: S603
    after = path.read_text()
    path.write_text(before)
    if done.returncode:
        return Answer(what, False, f"could not be written: {done.stderr[-200:].strip()}", f"python {tool}")
    return Answer(
        what, before == after, "current" if before == after else "stale", f"python {tool}, then commit {document}"
    )


def manual(root: Path) -> Answer:
    """The manual is what the procedures say."""
    _django()
    from midway.ops.manual import manual_pages
    from midway.ops.registry import all_procedures

    folder = root / "docs" / "runbooks"
    pages = manual_pages(all_procedures())
    stale = [
        name for name, text in pages.items() if not (folder / name).exists() or (folder / name).read_text() != text
    ]
    says = f"{len(pages)} pages, {len(stale)} stale"
    return Answer("manual", not stale, says, "midway manual --out docs/runbooks")


def pictures(root: Path) -> Answer:
    """Every picture a page shows is there."""
    shown = {
        (path.parent / target).resolve()
        for path in [*(root / "docs").rglob("*.md"), root / "README.md"]
        for target in LINK.findall(path.read_text())
        if "://" not in target
    }
    there = {path.resolve() for path in (root / "docs" / "images").rglob("*") if path.suffix in PICTURES}
    missing = sorted(str(path.relative_to(root.resolve())) for path in shown - there if path.suffix in PICTURES)
    says = f"{len(shown & there)} shown" + (f", missing: {', '.join(missing)}" if missing else "")
    return Answer("pictures", not missing, says, "make screenshots")


def migrations(root: Path) -> Answer:
    """No change of a model is without its migration, and each app has one line of them."""
    del root
    _django()
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.state import ProjectState
    from django.utils.translation import override

    loader = MigrationLoader(None, ignore_no_migrations=True)
    with override("en"):  # as the names of columns were written down
        found = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
        changed = found.changes(graph=loader.graph)
    forks = loader.detect_conflicts()
    says = f"missing in {', '.join(changed)}" if changed else f"forked in {', '.join(forks)}" if forks else "whole"
    return Answer("migrations", not changed and not forks, says, "python -m django makemigrations")


def documents(root: Path) -> Answer:
    """All pages build without a warning, where the builder is installed."""
    import importlib.util
    import tempfile

    if importlib.util.find_spec("mkdocs") is None:
        return Answer("documents", False, "the builder is not installed", "make setup-dev")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(  # noqa: S603 - our own arguments
            [*build, "-f", str(root / "mkdocs.yml"), "-d", folder], capture_output=True, text=True, check=False,
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        )  # fmt: skip
    warned = [line for line in (done.stdout + done.stderr).splitlines() if "WARNING" in line or "ERROR" in line]
    says = "built without a warning" if done.returncode == 0 else "; ".join(warned[:3]) or "could not be built"
    return Answer("documents", done.returncode == 0, says, "mkdocs build --strict")


def versions(root: Path) -> Answer:
    """Each release has its tag, and its documents stay readable beside the newest."""
    found = json.loads((root / "docs" / "released.json").read_text())
    if not found:
        return Answer("older documents", True, "no release yet")
    asked = ["git", "-C", str(root), "tag", "--list", "v*"]
    tags = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()  # noqa: S603 - our own words
    untagged = [one["version"] for one in found if f"v{one['version']}" not in tags]
    if untagged:
        next_step = f"git tag v{untagged[0]} where it was released"
        return Answer("older documents", False, f"no tag for {', '.join(untagged)}", next_step)
    kept = root / "src" / "midway" / "site" / "versions"
    missing = [one["version"] for one in found if not (kept / one["version"] / "index.html").exists()]
    says = f"missing: {', '.join(missing)}" if missing else f"{len(found)} kept"
    return Answer("older documents", not missing, says, "python tools/docs.py --all")


QUESTIONS: tuple[Callable[[Path], Answer], ...] = (
    changes, commands, interface, kept_of_people, manual, pictures, migrations, documents, versions,
)  # fmt: skip


def _django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "midway.config.settings")
    django.setup()
