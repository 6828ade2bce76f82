"""The contract of a queue: changes, lists and records. Promises 7 and 8."""

# ruff: noqa: D102 - the name of a test is its sentence

import asyncio
from dataclasses import replace

import anyio
import pytest

from composia.core.container import Container, ContainerState
from composia.core.node import Node, NodeFacts, NodeStatus, Seen, Workspace
from composia.core.revision import RepositoryState
from composia.core.task import TaskKind, TaskState
from composia.core.usage import HostUsage
from composia.errors import Invalid, NotFound, Unavailable
from composia.plugins.queue import AuditEntry, Change, DeploymentFilter, Page, Queue, TaskFilter
from composia.plugins.testing.work import (
    LEASE_MS,
    NOW,
    RETRIES,
    attempt,
    changes_until,
    claim,
    claimed,
    deployment,
    finished,
    put,
    put_task,
    report,
)


class ChangesContract:
    """Promise 7."""

    async def test_each_change_is_numbered_and_tells_what_changed(self, queue: Queue) -> None:
        """Promise 7."""
        assert await queue.last_change() == 0
        stored = await put(queue, "r1", deployment("node-a", "node-b"))
        first, second = stored.tasks
        assert await changes_until(queue, 0, 3) == [
            Change(number=1, deployment=stored.deployment),
            Change(number=2, task=first),
            Change(number=3, task=second),
        ]
        live = await claimed(queue, first)
        assert await changes_until(queue, 3, 5) == [
            Change(number=4, task=live),
            Change(number=5, deployment=await queue.deployment("d1")),
        ]
        running = await queue.report(report(live, 1), RETRIES, NOW)
        assert await changes_until(queue, 5, 6) == [Change(number=6, task=running)]
        assert await queue.last_change() == 6

    async def test_changes_that_are_read_late_tell_what_is_there_now(self, queue: Queue) -> None:
        """Promise 7: the numbers have no gap, and a reader never goes back to an older state."""
        task = await put_task(queue, "r1", deployment())
        done = await finished(queue, task)
        last = await queue.last_change()
        late = await changes_until(queue, 0, last)
        assert [change.number for change in late] == list(range(1, last + 1))
        assert {change.task for change in late if change.task} == {done}
        assert {change.deployment for change in late if change.deployment} == {await queue.deployment("d1")}

    async def test_what_changes_nothing_is_no_change(self, queue: Queue) -> None:
        """Promise 7: neither are a renewed lease and a record; there is nothing in them to watch."""
        live = await claimed(queue, await put_task(queue, "r1", deployment()))
        before = await queue.last_change()
        await queue.put("r1", [deployment()], NOW)
        await claim(queue, live)
        await queue.renew("node-a", [attempt(live)], LEASE_MS, NOW + 5)
        await queue.sweep(RETRIES, NOW)
        await queue.save_node(Node(name="node-a", agent_id="a1"))
        await queue.record(AuditEntry(at_ms=NOW, by="ada", action="login", target="server"))
        assert await queue.last_change() == before

    async def test_a_follower_is_woken_by_each_commit(self, queue: Queue) -> None:
        """Promise 7."""
        follower = queue.changes(0)
        for number in range(1, 30, 2):
            waiting = asyncio.ensure_future(anext(follower))
            await asyncio.sleep(0)
            task = await put_task(queue, f"r{number}", deployment(service=f"s{number}"))
            with anyio.fail_after(60):
                assert (await waiting).number == number
                assert await anext(follower) == Change(number=number + 1, task=task)

    async def test_many_followers_see_all_changes_of_many_writers(self, queue: Queue) -> None:
        """Promise 7."""

        async def write(writer: int) -> None:
            for number in range(5):
                await finished(
                    queue, await put_task(queue, f"r{writer}.{number}", deployment(service=f"s{writer}.{number}"))
                )

        # 5 writers x 5 deployments x (put 2, claim 2, end 2)
        followers = [asyncio.ensure_future(changes_until(queue, start, 150)) for start in (0, 0, 70)]
        await asyncio.gather(*(write(writer) for writer in range(5)))
        seen = [[change.number for change in await follower] for follower in followers]
        assert seen == [list(range(1, 151)), list(range(1, 151)), list(range(71, 151))]

    async def test_a_follower_may_begin_after_a_change_that_has_not_come(self, queue: Queue) -> None:
        """Promise 7."""
        later = asyncio.ensure_future(anext(queue.changes(2)))
        await put(queue, "r1", deployment())
        await put(queue, "r2", deployment(service="db"))
        with anyio.fail_after(60):
            assert (await later).number == 3

    async def test_followers_end_when_the_queue_is_closed(self, queue: Queue) -> None:
        follower = asyncio.ensure_future(changes_until(queue, 0, 1))
        await asyncio.sleep(0)
        await queue.close()
        with anyio.fail_after(60), pytest.raises(StopAsyncIteration):
            await follower

    async def test_a_closed_queue_says_so(self, queue: Queue) -> None:
        await queue.close()
        with pytest.raises(Unavailable):
            await queue.put("r1", [deployment()], NOW)
        with pytest.raises(Unavailable):
            await queue.task("t1")
        await queue.close()


class ListContract:
    """Promise 8."""

    async def test_lists_are_newest_first_and_paged_by_key(self, queue: Queue) -> None:
        """Promise 8."""
        stored = [await put(queue, f"r{n}", deployment(service=f"s{n}")) for n in range(5)]
        deployments = tuple(s.deployment for s in reversed(stored))
        tasks = tuple(s.tasks[0] for s in reversed(stored))

        first = await queue.tasks(TaskFilter(), 2)
        assert first.items == tasks[:2]
        second = await queue.tasks(TaskFilter(), 2, first.next)
        assert second.items == tasks[2:4]
        assert await queue.tasks(TaskFilter(), 2, second.next) == Page(items=tasks[4:])
        assert await queue.tasks(TaskFilter(), 5) == Page(items=tasks)

        head = await queue.deployments(DeploymentFilter(), 3)
        assert (head.items, head.next) == (deployments[:3], str(deployments[2].sequence))
        assert await queue.deployments(DeploymentFilter(), 3, head.next) == Page(items=deployments[3:])

    async def test_what_is_put_between_two_pages_neither_shifts_nor_hides(self, queue: Queue) -> None:
        """Promise 8."""
        for n in range(4):
            await put(queue, f"r{n}", deployment(service=f"s{n}"))
        first = await queue.tasks(TaskFilter(), 2)
        for n in range(4, 8):
            await put(queue, f"r{n}", deployment(service=f"s{n}"))
        second = await queue.tasks(TaskFilter(), 2, first.next)
        assert [task.id for task in first.items + second.items] == ["t4", "t3", "t2", "t1"]

    async def test_tasks_are_filtered_by_every_field(self, queue: Queue) -> None:
        """Promise 8."""
        await put(queue, "r1", deployment("node-a", "node-b"), NOW)
        await put(queue, "r2", deployment(service="db", kind=TaskKind.STOP), NOW + 10)
        await put(queue, "r3", deployment("node-c", service="db"), NOW + 20)
        await claimed(queue, "t2")

        async def found(**fields: object) -> list[str]:
            return [task.id for task in (await queue.tasks(TaskFilter(**fields), 10)).items]  # type: ignore[arg-type]

        assert await found() == ["t4", "t3", "t2", "t1"]
        assert await found(services=("web",)) == ["t2", "t1"]
        assert await found(services=("web", "db")) == ["t4", "t3", "t2", "t1"]
        assert await found(nodes=("node-a", "node-c")) == ["t4", "t3", "t1"]
        assert await found(states=(TaskState.ASSIGNED, TaskState.RUNNING)) == ["t2"]
        assert await found(kinds=(TaskKind.STOP,)) == ["t3"]
        assert await found(deployment="d1") == ["t2", "t1"]
        assert await found(deployment="nonsense") == []
        assert await found(since_ms=NOW + 10) == ["t4", "t3"]
        assert await found(until_ms=NOW + 10) == ["t2", "t1"]
        assert await found(services=("db",), nodes=("node-a",), since_ms=NOW, until_ms=NOW + 11) == ["t3"]
        assert await queue.tasks(TaskFilter(deployment="d1"), 1) == Page(items=(await queue.task("t2"),), next="2")

    async def test_tasks_of_a_time_are_found_though_the_clock_was_set_back(self, queue: Queue) -> None:
        """Promise 8: the newest is the one that was put last, whatever the clock said."""
        for number, at in enumerate((0, 100, 50, 150, 10)):
            await put(queue, f"r{number}", deployment(service=f"s{number}"), NOW + at)

        async def found(**fields: int) -> list[str]:
            return [task.id for task in (await queue.tasks(TaskFilter(**fields), 10)).items]  # type: ignore[arg-type]

        assert await found(since_ms=NOW + 60) == ["t4", "t2"]
        assert await found(until_ms=NOW + 60) == ["t5", "t3", "t1"]
        assert await found(since_ms=NOW + 10, until_ms=NOW + 100) == ["t5", "t3"]
        assert await found(since_ms=NOW + 151) == []
        assert await found(until_ms=NOW) == []
        first = await queue.tasks(TaskFilter(until_ms=NOW + 60), 1)
        assert [t.id for t in (await queue.tasks(TaskFilter(until_ms=NOW + 60), 1, first.next)).items] == ["t3"]

    async def test_tasks_of_several_kinds_are_one_list(self, queue: Queue) -> None:
        """Promise 8."""
        kinds = (TaskKind.STOP, TaskKind.DEPLOY, TaskKind.START, TaskKind.STOP)
        for number, kind in enumerate(kinds):
            await put(queue, f"r{number}", deployment(service=f"s{number}", kind=kind))
        which = TaskFilter(kinds=(TaskKind.STOP, TaskKind.START, TaskKind.STOP))
        first = await queue.tasks(which, 2)
        second = await queue.tasks(which, 2, first.next)
        assert [task.id for task in (*first.items, *second.items)] == ["t4", "t3", "t1"]

    async def test_deployments_are_filtered_by_service_and_openness(self, queue: Queue) -> None:
        """Promise 8."""
        await finished(queue, await put_task(queue, "r1", deployment()))
        await put(queue, "r2", deployment(service="db"))
        await put(queue, "r3", deployment())

        async def found(which: DeploymentFilter) -> list[str]:
            return [d.id for d in (await queue.deployments(which, 10)).items]

        assert await found(DeploymentFilter()) == ["d3", "d2", "d1"]
        assert await found(DeploymentFilter(services=("web",))) == ["d3", "d1"]
        assert await found(DeploymentFilter(open_only=True)) == ["d3", "d2"]
        assert await found(DeploymentFilter(services=("web",), open_only=True)) == ["d3"]

    async def test_of_each_service_the_deployment_that_was_put_last_is_found(self, queue: Queue) -> None:
        """As it is now, whatever the clock said, and none that is of a node."""
        assert await queue.last_deployments() == ()
        await put(queue, "r1", deployment())
        await put(queue, "r2", deployment(service="db", kind=TaskKind.STOP), NOW + 10)
        await put(queue, "r3", deployment(kind=TaskKind.RESTART), NOW - 10)
        await put(queue, "r4", deployment(kind=TaskKind.PRUNE, service=""))
        await claimed(queue, "t2")
        assert await queue.last_deployments() == (await queue.deployment("d2"), await queue.deployment("d3"))

    async def test_a_page_that_cannot_be_is_refused(self, queue: Queue) -> None:
        for limit, after in ((0, ""), (-1, ""), (5, "x"), (5, "-1"), (5, "9" * 40)):
            with pytest.raises(Invalid):
                await queue.tasks(TaskFilter(), limit, after)
            with pytest.raises(Invalid):
                await queue.deployments(DeploymentFilter(), limit, after)
            with pytest.raises(Invalid):
                await queue.audit(limit, after)

    async def test_an_unknown_id_is_not_found(self, queue: Queue) -> None:
        await put(queue, "r1", deployment())
        for unknown in ("", "t2", "1", "d01", "t01", "t 1", "t٣", "d" + "9" * 40):
            with pytest.raises(NotFound):
                await queue.task(unknown)
            with pytest.raises(NotFound):
                await queue.deployment(unknown)

    async def test_waiting_and_live_tasks_are_listed_by_sequence(self, queue: Queue) -> None:
        for n in range(4):
            await put(queue, f"r{n}", deployment(service=f"s{n}"))
        for task in ("t4", "t2"):
            await claimed(queue, task)
        await queue.report(report(await queue.task("t2"), 1), RETRIES, NOW)
        assert [(task.id, task.state) for task in await queue.live()] == [
            ("t2", TaskState.RUNNING),
            ("t4", TaskState.ASSIGNED),
        ]
        assert [task.id for task in await queue.waiting()] == ["t1", "t3"]


NODE = Node(
    name="node-b",
    agent_id="a1",
    labels=(("zone", "east"), ("ssd", "")),
    project_prefix="x-",
    facts=NodeFacts(version="1.0", cpus=4, memory_bytes=2**33),
    joined_ms=NOW,
    hello_ms=NOW,
)

SEEN = Seen(
    status=NodeStatus(now_ms=5, host=HostUsage(load_1m=0.25, memory_available_bytes=2**32, uptime_s=12.5)),
    containers=(
        Container(
            id="c1",
            name="web-app-1",
            project="web",
            service="app",
            image="nginx:1.27",
            image_id="sha256:1",
            state=ContainerState.EXITED,
            exit_code=3,
        ),
    ),
    workspaces=(Workspace(service="web", project="web", edited=("nginx.conf",)),),
    at_ms=NOW,
)


class RecordContract:
    """Nodes, the repository, what was seen, the audit."""

    async def test_a_queue_has_a_name_of_its_own(self, queue: Queue) -> None:
        assert len(queue.database) >= 16

    async def test_a_node_is_stored_by_name_and_replaced(self, queue: Queue) -> None:
        other = replace(NODE, name="node-a")
        await queue.save_node(NODE)
        await queue.save_node(other)
        assert await queue.nodes() == (other, NODE)
        again = replace(NODE, agent_id="a2", hello_ms=NOW + 1)
        await queue.save_node(again)
        assert await queue.nodes() == (other, again)

    async def test_the_repositorys_last_state_is_kept(self, queue: Queue) -> None:
        assert await queue.repository() is None
        state = RepositoryState(location="/srv/git", branch="main", head="4f1c", synced_ms=NOW, tried_ms=NOW)
        await queue.save_repository(state)
        failed = replace(state, tried_ms=NOW + 1, error="no route to host")
        await queue.save_repository(failed)
        assert await queue.repository() == failed

    async def test_pictures_of_some_nodes_leave_the_others(self, queue: Queue) -> None:
        assert await queue.seen() == {}
        await queue.save_seen({"node-a": SEEN, "node-b": SEEN})
        later = replace(SEEN, containers=(), at_ms=NOW + 5)
        await queue.save_seen({"node-b": later})
        assert await queue.seen() == {"node-a": SEEN, "node-b": later}

    async def test_audit_entries_are_newest_first_and_paged(self, queue: Queue) -> None:
        """Promise 8."""
        entries = tuple(AuditEntry(at_ms=NOW, by="ada", action="login", target=f"x{n}") for n in range(3))
        for entry in entries:
            await queue.record(entry)
        first = await queue.audit(2)
        assert first.items == (entries[2], entries[1])
        assert await queue.audit(2, first.next) == Page(items=(entries[0],))
