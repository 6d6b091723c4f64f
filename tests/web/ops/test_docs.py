"""The documents under /docs/: what was built in, nothing beside it, and a word where nothing was."""

from pathlib import Path

import pytest
from django.test import Client

from midway.web.ops import docs


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text("<h1>Midway</h1>")
    (folder / "secret.key").write_text("no")
    (tmp_path / "outside.html").write_text("no")
    monkeypatch.setattr(docs, "SITE", folder)
    return folder


def test_what_was_built_in_is_served(site: Path, visitor: Client) -> None:
    assert visitor.get("/docs/")["Location"] == "/docs/index.html"
    answer = visitor.get("/docs/index.html")
    assert (answer.content, answer["Content-Type"]) == (b"<h1>Midway</h1>", "text/html; charset=utf-8")


@pytest.mark.parametrize("path", ["secret.key", "../outside.html", "%2e%2e/outside.html", "no-such.html"])
def test_nothing_else_is(site: Path, visitor: Client, path: str) -> None:
    assert visitor.get(f"/docs/{path}").status_code == 404


def test_where_none_were_built_in_the_page_says_so(
    site: Path, visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docs, "SITE", site / "nowhere")
    answer = visitor.get("/docs/")
    assert answer.status_code == 404
    assert "not part of this installation" in answer.content.decode()
