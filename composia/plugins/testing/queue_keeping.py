"""Promises 7 and 10 of a queue, and what it does when the clock was set."""

from composia.core.deployment import DeploymentState
from composia.core.session import Finished
from composia.core.task import TaskKind, TaskState
from composia.plugins.queue import AuditEntry, DeploymentFilter, Forgotten, Queue, Retention, TaskFilter
from composia.plugins.testing.work import (
    LEASE_MS,
    NOW,
    RETRIES,
    changes_until,
    claimed,
    deployment,
    finished,
    put,
    put_task,
    release,
    report,
    sweep,
)

DAY_MS = 86_400_000


def keep(ended_since_ms: int = 0, audit_since_ms: int = 0, releases: int = 1000) -> Retention:
    """Keep all, but for what is said."""
    return Retention(ended_since_ms=ended_since_ms, audit_since_ms=audit_since_ms, releases=releases)


class KeepingContract:
    """What is removed, and what never is."""

    async def test_what_ended_before_is_forgotten_with_its_tasks_and_all_else_stays(self, queue: Queue) -> None:
        """Promise 10."""
        await finished(queue, await put_task(queue, "r1", deployment()))
        await finished(queue, await put_task(queue, "r2", deployment(), NOW + DAY_MS), now_ms=NOW + DAY_MS)
        waiting = await put_task(queue, "r3", deployment("node-b", service="db"))
        assert await queue.forget(keep(ended_since_ms=NOW + 1), 100) == Forgotten(tasks=("t1",))
        assert [found.id for found in (await queue.deployments(DeploymentFilter(), 9)).items] == ["d3", "d2"]
        assert [found.id for found in (await queue.tasks(TaskFilter(), 9)).items] == ["t3", "t2"]
        assert await queue.claimable("node-b", NOW) == (waiting,)
        assert await queue.requested("r1") == ()
        assert await queue.forget(keep(ended_since_ms=NOW + 1), 100) == Forgotten()

    async def test_a_services_last_deployment_stays_however_long_ago_it_ended(self, queue: Queue) -> None:
        """Promise 10: it is the only one that says who brought there what runs. Of a node there is none."""
        pruned = deployment(kind=TaskKind.PRUNE, service="")
        await finished(queue, await put_task(queue, "r1", pruned), Finished(state=TaskState.SUCCEEDED))
        for number, service in enumerate(("web", "db", "web"), 2):
            await finished(queue, await put_task(queue, f"r{number}", deployment(service=service)))
        assert await queue.forget(keep(ended_since_ms=NOW + DAY_MS), 9) == Forgotten(tasks=("t1", "t2"))
        assert [found.id for found in await queue.last_deployments()] == ["d3", "d4"]
        assert await queue.forget(keep(ended_since_ms=NOW + DAY_MS), 9) == Forgotten()

    async def test_a_request_of_which_something_is_left_is_still_known(self, queue: Queue) -> None:
        """Promise 2, as long as one of its deployments is there."""
        new = [deployment("node-a"), deployment("node-b", service="db")]
        first, _ = await queue.put("r1", new, NOW)
        await finished(queue, first.tasks[0])
        await put(queue, "r2", deployment("node-a"))
        await queue.forget(keep(ended_since_ms=NOW + DAY_MS), 9)
        again = await queue.put("r1", new, NOW)
        assert [stored.deployment.id for stored in again] == ["d2"]
        assert [found.id for found in (await queue.deployments(DeploymentFilter(), 9)).items] == ["d3", "d2"]

    async def test_what_is_open_is_never_forgotten(self, queue: Queue) -> None:
        """Promise 10."""
        await claimed(queue, await put_task(queue, "r1", deployment()))
        await put(queue, "r2", deployment("node-b"))
        await queue.pause("d2", "ada", NOW)
        assert await queue.forget(keep(ended_since_ms=NOW + 400 * DAY_MS), 100) == Forgotten()

    async def test_a_bite_is_as_large_as_asked_and_the_oldest_goes_first(self, queue: Queue) -> None:
        """Promise 10."""
        for number in range(5):
            await finished(queue, await put_task(queue, f"r{number}", deployment()), now_ms=NOW + number)
        await put(queue, "r5", deployment())
        found = [await queue.forget(keep(ended_since_ms=NOW + DAY_MS), 2) for _ in range(3)]
        assert [forgotten.tasks for forgotten in found] == [("t1", "t2"), ("t3", "t4"), ("t5",)]
        assert [forgotten.more for forgotten in found] == [True, True, False]

    async def test_numbers_are_never_given_again(self, queue: Queue) -> None:
        """Promise 10: an id that a person has noted does not become another one's."""
        pruned = deployment(kind=TaskKind.PRUNE, service="")
        await finished(queue, await put_task(queue, "r1", pruned), Finished(state=TaskState.SUCCEEDED))
        await queue.forget(keep(ended_since_ms=NOW + DAY_MS), 9)
        last = await queue.last_change()
        assert (await queue.deployments(DeploymentFilter(), 9)).items == ()
        new = await put(queue, "r1", pruned)
        assert (new.deployment.id, new.tasks[0].id) == ("d2", "t2")
        assert await queue.last_change() > last > 0

    async def test_changes_that_are_left_have_no_gap(self, queue: Queue) -> None:
        """Promise 7."""
        assert await queue.first_change() == 1
        await put(queue, "r1", deployment("node-b", service="open"))
        pruned = deployment(kind=TaskKind.PRUNE, service="")
        await finished(queue, await put_task(queue, "r2", pruned), Finished(state=TaskState.SUCCEEDED))
        await queue.forget(keep(ended_since_ms=NOW + DAY_MS), 9)
        first = await queue.first_change()
        assert first == await queue.last_change() + 1
        await put(queue, "r3", deployment(service="db"))
        found = await changes_until(queue, first - 1, await queue.last_change())
        assert [change.number for change in found] == list(range(first, first + len(found)))
        assert [change.number for change in await changes_until(queue, 0, await queue.last_change())] == [
            change.number for change in found
        ]

    async def test_of_each_instance_the_newest_releases_stay_and_the_last_good_one(self, queue: Queue) -> None:
        """Promise 10."""
        tasks: list[str] = []
        for number, good in enumerate([True, False, False, False]):
            task = await put_task(queue, f"r{number}", deployment())
            live = await claimed(queue, task)
            state = TaskState.SUCCEEDED if good else TaskState.FAILED
            await queue.report(report(live, 1, Finished(state=state, release=release(live, good=good))), RETRIES, NOW)
            tasks.append(task.id)
        await queue.forget(keep(releases=1), 100)
        assert [found.task for found in await queue.releases()] == tasks[3:]
        assert [found.task for found in await queue.good_releases()] == tasks[:1]

    async def test_bundles_of_open_tasks_and_of_kept_releases_are_kept(self, queue: Queue) -> None:
        """Promise 10."""
        assert await queue.kept_bundles() == frozenset()
        await finished(queue, await put_task(queue, "r1", deployment(kind=TaskKind.DEPLOY)))
        assert await queue.kept_bundles() == {"sha256:b0"}

    async def test_audit_entries_go_by_their_age(self, queue: Queue) -> None:
        """Promise 10."""
        for number in range(4):
            await queue.record(AuditEntry(at_ms=NOW + number, by="ada", action=f"a{number}", target="x"))
        await queue.forget(keep(audit_since_ms=NOW + 2), 100)
        assert [entry.action for entry in (await queue.audit(9)).items] == ["a3", "a2"]


class ClockContract:
    """The server's clock was set: what is open moves along."""

    async def test_leases_deadlines_waits_and_pauses_move_and_nothing_else_does(self, queue: Queue) -> None:
        """A day on, nothing is due that was not due before."""
        live = await claimed(queue, await put_task(queue, "r1", deployment("node-a", wait_s=60)))
        waiting = await put_task(queue, "r2", deployment("node-b", wait_s=60))
        ended = await finished(queue, await put_task(queue, "r3", deployment("node-c")))
        before = await queue.last_change()
        await queue.postpone(DAY_MS)
        assert await queue.last_change() == before
        assert (await queue.task(live.id)).lease_until_ms == live.lease_until_ms + DAY_MS
        assert (await queue.task(waiting.id)).deadline_ms == waiting.deadline_ms + DAY_MS
        assert await queue.task(ended.id) == ended
        assert await sweep(queue, NOW + DAY_MS + LEASE_MS - 1) == ()
        await queue.postpone(-DAY_MS)
        assert await queue.task(live.id) == live
        assert await queue.task(waiting.id) == waiting

    async def test_a_wait_that_is_not_there_is_not_made(self, queue: Queue) -> None:
        """0 means none, also after that."""
        task = await put_task(queue, "r1", deployment())
        await queue.postpone(5)
        moved = await queue.task(task.id)
        assert (moved.not_before_ms, moved.lease_until_ms) == (0, 0)
        assert (await queue.deployment("d1")).resume_ms == 0
        assert (await queue.deployment("d1")).state is DeploymentState.PENDING
