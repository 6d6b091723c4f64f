"""Documents cannot go stale: every link leads somewhere, every command is one, what is generated is current."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from midway.cli.named import unknown_names
from midway.cli.page import as_text, unknown_commands

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
LINK = re.compile(r"!?\[[^\]]*\]\((?!https?://|mailto:)([^)\s]+)\)")
PLACEHOLDER = re.compile(r"X{3}-|\bTBD\b|\[Internal Link\]|latest_backup\.dump")


def pages() -> list[Path]:
    return sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])


def anchors(path: Path) -> set[str]:
    """The headings as Markdown renderers name them."""
    found = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one.lower()).strip().replace(" ", "-") for one in found}


def dead_links(path: Path, text: str) -> list[str]:
    dead = []
    for target in LINK.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors(there)):
            dead.append(target)
    return dead


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere_and_every_command_is_one(path: Path) -> None:
    text = path.read_text()
    assert dead_links(path, text) == []
    assert unknown_commands(text) == []
    assert unknown_names(text, ROOT) == []
    assert PLACEHOLDER.findall(text) == []


def test_a_dead_link_a_renamed_command_and_a_renamed_option_are_found() -> None:
    assert dead_links(DOCS / "settings.md", "[a](no-such.md) [b](glossary.md) [c](glossary.md#no-such)") == [
        "no-such.md",
        "glossary.md#no-such",
    ]
    assert unknown_commands(
        "`midway incidents list`, `midway incident lists`, `midway incident open X --sverity low`"
    ) == [
        "midway incidents list",
        "midway incident lists",
        "midway incident open --sverity",
    ]
    assert unknown_commands("`midway incident list --all`") == []


def test_a_renamed_setting_target_and_script_are_found() -> None:
    gone = "MIDWAY_" + "DATUM"  # in one word it would be a setting of the tests
    renamed = f"Set `{gone}`. `make pictures`, `python tools/doc.py`, `python -m benchmarks.rooting FILE`"
    assert unknown_names(renamed, ROOT) == [gone, "make pictures", "tools/doc.py", "benchmarks.rooting"]
    right = "Set `MIDWAY_DATA`. `make screenshots`, `python tools/docs.py`, `python -m benchmarks.routing FILE`"
    assert unknown_names(right, ROOT) == []


def test_the_page_of_commands_is_what_the_commands_say() -> None:
    assert (DOCS / "cli.md").read_text() == as_text(), "run: python tools/cli_docs.py"


def test_every_guide_exists_in_both_languages() -> None:
    english = {path.name for path in (DOCS / "guide" / "en").glob("*.md")}
    assert {"customer.md", "cleaner.md", "office.md", "operator.md"} <= english
    assert english == {path.name for path in (DOCS / "guide" / "es").glob("*.md")}


def test_every_page_is_in_the_navigation() -> None:
    listed = (ROOT / "mkdocs.yml").read_text()
    folders = ("decisions/", "runbooks/", "how-it-works/")
    left = [
        name
        for path in DOCS.rglob("*.md")
        if not (name := str(path.relative_to(DOCS))).startswith(folders) and name not in listed
    ]
    assert left == []


@pytest.mark.slow
def test_where_nothing_was_released_no_older_version_is_named(tmp_path: Path) -> None:
    environment = {**os.environ, "MIDWAY_DOCS_VERSION": "0.1.0", "MIDWAY_DOCS_OTHERS": "", "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "-q", "-f", str(ROOT / "mkdocs.yml"), "-d", str(tmp_path)]
    subprocess.run(command, check=True, env=environment)
    assert "<footer><p>Midway 0.1.0</p></footer>" in (tmp_path / "index.html").read_text()
