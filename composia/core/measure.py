"""What is measured over time: the names of series, which metrics providers, the command line and the API have in common."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Measure:
    """`name` is that of a series; of a measure that is `each` of something, such as of each filesystem, the series is named
    `name:which`."""

    name: str
    unit: str
    text: str
    each: bool = False


HOST = (
    Measure(name="cpu_percent", unit="%", text="all processors together, 0 to 100"),
    Measure(name="load_1m", unit="", text="the load average of the last minute"),
    Measure(name="memory_used_bytes", unit="bytes", text="memory that cannot be had without swapping"),
    Measure(name="swap_used_bytes", unit="bytes", text="swap in use"),
    Measure(name="received_bytes_per_s", unit="bytes/s", text="by the host's own interfaces"),
    Measure(name="sent_bytes_per_s", unit="bytes/s", text="by the host's own interfaces"),
    Measure(name="docker_bytes", unit="bytes", text="images, containers, volumes and build cache of Docker"),
    Measure(name="filesystem_percent", unit="%", text="how full a filesystem is, by its mount", each=True),
)
"""Of a host."""

GAUGES = (
    Measure(name="cpu_percent", unit="%", text="of one processor: 200 is two of them in full"),
    Measure(name="memory_bytes", unit="bytes", text="without what the kernel can drop"),
    Measure(name="pids", unit="", text="processes and threads"),
    Measure(name="restarts", unit="", text="how often the engine has started it again"),
)
"""Of a container, as they are read. Each is named as its column of `ContainerUsages`."""

RATES = (
    Measure(name="received_bytes_per_s", unit="bytes/s", text="over its networks"),
    Measure(name="sent_bytes_per_s", unit="bytes/s", text="over its networks"),
    Measure(name="read_bytes_per_s", unit="bytes/s", text="from disks"),
    Measure(name="written_bytes_per_s", unit="bytes/s", text="to disks"),
)
"""Of a container, from what is counted. Each is named as its column of `ContainerUsages`, and `_per_s`."""

CONTAINER = (*GAUGES, *RATES)
"""Of a container."""
