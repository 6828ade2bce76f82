"""What people do to work that is under way, and what the agents hear of it."""

from dataclasses import replace

import anyio
import pytest

from composia.core.deployment import DeploymentState
from composia.core.release import Release
from composia.core.session import Accepted, Acknowledged, Attempt, Cancel, Finished, Report, Run
from composia.core.step import StepName, StepTimeout, Timeouts
from composia.core.task import PruneTarget, Task, TaskError, TaskKind, TaskState
from composia.errors import ComposiaError, Invalid, NotFound, NotPossible
from composia.plugins.api import OperateRequest, PruneRequest, RetryRequest
from composia.server.limits import Limits
from tests.server.world import PlayedAgent, World

pytestmark = pytest.mark.anyio

CANCELLED = Finished(state=TaskState.CANCELLED, error=TaskError(code="cancelled", message="ended during up"))
CRASHED = Finished(state=TaskState.FAILED, error=TaskError(code="not_possible", message="exit 3"))


def release() -> Release:
    return Release(service="web", node="a", task="", project="web", revision="4f1c", bundle=f"sha256:{'0' * 64}")


async def deployed(world: World, agent: PlayedAgent, *, end: Finished | None = None) -> Task:
    """A deploy of `web` that its agent has accepted, and ended if `end` is given."""
    await world.commit("web", agent.node)
    await world.people.deploy(world.request("web"))
    run = await agent.hear_run()
    await agent.send(Report(attempt=run.attempt, number=1, body=Accepted()))
    assert isinstance(await agent.hear(), Acknowledged)
    if end:
        await agent.send(Report(attempt=run.attempt, number=2, body=end))
        assert isinstance(await agent.hear(), Acknowledged)
    return await world.people.get_task(run.attempt.task)


async def test_a_cancel_goes_down_the_stream_and_the_agents_word_is_the_end(world: World) -> None:
    async with world.agent("a") as agent:
        task = await deployed(world, agent)

        marked = await world.people.cancel_task(task.id)
        heard = await agent.hear()
        await agent.send(Report(attempt=Attempt(task=task.id, number=1), number=2, body=CANCELLED))
        await agent.hear()

        assert (marked.state, marked.cancel_requested) == (TaskState.RUNNING, True)
        assert heard == Cancel(attempt=Attempt(task=task.id, number=1))
        assert (await world.people.get_task(task.id)).state is TaskState.CANCELLED
        assert (await world.people.get_deployment(task.deployment)).deployment.state is DeploymentState.CANCELLED


async def test_a_cancel_waits_for_an_agent_that_is_away(world: World) -> None:
    async with world.agent("a") as agent:
        task = await deployed(world, agent)
    await world.people.cancel_deployment(task.deployment)
    back = PlayedAgent(world=world, node="a", agent_id="id-a", attempts=(Attempt(task=task.id, number=1),))
    await back.connect()
    try:
        assert await back.hear() == Cancel(attempt=Attempt(task=task.id, number=1))
    finally:
        await back.leave()


@pytest.mark.parametrize("reads", [1, 2])
async def test_a_cancel_that_comes_while_a_session_settles_is_heard_too(world: World, reads: int) -> None:
    async with world.agent("a") as agent:
        task = await deployed(world, agent)
    attempt = Attempt(task=task.id, number=1)
    back = PlayedAgent(world=world, node="a", agent_id="id-a", attempts=(attempt,))
    await back.connect()
    queue, live = world.plane.queue, world.plane.queue.live

    async def live_and_then_a_cancel() -> tuple[Task, ...]:
        nonlocal reads
        found, reads = await live(), reads - 1
        if reads == 0:
            await world.people.cancel_task(task.id)
            await anyio.wait_all_tasks_blocked()  # the dispatcher has seen it
        return found

    queue.live = live_and_then_a_cancel  # type: ignore[method-assign]
    try:
        assert await back.hear() == Cancel(attempt=attempt)
    finally:
        await back.leave()


async def test_what_was_to_be_cancelled_and_never_reached_its_agent_is_cancelled(world: World) -> None:
    async with world.agent("a") as agent:
        await world.commit("web", "a")
        started = await world.people.deploy(world.request("web"))
        await agent.hear_run()
        task = started.deployments[0].tasks[0].id
        await world.people.cancel_task(task)
    async with world.agent("a") as back:
        await back.see()
    assert (await world.people.get_task(task)).state is TaskState.CANCELLED


async def test_a_retry_gives_the_stored_order_again_and_reads_no_definition(world: World) -> None:
    async with world.agent("a") as agent:
        task = await deployed(world, agent, end=CRASHED)
        await world.commit("web", "a", image="newer")

        started = await world.people.retry(RetryRequest(request_id="again", task=task.id))
        same = await world.people.retry(RetryRequest(request_id="again", task=task.id))
        run = await agent.hear_run()

    (view,) = started.deployments
    assert [v.deployment.id for v in same.deployments] == [view.deployment.id]
    assert (view.deployment.retry_of, view.deployment.revision) == (task.deployment, task.order.revision)
    assert run.order == task.order


async def test_a_deployment_is_retried_where_it_did_not_succeed(world: World) -> None:
    async with world.agent("a") as a, world.agent("b") as b:
        await world.commit("web", "a", "b", meta="deploy: {max_parallel: 2}\n")
        first = await world.people.deploy(world.request("web"))
        await a.finish(await a.hear_run())
        await b.send(Report(attempt=(run := await b.hear_run()).attempt, number=1, body=CRASHED))
        assert await b.hear() == Acknowledged(attempt=run.attempt, number=1)

        started = await world.people.retry(
            RetryRequest(request_id="again", deployment=first.deployments[0].deployment.id)
        )

    assert run.order.service == "web"
    assert [(t.node, t.batch) for t in started.deployments[0].tasks] == [("b", 0)]


async def test_a_retry_of_what_is_not_kept_any_more_says_what_to_do(world: World) -> None:
    async with world.agent("a") as agent:
        task = await deployed(world, agent, end=CRASHED)
        await world.plane.bundles.prune((), unused_since_s=float("inf"))
        with pytest.raises(NotPossible, match="the files of web that it was to deploy are not kept any more") as caught:
            await world.people.retry(RetryRequest(request_id="again", task=task.id))

    assert caught.value.hint == f"composia deploy web --revision {task.order.revision}"


async def test_a_retry_of_a_stop_stops_and_keeps_commits_from_starting_it(world: World) -> None:
    async with world.agent("a") as agent:
        await world.commit("web", "a")
        await world.people.deploy(world.request("web"))
        await agent.finish(await agent.hear_run())
        stop = await world.people.operate(OperateRequest(request_id="s", kind=TaskKind.STOP, service="web"))
        await agent.send(Report(attempt=(await agent.hear_run()).attempt, number=1, body=CRASHED))
        await agent.hear()
        await world.people.retry(RetryRequest(request_id="again", task=stop.deployments[0].tasks[0].id))
        run = await agent.hear_run()

        assert run.order.kind is TaskKind.STOP
        assert [(intent.service, intent.stopped) for intent in await world.plane.queue.intents()] == [("web", True)]


@pytest.mark.parametrize(
    ("request_", "error", "message"),
    [
        (RetryRequest(request_id="r"), Invalid, "a retry is of a deployment or of a task"),
        (RetryRequest(request_id="r", task="t1", deployment="d1"), Invalid, "a retry is of a deployment or of a task"),
        (RetryRequest(request_id="r", task="t9"), NotFound, "no task t9"),
        (RetryRequest(request_id="r", task="t1"), NotPossible, "it is running, there is nothing to do again"),
        (RetryRequest(request_id="r", deployment="d1"), NotPossible, "t1 on a is still running"),
        (RetryRequest(request_id="", task="t1"), Invalid, "a request that changes something needs"),
    ],
)
async def test_what_cannot_be_retried_is_one_clear_error_and_nothing_is_stored(
    world: World, request_: RetryRequest, error: type[ComposiaError], message: str
) -> None:
    async with world.agent("a") as agent:
        await deployed(world, agent)
        before = await world.plane.queue.last_change()
        with pytest.raises(error, match=message):
            await world.people.retry(request_)
        assert await world.plane.queue.last_change() == before


async def test_nothing_is_retried_of_what_has_succeeded(world: World) -> None:
    async with world.agent("a") as agent:
        task = await deployed(world, agent, end=Finished(state=TaskState.SUCCEEDED))
        for request in (RetryRequest(request_id="r", task=task.id), RetryRequest(request_id="r", deployment="d1")):
            with pytest.raises(NotPossible):
                await world.people.retry(request)


async def test_a_prune_is_a_task_of_its_node_beside_those_of_services(world: World) -> None:
    async with world.agent("a") as agent:
        task = await deployed(world, agent)
        started = await world.people.prune_node(
            PruneRequest(request_id="p", node="a", what=(PruneTarget.UNUSED_IMAGES, PruneTarget.BUILD_CACHE))
        )
        same = await world.people.prune_node(PruneRequest(request_id="p", node="a"))
        run = await agent.hear_run()

        assert (await world.people.get_task(task.id)).state is TaskState.RUNNING
    assert [view.deployment.id for view in same.deployments] == [started.deployments[0].deployment.id]
    assert isinstance(run, Run)
    assert (run.order.kind, run.order.service, run.order.project) == (TaskKind.PRUNE, "", "")
    assert run.order.prune == (PruneTarget.UNUSED_IMAGES, PruneTarget.BUILD_CACHE)
    assert started.deployments[0].tasks[0].node == "a"


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (PruneRequest(request_id="p", node="z"), NotFound),
        (PruneRequest(request_id="p", node="a", what=()), Invalid),
        (PruneRequest(request_id="", node="a"), Invalid),
    ],
)
async def test_a_prune_that_cannot_be_is_refused(
    world: World, request_: PruneRequest, error: type[ComposiaError]
) -> None:
    async with world.agent("a"):
        with pytest.raises(error):
            await world.people.prune_node(request_)


async def test_a_task_waits_for_what_is_before_it_but_not_for_what_is_paused(world: World) -> None:
    async with world.agent("a") as agent:
        await deployed(world, agent, end=Finished(state=TaskState.SUCCEEDED, release=release()))
    first = (await world.people.deploy(world.request("web"))).deployments[0]
    restart = OperateRequest(request_id="s", kind=TaskKind.RESTART, service="web")
    second = (await world.people.operate(restart)).deployments[0]

    async def reasons() -> list[str]:
        return [(await world.people.get_task(view.tasks[0].id)).waiting for view in (first, second)]

    before = await reasons()
    await world.people.pause_deployment(first.deployment.id)
    paused = await reasons()

    assert before == ["a disconnected", f"behind task {first.tasks[0].id}"]
    assert paused == [f"{first.deployment.id} is paused", "a disconnected"]


async def test_a_task_that_was_given_back_says_when_it_is_tried_again(world: World) -> None:
    gone = TaskError(code="unavailable", message="no engine")
    async with world.agent("a") as agent:
        task = await deployed(world, agent, end=Finished(state=TaskState.FAILED, error=gone))

    async with world.agent("a"):
        assert (await world.people.get_task(task.id)).waiting == "try 2 in 5 s"


async def test_an_order_has_the_limits_of_its_service_and_where_it_says_nothing_those_of_the_server(
    world: World,
) -> None:
    limit = StepTimeout(step=StepName.PULL, seconds=60)
    limits = Limits(wait_s=77, timeouts=Timeouts(task_s=500, steps=(limit,)))
    world.plane = replace(world.plane, limits=limits)
    async with world.agent("a") as agent:
        await world.commit("web", "a", meta="deploy: {timeouts: {up: 9s}}\n")
        await world.people.deploy(world.request("web"))
        run = await agent.hear_run()
        await agent.finish(run)
        await world.people.operate(OperateRequest(request_id="s", kind=TaskKind.STOP, service="web"))
        stop = await agent.hear_run()

    wanted = Timeouts(task_s=500, steps=(limit, StepTimeout(step=StepName.UP, seconds=9)))
    assert run.order.timeouts == stop.order.timeouts == wanted
    task = await world.people.get_task(run.attempt.task)
    assert task.deadline_ms - task.created_ms == 77_000


async def test_a_deploy_is_no_operation_on_instances(world: World) -> None:
    for kind in (TaskKind.DEPLOY, TaskKind.PRUNE):
        with pytest.raises(Invalid, match="is not an operation on instances"):
            await world.people.operate(OperateRequest(request_id="r", kind=kind, service="web"))


async def test_no_order_is_given_before_both_sides_agree_on_which_attempts_are_live(world: World) -> None:
    async with world.agent("a") as agent:  # it has its welcome, and what follows it has not been sent yet
        await world.commit("web", "a")
        started = await world.people.deploy(world.request("web"))
        waiting = await world.people.get_task(started.deployments[0].tasks[0].id)
        run = await agent.hear_run()
        await agent.see()

        assert (waiting.state, waiting.attempt) == (TaskState.PENDING, 0)
        assert run.attempt.number == 1
        assert (await world.people.get_task(run.attempt.task)).attempt == 1
