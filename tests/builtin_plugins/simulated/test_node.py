"""A simulated node over time: what becomes of its containers, what they print, and what the machine has."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import anyio
import pytest

from composia.builtin_plugins.simulated.config import SimulatedConfig
from composia.builtin_plugins.simulated.definition import read
from composia.builtin_plugins.simulated.executor import SimulatedExecutor
from composia.builtin_plugins.simulated.world import World
from composia.clock import ManualClock
from composia.core.container import Container, ContainerHealth, ContainerState
from composia.plugins.provider import Context

pytestmark = pytest.mark.anyio


class Node:
    """A node with one service, from the lines of its Compose file below the image."""

    def __init__(self, directory: Path, *lines: str) -> None:
        self.clock = ManualClock()
        self.directory = directory
        (directory / "compose.yaml").write_text(
            "\n".join(["services:", "  app:", "    image: app:1", *(f"    {line}" for line in lines)])
        )
        self.world = World(directory / "containers.json")
        self.executor = SimulatedExecutor(self.world, self.clock)

    def up(self) -> None:
        """Bring it up."""
        for service in read(self.directory, ["compose.yaml"], ()):
            self.world.create("web", service, 1, self.clock.now_ms())

    @property
    def container(self) -> Container:
        """Its container now."""
        (container,) = self.world.containers(self.clock.now_ms())
        return container

    async def printed(self) -> list[str]:
        """The log to its end."""
        async with aclosing(self.executor.logs(self.container.id)) as log:
            return [line.data.decode() async for lines in log for line in lines]


async def next_action(events: AsyncIterator[object]) -> str:
    with anyio.fail_after(60):
        return str(getattr(await anext(events), "action", ""))


async def test_a_container_runs_well_until_its_fate_comes(tmp_path: Path) -> None:
    node = Node(tmp_path, "ports: ['8080:80']", "x-simulate: {fate: crashes, after_s: 60, exit_code: 137, says: gone}")
    node.up()
    node.clock.advance(59)
    well = node.container
    node.clock.advance(1)
    ill = node.container
    node.clock.advance(120)
    later = node.container

    assert (well.state, [port.number for port in well.ports]) == (ContainerState.RUNNING, [8080])
    assert (ill.state, ill.exit_code, ill.oom_killed, ill.ports) == (ContainerState.RESTARTING, 137, True, ())
    assert later.restarts == ill.restarts + 2
    assert later.ended_ms == ill.ended_ms + 120_000
    assert (await node.printed())[-1] == "gone"


async def test_a_healthcheck_turns_red_and_says_why_and_that_is_an_event(tmp_path: Path) -> None:
    node = Node(tmp_path, "healthcheck: {test: x}", "x-simulate: {fate: unhealthy, after_s: 0.2, says: HTTP 503}")
    node.up()
    async with aclosing(node.executor.events()) as events:
        await next_action(events)
        node.clock.advance(0.1)
        healthy = node.container
        upcoming = next_action(events)
        node.clock.advance(0.2)
        action = await upcoming

    assert (healthy.health, healthy.check) == (ContainerHealth.HEALTHY, "")
    assert action == "health_status: unhealthy"
    assert (node.container.state, node.container.check) == (ContainerState.RUNNING, "HTTP 503")


async def test_one_that_went_wrong_is_stopped_and_started_like_any_other(tmp_path: Path) -> None:
    node = Node(tmp_path, "x-simulate: {fate: crashes, after_s: 60}")
    node.up()
    node.clock.advance(300)
    node.world.stop([node.container], node.clock.now_ms())
    stopped = node.container
    node.clock.advance(300)
    assert node.container == stopped
    assert stopped.state is ContainerState.EXITED
    node.world.start([stopped], node.clock.now_ms())
    assert (node.container.state, node.container.restarts) == (ContainerState.RUNNING, 0)
    assert node.container == World(tmp_path / "containers.json").containers(node.clock.now_ms())[0]


async def test_lines_say_their_number_when_they_were_printed_and_something_of_their_own(tmp_path: Path) -> None:
    node = Node(tmp_path, "x-simulate: {every_s: 10, prints: ['{n} {hex} {ms} {time} {\"n\": {n}}']}")
    node.up()
    node.clock.advance(20)
    lines = [line.split(" ", 4) for line in await node.printed()]

    assert [line[0] for line in lines] == ["0", "1", "2"]
    assert len({line[1] for line in lines}) == len({line[2] for line in lines}) == 3
    assert [line[4] for line in lines] == ['{"n": 0}', '{"n": 1}', '{"n": 2}']
    assert [line[3][17:] for line in lines] == [f"{second:02}.000Z" for second in _seconds(node, 3)]


def _seconds(node: Node, count: int) -> list[int]:
    begin = node.container.started_ms // 1000
    return [(begin + 10 * number) % 60 for number in range(count)]


async def test_volumes_stay_when_containers_go_and_are_unused_then(tmp_path: Path) -> None:
    node = Node(tmp_path, "volumes: ['data:/data', './page:/page', '/srv:/srv', 'data:/more']")
    node.up()
    (used,) = await node.executor.volumes()
    disk = await node.executor.disk()
    node.world.remove([node.container])
    (unused,) = await SimulatedExecutor(World(tmp_path / "containers.json"), node.clock).volumes()

    assert (used.name, used.project, used.containers) == ("web_data", "web", ("web-app-1",))
    assert (unused.name, unused.containers, unused.size_bytes) == ("web_data", (), used.size_bytes)
    assert disk.volumes_bytes == used.size_bytes > 0


async def test_a_machine_of_its_own_has_the_load_of_its_containers(tmp_path: Path) -> None:
    context = Context(data=tmp_path / "made-up", clock=ManualClock())
    own = SimulatedExecutor.opened(Context(data=tmp_path / "own", clock=ManualClock()))
    made_up = SimulatedExecutor.opened(context, SimulatedConfig(cpus=6, memory_gib=24, others=("prom/exporter:1",)))
    host, used = made_up.host_elsewhere(), await made_up.usage()

    assert own.host_elsewhere() is None
    assert host
    assert (await made_up.facts()).cpus == 6
    assert host.memory_bytes == (await made_up.facts()).memory_bytes == 24 << 30
    assert 0 < sum(used.memory_bytes) < host.memory_bytes - host.memory_available_bytes
    assert sum(used.cpu_percent) / 6 < host.cpu_percent < 100
    assert [(c.name, c.project, c.service) for c in await made_up.inventory()] == [("exporter", "", "")]


async def test_what_a_thread_was_told_does_not_change_beneath_it(tmp_path: Path) -> None:
    """It asks how the machine does while containers come and go."""
    node = Node(tmp_path, "volumes: ['data:/data']")
    images, volumes = node.world.images, node.world.volumes
    begun = iter(volumes)
    node.up()

    assert (list(images), list(begun)) == ([], [])
    assert (list(node.world.images), list(node.world.volumes)) == (["app:1"], ["web_data"])
