"""Following deployments: steps as they happen, until all have ended."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field

import click

from composia.cli.connection import connected
from composia.cli.output import state
from composia.cli.profile import Profile
from composia.cli.words import harmless
from composia.core.deployment import Deployment, DeploymentState
from composia.core.step import StepState
from composia.core.task import Task, TaskState
from composia.core.waiting import without_count_down
from composia.errors import Unavailable
from composia.plugins.api import DeploymentView
from composia.plugins.transport import ServerConnection
from composia.plugins.watching import WatchEvent, WatchRequest, WatchTopic

PATIENCE_S = 120.0
"""How long a server may be away while we follow."""

AGAIN_S = 0.5
"""How long until we ask again a server that was away."""

QUIET_S = 2.0
"""After how long without news it is said what is being waited for."""


@dataclass(kw_only=True)
class Progress:
    """What has been seen of the followed deployments, and what was already said of it. `only` is the task that matters, if
    the others do not."""

    deployments: dict[str, Deployment]
    tasks: dict[str, Task]
    only: str = ""
    cursor: str = ""
    quiet: bool = False
    said: set[tuple[str, ...]] = field(default_factory=set)

    @property
    def open(self) -> list[str]:
        """The deployments of which something is still to happen by itself."""
        return [id_ for id_, deployment in self.deployments.items() if self._is_open(deployment)]

    def _is_open(self, deployment: Deployment) -> bool:
        if deployment.state is DeploymentState.PAUSED:
            return any(task.state.live for task in self.tasks.values() if task.deployment == deployment.id)
        return not deployment.state.final

    @property
    def over(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.tasks[self.only].state.final if self.only else not self.open

    def take(self, event: WatchEvent) -> None:
        """Take in an event and say what is new in it."""
        self.cursor = event.cursor
        for deployment in event.deployments:
            if deployment.id in self.deployments:
                self.deployments[deployment.id] = deployment
        for task in event.tasks:
            if task.deployment in self.deployments:
                self.tasks[task.id] = task
                if not self.quiet:
                    self._say_task(task)

    def say_what_is_waited_for(self) -> None:
        """Of each task of what is open: the step that is running, or the reason why nothing is."""
        open_ = () if self.quiet else self.open
        for task in (task for task in self.tasks.values() if task.deployment in open_):
            for step in task.steps:
                if step.state is StepState.RUNNING and task.state.live:
                    self._say(task, str(task.attempt), "running", step.name, f"{step.name} …")
            if task.waiting:
                self._say(task, "waiting", without_count_down(task.waiting), f"waiting: {task.waiting}")

    def _say_task(self, task: Task) -> None:
        for step in task.steps:
            note = f"  {step.note.splitlines()[0]}" if step.note else ""
            took = f" {step.duration_ms / 1000:.1f}s" if step.duration_ms else ""
            if step.state is not StepState.RUNNING:
                self._say(task, str(task.attempt), step.name, f"{step.name} {state(step.state)}{took}{note}")
        if task.cancel_requested and task.state.live:
            self._say(task, "cancel", str(task.attempt), "a cancel was asked for")
        if task.state is TaskState.PENDING and task.attempt and task.error:
            self._say(task, "again", str(task.attempt), f"try {task.attempt} ended: {task.error}")
        if task.state.final:
            self._say(task, "end", task.state, _end_of(task))

    def _say(self, task: Task, *what: str) -> None:
        *key, line = what
        if self.only in ("", task.id) and (task.id, *key) not in self.said:
            self.said.add((task.id, *key))
            click.echo(harmless(f"{task.service}@{task.node}  {line}"), err=True)


def follow(profile: Profile, views: Iterable[DeploymentView], *, quiet: bool = False) -> Progress:
    """Follow until all have ended; Ctrl-C raises KeyboardInterrupt and changes nothing."""
    views = tuple(views)
    progress = Progress(
        deployments={view.deployment.id: view.deployment for view in views},
        tasks={task.id: task for view in views for task in view.tasks},
        quiet=quiet,
    )
    asyncio.run(_follow(profile, progress))
    return progress


def follow_task(profile: Profile, task: Task) -> Task:
    """Follow one task until it has ended; the task as it is then."""
    deployment = asyncio.run(_deployment(profile, task.deployment))
    progress = Progress(
        deployments={deployment.deployment.id: deployment.deployment},
        tasks={task.id: task for task in deployment.tasks},
        only=task.id,
    )
    asyncio.run(_follow(profile, progress))
    return progress.tasks[task.id]


async def _deployment(profile: Profile, deployment: str) -> DeploymentView:
    async with connected(profile) as server:
        return await server.get_deployment(deployment)


def _end_of(task: Task) -> str:
    if task.state is TaskState.SUPERSEDED and task.error:
        return str(task.error)  # it says by what
    return state(task.state)


async def _follow(profile: Profile, progress: Progress) -> None:
    heard = time.monotonic()
    while not progress.over:
        try:
            async with connected(profile) as server, aclosing(_events(server, progress)) as events:
                async for event in events:
                    heard = time.monotonic()
                    progress.take(event)
                    if progress.over:
                        return
        except Unavailable:
            if time.monotonic() - heard > PATIENCE_S:
                raise
        await asyncio.sleep(AGAIN_S)


async def _events(server: ServerConnection, progress: Progress) -> AsyncGenerator[WatchEvent, None]:
    """The events of a watch from where we are; while none come, it is said what is being waited for."""
    topics = (WatchTopic.WORK,)
    events = server.watch(WatchRequest(cursor=progress.cursor, topics=topics, deployments=tuple(progress.deployments)))
    upcoming = asyncio.ensure_future(_next(events))
    try:
        while True:
            done, _ = await asyncio.wait({upcoming}, timeout=QUIET_S)
            if not done:
                progress.say_what_is_waited_for()
            elif event := upcoming.result():
                upcoming = asyncio.ensure_future(_next(events))
                yield event
            else:
                return
    finally:
        upcoming.cancel()
        await asyncio.gather(upcoming, return_exceptions=True)


async def _next(events: AsyncIterator[WatchEvent]) -> WatchEvent | None:
    return await anext(events, None)
