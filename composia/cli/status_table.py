"""The two tables of `composia status`."""

from composia.cli.output import age, short, state, table_lines
from composia.core.container import ContainerState
from composia.core.instance import InstanceState
from composia.core.status import InstanceStatus, NodeView, ServiceStatus, StatusReport, Wanted

SERVICE_HEADS = ("SERVICE", "NODE", "STATE", "CONTAINERS", "REVISION", "SEEN", "NOTES")
NODE_HEADS = ("NODE", "STATE", "SEEN", "DOCKER", "NOTES")


def service_table(report: StatusReport) -> list[str]:
    """Services times nodes, as lines."""
    return table_lines(SERVICE_HEADS, [row for service in report.services for row in service_rows(service)])


def node_table(report: StatusReport) -> list[str]:
    """Nodes, as lines."""
    return table_lines(NODE_HEADS, [node_row(node) for node in report.nodes])


def node_row(node: NodeView) -> tuple[str, ...]:
    """A node."""
    docker = node.node.facts.docker_version or "-"
    return node.node.name, state(node.state), age(node.seen_age_s), docker, node.status.problem


def service_rows(service: ServiceStatus) -> list[tuple[str, ...]]:
    """A service: a row for each instance, or one that says why there is none."""
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
    }
    return [*(flag for flag, holds in flags.items() if holds), *filter(None, [_lag(instance)])]


def _lag(instance: InstanceStatus) -> str:
    """How far what runs is from what Git has; empty where it is the same."""
    if instance.behind:
        return f"{instance.behind} commit{'s' if instance.behind > 1 else ''} behind"
    return "changed in Git" if instance.changed and instance.revision else ""


def _count(instance: InstanceStatus) -> str:
    """Running of all, also of those that are missing; in a service that is well, jobs that have ended are not missed."""
    running = sum(c.state is ContainerState.RUNNING for c in instance.containers)
    well = instance.state is InstanceState.RUNNING
    done = sum(c.state is ContainerState.EXITED for c in instance.containers) if well else 0
    return f"{running}/{len(instance.containers) - done + instance.missing}" + (f" +{done} done" if done else "")
