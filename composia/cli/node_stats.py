"""`composia node stats`."""

from collections.abc import Sequence

import click

from composia.cli import past_usage, usage_shapes
from composia.cli.connection import ask
from composia.cli.live import is_watched, refresh
from composia.cli.output import age, emit, output_option, table_lines
from composia.cli.quantities import binary, both, percent
from composia.cli.times import Moment
from composia.cli.usage_shapes import used_memory
from composia.core.usage import HostUsage, NodeUsage, Series, UsageQuery
from composia.plugins.transport import ServerConnection

HEADS = (
    "NODE",
    "CPU %",
    "LOAD",
    "MEM USED / TOTAL",
    "MEM %",
    "SWAP",
    "NET I/O",
    "FULLEST DISK",
    "DOCKER",
    "UP",
    "SEEN",
)
_UNITS = (("d", 86_400), ("h", 3600), ("m", 60))


@click.command("stats")
@click.argument("nodes", nargs=-1, metavar="[NODE]...")
@click.option("--no-stream", is_flag=True, help="Print it once; so it is without a terminal, and as data.")
@click.option("--since", type=Moment(), metavar="TIME", help="What was used since then, such as 1h or 2d.")
@output_option
def node_stats(nodes: tuple[str, ...], *, no_stream: bool, since: int | None, output: str) -> None:
    """What hosts use: nodes by name, or all. On a terminal it is shown again every few seconds.

    \b
    Example:
      composia node stats
      composia node stats node-a --no-stream -o json
      composia node stats node-a --since 1h
    """
    if since:
        since_s = past_usage.ago(since)
        past_usage.show(ask(lambda server: _past(server, nodes, since_s)), output, of_containers=False)
    elif output == "table" and is_watched() and not no_stream:
        ask(lambda server: refresh(lambda: _lines(server, nodes)))
    else:
        usages = ask(lambda server: server.get_usage(nodes))
        shaped = [usage_shapes.node(usage) for usage in usages]
        emit(output, {"nodes": shaped}, lambda: click.echo("\n".join(_table(usages))))


async def _past(server: ServerConnection, nodes: Sequence[str], since_s: float) -> tuple[Series, ...]:
    names = nodes or [view.node.name for view in await server.list_nodes()]
    found = [await server.query_usage(UsageQuery(node=name, since_s=since_s)) for name in names]
    return tuple(series for one in found for series in one)


async def _lines(server: ServerConnection, nodes: Sequence[str]) -> list[str]:
    return _table(await server.get_usage(nodes))


def _table(usages: Sequence[NodeUsage]) -> list[str]:
    return table_lines(HEADS, [(usage.node, *_cells(usage), age(usage.host_age_s)) for usage in usages])


def _cells(usage: NodeUsage) -> tuple[str, ...]:
    host, docker = usage.host, usage.host.docker
    if not usage.is_current or not host.memory_bytes:  # not heard any more, or an agent of an older kind
        return ("-",) * (len(HEADS) - 2)
    return (
        percent(host.cpu_percent),
        f"{host.load_1m:.2f}",
        f"{binary(used_memory(host))} / {binary(host.memory_bytes)}",
        percent(100 * used_memory(host) / host.memory_bytes),
        f"{binary(host.swap_bytes - host.swap_free_bytes)} / {binary(host.swap_bytes)}" if host.swap_bytes else "-",
        both(host.received_bytes, host.sent_bytes),
        _fullest(host),
        "-" if docker is None else binary(docker.total_bytes),
        _up(host.uptime_s),
    )


def _fullest(host: HostUsage) -> str:
    disk = host.fullest
    return f"{disk.mount} {disk.used_share:.0%} of {binary(disk.size_bytes)}" if disk else "-"


def _up(seconds: float) -> str:
    unit, size = next(((unit, size) for unit, size in _UNITS if seconds >= 2 * size), ("s", 1))
    return f"{seconds // size:.0f}{unit}"
