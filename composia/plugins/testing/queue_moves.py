"""Promises 2, 3, 5 and 6 of a queue, of a move: what is left behind is taken down only once all of it is healthy elsewhere."""

from dataclasses import replace

from composia.core.deployment import DeploymentState
from composia.core.session import Finished
from composia.core.task import Task, TaskError, TaskKind, TaskState
from composia.plugins.queue import NewDeployment, NewTask, Queue
from composia.plugins.testing.work import (
    LEASE_MS,
    NOW,
    RETRIES,
    claim,
    claimed,
    deployment,
    finished,
    order,
    put,
    report,
    sweep,
)

CRASHED = Finished(state=TaskState.FAILED, error=TaskError(code="not_possible", message="exit 3"))
DOWN_ENDED = Finished(state=TaskState.SUCCEEDED)
NOTES = ("moves to node-b, node-c; once it is healthy there, it is taken down on node-a", "node-a keeps its volumes")


def move() -> NewDeployment:
    """From node-a to node-b and node-c, one after the other."""
    new = deployment("node-b", "node-c", batches=(0, 1))
    down = NewTask(node="node-a", order=order(TaskKind.DOWN), batch=2)
    return replace(new, tasks=(*new.tasks, down), notes=NOTES)


async def states(queue: Queue) -> list[TaskState]:
    """Of the three tasks of the move that was put first."""
    return [(await queue.task(task)).state for task in ("t1", "t2", "t3")]


async def lost(queue: Queue, task: Task) -> Task:
    """The task, after its agent was never heard of again."""
    for _ in range(RETRIES.attempts):
        waiting = await queue.task(task.id)
        live = await claimed(queue, waiting, waiting.not_before_ms or NOW)
        await sweep(queue, live.lease_until_ms)
    return await queue.task(task.id)


class MoveContract:
    """Moves."""

    async def test_a_move_is_stored_as_one_deployment_with_what_it_leaves(self, queue: Queue) -> None:
        """Promise 2."""
        stored = await put(queue, "r1", move())
        assert [(task.kind, task.node, task.batch) for task in stored.tasks] == [
            (TaskKind.DEPLOY, "node-b", 0),
            (TaskKind.DEPLOY, "node-c", 1),
            (TaskKind.DOWN, "node-a", 2),
        ]
        assert (stored.deployment.kind, stored.deployment.batches, stored.deployment.notes) == (
            TaskKind.DEPLOY,
            3,
            NOTES,
        )
        assert await queue.deployment("d1") == stored.deployment
        assert await queue.requested("r1") == (stored,)
        (entry,) = (await queue.audit(10)).items
        assert entry.text == "d1 on node-b, node-c, away from node-a at 4f1c"

    async def test_it_is_taken_down_once_all_of_it_is_healthy_elsewhere(self, queue: Queue) -> None:
        """Promises 3 and 6."""
        first, second, down = (await put(queue, "r1", move())).tasks
        for deploy in (first, second):
            assert await queue.claimable("node-a", NOW) == ()
            assert await claim(queue, down) is None
            await finished(queue, deploy)
        assert [task.id for task in await queue.claimable("node-a", NOW)] == [down.id]
        await finished(queue, down, DOWN_ENDED)
        assert (await queue.deployment("d1")).state is DeploymentState.SUCCEEDED

    async def test_it_stays_where_it_was_when_a_new_node_fails(self, queue: Queue) -> None:
        """Promise 6: in the transaction of the report."""
        first, second, down = (await put(queue, "r1", move())).tasks
        await finished(queue, first)
        before = await queue.last_change()
        await finished(queue, second, CRASHED)
        assert await states(queue) == [TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED]
        ended = await queue.deployment("d1")
        assert (ended.state, ended.reason) == (
            DeploymentState.FAILED,
            "node-c: exit 3; node-a: web stays here, since the deploy on node-c failed",
        )
        assert await claim(queue, down) is None
        assert await queue.last_change() > before

    async def test_a_newer_deploy_that_takes_its_place_gives_up_its_takedown_too(self, queue: Queue) -> None:
        """Promise 5."""
        await put(queue, "r1", move())
        await put(queue, "r2", deployment("node-b", "node-c"))
        assert await states(queue) == [TaskState.SUPERSEDED] * 3
        assert (await queue.deployment("d1")).state is DeploymentState.SUPERSEDED
        assert await queue.claimable("node-a", NOW) == ()

    async def test_a_person_may_end_it_before_it_is_taken_down(self, queue: Queue) -> None:
        """Promise 6."""
        first, *_ = (await put(queue, "r1", move())).tasks
        await finished(queue, first)
        stored = await queue.cancel_deployment("d1", "ada", NOW)
        assert [task.state for task in stored.tasks] == [TaskState.SUCCEEDED, TaskState.CANCELLED, TaskState.CANCELLED]
        assert stored.deployment.state is DeploymentState.CANCELLED

    async def test_while_it_is_not_known_what_became_of_a_part_nothing_is_taken_down(self, queue: Queue) -> None:
        """Promises 3 and 6."""
        first, second, down = (await put(queue, "r1", move())).tasks
        await finished(queue, first)
        assert (await lost(queue, second)).state is TaskState.LOST
        assert (await queue.deployment("d1")).state is DeploymentState.PAUSED
        assert await claim(queue, down, NOW + LEASE_MS) is None
        await queue.resolve(second.id, TaskState.SUCCEEDED, "ada", NOW)
        await queue.resume("d1", "ada", NOW)
        live = await claimed(queue, down)
        await queue.report(report(live, 1, DOWN_ENDED), RETRIES, NOW)
        assert (await queue.deployment("d1")).state is DeploymentState.SUCCEEDED
