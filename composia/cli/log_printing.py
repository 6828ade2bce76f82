"""Lines of logs on stdout: with whose they are for people, as objects for programs, or as they are."""

import base64
import json
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Sequence

import click

from composia.cli.words import harmless
from composia.core.container_log import LogEntry, as_text, rfc3339

Printer = Callable[[Sequence[LogEntry]], None]

COLOURS = (
    *("cyan", "yellow", "green", "magenta", "blue", "bright_cyan"),
    *("bright_yellow", "bright_green", "bright_magenta", "bright_blue"),
)
"""None of them is red, which is for what is wrong."""

WIDEST = 40
"""Up to which width names are aligned; a longer one is shown whole."""


class Text:
    """`node/container | line`, each source in a colour of its own, as long as there are any; most often the same one as the last
    time. With `with_service`, that is named, too."""

    def __init__(self, *, with_service: bool, timestamps: bool) -> None:
        self._with_service = with_service
        self._timestamps = timestamps
        self._width = 0
        self._colours: dict[str, str] = {}

    def __call__(self, entries: Sequence[LogEntry]) -> None:
        """Print these."""
        names = [self._name(entry) for entry in entries]
        self._width = max(self._width, *(len(name) for name in names if len(name) <= WIDEST), 0)
        click.echo("\n".join(self._line(name, entry) for name, entry in zip(names, entries, strict=True)))

    def _name(self, entry: LogEntry) -> str:
        service = (entry.source.service,) if self._with_service else ()
        return harmless("/".join((entry.node, *service, entry.source.container)))

    def _line(self, name: str, entry: LogEntry) -> str:
        time = f"{rfc3339(entry.at_ns)} " if self._timestamps else ""
        text = entry.data.removesuffix(b"\r").decode(errors="backslashreplace")
        return f"{click.style(f'{name:{self._width}} |', fg=self._colour(name))} {time}{harmless(text)}"

    def _colour(self, name: str) -> str:
        """The one at its place, or the next that fewest have."""
        if name not in self._colours:
            at, taken = zlib.crc32(name.encode()), Counter(self._colours.values())
            places = (COLOURS[(at + step) % len(COLOURS)] for step in range(len(COLOURS)))
            self._colours[name] = min(places, key=lambda colour: taken[colour])
        return self._colours[name]


def as_json(entries: Sequence[LogEntry]) -> None:
    """An object a line; `base64` has the bytes of what is no UTF-8."""
    click.echo("\n".join(json.dumps(_object(entry), ensure_ascii=False) for entry in entries))


def as_raw(entries: Sequence[LogEntry]) -> None:
    """The bytes, each line with a newline."""
    sys.stdout.buffer.write(b"".join(entry.data + (b"" if entry.partial else b"\n") for entry in entries))


def _object(entry: LogEntry) -> dict[str, object]:
    text, is_text = as_text(entry.data)
    return {
        "time": rfc3339(entry.at_ns),
        "node": entry.node,
        "service": entry.source.service,
        "container": entry.source.container,
        "name": entry.source.name,
        "stream": "stderr" if entry.stderr else "stdout",
        "text": text,
        "base64": None if is_text else base64.b64encode(entry.data).decode(),
        "partial": entry.partial,
    }
