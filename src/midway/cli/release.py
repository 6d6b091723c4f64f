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
GUIDES = {"customer.md", "cleaner.md", "office.md", "operator.md"}
LANGUAGES = ("en", "es")
LINK = re.compile(r"!\[[^\]]*\]\(([^)]+)\)")


@dataclass(frozen=True)
class Answer:
    """One thing that must be so, whether it is, and what to do about it."""

    what: str
    is_so: bool
    says: str
    next_step: str = ""


@click.command()
@click.option("--root", type=click.Path(path_type=Path), default=ROOT, hidden=True)
@click.option("--only", default="", help="Ask these only, separated by commas, as commands,API.")
@click.option("--write", is_flag=True, help="First write anew what is written from the commands and the API.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def release(root: Path, only: str, write: bool, as_json: bool) -> None:
    """Say whether changes are described, documents and pictures current, migrations whole. Exits 1 when not."""
    if not (root / "mkdocs.yml").exists():
        print("midway: a release is made from a checkout, and this is an installed package", file=sys.stderr)
        sys.exit(3)
    wanted = only.split(",") if only else list(QUESTIONS)
    if unknown := set(wanted) - set(QUESTIONS):
        raise click.UsageError(f"there is no question {', '.join(sorted(unknown))}; there are {', '.join(QUESTIONS)}")
    for name, as_text in (DERIVED[one] for one in wanted if write and one in DERIVED):
        (root / "docs" / name).write_text(as_text())
    answers = [QUESTIONS[name](root) for name in wanted]
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
    return _as_derived(root, "commands")


def kept_of_people(root: Path) -> Answer:
    """The page of what is kept is what the rules say."""
    return _current(root, "what is kept", "tools/retention.py", "docs/retention.md")


def settings(root: Path) -> Answer:
    """Each setting the code asks for is on the page of settings, and no page names one that nobody asks for."""
    from midway.cli.named import settings_documented, settings_read, unknown_names

    page = root / "docs" / "settings.md"
    wrong = sorted(settings_read(root / "src" / "midway") - settings_documented(page.read_text()))
    says = [f"not in settings.md: {', '.join(wrong)}"] if wrong else []
    pages = [*sorted((root / "docs").rglob("*.md")), root / "README.md"]
    for path in pages:
        if unknown := unknown_names(path.read_text(), root):
            says.append(f"{path.name} has {', '.join(unknown)}")
    told = "; ".join(says) or f"{len(pages)} pages name settings, targets and scripts that exist"
    return Answer("settings", not says, told, "write the name there is")


def plan(root: Path) -> Answer:
    """The tracking plan is what is told."""
    return _current(root, "tracking plan", "tools/tracking_plan.py", "docs/tracking-plan.md")


def translations(root: Path) -> Answer:
    """Every text is there in every language."""
    tool = [sys.executable, str(root / "tools" / "translations.py"), "missing"]
    done = subprocess.run(tool, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    gaps = done.stdout.strip().splitlines()
    says = (
        "every text is translated" if done.returncode == 0 else f"{len(gaps)} missing, first {gaps[0] if gaps else ''}"
    )
    return Answer("translations", done.returncode == 0, says, "write them in src/midway/locale/*/parts")


def interface(root: Path) -> Answer:
    """The description of the API is derived from its types."""
    return _as_derived(root, "API")


def _as_derived(root: Path, what: str) -> Answer:
    name, as_text = DERIVED[what]
    path = root / "docs" / name
    is_so = path.exists() and path.read_text() == as_text()
    return Answer(what, is_so, "current" if is_so else "stale", f"midway release --write, then commit docs/{name}")


def _page_of_commands() -> str:
    from midway.cli.page import as_text

    return as_text()


def _description_of_the_api() -> str:
    _django()
    from midway.api.v1.documents import as_text

    return as_text()


DERIVED: dict[str, tuple[str, Callable[[], str]]] = {
    "commands": ("cli.md", _page_of_commands),
    "API": ("api/openapi.json", _description_of_the_api),
}
"""Documents that are written from the code alone, by their questions."""


def steps(root: Path) -> Answer:
    """Each command that a document tells people to give is one, with its options."""
    from midway.cli.page import unknown_commands

    pages = [*sorted((root / "docs").rglob("*.md")), *root.glob("README.md")]
    wrong = {path.name: found for path in pages if (found := unknown_commands(path.read_text()))}
    told = "; ".join(f"{name} has {', '.join(found)}" for name, found in wrong.items())
    return Answer(
        "steps", not wrong, told or f"{len(pages)} pages name commands that exist", "write the command there is"
    )


def guides(root: Path) -> Answer:
    """Each reader has a guide, in both languages and with the same chapters."""
    there = {code: {p.name: p for p in (root / "docs" / "guide" / code).glob("*.md")} for code in LANGUAGES}
    wrong = [f"{name} is missing in {code}" for code in LANGUAGES for name in sorted(GUIDES - set(there[code]))]
    for name in sorted(set.intersection(*map(set, there.values()))):
        chapters = {code: len(re.findall(r"^## ", there[code][name].read_text(), re.MULTILINE)) for code in LANGUAGES}
        if len(set(chapters.values())) > 1:
            wrong.append(
                f"{name} has {' and '.join(f'{count} chapters in {code}' for code, count in chapters.items())}"
            )
    return Answer(
        "guides", not wrong, "; ".join(wrong) or f"{len(GUIDES)} in {len(LANGUAGES)} languages", "write docs/guide"
    )


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
        for path in [*(root / "docs").rglob("*.md"), *root.glob("README.md")]
        for target in LINK.findall(path.read_text())
        if "://" not in target
    }
    there = {path.resolve() for path in (root / "docs" / "images").rglob("*") if path.suffix in PICTURES}
    missing = sorted(str(path.relative_to(root.resolve())) for path in shown - there if path.suffix in PICTURES)
    says = f"{len(shown & there)} shown" + (f", missing: {', '.join(missing)}" if missing else "")
    return Answer("pictures", not missing, says, "make screenshots")


def looks(root: Path) -> Answer:
    """The guides' pictures, taken anew from the demo company, look as they lie there."""
    tool = [sys.executable, str(root / "tools" / "screenshots.py"), "compare"]
    done = subprocess.run(tool, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    said = (done.stdout if done.returncode in {0, 1} else done.stderr).strip().splitlines()
    says = said[-1][:300] if said else "could not be taken"
    return Answer("pictures as it looks", done.returncode == 0, says, "make screenshots")


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


QUESTIONS: dict[str, Callable[[Path], Answer]] = {
    "changes": changes, "commands": commands, "API": interface, "what is kept": kept_of_people, "steps": steps,
    "guides": guides, "manual": manual, "pictures": pictures, "migrations": migrations, "documents": documents,
    "versions": versions, "settings": settings, "tracking plan": plan, "translations": translations, "looks": looks,
}  # fmt: skip


def _django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "midway.config.settings")
    django.setup()
