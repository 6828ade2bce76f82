"""A comparison of two revisions as people read it: as a unified diff, what is said of it aside."""

from collections.abc import Iterator

import click

from composia.cli.output import short
from composia.cli.quantities import counted
from composia.cli.words import harmless
from composia.core.file import ChangeKind, Comparison, FileChange, Hunk, LineKind

_SIGNS = {LineKind.KEPT: " ", LineKind.REMOVED: "-", LineKind.ADDED: "+"}
_COLOURS = {LineKind.REMOVED: "red", LineKind.ADDED: "green"}


def print_comparison(service: str, comparison: Comparison) -> None:
    """The commits aside, then each file that differs; coloured on a terminal."""
    between = f"{short(comparison.older) or 'nothing'}..{short(comparison.newer)}"
    click.echo(f"{service} {between}: {_counted(comparison)}", err=True)
    for commit in comparison.commits:
        click.echo(harmless(f"  {short(commit.id)} {commit.message.partition(chr(10))[0]} ({commit.author})"), err=True)
    if comparison.more_commits:
        more = "and more" if comparison.commits else f"{short(comparison.older)} is not among those before it"
        click.echo(f"  {more}", err=True)
    for change in comparison.files:
        for line in _file(change):
            click.echo(line)


def _counted(comparison: Comparison) -> str:
    if not comparison.files:
        return "no file differs"
    added, removed = (sum(getattr(file, side) for file in comparison.files) for side in ("added", "removed"))
    return f"{counted(len(comparison.files), 'file')}, {counted(added, 'line')} added, {removed} removed"


def _file(change: FileChange) -> Iterator[str]:
    old = "/dev/null" if change.kind is ChangeKind.ADDED else f"a/{harmless(change.path)}"
    new = "/dev/null" if change.kind is ChangeKind.REMOVED else f"b/{harmless(change.path)}"
    yield click.style(f"--- {old}", bold=True)
    yield click.style(f"+++ {new}", bold=True)
    if change.note:
        yield click.style(f"# {change.note}", fg="yellow")
    for hunk in change.hunks:
        yield from _hunk(hunk)


def _hunk(hunk: Hunk) -> Iterator[str]:
    olds = sum(kind is not LineKind.ADDED for kind in hunk.kinds)
    news = sum(kind is not LineKind.REMOVED for kind in hunk.kinds)
    yield click.style(f"@@ -{hunk.old_line},{olds} +{hunk.new_line},{news} @@", fg="cyan")
    for kind, line in zip(hunk.kinds, hunk.lines, strict=True):
        yield click.style(_SIGNS[kind] + _shown(line), fg=_COLOURS.get(kind))


def _shown(line: str) -> str:
    """A line of somebody's file, without what a terminal would obey: colours are none of ours either."""
    return harmless(line.replace("\x1b", "\\x1b"))
