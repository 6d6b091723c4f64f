"""Translations: each language's parts become one compiled catalogue, and every text must have its translation.

python tools/translations.py compile     merge src/midway/locale/*/parts/*.po and compile them
python tools/translations.py missing     list texts without a translation, by file and line
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "midway"
# Function → which of its arguments are texts.
TEXTS = {
    "gettext": (1,), "gettext_lazy": (1,), "gettext_noop": (1,), "_": (1,),
    "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3), "npgettext_lazy": ((1, "c"), 2, 3),
}  # fmt: skip


def compile_stale(locale: Path) -> list[str]:
    """Will compile every language whose catalogue is older than its parts, and return the languages' codes."""
    done = []
    for language in sorted(path for path in locale.iterdir() if path.is_dir()):
        parts = _parts(language)
        target = language / "LC_MESSAGES" / "django.mo"
        newest = max((part.stat().st_mtime for part in parts), default=0)
        if not parts or (target.exists() and target.stat().st_mtime >= newest):
            continue
        compile_language(language)
        done.append(language.name)
    return done


def compile_language(language: Path) -> Path:
    """Will write one language's compiled catalogue from its parts."""
    from babel.messages.mofile import write_mo

    target = language / "LC_MESSAGES" / "django.mo"
    target.parent.mkdir(exist_ok=True)
    beside = target.with_suffix(".mo.new")
    with beside.open("wb") as file:
        write_mo(file, merged(language))
    beside.replace(target)
    return target


def merged(language: Path):
    """One catalogue from all parts. Two parts may share a text only if they translate it alike."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    whole = Catalog(locale=language.name, charset="utf-8", fuzzy=False)
    origin: dict[object, Path] = {}
    for part in _parts(language):
        with part.open("rb") as file:
            catalogue = read_po(file, locale=language.name, abort_invalid=True)
        for message in catalogue:
            if not message.id or not message.string or message.fuzzy:
                continue
            key = (message.id, message.context)
            before = whole.get(message.id, message.context)
            if before is not None and before.string != message.string:
                sys.exit(
                    f"{part} and {origin[key]} translate {message.id!r} differently "
                    f"({message.string!r}, {before.string!r}): agree, or give one of them a context"
                )
            origin[key] = part
            whole.add(message.id, message.string, context=message.context, flags=message.flags)
    return whole


def missing(language: Path) -> list[str]:
    """Every text of the product that has no translation, as `file:line: text`."""
    catalogue = merged(language)
    found = []
    for path, line, text, context in texts():
        message = catalogue.get(text, context)
        if message is None or not message.string or message.string == ("",):
            found.append(f"{path.relative_to(ROOT)}:{line}: {text!r}")
    return found


def texts() -> Iterator[tuple[Path, int, str | tuple[str, ...], str | None]]:
    """Every translatable text in templates and Python, with its context."""
    from babel.messages.extract import extract

    _configure_django()
    import io

    from django.utils.translation.template import templatize

    for path in sorted(PACKAGE.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        source = path.read_text()
        if "gettext" not in source:
            continue
        ast.parse(source)
        yield from _extracted(path, extract("python", io.BytesIO(source.encode()), TEXTS, (), {}))
    for pattern in ("*.html", "*.txt"):
        for path in sorted(PACKAGE.rglob(pattern)):
            source = path.read_text()
            if "{% translate" in source or "{% blocktranslate" in source or "{% trans " in source or "_(" in source:
                python = _flush_left(templatize(source, origin=str(path)))
                yield from _extracted(path, extract("python", io.BytesIO(python.encode()), TEXTS, (), {}))


def _extracted(path: Path, found) -> Iterator[tuple[Path, int, str | tuple[str, ...], str | None]]:
    for line, text, _comments, context in found:
        if text:
            yield path, line, text, context


def _flush_left(python: str) -> str:
    """The lines without their indentation, which is the template's and would be read as Python's."""
    return "\n".join(line.lstrip() for line in python.split("\n"))


def _configure_django() -> None:
    from django.conf import settings

    if not settings.configured:
        settings.configure()


def _parts(language: Path) -> list[Path]:
    return sorted((language / "parts").glob("*.po"))


def main(command: str) -> None:
    """Will do what was asked for."""
    locale = PACKAGE / "locale"
    languages = sorted(path for path in locale.iterdir() if path.is_dir()) if locale.exists() else []
    if command == "compile":
        for language in languages:
            print(f"Wrote {compile_language(language).relative_to(ROOT)}")
        return
    gaps = [f"{language.name}: {gap}" for language in languages for gap in missing(language)]
    print("\n".join(gaps) or "Every text is translated.")
    sys.exit(1 if gaps else 0)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "compile")
