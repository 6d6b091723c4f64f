"""Write docs/cli.md from the commands themselves: `python tools/cli_docs.py`, or `make fix`."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "cli.md"
HEAD = """# The command line

<!-- Written by `python tools/cli_docs.py` from the commands. -->

Every command says `--help`. What prints results takes `--json`; talk goes to stderr. Exit codes: 0 fine · 1 warning or
refused · 2 critical or failed · 3 unknown (could not look).
"""


def as_text() -> str:
    """The whole page."""
    sys.path.insert(0, str(ROOT / "src"))
    from midway.cli import main

    return HEAD + "".join(f"\n{section}" for section in _sections(main, click.Context(main, info_name="midway")))


def commands() -> dict[tuple[str, ...], click.Command]:
    """Every command by its words, without `midway`."""
    sys.path.insert(0, str(ROOT / "src"))
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


def main() -> None:
    """Will write the page."""
    DOCUMENT.write_text(as_text())
    print(f"Wrote {DOCUMENT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
