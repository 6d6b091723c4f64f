"""The documents: what is new is in them, in both languages and with its pictures, and each release has its own."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import midway
from midway.ops.look import Look
from midway.ops.procedure import Break, Cadence, Fault, Manual, Status, procedure
from midway.ops.stage import Stage

ASKED = ("changes", "commands", "steps", "guides", "pictures")
READERS = ("customer", "cleaner", "office", "operator")
VERSION = re.compile(r"<footer><p>Midway ([^<]*)</p>")


@contextmanager
def _checkout(stage: Stage) -> Iterator[None]:
    """The scene: a small checkout whose documents are as they should be."""
    root = stage.folder / "files" / "checkout"
    if root.exists():
        shutil.rmtree(root)
    stage.file("checkout/mkdocs.yml")
    stage.file("checkout/changes/first.office.md", "The first of all.\n")
    stage.file("checkout/docs/start.md", "# Start\n\n`midway up`, then ![the page](images/home.png).\n")
    stage.file("checkout/docs/images/home.png")
    for code in ("en", "es"):
        for reader in READERS:
            stage.file(f"checkout/docs/guide/{code}/{reader}.md", "# Guide\n\n## Begin\n")
    _asked(root, "--write", only="commands")
    with stage.changed(docs=root / "docs"):
        yield


def _with(name: str, text: str | None) -> Break:
    """A fault: this file of the stage says something else, or is not there."""

    @contextmanager
    def changed(stage: Stage) -> Iterator[None]:
        path = stage.folder / "files" / name
        before = path.read_text() if path.exists() else None
        _put(path, text)
        yield
        _put(path, before)

    return changed


def _put(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
    else:
        path.write_text(text)


def _asked(root: Path, *words: str, only: str) -> list[dict[str, Any]]:
    """What `midway release` says of this checkout, in a process of its own: the commands stand above us."""
    command = [sys.executable, "-m", "midway", "release", "--json", "--root", str(root), "--only", only, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)  # noqa: S603 - ourselves
    try:
        return list(json.loads(done.stdout)["checks"])
    except ValueError:
        raise OSError((done.stderr.strip().splitlines() or ["it said nothing"])[-1][:200]) from None


@procedure(
    id="manual.complete",
    title="Documents tell what the product does now, to each of its readers",
    cadence=Cadence.MONTHLY,
    document_lines=(300, 302, 305, 306, 312),
    scene=_checkout,
    time_limit_seconds=120,
    faults=(
        Fault("command", "a new command is described nowhere", _with("checkout/docs/cli.md", "# The command line\n"),
              Status.CRIT, names="cli.md"),
        Fault("steps", "a page says to give a command that was renamed", _with(
            "checkout/docs/setup.md", "`midway set-up`\n"), Status.CRIT, names="setup.md"),
        Fault("guide", "a chapter was added to a guide in one language only", _with(
            "checkout/docs/guide/en/office.md", "# Guide\n\n## Begin\n\n## News\n"), Status.CRIT, names="office.md"),
        Fault("picture", "a page shows a picture that was not taken", _with("checkout/docs/images/home.png", None),
              Status.CRIT, names="home.png"),
        Fault("change", "a change is written down for nobody", _with("checkout/changes/second.md", "It is faster.\n"),
              Status.CRIT, names="second.md"),
    ),
    manual=Manual(
        why="What is not written down is not used, or is used wrongly and becomes a call.",
        read="The page of commands against the commands; commands that pages name; guides in both languages, chapter by"
        " chapter; pictures that pages show; changes written down, each for a reader.",
        mend="What is named, with the step beside it: midway release --write for what is derived, make screenshots for"
        " pictures, changes/<what>.<audience>.md for changes.",
        not_the_obvious="A monthly hour for documents finds what somebody remembers. This compares them with the code,"
        " and a build with a difference fails.",
    ),
)  # fmt: skip
def complete(look: Look) -> None:
    """Only where the documents are kept: a checkout."""
    _tell(look, ASKED)


@contextmanager
def _checkout_with_api(stage: Stage) -> Iterator[None]:
    with _checkout(stage):
        path = stage.file("checkout/docs/api/openapi.json")
        _asked(path.parents[2], "--write", only="API")
        yield


@procedure(
    id="manual.interface",
    title="The description of the API is the API",
    cadence=Cadence.MONTHLY,
    document_lines=(301,),
    scene=_checkout_with_api,
    time_limit_seconds=120,
    faults=(
        Fault("old", "it is a release old", _with("checkout/docs/api/openapi.json", "{}"), Status.CRIT,
              names="openapi.json"),
    ),
    manual=Manual(
        why="Programs of others are written after the description and not after the code.",
        read="The kept description against the one derived from the types the API answers with.",
        mend="midway release --write --only API, and commit docs/api/openapi.json. A change that takes something away"
        " needs a new version of the API.",
        not_the_obvious="A description kept up to date by hand is right on the day it was written.",
    ),
)  # fmt: skip
def interface(look: Look) -> None:
    """Only in a checkout, too."""
    _tell(look, ("API",))


def _tell(look: Look, asked: tuple[str, ...]) -> None:
    docs = look.around.docs
    if docs is None or not (docs.parent / "mkdocs.yml").exists():
        look.skip("The documents are not on this machine; they are checked where they are kept.")
    try:
        answers = _asked(docs.parent, only=",".join(asked))
    except (OSError, subprocess.SubprocessError) as problem:
        look.cannot(f"midway release could not be asked: {problem}")
    for one in answers:
        look.count(1)
        if not one["is_so"]:
            says = f"{one['what']}: {one['says']} ({one['next_step']})."
            look.alarm(Status.CRIT, says, subject=one["what"], do=one["next_step"])
    look.fine("; ".join(f"{one['what']}: {one['says']}" for one in answers) + ".")


def _page(version: str) -> str:
    return f"<!doctype html><title>Midway</title><footer><p>Midway {version}</p></footer>\n"


@contextmanager
def _built(stage: Stage) -> Iterator[None]:
    """The scene: this version's documents, and beside them those of the one released before."""
    stage.file("site/index.html", _page(midway.__version__))
    stage.file("site/versions/0.0.1/index.html", _page("0.0.1"))
    record = stage.file("record/released.json", json.dumps([{"version": "0.0.1"}, {"version": midway.__version__}]))
    with stage.changed(site=stage.folder / "files" / "site", docs=record.parent):
        yield


@procedure(
    id="manual.versions",
    title="The documents served are this version's, and older ones can be read",
    cadence=Cadence.MONTHLY,
    document_lines=(310, 311),
    scene=_built,
    faults=(
        Fault("stale", "the documents served are those of an older version", _with("site/index.html", _page("0.0.1")),
              Status.WARN, names="0.0.1"),
        Fault("lost", "those of a released version are gone", _with("site/versions/0.0.1/index.html", None),
              Status.WARN, names="0.0.1"),
        Fault("mixed", "an older version's place holds another's", _with("site/versions/0.0.1/index.html", _page("9")),
              Status.WARN, names="0.0.1"),
    ),
    manual=Manual(
        why="Who follows the steps of another version does something else than what is written.",
        read="The version at the foot of the documents under /docs/, and of each released version under"
        " /docs/versions/.",
        mend="python tools/docs.py builds this version's; python tools/docs.py v0.2.0 builds a tag's beside them.",
        not_the_obvious="A tag keeps the sources of old documents; nobody on call checks out a tag to read them.",
    ),
)  # fmt: skip
def versions(look: Look) -> None:
    """What was built into the package; released versions are known where the documents are kept."""
    site = look.around.site
    if site is None or not site.exists():
        look.skip("No documents were built into this installation: python tools/docs.py does.")
    older = [version for version in _released(look.around.docs) if version != midway.__version__]
    places = {midway.__version__: site} | {version: site / "versions" / version for version in older}
    for version, place in places.items():
        look.count(1)
        page = place / "index.html"
        found = VERSION.search(page.read_text()) if page.exists() else None
        if found is None:
            look.alarm(Status.WARN, f"The documents of {version} are not in {place}.", subject=version)
        elif found[1] != version:
            says = f"The documents in the place of {version} are those of {found[1]}."
            look.alarm(Status.WARN, says, subject=version)
    look.fine(f"The documents of {midway.__version__}, and of {len(older)} released before it, can be read.")


def _released(docs: Path | None) -> list[str]:
    record = docs / "released.json" if docs else None
    return [one["version"] for one in json.loads(record.read_text())] if record and record.exists() else []
