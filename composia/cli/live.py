"""A table that shows what is so now, again and again, as long as somebody looks at it on a terminal."""

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable, Sequence

import click

EVERY_S = 5.0
"""How often it is asked anew."""

_HOME, _REST_OF_LINE, _BELOW = "\x1b[H", "\x1b[K", "\x1b[J"


def is_watched() -> bool:
    """Whether what is printed is seen on a terminal."""
    return sys.stdout.isatty()


async def refresh(lines: Callable[[], Awaitable[Sequence[str]]]) -> None:
    """Show the lines, as many as there is room for, and again; until Ctrl-C."""
    click.clear()
    while True:
        draw(await lines())
        await asyncio.sleep(EVERY_S)


def draw(lines: Sequence[str]) -> None:
    """Show the lines, as many as there is room for, in the place of those before."""
    room = shutil.get_terminal_size()
    shown = [cut(line, room.columns) + _REST_OF_LINE for line in lines[: room.lines - 1]]
    click.echo(_HOME + "\n".join(shown) + "\n" + _BELOW, nl=False)


def cut(line: str, width: int) -> str:
    """A line as far as there is room for it: one that is wider than the terminal would take two."""
    plain = click.unstyle(line)
    return line if len(plain) <= width else plain[: width - 1] + "…"
