"""The contract of a queue: what a put stores, and who is claimed. Promises 1, 2, 3 and 5."""

# ruff: noqa: D102 - the name of a test is its sentence

import asyncio
from dataclasses import replace

import pytest

from composia.core.deployment import Deployment, DeploymentState
from composia.core.intent import Intent
from composia.core.service import RolloutPolicy
from composia.core.session import Finished
from composia.core.task import Priority, Task, TaskError, TaskKind, TaskState
from composia.errors import Invalid, NotFound
from composia.plugins.queue import AuditEntry, DeploymentFilter, Queue, Stored, TaskFilter
from composia.plugins.testing.work import (
    DAY_MS,
    LEASE_MS,
    NOW,
    RETRIES,
    claim,
    claimed,
    deployment,
    everything,
    finished,
    order,
    put,
    put_task,
    report,
    sweep,
)


class PutContract:
    """Promises 1, 2 and 5."""

    async def test_a_put_returns_what_it_stored_under_numbered_ids(self, queue: Queue) -> None:
        """Promises 1 and 2."""
        rollout = RolloutPolicy(max_parallel=1)
        stored = await put(queue, "r1", deployment("node-a", "node-b", batches=(0, 1), rollout=rollout))
        made = Deployment(
            id="d1",
            sequence=1,
            request_id="r1",
            kind=TaskKind.DEPLOY,
            service="web",
            revision="4f1c",
            rollout=rollout,
            batches=2,
            created_ms=NOW,
            created_by="ada",
        )
        tasks = tuple(
            Task(
                id=f"t{number}",
                sequence=number,
                deployment="d1",
                service="web",
                node=node,
                order=order(),
                batch=number - 1,
                created_ms=NOW,
                deadline_ms=NOW + DAY_MS,
            )
            for number, node in ((1, "node-a"), (2, "node-b"))
        )
        assert stored == Stored(deployment=made, tasks=tasks)
        assert await queue.deployment("d1") == made
        assert (await queue.task("t1"), await queue.task("t2")) == tasks
        assert await queue.waiting() == tasks

    async def test_a_put_stores_all_deployments_of_its_request(self, queue: Queue) -> None:
        """Promise 2."""
        new = [deployment(service="web"), deployment(service="db")]
        first, second = await queue.put("r1", new, NOW)
        assert [(s.deployment.id, s.deployment.service, [t.id for t in s.tasks]) for s in (first, second)] == [
            ("d1", "web", ["t1"]),
            ("d2", "db", ["t2"]),
        ]
        assert await queue.requested("r1") == (first, second)

    async def test_a_put_stores_its_intents_and_an_audit_entry_for_each_deployment(self, queue: Queue) -> None:
        """Promise 2."""
        stop = Intent(service="web", node="node-a", stopped=True, by="ada")
        await queue.put(
            "r1", [deployment(kind=TaskKind.STOP, intents=(stop,)), deployment("node-a", "node-b", service="db")], NOW
        )
        assert await queue.intents() == (Intent(service="web", node="node-a", stopped=True, since_ms=NOW, by="ada"),)
        assert (await queue.audit(10)).items == (
            AuditEntry(at_ms=NOW, by="ada", action="deploy", target="db", text="d2 on node-a, node-b at 4f1c"),
            AuditEntry(at_ms=NOW, by="ada", action="stop", target="web", text="d1 on node-a at 4f1c"),
        )

    async def test_an_intent_that_is_not_to_stop_clears_the_one_before(self, queue: Queue) -> None:
        """Promise 2."""
        stops = tuple(Intent(service="web", node=node, stopped=True) for node in ("node-b", "node-a"))
        await put(queue, "r1", deployment("node-a", "node-b", kind=TaskKind.STOP, intents=stops))
        start = Intent(service="web", node="node-a", stopped=False)
        await put(queue, "r2", deployment(kind=TaskKind.START, intents=(start,)), NOW + 1)
        assert await queue.intents() == (Intent(service="web", node="node-b", stopped=True, since_ms=NOW),)

    async def test_a_refused_put_leaves_nothing(self, queue: Queue) -> None:
        """Promise 2."""
        before = await everything(queue)
        stop = Intent(service="web", node="node-a", stopped=True)
        twice, no_task = deployment("node-a", "node-a"), replace(deployment(), tasks=())
        for wrong in (twice, no_task, deployment(batches=(1,))):
            with pytest.raises(Invalid):
                await queue.put("r1", [deployment(intents=(stop,)), wrong], NOW)
        assert await everything(queue) == before
        assert await queue.requested("r1") == ()
        assert await queue.intents() == ()
        assert (await queue.audit(10)).items == ()
        assert (await put(queue, "r1", deployment())).deployment.id == "d1"

    async def test_a_put_without_a_request_id_is_refused(self, queue: Queue) -> None:
        with pytest.raises(Invalid):
            await queue.put("", [deployment()], NOW)

    async def test_the_same_request_again_returns_the_first_answer_and_changes_nothing(self, queue: Queue) -> None:
        """Promise 2."""
        first = await put(queue, "r1", deployment())
        before = await everything(queue), await queue.audit(10)
        again = await put(queue, "r1", deployment("node-b", service="db"), NOW + 5)
        assert again == first
        assert (await everything(queue), await queue.audit(10)) == before

    async def test_a_repeated_request_is_answered_with_its_work_as_it_is_now(self, queue: Queue) -> None:
        """Promise 2."""
        task = await put_task(queue, "r1", deployment())
        task = await finished(queue, task)
        again = await put(queue, "r1", deployment(), NOW + 5)
        assert again.tasks == (task,)
        assert again.deployment.state is DeploymentState.SUCCEEDED

    async def test_a_request_that_is_put_many_times_at_once_is_stored_once(self, queue: Queue) -> None:
        """Promise 2."""
        answers = await asyncio.gather(*(queue.put("r1", [deployment()], NOW) for _ in range(20)))
        assert len(set(answers)) == 1
        assert len((await everything(queue))[1]) == 1

    async def test_an_empty_request_stores_nothing(self, queue: Queue) -> None:
        assert await queue.put("r1", [], NOW) == ()
        assert await queue.requested("r1") == ()
        assert await queue.last_change() == 0

    async def test_a_newer_deploy_supersedes_one_that_has_not_started(self, queue: Queue) -> None:
        """Promise 5."""
        old = await put_task(queue, "r1", deployment())
        new = await put_task(queue, "r2", deployment(), NOW + 7)
        task = await queue.task(old.id)
        assert (task.state, task.ended_ms) == (TaskState.SUPERSEDED, NOW + 7)
        assert task.error == TaskError(code="conflict", message="superseded by d2")
        stored = await queue.deployment("d1")
        assert (stored.state, stored.ended_ms, stored.reason) == (
            DeploymentState.SUPERSEDED,
            NOW + 7,
            "node-a: superseded by d2",
        )
        assert await queue.claimable("node-a", NOW) == (new,)

    async def test_a_later_deploy_of_one_request_supersedes_an_earlier_one(self, queue: Queue) -> None:
        """Promise 5."""
        first, second = await queue.put("r1", [deployment(), deployment()], NOW)
        assert first.deployment.state is DeploymentState.SUPERSEDED
        assert first.tasks[0].state is TaskState.SUPERSEDED
        assert second.tasks[0].state is TaskState.PENDING

    async def test_a_newer_deploy_supersedes_the_batches_of_an_older_one_that_wait(self, queue: Queue) -> None:
        """Promise 5."""
        old = await put(queue, "r1", deployment("node-a", "node-b", batches=(0, 1)))
        await claimed(queue, old.tasks[0])
        await put(queue, "r2", deployment("node-a", "node-b"))
        assert (await queue.task(old.tasks[0].id)).state is TaskState.ASSIGNED
        assert (await queue.task(old.tasks[1].id)).state is TaskState.SUPERSEDED
        assert (await queue.deployment("d1")).state is DeploymentState.RUNNING

    async def test_only_a_deploy_of_the_same_instance_is_superseded_and_only_by_a_deploy(self, queue: Queue) -> None:
        """Promise 5."""
        await put(queue, "r1", deployment("node-b"))
        await put(queue, "r2", deployment(service="db"))
        await put(queue, "r3", deployment(kind=TaskKind.STOP))
        await put(queue, "r4", deployment())
        await put(queue, "r5", deployment(kind=TaskKind.RESTART))
        assert [task.id for task in await queue.waiting()] == ["t1", "t2", "t3", "t4", "t5"]


class ClaimContract:
    """Promise 3."""

    async def test_a_claim_begins_a_new_attempt_under_a_lease(self, queue: Queue) -> None:
        """Promise 3."""
        task = await put_task(queue, "r1", deployment())
        live = await queue.claim(task.id, server="s1", lease_ms=LEASE_MS, now_ms=NOW + 5)
        assert live is not None
        assert (live.state, live.attempt, live.server) == (TaskState.ASSIGNED, 1, "s1")
        assert (live.started_ms, live.lease_until_ms) == (NOW + 5, NOW + 5 + LEASE_MS)
        assert await queue.task(task.id) == live
        assert await queue.live() == (live,)
        assert await queue.waiting() == ()

    async def test_of_many_claims_at_once_one_succeeds(self, queue: Queue) -> None:
        """Promise 3."""
        task = await put_task(queue, "r1", deployment())
        answers = await asyncio.gather(*(claim(queue, task) for _ in range(20)))
        assert [answer.attempt for answer in answers if answer] == [1]

    async def test_a_task_that_is_live_or_has_ended_is_not_claimed(self, queue: Queue) -> None:
        """Promise 3."""
        task = await put_task(queue, "r1", deployment())
        live = await claimed(queue, task)
        assert await claim(queue, task) is None
        await queue.report(report(live, 1, Finished(state=TaskState.FAILED)), RETRIES, NOW)
        assert await claim(queue, task) is None

    async def test_a_claim_of_an_unknown_task_is_not_found(self, queue: Queue) -> None:
        for unknown in ("t1", "", "x", "t-1", "t01", "t99999999999999999999", "d1"):
            with pytest.raises(NotFound):
                await claim(queue, unknown)

    async def test_one_task_of_an_instance_is_live_and_the_others_wait_in_line(self, queue: Queue) -> None:
        """Promise 3."""
        first = await put_task(queue, "r1", deployment(kind=TaskKind.STOP))
        second = await put_task(queue, "r2", deployment(kind=TaskKind.START))
        assert await queue.claimable("node-a", NOW) == (first,)
        assert await claim(queue, second) is None
        live = await claimed(queue, first)
        assert await queue.claimable("node-a", NOW) == ()
        assert await claim(queue, second) is None
        await queue.report(report(live, 1, Finished(state=TaskState.SUCCEEDED)), RETRIES, NOW)
        assert await queue.claimable("node-a", NOW) == (second,)
        assert (await claimed(queue, second)).id == second.id

    async def test_inside_an_instance_the_sequence_decides_and_not_the_priority(self, queue: Queue) -> None:
        """Promise 3."""
        first = await put_task(queue, "r1", deployment(priority=Priority.BACKGROUND))
        second = await put_task(queue, "r2", deployment(kind=TaskKind.STOP, priority=Priority.PERSON))
        assert await queue.claimable("node-a", NOW) == (first,)
        assert await claim(queue, second) is None

    async def test_instances_of_a_node_are_offered_side_by_side_by_priority_then_sequence(self, queue: Queue) -> None:
        """Promise 3."""
        background = await put_task(queue, "r1", deployment(service="one", priority=Priority.BACKGROUND))
        person = await put_task(queue, "r2", deployment(service="two"))
        other_person = await put_task(queue, "r3", deployment(service="three"))
        await put_task(queue, "r4", deployment("node-b", service="four"))
        busy = await put_task(queue, "r5", deployment(service="five"))
        await claimed(queue, busy)
        assert await queue.claimable("node-a", NOW) == (person, other_person, background)
        assert await queue.claimable("node-a", NOW, limit=2) == (person, other_person)
        assert await queue.claimable("node-c", NOW) == ()

    async def test_a_later_batch_is_claimed_only_once_it_was_let_go(self, queue: Queue) -> None:
        """Promise 3."""
        first, second = (await put(queue, "r1", deployment("node-a", "node-b", batches=(0, 1)))).tasks
        assert await queue.claimable("node-b", NOW) == ()
        assert await claim(queue, second) is None
        await finished(queue, first)
        assert [task.id for task in await queue.claimable("node-b", NOW)] == [second.id]
        assert (await claimed(queue, second)).id == second.id

    async def test_nothing_of_a_paused_deployment_is_claimed(self, queue: Queue) -> None:
        """Promise 3."""
        first, second = (await put(queue, "r1", deployment("node-a", "node-b", batches=(0, 1)))).tasks
        await finished(queue, first, Finished(state=TaskState.FAILED))
        assert (await queue.deployment("d1")).state is DeploymentState.PAUSED
        assert await queue.claimable("node-b", NOW) == ()
        assert await claim(queue, second) is None

    async def test_a_task_is_not_claimed_before_its_time(self, queue: Queue) -> None:
        """Promise 3."""
        task = await put_task(queue, "r1", deployment())
        await claimed(queue, task)
        (waiting,) = await sweep(queue, NOW + LEASE_MS)
        early, due = waiting.not_before_ms - 1, waiting.not_before_ms
        assert (await queue.claimable("node-a", early), await claim(queue, task, early)) == ((), None)
        assert await queue.claimable("node-a", due) == (waiting,)
        again = await claimed(queue, task, due)
        assert (again.attempt, again.error, again.steps, again.reported) == (2, None, (), 0)

    async def test_a_task_is_not_claimed_after_its_deadline(self, queue: Queue) -> None:
        """Promise 3: after a long night of the server, what waited too long is not started before a sweep fails it."""
        task = await put_task(queue, "r1", deployment(wait_s=10))
        assert await queue.claimable("node-a", NOW + 10_000) == ()
        assert await claim(queue, task, NOW + 10_000) is None
        assert await queue.claimable("node-a", NOW + 9_999) == (task,)
        assert (await queue.tasks(TaskFilter(states=(TaskState.PENDING,)), 10)).items == (task,)
        assert (await queue.deployments(DeploymentFilter(open_only=True), 10)).items[0].state is DeploymentState.PENDING
