"""What `composia node show` prints."""

from collections.abc import Sequence

import click

from composia.cli import shapes
from composia.cli.output import age, print_table, short, state
from composia.cli.words import harmless
from composia.core.container import Container
from composia.core.status import InstanceStatus, NodeView

GIB = 1 << 30


def labels(n: NodeView) -> str:
    """The node's labels in a line."""
    return ", ".join(f"{key}={value}" for key, value in n.node.labels)


def print_node(n: NodeView, instances: Sequence[InstanceStatus]) -> None:
    """Its facts, then its instances, its containers, and those that are none of ours."""
    click.echo(f"name     {n.node.name}")
    for name, text in _facts(n).items():
        if text:
            click.echo(harmless(f"{name:8} {text}"))
    click.echo()
    print_table(
        ("SERVICE", "STATE", "REVISION", "NOTES"),
        [(i.service, state(i.state), short(i.revision) or "-", i.reason) for i in instances],
    )
    click.echo()
    print_containers("CONTAINER", n.containers)
    if n.others:
        click.echo()
        print_containers("NOT OURS", n.others)


def print_containers(title: str, containers: Sequence[Container]) -> None:
    """A table of containers."""
    print_table(
        (title, "PROJECT", "IMAGE", "STATE", "HEALTH"),
        [(c.name, c.project or "-", c.image, state(c.state), c.health) for c in containers],
    )


def _facts(n: NodeView) -> dict[str, object]:
    facts, status = n.node.facts, n.status
    return {
        "state": f"{state(n.state)}, seen {age(n.seen_age_s)}",
        "drained": n.drain and f"nothing new is placed there, since {shapes.time(n.drain.since_ms)}, by {n.drain.by}",
        "paused": n.pause and f"no task begins there, since {shapes.time(n.pause.since_ms)}, by {n.pause.by}",
        "problem": status.problem,
        "labels": labels(n),
        "prefix": n.node.project_prefix,
        "tasks": ", ".join((*n.running_tasks, f"at most {n.node.capacity} at once")),
        "agent": f"{facts.version} {n.node.agent_id}".strip(),
        "docker": facts.docker_version and f"{facts.docker_version}, Compose {facts.compose_version or '-'}",
        "host": ", ".join(text for text in (facts.os, facts.kernel, facts.architecture) if text),
        "cpus": facts.cpus and f"{facts.cpus}, load {status.host.load_1m:.2f}",
        "memory": facts.memory_bytes
        and f"{facts.memory_bytes / GIB:.1f} GiB, {status.host.memory_available_bytes / GIB:.1f} GiB available",
        "joined": shapes.time(n.node.joined_ms),
    }
