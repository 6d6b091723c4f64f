"""What documents say of the commands: the page of them all, and what is said elsewhere that they do not know."""

import re
from collections.abc import Iterator

import click

HEAD = """# The command line

<!-- Written by `python tools/cli_docs.py` from the commands. -->

Every command says `--help`. What prints results takes `--json`; talk goes to stderr. Exit codes: 0 fine · 1 warning or
refused · 2 critical or failed · 3 unknown (could not look).
"""
CODE = re.compile(r"`{1,3}[^`]+`{1,3}", re.DOTALL)
COMMAND = re.compile(r"\bmidway((?: [a-z][a-z-]*)+)((?: [^\n`|]*)?)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


def as_text() -> str:
    """The whole page."""
    from midway.cli import main

    return HEAD + "".join(f"\n{section}" for section in _sections(main, click.Context(main, info_name="midway")))


def commands() -> dict[tuple[str, ...], click.Command]:
    """Every command by its words, without `midway`."""
    from midway.cli import main

    found: dict[tuple[str, ...], click.Command] = {}

    def walk(group: click.Group, context: click.Context, words: tuple[str, ...]) -> None:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            found[(*words, name)] = command
            if isinstance(command, click.Group):
                walk(command, click.Context(command, info_name=name, parent=context), (*words, name))

    walk(main, click.Context(main, info_name="midway"), ())
    return found


def unknown_commands(text: str) -> list[str]:
    """Commands in code that `midway` does not have, and options they do not take."""
    known = commands()
    groups = {words for words in known if any(other[: len(words)] == words and other != words for other in known)}
    wrong = []
    for code in CODE.findall(text):
        for match in COMMAND.finditer(code):
            words = tuple(match[1].split())
            longest = next((words[:n] for n in range(len(words), 0, -1) if words[:n] in known), ())
            if not longest or (longest in groups and len(words) > len(longest)):
                wrong.append(f"midway {' '.join(words)}")
                continue
            takes = {name for one in known[longest].params for name in (*one.opts, *one.secondary_opts)} | {"--help"}
            wrong += [f"midway {' '.join(longest)} {name}" for name in OPTION.findall(match[2]) if name not in takes]
    return wrong


def _sections(group: click.Group, context: click.Context) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context)
        level = "##" if context.parent is None else "###"
        yield f"{level} {inner.command_path}\n\n{_about(command, inner)}"
        if isinstance(command, click.Group):
            yield from _sections(command, inner)


def _about(command: click.Command, context: click.Context) -> str:
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    lines = [f"`{usage}`\n", f"{' '.join((command.help or '').split())}\n"]
    options = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    if options:
        lines += ["| option | means |", "| --- | --- |"]
        lines += [f"| `{' / '.join(one.opts + one.secondary_opts)}` | {_means(one)} |" for one in options]
        lines.append("")
    return "\n".join(lines)


def _means(option: click.Option) -> str:
    words = " ".join((option.help or "").split()) or "–"
    return words.replace("|", "\\|")
