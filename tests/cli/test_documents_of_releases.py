"""Two releases and what comes after them, in a clone: the older documents stay readable beside the newest."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from midway.cli import release
from midway.web.ops import docs

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def git(clone: Path, *words: str) -> None:
    who = {"GIT_AUTHOR_NAME": "M", "GIT_AUTHOR_EMAIL": "m@example.com"}
    who |= {"GIT_COMMITTER_NAME": "M", "GIT_COMMITTER_EMAIL": "m@example.com"}
    subprocess.run(["git", "-C", str(clone), *words], check=True, capture_output=True, env={**os.environ, **who})


def publish(clone: Path, version: str) -> None:
    """Write that version everywhere, and tag it."""
    page = clone / "docs" / "glossary.md"
    page.write_text(page.read_text() + f"\nAs of {version}.\n")
    record = clone / "docs" / "released.json"
    known = json.loads(record.read_text())
    record.write_text(json.dumps([*known, {"version": version, "on": "2026-12-01", "heads": {}}]))
    git(clone, "commit", "-qam", f"Release {version}")
    git(clone, "tag", f"v{version}")


def build(clone: Path, *words: str) -> None:
    subprocess.run([sys.executable, str(clone / "tools" / "docs.py"), *words], check=True, capture_output=True)


def test_the_documents_of_two_releases_stay_readable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clone, visitor = tmp_path / "clone", Client()
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(clone)], check=True)
    for name in ("tools/docs.py", "tools/docs_hook.py", "tools/docs_theme/main.html", "mkdocs.yml"):
        (clone / name).write_text((ROOT / name).read_text())  # also before it is committed
    git(clone, "add", "-A")
    assert release.versions(clone).is_so, "no release yet"
    publish(clone, "0.7.0")
    publish(clone, "0.8.0")
    answer = release.versions(clone)
    assert (answer.is_so, answer.says) == (False, "missing: 0.7.0, 0.8.0")
    git(clone, "tag", "-d", "v0.7.0")
    assert release.versions(clone).says == "no tag for 0.7.0"
    git(clone, "tag", "v0.7.0", "v0.8.0~1")
    (clone / "docs" / "glossary.md").write_text("# Words\n\nNewer than both.\n")

    build(clone, "--all")
    assert release.versions(clone).says == "2 kept"
    monkeypatch.setattr(docs, "SITE", clone / "src" / "midway" / "site")
    newest = visitor.get("/docs/glossary.html").content.decode()
    assert "Newer than both" in newest
    assert '<a href="versions/0.8.0/index.html">0.8.0</a>, <a href="versions/0.7.0/index.html">0.7.0</a>' in newest
    for version, other in (("0.7.0", "0.8.0"), ("0.8.0", "Newer than both")):
        page = visitor.get(f"/docs/versions/{version}/glossary.html").content.decode()
        assert f"As of {version}" in page
        assert other not in page
        assert '<a href="../../index.html">Read the newest</a>' in page
    deeper = visitor.get("/docs/versions/0.7.0/guide/en/office.html").content.decode()
    assert '<a href="../../../../index.html">Read the newest</a>' in deeper

    build(clone)
    assert "As of 0.7.0" in visitor.get("/docs/versions/0.7.0/glossary.html").content.decode(), "a new build keeps them"
