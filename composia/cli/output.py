"""What commands print: a table for people, JSON or YAML for programs. Data on stdout, everything else on stderr."""

import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click

from composia.cli.lazy import FORMAT
from composia.cli.live import cut, is_watched
from composia.cli.words import harmless
from composia.core.task import Task

Command = TypeVar("Command", bound=Callable[..., Any])

_LEAST = 16
"""A column is left out rather than cut to less than that."""


def output_option(command: Command) -> Command:
    """`-o table|json|yaml`, as the argument `output`."""

    def remember(ctx: click.Context, _parameter: click.Parameter, value: str) -> str:
        ctx.meta[FORMAT] = value
        return value

    return click.option(
        "-o",
        "--output",
        type=click.Choice(["table", "json", "yaml"]),
        default="table",
        show_default=True,
        is_eager=True,
        callback=remember,
        help="How to print.",
    )(command)


def detach_option(command: Command) -> Command:
    """`--detach`, as the argument `detach`."""
    return click.option("--detach", "-d", is_flag=True, help="Do not wait for the end.")(command)


def emit(output: str, data: Any, table: Callable[[], None]) -> None:
    """Print data as JSON or YAML, or call what prints the table."""
    if output == "json":
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
    elif output == "yaml":
        import yaml  # noqa: PLC0415 - only who asks for it pays for it

        click.echo(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), nl=False)
    else:
        table()


def print_table(heads: Sequence[str], rows: Iterable[Sequence[object]], *, as_room_is: bool = False) -> None:
    """A table with aligned columns; the last one is not padded. Of a cell with several lines the first is shown. A terminal
    shows of the last column what it has room for, if that is wanted `as_room_is`."""
    width = shutil.get_terminal_size().columns if as_room_is and is_watched() else None
    click.echo("\n".join(table_lines(heads, rows, width)))


def table_lines(heads: Sequence[str], rows: Iterable[Sequence[object]], width: int | None = None) -> list[str]:
    """The lines of such a table. With a `width` the last column is cut so that it fits beside the others, or left out."""
    texts = [[harmless(str(cell).partition("\n")[0]) for cell in row] for row in rows]
    widths = [max(len(click.unstyle(row[i])) for row in [list(heads), *texts]) for i in range(len(heads))]
    if width is not None:
        room = width - sum(widths[:-1]) - 2 * len(widths[:-1])
        if room < min(_LEAST, widths[-1]):
            return table_lines(heads[:-1], [row[:-1] for row in texts])
        texts = [[*row[:-1], cut(row[-1], room)] for row in texts]
    return [_line([click.style(head, bold=True) for head in heads], widths), *(_line(row, widths) for row in texts)]


def print_error(task: Task) -> None:
    """Why a task failed, whole, with what would be right."""
    click.echo(harmless(f"\n{task.service}@{task.node}: {task.error}"))
    if task.error and task.error.hint:
        click.echo(harmless(f"  hint: {task.error.hint}"))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell + " " * (width - len(click.unstyle(cell))) for cell, width in zip(cells, widths, strict=True)]
    return "  ".join(padded).rstrip()


_COLOURS = {
    **dict.fromkeys(("running", "succeeded", "online", "healthy"), "green"),
    **dict.fromkeys(("starting", "pending", "assigned", "paused", "degraded", "disconnected"), "yellow"),
    **dict.fromkeys(("failed", "lost", "missing", "offline", "unhealthy", "rolled_back"), "red"),
    **dict.fromkeys(("stopped", "unknown", "cancelled", "superseded", "disabled"), "bright_black"),
}


def state(word: str) -> str:
    """A state's word in its colour; colours vanish where they are not wanted."""
    return click.style(word, fg=_COLOURS.get(word))


def age(seconds: float | None) -> str:
    """How long ago, in one unit."""
    if seconds is None:
        return "never"
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f}{unit} ago"
    return f"{seconds:.0f}s ago"


def short(revision: str) -> str:
    """A revision as people read it."""
    return revision if revision.startswith("dir-") else revision[:12]
