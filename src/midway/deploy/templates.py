"""The configuration files as they lie in the package, with {{words}} to be filled in."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_WORD = re.compile(r"\{\{(\w+)\}\}")


@cache
def text_of(template: str) -> str:
    """A template as it is."""
    return (files("midway.deploy") / "files" / template).read_text()


def render(template: str, words: Mapping[str, str]) -> str:
    """The file. Raises `KeyError` for a word nobody knows. Lines that held only an empty word are left out."""
    lines = []
    for line in text_of(template).splitlines():
        filled = _WORD.sub(lambda found: words[found[1]], line)
        if filled.strip() or not _WORD.search(line):
            lines.append(filled)
    return "\n".join(lines) + "\n"
