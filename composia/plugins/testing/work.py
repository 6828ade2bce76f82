"""Work for tests: each field has a default, so that a test names only what matters to it."""

import anyio

from composia.core.attempt import Retries
from composia.core.deployment import Deployment
from composia.core.intent import Intent
from composia.core.release import Release, ReleasedContainer
from composia.core.service import RolloutPolicy
from composia.core.session import Accepted, Attempt, Finished, Report, StepReport
from composia.core.task import Order, Priority, Task, TaskKind, TaskState
from composia.plugins.queue import Change, DeploymentFilter, NewDeployment, NewTask, Queue, Stored, TaskFilter

NOW = 1_700_000_000_000
LEASE_MS = 30_000
DAY_MS = 86_400_000
RETRIES = Retries(attempts=3, backoff_ms=1_000)


def order(kind: TaskKind = TaskKind.DEPLOY, service: str = "web") -> Order:
    """An order for a service."""
    return Order(
        kind=kind,
        service=service,
        project=service,
        revision="4f1c",
        bundle="sha256:b0",
        compose_files=("compose.yaml",),
    )


def deployment(
    *nodes: str,
    kind: TaskKind = TaskKind.DEPLOY,
    service: str = "web",
    rollout: RolloutPolicy | None = None,
    batches: tuple[int, ...] = (),
    intents: tuple[Intent, ...] = (),
    priority: int = Priority.PERSON,
    wait_s: float = 86_400.0,
    retry_of: str = "",
) -> NewDeployment:
    """A deployment of a service over nodes, by default over one and in one batch; `batches` says each node's."""
    nodes = nodes or ("node-a",)
    return NewDeployment(
        kind=kind,
        service=service,
        revision="4f1c",
        tasks=tuple(
            NewTask(node=node, order=order(kind, service), batch=batch)
            for node, batch in zip(nodes, batches or (0,) * len(nodes), strict=True)
        ),
        rollout=rollout or RolloutPolicy(),
        intents=intents,
        priority=priority,
        created_by="ada",
        wait_s=wait_s,
        retry_of=retry_of,
    )


def attempt(task: Task) -> Attempt:
    """The present attempt of a task."""
    return Attempt(task=task.id, number=task.attempt)


def report(task: Task, number: int, body: Accepted | StepReport | Finished | None = None) -> tuple[Report]:
    """A report on the present attempt of a task: by default its acceptance."""
    return (Report(attempt=attempt(task), number=number, body=body or Accepted()),)


def release(task: Task, *, good: bool = True, revision: str = "4f1c") -> Release:
    """What an agent says that a task left on its node."""
    return Release(
        service=task.service,
        node=task.node,
        task=task.id,
        revision=revision,
        bundle="sha256:b0",
        project=task.service,
        compose_files=("compose.yaml",),
        containers=(ReleasedContainer(service="app", config_digest="sha256:c0", image="nginx:1.27"),),
        good=good,
        health="1 of 1 healthy" if good else "app: exited (3)",
    )


def succeeded(task: Task) -> Finished:
    """A good end, with its release."""
    return Finished(state=TaskState.SUCCEEDED, output_bytes=42, release=release(task))


async def put(queue: Queue, request_id: str, new: NewDeployment, now_ms: int = NOW) -> Stored:
    """Put one deployment."""
    (stored,) = await queue.put(request_id, [new], now_ms)
    return stored


async def put_task(queue: Queue, request_id: str, new: NewDeployment, now_ms: int = NOW) -> Task:
    """Put one deployment and return its only task."""
    (task,) = (await put(queue, request_id, new, now_ms)).tasks
    return task


async def claim(queue: Queue, task: Task | str, now_ms: int = NOW) -> Task | None:
    """Claim a task for a server."""
    return await queue.claim(task if isinstance(task, str) else task.id, server="s1", lease_ms=LEASE_MS, now_ms=now_ms)


async def claimed(queue: Queue, task: Task | str, now_ms: int = NOW) -> Task:
    """Claim a task that can be claimed."""
    found = await claim(queue, task, now_ms)
    assert found is not None, f"{task} cannot be claimed"
    return found


async def finished(queue: Queue, task: Task, body: Finished | None = None, now_ms: int = NOW) -> Task:
    """Claim a task and report its end: by default a good one."""
    live = await claimed(queue, task, now_ms)
    return await queue.report(report(live, 1, body or succeeded(live)), RETRIES, now_ms)


async def sweep(queue: Queue, now_ms: int, retries: Retries = RETRIES) -> tuple[Task, ...]:
    """Apply the clock."""
    return await queue.sweep(retries, now_ms)


async def everything(queue: Queue) -> tuple[tuple[Deployment, ...], tuple[Task, ...], int]:
    """All deployments and tasks, and the number of the last change: what "nothing changed" is measured by."""
    deployments = await queue.deployments(DeploymentFilter(), 1000)
    tasks = await queue.tasks(TaskFilter(), 1000)
    return deployments.items, tasks.items, await queue.last_change()


async def changes_until(queue: Queue, after: int, last: int) -> list[Change]:
    """The changes from `after` up to `last`."""
    found: list[Change] = []
    changes = queue.changes(after)
    while (found[-1].number if found else after) < last:
        with anyio.fail_after(60):
            found.append(await anext(changes))
    return found
