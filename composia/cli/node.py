"""`composia node`."""

import click

from composia.cli import shapes
from composia.cli.connection import ask
from composia.cli.lazy import LazyGroup
from composia.cli.output import age, emit, output_option, print_table, state
from composia.core.status import NodeView


@click.group(cls=LazyGroup)
def node() -> None:
    """Nodes: Docker hosts that run an agent."""


@node.command("list")
@output_option
def list_nodes(output: str) -> None:
    """All nodes that ever joined."""
    nodes = ask(lambda server: server.list_nodes())
    emit(output, {"nodes": [shapes.node(n) for n in nodes]}, lambda: _table(nodes))


@node.command()
@click.argument("name")
@output_option
def show(name: str, output: str) -> None:
    """One node with its facts and containers."""
    found = ask(lambda server: server.get_node(name))
    emit(output, shapes.node_details(found), lambda: _details(found))


def _table(nodes: tuple[NodeView, ...]) -> None:
    print_table(
        ("NAME", "STATE", "SEEN", "CONTAINERS", "DOCKER", "COMPOSE", "AGENT", "LABELS"),
        [
            (
                n.node.name,
                state(n.state),
                age(n.seen_age_s),
                len(n.containers),
                n.node.facts.docker_version or "-",
                n.node.facts.compose_version or "-",
                n.node.facts.version or "-",
                ", ".join(f"{key}={value}" for key, value in n.node.labels) or "-",
            )
            for n in nodes
        ],
    )


def _details(n: NodeView) -> None:
    for key, value in shapes.node_details(n).items():
        if key != "containers" and value not in (None, "", [], {}):
            click.echo(f"{key:24} {value}")
    click.echo()
    print_table(
        ("CONTAINER", "PROJECT", "IMAGE", "STATE", "HEALTH"),
        [(c.name, c.project or "-", c.image, state(c.state), c.health) for c in n.containers],
    )
