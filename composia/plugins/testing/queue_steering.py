"""Promises 3, 5 and 9 of a queue: what a person does to work, and what that does to the line."""

import pytest

from composia.core.deployment import DeploymentState
from composia.core.intent import Drain, Pause
from composia.core.node import Node
from composia.core.schedule import RunOutcome, ScheduleState, ran
from composia.core.session import Finished
from composia.core.task import Task, TaskError, TaskKind, TaskState
from composia.errors import NotFound, NotPossible
from composia.plugins.queue import Queue
from composia.plugins.testing.work import (
    LEASE_MS,
    NOW,
    RETRIES,
    claim,
    claimed,
    deployment,
    everything,
    finished,
    put,
    put_task,
    report,
    sweep,
)

CRASHED = Finished(state=TaskState.FAILED, error=TaskError(code="not_possible", message="exit 3"))


async def actions(queue: Queue) -> list[tuple[str, str, str]]:
    """Who did what to what, oldest first."""
    return [(entry.by, entry.action, entry.target) for entry in reversed((await queue.audit(1000)).items)]


async def lost(queue: Queue, request_id: str = "r1") -> Task:
    """A restart of which nobody knows how it ended."""
    live = await claimed(queue, await put_task(queue, request_id, deployment(kind=TaskKind.RESTART)))
    await queue.report(report(live, 1), RETRIES, NOW)
    (swept,) = await sweep(queue, NOW + LEASE_MS)
    return swept


class SteeringContract:
    """Cancel, pause, resume and resolve."""

    async def test_what_waits_is_cancelled_at_once_and_what_is_live_is_marked(self, queue: Queue) -> None:
        """Promise 9."""
        first, second = (await put(queue, "r1", deployment("node-a", "node-b"))).tasks
        await claimed(queue, first)
        stored = await queue.cancel_deployment("d1", "ada", NOW + 5)
        assert [(task.state, task.cancel_requested) for task in stored.tasks] == [
            (TaskState.ASSIGNED, True),
            (TaskState.CANCELLED, False),
        ]
        assert stored.deployment.state is DeploymentState.RUNNING
        live = await queue.task(first.id)
        ended = Finished(state=TaskState.CANCELLED, error=TaskError(code="cancelled", message="ended during up"))
        await queue.report(report(live, 1, ended), RETRIES, NOW + 9)
        assert (await queue.deployment("d1")).state is DeploymentState.CANCELLED
        assert await claim(queue, second) is None

    async def test_what_has_failed_and_is_cancelled_as_a_whole_is_cancelled(self, queue: Queue) -> None:
        """Promise 9: its parts stay as they ended."""
        new = deployment("node-a", "node-b", "node-c", batches=(0, 0, 1))
        first, second, _ = (await put(queue, "r1", new)).tasks
        live = await claimed(queue, second)
        await finished(queue, first, CRASHED)
        stored = await queue.cancel_deployment("d1", "ada", NOW)
        assert (stored.deployment.state, stored.deployment.cancelled_by) == (DeploymentState.RUNNING, "ada")
        await queue.report(report(live, 1, CRASHED), RETRIES, NOW)
        found = await queue.deployment("d1")
        assert (found.state, found.cancelled_by) == (DeploymentState.CANCELLED, "ada")
        states = [(await queue.task(task)).state for task in ("t1", "t2", "t3")]
        assert states == [TaskState.FAILED, TaskState.FAILED, TaskState.CANCELLED]

    async def test_what_paused_after_a_failure_is_cancelled_at_once(self, queue: Queue) -> None:
        """Promise 9."""
        first, _ = (await put(queue, "r1", deployment("node-a", "node-b", batches=(0, 1)))).tasks
        await finished(queue, first, CRASHED)
        assert (await queue.deployment("d1")).state is DeploymentState.PAUSED
        stored = await queue.cancel_deployment("d1", "ada", NOW + 5)
        assert (stored.deployment.state, stored.deployment.ended_ms) == (DeploymentState.CANCELLED, NOW + 5)
        assert await queue.cancel_deployment("d1", "grace", NOW + 9) == stored

    async def test_what_was_to_be_cancelled_and_came_to_its_end_before_has_succeeded(self, queue: Queue) -> None:
        """Promise 9."""
        live = await claimed(queue, await put_task(queue, "r1", deployment()))
        marked = await queue.cancel_task(live.id, "ada", NOW)
        assert (marked.state, marked.cancel_requested) == (TaskState.ASSIGNED, True)
        await queue.report(report(live, 1, Finished(state=TaskState.SUCCEEDED)), RETRIES, NOW)
        assert (await queue.deployment("d1")).state is DeploymentState.SUCCEEDED

    async def test_what_was_done_is_not_done_or_noted_again(self, queue: Queue) -> None:
        """Promise 9."""
        await put(queue, "r1", deployment("node-a", "node-b", batches=(0, 1)))
        await claimed(queue, "t1")
        await put(queue, "r2", deployment(service="db"))
        for verb in (
            lambda: queue.pause("d1", "ada", NOW),
            lambda: queue.resume("d1", "ada", NOW),
            lambda: queue.cancel_task("t1", "ada", NOW),
            lambda: queue.cancel_deployment("d2", "ada", NOW),
        ):
            first = await verb()
            before = await everything(queue)
            assert await verb() == first
            assert await everything(queue) == before
        assert (await actions(queue))[2:] == [
            ("ada", "pause", "d1"),
            ("ada", "resume", "d1"),
            ("ada", "cancel", "t1"),
            ("ada", "cancel", "d2"),
        ]

    async def test_what_has_ended_is_refused_and_nothing_is_noted(self, queue: Queue) -> None:
        """Promise 9."""
        await finished(queue, await put_task(queue, "r1", deployment()))
        before = await everything(queue), await actions(queue)
        for refused in (
            queue.cancel_task("t1", "ada", NOW),
            queue.cancel_deployment("d1", "ada", NOW),
            queue.pause("d1", "ada", NOW),
            queue.resume("d1", "ada", NOW),
            queue.resolve("t1", TaskState.FAILED, "ada", NOW),
        ):
            with pytest.raises(NotPossible):
                await refused
        for unknown in (queue.cancel_task("t9", "ada", NOW), queue.pause("d9", "ada", NOW)):
            with pytest.raises(NotFound):
                await unknown
        assert (await everything(queue), await actions(queue)) == before

    async def test_a_paused_deployment_begins_nothing_and_stands_in_nobodys_way(self, queue: Queue) -> None:
        """Promise 3."""
        held = await put_task(queue, "r1", deployment())
        stop = await put_task(queue, "r2", deployment(kind=TaskKind.STOP))
        assert await queue.claimable("node-a", NOW) == (held,)
        await queue.pause("d1", "ada", NOW)
        assert await queue.claimable("node-a", NOW) == (stop,)
        assert await claim(queue, held) is None
        await claimed(queue, stop)

    async def test_what_a_newer_order_has_overtaken_meanwhile_does_not_come_back(self, queue: Queue) -> None:
        """Promise 3: resumed, the paused one leaves it out."""
        await put(queue, "r1", deployment("node-a", "node-b"))
        await queue.pause("d1", "ada", NOW)
        await finished(queue, await put_task(queue, "r2", deployment("node-b", kind=TaskKind.STOP)))
        resumed = await queue.resume("d1", "ada", NOW)
        assert [task.state for task in resumed.tasks] == [TaskState.PENDING, TaskState.SUPERSEDED]
        assert resumed.deployment.state is DeploymentState.RUNNING

    async def test_resumed_it_goes_on_past_the_batch_that_failed(self, queue: Queue) -> None:
        """Promise 9."""
        new = deployment("node-a", "node-b", "node-c", batches=(0, 1, 2))
        first, second, _ = (await put(queue, "r1", new)).tasks
        await finished(queue, first, CRASHED)
        resumed = await queue.resume("d1", "ada", NOW)
        assert (resumed.deployment.state, resumed.deployment.batch) == (DeploymentState.RUNNING, 1)
        await finished(queue, second)
        assert (await queue.deployment("d1")).batch == 2

    async def test_a_lost_task_holds_its_deployment_until_a_person_has_said_how_it_ended(self, queue: Queue) -> None:
        """Promise 9."""
        task = await lost(queue)
        assert (await queue.deployment("d1")).state is DeploymentState.PAUSED
        with pytest.raises(NotPossible):
            await queue.resume("d1", "ada", NOW)
        with pytest.raises(NotPossible):
            await queue.cancel_deployment("d1", "ada", NOW)
        resolved = await queue.resolve(task.id, TaskState.SUCCEEDED, "ada", NOW + 7)
        assert (resolved.state, resolved.ended_ms, resolved.error) == (TaskState.SUCCEEDED, NOW + 7, None)
        assert (await queue.deployment("d1")).state is DeploymentState.SUCCEEDED
        assert (await actions(queue))[-1] == ("ada", "resolve", "t1")

    async def test_a_drain_holds_until_it_is_undone_and_is_written_down_once(self, queue: Queue) -> None:
        """Promise 9."""
        assert await queue.drains() == ()
        drained = await queue.drain("node-b", "ada", NOW)
        assert await queue.drain("node-b", "grace", NOW + 5) == drained
        await queue.drain("node-a", "grace", NOW + 9)
        assert await queue.drains() == (
            Drain(node="node-a", since_ms=NOW + 9, by="grace"),
            Drain(node="node-b", since_ms=NOW, by="ada"),
        )
        await queue.undrain("node-b", "grace", NOW)
        await queue.undrain("node-b", "grace", NOW)
        assert [drain.node for drain in await queue.drains()] == ["node-a"]
        assert await actions(queue) == [
            ("ada", "drain", "node-b"),
            ("grace", "drain", "node-a"),
            ("grace", "undrain", "node-b"),
        ]

    async def test_no_task_begins_on_a_paused_node_until_it_is_resumed(self, queue: Queue) -> None:
        """Promises 3 and 9."""
        here, there = (await put(queue, "r1", deployment("node-a", "node-b", batches=(0, 0)))).tasks
        pause = await queue.pause_node("node-a", "ada", NOW)
        assert await queue.pause_node("node-a", "grace", NOW + 5) == pause
        assert await queue.pauses() == (Pause(node="node-a", since_ms=NOW, by="ada"),)
        assert await queue.claimable("node-a", NOW) == ()
        assert await queue.claim(here.id, server="s1", lease_ms=1000, now_ms=NOW) is None
        assert await queue.claim(there.id, server="s1", lease_ms=1000, now_ms=NOW) is not None
        await queue.resume_node("node-a", "grace", NOW)
        await queue.resume_node("node-a", "grace", NOW)
        assert await queue.pauses() == ()
        assert [task.id for task in await queue.claimable("node-a", NOW)] == [here.id]
        assert (await actions(queue))[-2:] == [("ada", "pause", "node-a"), ("grace", "resume", "node-a")]

    async def test_what_is_kept_of_a_schedule_is_there_as_it_was_last(self, queue: Queue) -> None:
        """By name, one each."""
        assert await queue.schedules() == ()
        night = ScheduleState(name="night", when="0 3 * * * UTC 0", due_ms=NOW, next_ms=NOW + 7)
        await queue.save_schedule(ScheduleState(name="noon"))
        await queue.save_schedule(ScheduleState(name="night"))
        ended = ran(night, RunOutcome.SKIPPED, NOW, "d4 is still running", ("d4",))
        await queue.save_schedule(ended)
        assert await queue.schedules() == (ended, ScheduleState(name="noon"))

    async def test_a_drain_is_of_the_node_and_not_of_its_record(self, queue: Queue) -> None:
        """An agent that says hello again, and saves its record with it, undoes nothing."""
        drained = await queue.drain("node-a", "ada", NOW)
        await queue.save_node(Node(name="node-a", agent_id="a1"))
        assert await queue.drains() == (drained,)


class RetryContract:
    """5. Who is given up for something newer."""

    async def test_a_newer_deploy_takes_the_place_of_one_that_is_lost(self, queue: Queue) -> None:
        """Promise 5."""
        live = await claimed(queue, await put_task(queue, "r1", deployment()))
        for _ in range(RETRIES.attempts):
            await sweep(queue, (await queue.task(live.id)).lease_until_ms)
            waiting = await queue.task(live.id)
            if waiting.state is TaskState.PENDING:
                await claimed(queue, waiting, waiting.not_before_ms)
        assert (await queue.task(live.id)).state is TaskState.LOST
        await put(queue, "r2", deployment())
        assert (await queue.task(live.id)).state is TaskState.SUPERSEDED
        assert (await queue.deployment("d1")).state is DeploymentState.SUPERSEDED

    async def test_a_retry_takes_the_place_of_what_waits_or_is_lost_on_its_nodes(self, queue: Queue) -> None:
        """Promise 5, whatever the kind."""
        new = deployment("node-a", "node-b", "node-c", kind=TaskKind.STOP, batches=(0, 1, 2))
        first, second, third = (await put(queue, "r1", new)).tasks
        await finished(queue, first, CRASHED)
        again = deployment("node-a", "node-b", kind=TaskKind.STOP, retry_of="d1")
        stored = await put(queue, "r2", again)
        assert stored.deployment.retry_of == "d1"
        found = [(await queue.task(task.id)).state for task in (first, second, third)]
        assert found == [TaskState.FAILED, TaskState.SUPERSEDED, TaskState.PENDING]

    async def test_what_is_at_work_is_not_retried(self, queue: Queue) -> None:
        """Promise 5: nothing of the request is stored."""
        await claimed(queue, await put_task(queue, "r1", deployment(kind=TaskKind.STOP)))
        before = await everything(queue)
        again = [deployment("node-b"), deployment(kind=TaskKind.STOP, retry_of="d1")]
        with pytest.raises(NotPossible, match="t1 on node-a is still assigned"):
            await queue.put("r2", again, NOW)
        assert await everything(queue) == before
