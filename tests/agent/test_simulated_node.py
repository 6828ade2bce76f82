"""A whole node without Docker: an agent with the simulated executor, from the first deploy to the end."""

from dataclasses import replace
from pathlib import Path

import pytest

from composia.builtin_plugins.simulated.executor import SimulatedExecutor
from composia.clock import SystemClock
from composia.core.container import Container, ContainerState
from composia.core.session import Cancel, Changes, Heartbeat, StepReport
from composia.core.step import StepName, StepState
from composia.core.task import TaskKind, TaskState
from composia.plugins.provider import Context
from tests.agent.line import Line
from tests.agent.making import Files, make_order, make_run

pytestmark = pytest.mark.anyio

FIRST: Files = {"compose.yaml": b"services: {app: {image: 'app:1'}}\n"}
SECOND: Files = {"compose.yaml": b"services: {app: {image: 'app:2'}}\n"}
SLOW: Files = {"compose.yaml": b"services: {app: {image: 'app:1', x-simulate: {up_s: 60}}}\n"}
BROKEN: Files = {"compose.yaml": b"services: {app: {image: 'app:1', x-simulate: {fate: crashes, exit_code: 3}}}\n"}


@pytest.fixture
def simulated(line: Line, tmp_path: Path) -> Line:
    line.executor = SimulatedExecutor.opened(Context(data=tmp_path / "simulated", clock=SystemClock()))
    return line


async def deploy(line: Line, files: Files, task: str) -> TaskState:
    line.server.hold(files)
    order = make_order(files=files)
    order = replace(order, health=replace(order.health, stable_for_s=0.0, deadline_s=5.0))
    return (await line.server.ended(line.server.run(make_run(order, task=task)))).state


def seen(line: Line) -> tuple[Container, ...]:
    containers: dict[str, Container] = {}
    for message in line.server.said:
        if isinstance(message, Heartbeat) and message.containers is not None:
            containers = {container.id: container for container in message.containers}
        elif isinstance(message, Changes):
            containers |= {container.id: container for container in message.containers}
            for gone in message.gone:
                del containers[gone]
    return tuple(containers.values())


async def test_a_service_is_deployed_changed_stopped_and_taken_down(simulated: Line) -> None:
    line = simulated
    async with line.agent():
        assert await deploy(line, FIRST, "t1") is TaskState.SUCCEEDED
        assert [(c.name, c.image, c.state) for c in seen(line)] == [("web-app-1", "app:1", ContainerState.RUNNING)]
        assert await deploy(line, SECOND, "t2") is TaskState.SUCCEEDED
        assert [(c.name, c.image, c.state) for c in seen(line)] == [("web-app-1", "app:2", ContainerState.RUNNING)]
        await line.server.ended(line.server.run(make_run(make_order(kind=TaskKind.STOP), task="t3")))
        assert [(c.name, c.state) for c in seen(line)] == [("web-app-1", ContainerState.EXITED)]
        await line.server.ended(line.server.run(make_run(make_order(kind=TaskKind.DOWN), task="t4")))
        assert seen(line) == ()
        await line.until_settled()


async def test_a_deploy_that_crashes_fails_with_what_crashed_and_leaves_a_release(simulated: Line) -> None:
    line = simulated
    async with line.agent():
        assert await deploy(line, BROKEN, "t1") is TaskState.FAILED
        end = line.server.end(make_run().attempt)

    assert end is not None
    assert end.error is not None
    assert end.release is not None
    assert (end.error.where, end.release.good) == ("container web-app-1", False)


async def test_a_cancel_ends_a_slow_step(simulated: Line) -> None:
    line = simulated
    line.server.hold(SLOW)
    async with line.agent():
        attempt = line.server.run(make_run(make_order(files=SLOW)))
        running = StepReport(name=StepName.UP, state=StepState.RUNNING)
        await line.server.until(lambda: running in line.server.bodies(attempt))
        line.server.send(Cancel(attempt=attempt))
        end = await line.server.ended(attempt)

    assert end.state is TaskState.CANCELLED
