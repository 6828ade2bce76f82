"""`composia stats`."""

from collections.abc import Sequence
from dataclasses import dataclass

import click

from composia.cli import past_usage, usage_shapes
from composia.cli.connection import ask
from composia.cli.live import is_watched, refresh
from composia.cli.output import emit, output_option, table_lines
from composia.cli.quantities import binary, both, percent
from composia.cli.times import Moment
from composia.cli.usage_shapes import at
from composia.core.usage import NodeUsage, Series, UsageQuery
from composia.errors import Invalid
from composia.plugins.transport import ServerConnection

HEADS = (
    "NODE",
    "SERVICE",
    "CONTAINER",
    "CPU %",
    "MEM USAGE / LIMIT",
    "MEM %",
    "NET I/O",
    "BLOCK I/O",
    "PIDS",
    "RESTARTS",
)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--no-stream", is_flag=True, help="Print it once; so it is without a terminal, and as data.")
@click.option(
    "--since", type=Moment(), metavar="TIME", help="What was used since then, such as 1h or 2d, of each NAME."
)
@click.option("--node", default="", metavar="NODE", help="On this node alone.")
@output_option
def stats(names: tuple[str, ...], *, no_stream: bool, since: int | None, node: str, output: str) -> None:
    """What containers use: of services by name, or all there are. On a terminal it is shown again every few seconds.

    \b
    Example:
      composia stats
      composia stats web --no-stream -o json
      composia stats web --since 2d
    """
    if since:
        _show_past(names, past_usage.ago(since), node, output)
    elif output == "table" and is_watched() and not no_stream:
        ask(lambda server: refresh(lambda: _lines(server, names, node)))
    else:
        rows = ask(lambda server: _rows(server, names, node))
        shaped = [usage_shapes.container(row.usage, row.place, row.service, row.restarts) for row in rows]
        emit(output, {"containers": shaped}, lambda: click.echo("\n".join(_table(rows))))


@dataclass(frozen=True, kw_only=True)
class Row:
    """A container: the readings of its node, its place in them, its service, and how often Docker has started it again."""

    usage: NodeUsage
    place: int
    service: str
    restarts: int | None

    @property
    def order(self) -> tuple[str, bool, str, str]:
        """By node, then those of services."""
        return self.usage.node, not self.service, self.service, self.usage.running.names[self.place]


async def _lines(server: ServerConnection, names: Sequence[str], node: str) -> list[str]:
    return _table(await _rows(server, names, node))


async def _rows(server: ServerConnection, names: Sequence[str], node: str) -> list[Row]:
    report = await server.get_status(names)
    owners, restarts = report.owners, report.restarts
    usages = await server.get_usage([node] if node else [])
    rows = [
        Row(
            usage=usage,
            place=place,
            service=owners.get((usage.node, name), ""),
            restarts=restarts.get((usage.node, name)),
        )
        for usage in usages
        if usage.is_current
        for place, name in enumerate(usage.running.names)
        if not names or (usage.node, name) in owners
    ]
    return sorted(rows, key=lambda row: row.order)


def _table(rows: Sequence[Row]) -> list[str]:
    return table_lines(HEADS, [_cells(row) for row in rows])


def _cells(row: Row) -> tuple[str, ...]:
    usage, place, used = row.usage, row.place, row.usage.running
    memory = used.memory_bytes[place]
    limit = at(used.memory_limit_bytes, place) or usage.host.memory_bytes
    pids = at(used.pids, place)
    return (
        usage.node,
        row.service or "-",
        used.names[place],
        percent(used.cpu_percent[place]),
        f"{binary(memory)} / {binary(limit)}" if limit else binary(memory),
        percent(100 * memory / limit) if limit else "-",
        both(at(used.received_bytes, place), at(used.sent_bytes, place)),
        both(at(used.read_bytes, place), at(used.written_bytes, place)),
        "-" if pids is None else str(pids),
        "-" if row.restarts is None else str(row.restarts),
    )


def _show_past(names: Sequence[str], since_s: float, node: str, output: str) -> None:
    if not names:
        raise Invalid(
            "--since needs the name of a service", hint="composia stats NAME --since 1h, or composia node stats"
        )
    past_usage.show(ask(lambda server: _past(server, names, since_s, node)), output, of_containers=True)


async def _past(server: ServerConnection, names: Sequence[str], since_s: float, node: str) -> tuple[Series, ...]:
    found = [await server.query_usage(UsageQuery(service=name, node=node, since_s=since_s)) for name in names]
    return tuple(series for one in found for series in one)
