"""`composia status`."""

import click

from composia.cli import shapes
from composia.cli.connection import ask
from composia.cli.output import age, emit, output_option, print_table, short, state
from composia.core.container import ContainerState
from composia.core.instance import InstanceState
from composia.core.status import InstanceStatus, ServiceStatus, StatusReport, Wanted


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@output_option
def status(names: tuple[str, ...], output: str) -> None:
    """Services on nodes: what is wanted, what runs, and how old that picture is.

    \b
    Example:
      composia status
      composia status web -o json
    """
    report = ask(lambda server: server.get_status(names))
    emit(output, shapes.status(report), lambda: print_status(report))


def print_status(report: StatusReport) -> None:
    """The two tables: services times nodes, and nodes."""
    rows = [row for service in report.services for row in _rows(service)]
    print_table(("SERVICE", "NODE", "STATE", "CONTAINERS", "REVISION", "SEEN", "NOTES"), rows)
    click.echo()
    print_table(
        ("NODE", "STATE", "SEEN", "DOCKER", "NOTES"),
        [
            (n.node.name, state(n.state), age(n.seen_age_s), n.node.facts.docker_version or "-", n.status.problem)
            for n in report.nodes
        ],
    )


def _rows(service: ServiceStatus) -> list[tuple[str, ...]]:
    broken = [f"{p.where}: {p.message}" for p in service.problems if p.severity == "error"]
    if not service.instances:
        why = broken or ["disabled" if service.wanted is Wanted.DISABLED else "placed nowhere"]
        return [(service.name, "-", "-", "-", "-", "-", "; ".join(why))]
    return [
        (
            service.name,
            i.node,
            state(i.state),
            _count(i),
            short(i.revision) or "-",
            age(i.seen_age_s),
            "; ".join([*_flags(i), *([i.reason] if i.reason else []), *broken]),
        )
        for i in service.instances
    ]


def _flags(instance: InstanceStatus) -> list[str]:
    flags = {
        "edited": bool(instance.edited),
        "orphaned": instance.orphaned,
        "stopped by hand": instance.stopped,
        "changed in Git": instance.changed and bool(instance.revision),
    }
    return [flag for flag, holds in flags.items() if holds]


def _count(instance: InstanceStatus) -> str:
    """Running of all; in a service that is well, jobs that have ended are not missed."""
    running = sum(c.state is ContainerState.RUNNING for c in instance.containers)
    well = instance.state is InstanceState.RUNNING
    done = sum(c.state is ContainerState.EXITED for c in instance.containers) if well else 0
    return f"{running}/{len(instance.containers) - done}" + (f" +{done} done" if done else "")
