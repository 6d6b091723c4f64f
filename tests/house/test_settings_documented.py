"""Every setting somebody may give is in docs/settings.md, and nothing is there that does not exist."""

from pathlib import Path

from midway.cli.named import settings_documented, settings_read

ROOT = Path(__file__).resolve().parents[2]


def documented() -> set[str]:
    return settings_documented((ROOT / "docs" / "settings.md").read_text())


def test_every_setting_is_documented() -> None:
    read = settings_read(ROOT / "src" / "midway") | {"MIDWAY_SECRET_KEY"}
    assert "DATABASE_URL" in read
    assert read - documented() == set()


def test_no_documented_setting_is_made_up() -> None:
    sources = "\n".join(path.read_text() for path in (ROOT / "src" / "midway").rglob("*.py"))
    assert {name for name in documented() if f'"{name}"' not in sources} == set()
