"""The manual itself: what is written is what is run."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from midway.ops.look import Look
from midway.ops.procedure import Break, Cadence, Fault, Manual, Status, procedure
from midway.ops.stage import Stage

# Signs that somebody meant to fill something in.
OPEN_ENDS = re.compile(r"\+1-X{3}|\bTBD\b|\[Internal Link\]|\btrusted_ip\b|\bprevious_commit\b|latest_backup\.dump")
LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)")


@contextmanager
def _written(stage: Stage) -> Iterator[None]:
    """The scene: the manual as it is written from these procedures."""
    from midway.ops.manual import write_manual
    from midway.ops.registry import all_procedures

    folder = stage.folder / "files" / "docs"
    write_manual(folder / "runbooks", all_procedures())
    with stage.changed(docs=folder):
        yield


def _edited(change: str, name: str = "README.md") -> Break:
    @contextmanager
    def edited(stage: Stage) -> Iterator[None]:
        path = stage.folder / "files" / "docs" / "runbooks" / name
        before = path.read_text()
        path.write_text(before + change)
        yield
        path.write_text(before)

    return edited


@contextmanager
def _guide(stage: Stage) -> Iterator[None]:
    path = stage.file("docs/guide.md", "# Guide\n\nCall +1-XXX-XXX-XXXX; see [the plan](plan.md).\n")  # noqa: RUF100
    yield
    path.unlink()


@procedure(
    id="manual.current",
    title="The manual says what is done, and nothing in it is left open",
    cadence=Cadence.MONTHLY,
    document_lines=(57, 307),
    scene=_written,
    faults=(
        Fault("edited", "somebody changed a page by hand", _edited("\nAlso restart everything.\n"), Status.CRIT,
              names="README.md"),
        Fault("open", "a page has a number to be filled in and a dead link", _guide, Status.CRIT, names="guide.md"),
    ),
    manual=Manual(
        why="At three in the morning people do what is written.",
        read="The pages against what the procedures say now; open ends and dead links in every document.",
        mend="midway manual --out docs/runbooks; fill in or take out what is named.",
        not_the_obvious="A wiki page reviewed once a month describes last month; this one is written from the code that"
        " runs, and the document's own ten open ends would not pass.",
    ),
)  # fmt: skip
def current(look: Look) -> None:
    """Only where the documents are: a checkout, or wherever they were put."""
    from midway.ops.manual import manual_pages
    from midway.ops.registry import all_procedures

    docs = look.around.docs
    if docs is None or not docs.exists():
        look.skip("The documents are not on this machine; they are checked where they are kept.")
    for name, text in manual_pages(all_procedures()).items():
        look.count(1)
        path = docs / "runbooks" / name
        if not path.exists():
            look.alarm(Status.CRIT, f"The page {name} of the manual is missing.", subject=name)
        elif path.read_text() != text:
            look.alarm(Status.CRIT, f"The page {name} is not what the procedures say.", subject=name)
    for path in sorted(docs.rglob("*.md")):
        look.count(1)
        _read(look, path, docs)
    look.fine(f"{look.examined} pages, all current, nothing left open.")


def _read(look: Look, path: Path, docs: Path) -> None:
    text, name = path.read_text(), str(path.relative_to(docs))
    for found in OPEN_ENDS.findall(text):
        look.alarm(Status.CRIT, f"{name} has an open end: {found}.", subject=name)
    for target in LINK.findall(text):
        if not (path.parent / target).exists():
            look.alarm(Status.CRIT, f"{name} links to {target}, which is not there.", subject=name)
