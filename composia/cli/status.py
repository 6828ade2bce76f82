"""`composia status`."""

import asyncio

import click

from composia.cli import shapes
from composia.cli.connection import ask
from composia.cli.live import is_watched
from composia.cli.output import emit, output_option
from composia.cli.profile import load_profile
from composia.cli.status_table import node_table, service_table
from composia.core.status import StatusReport


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--watch", "-w", is_flag=True, help="Stay, and show what changes, until Ctrl-C.")
@output_option
def status(names: tuple[str, ...], watch: bool, output: str) -> None:
    """Services on nodes: what is wanted, what runs, and how old that picture is.

    With --watch a terminal is drawn anew in place; elsewhere each row is printed when it changes, and with -o json an
    object for each event.

    \b
    Example:
      composia status
      composia status web -o json
      composia status --watch
    """
    if watch:
        _watch(names, output)
        return
    report = ask(lambda server: server.get_status(names))
    emit(output, shapes.status(report), lambda: print_status(report))


def print_status(report: StatusReport) -> None:
    """The two tables: services times nodes, and nodes."""
    click.echo("\n".join([*service_table(report), "", *node_table(report)]))


def _watch(names: tuple[str, ...], output: str) -> None:
    from composia.cli.watching import Lines, Objects, Redrawn, Screen, watch_status  # noqa: PLC0415 - only for who watches

    screen: Screen = Objects(output) if output != "table" else Redrawn() if is_watched() else Lines()
    try:
        asyncio.run(watch_status(load_profile(), names, screen))
    except KeyboardInterrupt:  # which is how it ends well
        return
