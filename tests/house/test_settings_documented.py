"""Every setting somebody may give is in docs/settings.md, and nothing is there that does not exist."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETTING = r"(?!HTTP_)(?:MIDWAY_[A-Z_]+|[A-Z]+_(?:URL|DSN|TOKEN|KEY|BASE|HOST))"


def read_somewhere() -> set[str]:
    """The names the package asks the environment for."""
    found: set[str] = set()
    for path in (ROOT / "src" / "midway").rglob("*.py"):
        found |= set(re.findall(rf'(?:env|environ)(?:\.get\(|\[|, )"({SETTING})"', path.read_text()))
    return {name for name in found if not name.startswith("HTTP_")}  # headers, in a WSGI environment


def documented() -> set[str]:
    text = (ROOT / "docs" / "settings.md").read_text()
    return set(re.findall(rf"^\| `({SETTING})` \|", text, re.MULTILINE))


def test_every_setting_is_documented() -> None:
    read = read_somewhere() | {"MIDWAY_SECRET_KEY"}
    assert "DATABASE_URL" in read
    assert read - documented() == set()


def test_no_documented_setting_is_made_up() -> None:
    sources = "\n".join(path.read_text() for path in (ROOT / "src" / "midway").rglob("*.py"))
    assert {name for name in documented() if f'"{name}"' not in sources} == set()
