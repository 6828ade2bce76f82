"""docs/reference/cli.md: the help of every command, in one file. With `--check` it is only compared."""

import sys
from collections.abc import Iterator
from typing import Any

import click
from references import REFERENCES, write_or_compare

from composia.cli.main import main as command_line

FILE = REFERENCES / "cli.md"
WIDTH = 100


def reference() -> str:
    """The text of the file."""
    width: dict[str, Any] = {"terminal_width": WIDTH, "max_content_width": WIDTH}
    context = click.Context(command_line, info_name="composia", **command_line.context_settings, **width)
    parts = [f"## {title}\n\n```\n{text}\n```\n" for title, text in _commands(command_line, context)]
    return "\n".join(["# Command line reference\n\nMade by `./dev gen` of what `--help` says; never edited.\n", *parts])


def _commands(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """Each command below this one, itself first, with its help."""
    yield context.command_path, "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                yield from _commands(
                    below, click.Context(below, parent=context, info_name=name, **below.context_settings)
                )


def main(arguments: list[str]) -> None:
    """Write the file, or compare it with `--check`."""
    write_or_compare(FILE, reference(), "the commands' help says", arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
