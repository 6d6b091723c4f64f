"""`midway release`: each question answers no when that is so."""

import shutil
from pathlib import Path

import pytest
from django.utils.translation import override

from midway.cli import release

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of a checkout as the questions about files need."""
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copytree(ROOT / "changes", tmp_path / "changes")
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    shutil.copy(ROOT / "README.md", tmp_path)
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    return tmp_path


def test_a_change_that_is_nobodys_is_found(checkout: Path) -> None:
    assert release.changes(checkout).is_so
    (checkout / "changes" / "new-thing.md").write_text("?")
    answer = release.changes(checkout)
    assert (answer.is_so, "new-thing.md" in answer.says) == (False, True)


def test_a_picture_that_is_missing_is_found(checkout: Path) -> None:
    assert release.pictures(checkout).is_so
    (checkout / "docs" / "images" / "guide" / "es" / "office-board.webp").unlink()
    assert release.pictures(checkout).says.endswith("missing: docs/images/guide/es/office-board.webp")


def test_a_stale_manual_is_found(checkout: Path) -> None:
    assert release.manual(checkout).is_so
    (checkout / "docs" / "runbooks" / "oncall.md").write_text("by hand")
    assert "1 stale" in release.manual(checkout).says


def test_a_setting_that_is_not_on_its_page_or_on_none_is_found(checkout: Path) -> None:
    gone = "MIDWAY_" + "DATUM"  # in one word it would be a setting of the tests
    for name in ("src", "tests", "benchmarks"):
        (checkout / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "Makefile", checkout)
    assert release.settings(checkout).is_so
    page = checkout / "docs" / "settings.md"
    page.write_text(page.read_text().replace("| `EMAIL_URL` |", "| `POST_URL` |"))
    (checkout / "docs" / "guide" / "en" / "office.md").write_text(f"Set `{gone}` and `make pictures`.")
    answer = release.settings(checkout)
    assert (answer.is_so, answer.says) == (
        False,
        f"not in settings.md: EMAIL_URL; office.md has {gone}, make pictures",
    )


@pytest.mark.parametrize("language", ["en", "es"])
def test_migrations_are_whole_in_whatever_language(language: str) -> None:
    with override(language):
        assert release.migrations(ROOT).says == "whole"


@pytest.mark.slow
def test_documents_that_warn_are_found(checkout: Path) -> None:
    assert release.documents(checkout).is_so
    (checkout / "docs" / "guide" / "en" / "office.md").write_text("[gone](no-such.md)")
    answer = release.documents(checkout)
    assert (answer.is_so, "no-such.md" in answer.says) == (False, True)
