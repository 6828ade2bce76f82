"""What a host and its containers use, as an agent measured it. Bytes; what is counted is counted since its beginning."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FilesystemUsage:
    """A filesystem of the host that holds files of ours or of Docker's, or is mounted from a disk."""

    mount: str
    device: str = ""
    size_bytes: int = 0
    available_bytes: int = 0

    @property
    def used_share(self) -> float:
        """How full it is, 0 to 1; for one without a size 0."""
        return 1 - self.available_bytes / self.size_bytes if self.size_bytes else 0.0


@dataclass(frozen=True, kw_only=True)
class DockerUsage:
    """What Docker takes of the disk, and how much of it no container uses. `at_ms` is when it was asked (node's clock): that
    is dear, so it happens every few minutes. `root` is the directory of the host where Docker keeps it."""

    images_bytes: int = 0
    containers_bytes: int = 0
    volumes_bytes: int = 0
    build_cache_bytes: int = 0
    unused_bytes: int = 0
    at_ms: int = 0
    root: str = ""

    @property
    def total_bytes(self) -> int:
        """All that it takes."""
        return self.images_bytes + self.containers_bytes + self.volumes_bytes + self.build_cache_bytes


@dataclass(frozen=True, kw_only=True)
class HostUsage:
    """A host at one moment. `cpu_percent` is of all processors together (0 to 100), over the time since the last reading.
    `received_bytes` and `sent_bytes` are those of its own interfaces since it was started, also of those that went away while
    its agent ran."""

    cpu_percent: float = 0.0
    load_1m: float = 0.0
    load_5m: float = 0.0
    load_15m: float = 0.0
    memory_bytes: int = 0
    memory_available_bytes: int = 0
    swap_bytes: int = 0
    swap_free_bytes: int = 0
    uptime_s: float = 0.0
    received_bytes: int = 0
    sent_bytes: int = 0
    filesystems: tuple[FilesystemUsage, ...] = ()
    docker: DockerUsage | None = None

    @property
    def fullest(self) -> FilesystemUsage | None:
        """The filesystem of which the least share is available; None where none is known."""
        sized = (disk for disk in self.filesystems if disk.size_bytes)
        return max(sized, key=lambda disk: disk.used_share, default=None)


@dataclass(frozen=True, kw_only=True)
class ContainerUsages:
    """The running containers of a node at one moment, in columns: the same place in each is the same container. A column
    is empty where this host cannot tell it; names, processors and memory it always can.

    `cpu_percent` is of one processor (200 is two of them in full) since the last reading, `memory_bytes` without what the
    kernel can drop, `memory_limit_bytes` 0 without a limit. The four that are counted are counted since its start. `restarts`
    is how often the engine has started it again since it was made.
    """

    names: tuple[str, ...] = ()
    cpu_percent: tuple[float, ...] = ()
    memory_bytes: tuple[int, ...] = ()
    memory_limit_bytes: tuple[int, ...] = ()
    received_bytes: tuple[int, ...] = ()
    sent_bytes: tuple[int, ...] = ()
    read_bytes: tuple[int, ...] = ()
    written_bytes: tuple[int, ...] = ()
    pids: tuple[int, ...] = ()
    restarts: tuple[int, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether each column has a place for each container, or is empty; names, processors and memory never are."""
        count = len(self.names)
        rest = (self.memory_limit_bytes, self.received_bytes, self.sent_bytes, self.read_bytes, self.written_bytes)
        return len(self.cpu_percent) == len(self.memory_bytes) == count and all(
            len(column) in (0, count) for column in (*rest, self.pids, self.restarts)
        )


CURRENT_S = 15.0
"""A host is read every 5 s: what is older than three readings is not what it uses now."""


@dataclass(frozen=True, kw_only=True)
class NodeUsage:
    """The last readings of a node, with their ages by the server's clock. `containers` is None while that is not known: they
    were never read, or so long ago that it is not what they use now."""

    node: str
    host: HostUsage
    containers: ContainerUsages | None
    containers_age_s: float = 0.0
    host_age_s: float = 0.0

    @property
    def is_current(self) -> bool:
        """Whether it is what the host uses now; of one that is not heard any more it is what it used last."""
        return self.host_age_s <= CURRENT_S

    @property
    def running(self) -> ContainerUsages:
        """Its running containers; none while they are not known."""
        return self.containers or ContainerUsages()


@dataclass(frozen=True, kw_only=True)
class UsageQuery:
    """Which history: of a node (`service` empty), or of the containers of a service, on one node or on all; the last
    `since_s` seconds up to `until_s` seconds ago; at most so many `points` a series; of these `metrics`, or of all.

    With `by_service` there is one series a service and metric, the sum over its containers on all nodes that are asked for;
    without a `service`, of all services."""

    node: str = ""
    service: str = ""
    since_s: float = 3600.0
    until_s: float = 0.0
    points: int = 300
    by_service: bool = False
    metrics: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Series:
    """One measure of a host (`container` empty) or of a container, a value each `step_s` seconds from `start_ms` on (UTC,
    server's clock); NaN where nothing is known. `metric` is a name in ARCHITECTURE.md's table, which also tells the unit."""

    node: str
    service: str = ""
    container: str = ""
    metric: str
    start_ms: int
    step_s: float
    values: tuple[float, ...]
