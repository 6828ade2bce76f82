"""`composia node`."""

import secrets

import click

from composia.cli import shapes
from composia.cli.connection import ask
from composia.cli.counts import Count
from composia.cli.lazy import LazyGroup
from composia.cli.node_details import labels, print_node
from composia.cli.node_stats import node_stats
from composia.cli.node_stock import containers, images, networks, print_doomed, volumes
from composia.cli.output import age, detach_option, emit, output_option, print_table, state
from composia.cli.started import finish
from composia.core.definition.durations import parse_duration
from composia.core.status import NodeView, StatusReport
from composia.core.task import PruneTarget
from composia.errors import Invalid
from composia.plugins.api import DrainRequest, PruneRequest
from composia.plugins.transport import ServerConnection


@click.group(cls=LazyGroup)
def node() -> None:
    """Nodes: Docker hosts that run an agent."""


node.add_command(node_stats)
for command in (containers, images, volumes, networks):
    node.add_command(command)


@node.command("list")
@output_option
def list_nodes(output: str) -> None:
    """All nodes that ever joined.

    \b
    Example:
      composia node list
    """
    nodes = ask(lambda server: server.list_nodes())
    emit(output, {"nodes": [shapes.node(n) for n in nodes]}, lambda: _table(nodes))


@node.command()
@click.argument("name")
@output_option
def show(name: str, output: str) -> None:
    """One node: its facts, how it is doing, the instances on it, and all its containers.

    \b
    Example:
      composia node show node-a
    """

    async def look(server: ServerConnection) -> tuple[NodeView, StatusReport]:
        return await server.get_node(name), await server.get_status(())

    found, report = ask(look)
    here = tuple(i for service in report.services for i in service.instances if i.node == name)
    emit(output, shapes.node_details(found, here), lambda: print_node(found, here))


@node.command("join-token")
@click.option(
    "--node", "name", default="", metavar="NAME", help="The node that the host becomes; else it is named after it."
)
@click.option("--ttl", default="1h", show_default=True, metavar="TIME", help="For how long it is good.")
@click.option("--uses", type=Count(), default=1, show_default=True, help="How many hosts may join with it.")
@output_option
def join_token(name: str, ttl: str, uses: int, output: str) -> None:
    """Print the one string that makes a Docker host a node: `composia agent --join STRING` there.

    It holds the server's address, the fingerprint of its CA and a secret: who has it can become a node as long as it is
    good. Only with --node can it become one that there is already.

    \b
    Example:
      composia node join-token
      composia node join-token --node node-a --ttl 15m
    """
    ttl_s = parse_duration(ttl)
    if ttl_s is None:
        raise Invalid(f"--ttl {ttl} is no time", hint="such as 30m, 1h or 48h")
    token, join = ask(lambda server: server.create_join_token(name, ttl_s, uses))
    emit(output, {**shapes.token(token), "join": join}, lambda: click.echo(join))


@node.command()
@click.argument("name")
@click.option("--unused-images", is_flag=True, help="Every image that no container uses, not only those without a tag.")
@click.option("--build-cache", is_flag=True, help="The build cache too.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@detach_option
@output_option
def prune(name: str, unused_images: bool, build_cache: bool, detach: bool, output: str, *, dry_run: bool) -> None:
    """Remove images without a tag that no container uses, stopped ones included. Volumes and networks stay.

    \b
    Example:
      composia node prune node-a --dry-run
      composia node prune node-a --unused-images --build-cache
    """
    images = PruneTarget.UNUSED_IMAGES if unused_images else PruneTarget.DANGLING_IMAGES
    what = (images, PruneTarget.BUILD_CACHE) if build_cache else (images,)
    if dry_run:
        print_doomed(name, what, output)
        return
    request = PruneRequest(request_id=secrets.token_hex(16), node=name, what=what)
    finish(ask(lambda server: server.prune_node(request)), output, detach=detach)


@node.command()
@click.argument("name")
@click.option("--keep", is_flag=True, help="Move nothing away; what runs there stays.")
@detach_option
@output_option
def drain(name: str, keep: bool, detach: bool, output: str) -> None:
    """Place nothing new on a node, and move away the services whose `placement` lets them go elsewhere. Each is taken down
    there once it is healthy on its new node; its directory and volumes stay behind. What cannot move is said, and which
    task still waits to deploy something there.

    \b
    Example:
      composia node drain node-a
      composia node drain node-a --keep
    """
    request = DrainRequest(request_id=secrets.token_hex(16), node=name, move=not keep)
    drained = ask(lambda server: server.drain_node(request))
    click.echo(f"{name} is drained: nothing new is placed there", err=output != "table")
    if drained.started.deployments or drained.started.skipped or output != "table":
        finish(drained.started, output, detach=detach, beside=shapes.node(drained.node))


@node.command()
@click.argument("name")
@output_option
def pause(name: str, output: str) -> None:
    """Let no task begin on a node, as for work on the host; those for it wait. What has begun goes on, and so do containers.

    \b
    Example:
      composia node pause node-a
    """
    paused = ask(lambda server: server.pause_node(name))
    emit(output, shapes.node(paused), lambda: click.echo(f"{name} is paused: no task begins there"))


@node.command()
@click.argument("name")
@output_option
def resume(name: str, output: str) -> None:
    """Let services be placed on a node again, and tasks begin there.

    \b
    Example:
      composia node resume node-a
    """
    resumed = ask(lambda server: server.resume_node(name))
    emit(output, shapes.node(resumed), lambda: click.echo(f"services may be placed on {name}, and tasks begin there"))


def _table(nodes: tuple[NodeView, ...]) -> None:
    print_table(
        ("NAME", "STATE", "SEEN", "CONTAINERS", "DOCKER", "COMPOSE", "AGENT", "LABELS"),
        [
            (
                n.node.name,
                ", ".join((state(n.state), *(["drained"] if n.drain else []), *(["paused"] if n.pause else []))),
                age(n.seen_age_s),
                len(n.containers),
                n.node.facts.docker_version or "-",
                n.node.facts.compose_version or "-",
                n.node.facts.version or "-",
                labels(n) or "-",
            )
            for n in nodes
        ],
    )
