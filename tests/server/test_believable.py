"""What no agent can truthfully say ends its session, and is in nobody else's way."""

from math import inf, nan

import pytest

from composia.core.node import NodeStatus, Workspace
from composia.core.session import Accepted, AgentMessage, Changes, Goodbye, Heartbeat, Report, StepReport
from composia.core.step import StepName, StepState
from composia.core.usage import ContainerUsages, HostUsage
from composia.server import believable
from tests.server.world import PlayedAgent, World, container

pytestmark = pytest.mark.anyio

MANY = tuple(Workspace(service=f"s{number}", project="p") for number in range(believable.MOST + 1))


def beat(status: NodeStatus | None = None, **fields: object) -> Heartbeat:
    return Heartbeat(number=1, status=status or NodeStatus(), inventory="i", **fields)  # type: ignore[arg-type]


async def goodbye(agent: PlayedAgent) -> str:
    while not isinstance(message := await agent.hear(), Goodbye):
        pass
    return message.reason


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (beat(NodeStatus(host=HostUsage(load_1m=nan))), "a reading is no number"),
        (beat(NodeStatus(host=HostUsage(uptime_s=inf))), "a reading is no number"),
        (beat(usage=ContainerUsages(names=("a",), cpu_percent=(nan,), memory_bytes=(1,))), "a reading is no number"),
        (beat(usage=ContainerUsages(names=("a",))), "the readings of containers do not fit together"),
        (beat(NodeStatus(now_ms=2**63 - 1)), f"a clock cannot show {2**63 - 1} ms"),
        (beat(NodeStatus(blind_since_ms=-1)), "a clock cannot show -1 ms"),
        (beat(containers=(), workspaces=MANY), "a node can tell of 10000 "),
        (Changes(before="", inventory="i", workspaces=MANY), "a node can tell of 10000 "),
    ],
)
async def test_what_cannot_be_true_ends_the_session_of_who_says_it(
    world: World, said: AgentMessage, reason: str
) -> None:
    async with world.agent("a") as agent, world.agent("b"):
        await agent.see(container())
        await agent.send(said)

        assert f"node a: {reason}" in await goodbye(agent)
        assert {view.node.name for view in await world.people.list_nodes()} == {"a", "b"}
        assert world.plane.sightings.seen("a").containers == (container(),)


@pytest.mark.parametrize(
    ("elapsed_ms", "ago_ms"), [(-(2**63), 0), (2**63 - 1, 0), (0, -1), (0, believable.LONGEST_MS + 1)]
)
async def test_a_step_cannot_have_begun_before_there_were_computers(world: World, elapsed_ms: int, ago_ms: int) -> None:
    async with world.agent("a") as agent:
        await world.commit("web", "a")
        await world.people.deploy(world.request("web"))
        run = await agent.hear_run()
        await agent.send(Report(attempt=run.attempt, number=1, body=Accepted()))
        step = StepReport(name=StepName.FETCH, state=StepState.SUCCEEDED, elapsed_ms=elapsed_ms)
        await agent.send(Report(attempt=run.attempt, number=2, body=step, ago_ms=ago_ms))

        assert "a step cannot have taken so long" in await goodbye(agent)
        assert (await world.people.get_task(run.attempt.task)).steps == ()


async def test_changes_that_grow_and_grow_come_to_an_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(believable, "MOST", 3)
    async with world.agent("a") as agent:
        await agent.see(container())
        for number in range(1, 4):
            new = Workspace(service=f"more-{number}", project="p")
            await agent.send(Changes(before=f"i{number}", inventory=f"i{number + 1}", workspaces=(new,)))

        assert "a node can tell of 3 " in await goodbye(agent)
