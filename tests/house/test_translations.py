"""Every text people read exists in every language the product offers."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCALE = ROOT / "src" / "midway" / "locale"


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("translations", ROOT / "tools" / "translations.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LANGUAGES = sorted(path for path in LOCALE.glob("*") if path.is_dir())


def test_there_is_spanish() -> None:
    assert "es" in {path.name for path in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda path: path.name)
def test_every_text_is_translated(language: Path) -> None:
    gaps = tool().missing(language)
    assert not gaps, "Add these to a file in src/midway/locale/*/parts:\n" + "\n".join(gaps)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda path: path.name)
def test_placeholders_survive_translation(language: Path) -> None:
    from babel.messages.checkers import checkers

    catalogue = tool().merged(language)
    for message in catalogue:
        if message.id and "python-format" in message.flags:
            for check in checkers:
                check(catalogue, message)


def test_an_untranslated_text_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    translations = tool()
    package = tmp_path / "src" / "midway"
    parts = package / "locale" / "es" / "parts"
    parts.mkdir(parents=True)
    (parts / "one.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Yes"\nmsgstr "Sí"\n'
    )
    (package / "page.html").write_text('{% load i18n %}{% translate "Yes" %}\n{% translate "No" %}')
    (package / "page.py").write_text(
        'from django.utils.translation import gettext as _\nTEXTS = [_("Yes"), _("Maybe")]\n'
    )
    monkeypatch.setattr(translations, "ROOT", tmp_path)
    monkeypatch.setattr(translations, "PACKAGE", package)
    assert translations.missing(parts.parent) == [
        "src/midway/page.py:2: 'Maybe'",
        "src/midway/page.html:2: 'No'",
    ]


@pytest.mark.parametrize("text", ['  {% translate "No" %}\n a', 'a\n    {% translate "No" %}\n  b\nc'])
def test_an_indented_text_of_a_message_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    translations = tool()
    (tmp_path / "letter.body.txt").write_text(text)
    monkeypatch.setattr(translations, "PACKAGE", tmp_path)
    assert [found for _path, _line, found, _context in translations.texts()] == ["No"]


def test_parts_that_disagree_are_refused(tmp_path: Path) -> None:
    parts = tmp_path / "es" / "parts"
    parts.mkdir(parents=True)
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    (parts / "one.po").write_text(header + 'msgid "Order"\nmsgstr "Pedido"\n')
    (parts / "two.po").write_text(header + 'msgid "Order"\nmsgstr "Orden"\n')
    with pytest.raises(SystemExit, match="translate 'Order' differently"):
        tool().merged(tmp_path / "es")
