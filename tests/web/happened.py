"""What has happened at a site before it began: readings of the last two hours, as if its containers had run then."""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from composia.builtin_plugins.metrics_history import HistoryConfig, composia_metrics
from composia.builtin_plugins.simulated.config import SimulatedConfig
from composia.builtin_plugins.simulated.usage import host, machine, usages
from composia.clock import ManualClock
from composia.core.container import Container, ContainerState
from composia.core.usage import DockerUsage
from composia.plugins.provider import Context
from tests.web.believable import Believable

SPAN_S = 7200
DETAIL_S = 3600
"""For so long the server knows each reading of a host."""
HOST_S, CONTAINERS_S = 5, 60
MACHINE = SimulatedConfig(cpus=8, memory_gib=32, disk_gib=500)


def engine_id(node: str) -> str:
    """What the engine of a node calls itself, so that the machine is the same before and after."""
    return f"simulated-{node}"


async def past_readings(server_data: Path, nodes: Sequence[str], services: Iterable[Believable]) -> None:
    """Put them into the history of a server that does not run yet."""
    now_ms = time.time_ns() // 1_000_000
    containers = {node: _containers(node, services, now_ms - 2 * SPAN_S * 1000) for node in nodes}
    clock = ManualClock(now_ms - SPAN_S * 1000)
    provider = composia_metrics()
    context = Context(data=server_data / provider.name, clock=clock)
    context.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    history = await provider.open(HistoryConfig(), context)
    for passed_s in range(0, SPAN_S, HOST_S):
        clock.advance(HOST_S)
        whole = passed_s % CONTAINERS_S == 0
        if not whole and passed_s < SPAN_S - DETAIL_S:
            continue
        for node, its in containers.items():
            at_ms = clock.now_ms()
            used = usages(its, at_ms)
            about = machine(MACHINE, engine_id(node))
            assert about
            docker = DockerUsage(images_bytes=18 << 30, volumes_bytes=40 << 30, at_ms=at_ms)
            history.record(node, at_ms, host(about, used, docker, at_ms), used if whole else None)
        if passed_s % 900 == 0:
            await history.tidy()
    await history.close()


def _containers(node: str, services: Iterable[Believable], since_ms: int) -> list[Container]:
    names = [
        f"{service.name}-{part}-1"
        for service in services
        if node in service.nodes
        for part in ("app", *(beside.split("=")[0] for beside in service.app.beside))
    ]
    return [
        Container(
            id=name,
            name=name,
            project="",
            service="",
            image="",
            image_id="",
            state=ContainerState.RUNNING,
            started_ms=since_ms,
        )
        for name in sorted(names)
    ]


def put_engine_id(agent_data: Path, node: str) -> None:
    """Let a node's engine be called as it is here."""
    directory = agent_data / "simulated"
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    (directory / "engine-id").write_text(engine_id(node))
