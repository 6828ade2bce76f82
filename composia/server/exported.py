"""What is exported for Prometheus: each metric, its labels, and where its values come from.

Labels are node, service, container, state and mount alone, of containers there are at most `MOST_CONTAINERS` and of a node's
filesystems at most `MOST_MOUNTS`: an installation cannot make more series than it has nodes, with so many filesystems each,
instances and so many containers.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from composia.core.node import NodeState
from composia.core.status import NodeView, StatusReport
from composia.core.usage import ContainerUsages, FilesystemUsage, HostUsage, NodeUsage
from composia.server.exposition import Family, Sample

MOST_CONTAINERS = 10_000
"""Of how many containers metrics are exported; those of services come first, then by node and name."""

MOST_MOUNTS = 20
"""Of how many filesystems of a node metrics are exported: of the largest, which stay the same ones."""


def _host(name: str, text: str, kind: str = "gauge") -> Family:
    return Family(name=f"composia_node_{name}", kind=kind, labels=("node",), text=text)


def _filesystem(name: str, text: str) -> Family:
    return Family(name=f"composia_node_filesystem_{name}", kind="gauge", labels=("node", "mount"), text=text)


def _container(name: str, text: str, kind: str = "gauge") -> Family:
    labels = ("node", "service", "container")
    return Family(name=f"composia_container_{name}", kind=kind, labels=labels, text=text)


INFO = Family(name="composia_build_info", kind="gauge", labels=("version",), text="1, with the server's version")
NODES = Family(name="composia_nodes", kind="gauge", labels=("state",), text="Nodes in each state")
CONNECTED = Family(name="composia_agents_connected", kind="gauge", text="Agents with an open stream")
TASKS = Family(
    name="composia_tasks",
    kind="gauge",
    labels=("state",),
    text="Open tasks in each state; pending is the queue's depth",
)
ENDED = Family(
    name="composia_tasks_ended_total",
    kind="counter",
    labels=("state",),
    text="Tasks that ended in each state since the server was started",
)
INSTANCE = Family(
    name="composia_instance_state",
    kind="gauge",
    labels=("node", "service", "state"),
    text="1 for the state that an instance is in",
)
UP = _host("up", "1 while its agent can be reached")
SEEN = _host("seen_age_seconds", "How old what is known of it is")
RUNNING = _host("containers_running", "Containers that run, also those of no service")
LEFT_OUT = Family(
    name="composia_containers_left_out",
    kind="gauge",
    text="Containers of which nothing is exported, since there are too many",
)

HOST = (
    _host("cpu_percent", "Of all processors together, 0 to 100"),
    _host("load_1m", "The load average of a minute"),
    _host("load_5m", "The load average of five minutes"),
    _host("load_15m", "The load average of fifteen minutes"),
    _host("memory_bytes", "All memory"),
    _host("memory_available_bytes", "Memory that can be had without swapping"),
    _host("swap_bytes", "All swap"),
    _host("swap_free_bytes", "Swap that is free"),
    _host("uptime_seconds", "Since the host was started"),
    _host("network_received_bytes_total", "By its own interfaces", "counter"),
    _host("network_sent_bytes_total", "By its own interfaces", "counter"),
    _host("filesystem_fullest_percent", "How full the fullest of its filesystems is"),
    _host("docker_bytes", "What Docker takes of the disk"),
    _host("docker_unused_bytes", "How much of that no container uses"),
)

FILESYSTEMS = (
    _filesystem("size_bytes", "How large a filesystem is, by its mount"),
    _filesystem("available_bytes", "How much of it may still be written"),
)

CONTAINER = (
    _container("cpu_percent", "Of one processor: 200 is two of them in full"),
    _container("memory_bytes", "Without what the kernel can drop"),
    _container("memory_limit_bytes", "0 without a limit"),
    _container("network_received_bytes_total", "Over its networks", "counter"),
    _container("network_sent_bytes_total", "Over its networks", "counter"),
    _container("block_read_bytes_total", "From disks", "counter"),
    _container("block_written_bytes_total", "To disks", "counter"),
    _container("pids", "Processes and threads"),
)

_COLUMNS = (
    "cpu_percent",
    "memory_bytes",
    "memory_limit_bytes",
    "received_bytes",
    "sent_bytes",
    "read_bytes",
    "written_bytes",
    "pids",
)

RESTARTS = _container("restarts", "How often Docker has started it again")

EVERY = (
    *(INFO, NODES, CONNECTED, TASKS, ENDED, INSTANCE, UP, SEEN, RUNNING),
    *(*HOST, *FILESYSTEMS, *CONTAINER, RESTARTS, LEFT_OUT),
)
"""All that may be exported, in order."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What is known now. `usages` are of nodes that can be reached alone: of the others nothing is known now. `tasks` counts
    open ones by state, `ended` those that ended."""

    version: str
    report: StatusReport
    usages: Sequence[NodeUsage]
    tasks: Mapping[str, int]
    ended: Mapping[str, int]


def exported(moment: Moment, most: int = MOST_CONTAINERS) -> Iterator[tuple[Family, Iterable[Sample]]]:
    """Each family with its samples."""
    nodes = moment.report.nodes
    states = Counter(view.state for view in nodes)
    yield INFO, [((moment.version,), 1)]
    yield NODES, [((state.value,), states[state]) for state in NodeState]
    yield CONNECTED, [((), states[NodeState.ONLINE])]
    yield TASKS, [((state,), moment.tasks[state]) for state in sorted(moment.tasks)]
    yield ENDED, [((state,), moment.ended[state]) for state in sorted(moment.ended)]
    yield (
        INSTANCE,
        (
            ((instance.node, service.name, instance.state.value), 1)
            for service in moment.report.services
            for instance in service.instances
        ),
    )
    yield UP, [((view.node.name,), view.state is NodeState.ONLINE) for view in nodes]
    yield SEEN, [((view.node.name,), view.seen_age_s) for view in nodes if view.seen_age_s is not None]
    yield RUNNING, [((usage.node,), len(usage.containers.names)) for usage in moment.usages if usage.containers]
    hosts = [(usage.node, _of_host(usage.host)) for usage in moment.usages if usage.host.memory_bytes]
    for place, family in enumerate(HOST):
        yield family, [((node,), value) for node, values in hosts if (value := values[place]) is not None]
    size, available = FILESYSTEMS
    disks = [((usage.node, disk.mount), disk) for usage in moment.usages for disk in _largest(usage.host)]
    yield size, [(labels, disk.size_bytes) for labels, disk in disks]
    yield available, [(labels, disk.available_bytes) for labels, disk in disks]
    containers = _containers(moment)
    for family, name in zip(CONTAINER, _COLUMNS, strict=True):
        yield family, _column(containers[:most], name)
    yield RESTARTS, _restarts(containers[:most], moment.report)
    yield LEFT_OUT, [((), max(0, len(containers) - most))]


def reachable(nodes: Iterable[NodeView]) -> list[str]:
    """The nodes of which something is known now."""
    return [view.node.name for view in nodes if view.state is NodeState.ONLINE]


def _largest(host: HostUsage) -> list[FilesystemUsage]:
    sized = sorted(
        (disk for disk in host.filesystems if disk.size_bytes), key=lambda disk: (-disk.size_bytes, disk.mount)
    )
    return sorted(sized[:MOST_MOUNTS], key=lambda disk: disk.mount)


_Placed = tuple[tuple[str, str, str], ContainerUsages, int]
"""The labels of a container, the readings of its node, and its place in them."""


def _containers(moment: Moment) -> list[_Placed]:
    owners = moment.report.owners
    found = [
        ((usage.node, owners.get((usage.node, name), ""), name), usage.running, place)
        for usage in moment.usages
        for place, name in enumerate(usage.running.names)
    ]
    found.sort(key=lambda one: (not one[0][1], one[0][0], one[0][2]))
    return found


def _column(containers: Iterable[_Placed], name: str) -> Iterator[Sample]:
    for labels, used, place in containers:
        if column := getattr(used, name):
            yield labels, column[place]


def _restarts(containers: Iterable[_Placed], report: StatusReport) -> Iterator[Sample]:
    seen = report.restarts
    for labels, _, _ in containers:
        if (restarts := seen.get((labels[0], labels[2]))) is not None:
            yield labels, restarts


def _of_host(host: HostUsage) -> tuple[float | None, ...]:
    docker, fullest = host.docker, host.fullest
    return (
        host.cpu_percent,
        host.load_1m,
        host.load_5m,
        host.load_15m,
        host.memory_bytes,
        host.memory_available_bytes,
        host.swap_bytes,
        host.swap_free_bytes,
        host.uptime_s,
        host.received_bytes,
        host.sent_bytes,
        round(100 * fullest.used_share, 2) if fullest else None,
        docker.total_bytes if docker else None,
        docker.unused_bytes if docker else None,
    )
