"""How the machine lives: its server, its agents, its clock, and what holds after each step."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, ClassVar, cast

from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition

from composia.clock import ManualClock
from composia.core.deployment import Deployment, DeploymentState
from composia.core.principal import Principal, Role
from composia.core.session import Finished
from composia.core.task import Task, TaskState
from composia.plugins.queue import DeploymentFilter, Queue, TaskFilter
from composia.server.control_plane import ControlPlane
from composia.server.people import People
from tests.engine import promises
from tests.engine.played import CAPACITY, PlayedAgent
from tests.engine.watched import Turns, WatchedQueue
from tests.server.world import make_plane

NODES = ("node-a", "node-b")
ADA = Principal(id="ada", role=Role.ADMIN, credential="c")
ALL = 100_000


class Life(RuleBasedStateMachine):
    """The queue outlives the server; journals outlive the agents. `steps` counts over all runs."""

    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.loop = asyncio.new_event_loop()
        self.clock = ManualClock()
        self.agents = {node: PlayedAgent(node=node) for node in NODES}
        self.requests = 0
        self.put: set[str] = set()
        self.known: dict[str, Task] = {}
        self.loops: list[asyncio.Task[None]] = []
        self.turns = Turns(self.loop.run_until_complete(self.open()))
        self.plane: ControlPlane = make_plane(self.directory, self.queue, self.clock)

    @property
    def queue(self) -> Queue:
        """The queue as the server has it."""
        return cast("Queue", self.turns)

    async def open(self) -> Queue:
        """The queue under test."""
        return WatchedQueue(self.clock)

    async def reopen(self) -> None:
        """The queue as a server finds it that comes after another; what is in memory is still there."""

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do something, then wait until nothing moves any more."""

        async def settled() -> Any:
            answer = await work
            await self.turns.rest()
            return answer

        return self.loop.run_until_complete(settled())

    @property
    def people(self) -> People:
        """The API as Ada has it."""
        return People(self.plane, ADA)

    def all_tasks(self) -> tuple[Task, ...]:
        """All tasks, oldest first."""
        page = self.loop.run_until_complete(self.queue.tasks(TaskFilter(), ALL))
        return tuple(reversed(page.items))

    def all_deployments(self) -> dict[str, Deployment]:
        """All deployments by id."""
        page = self.loop.run_until_complete(self.queue.deployments(DeploymentFilter(), ALL))
        return {found.id: found for found in page.items}

    # --- the server

    @initialize()
    def begin(self) -> None:
        """The first life of the server, with both agents."""
        self.run(self.start())
        for agent in self.agents.values():
            self.run(self.connect(agent))

    async def start(self) -> None:
        """A server's life begins."""
        await self.reopen()
        self.plane = make_plane(self.directory, self.queue, self.clock)
        await self.plane.dispatcher.begin()
        self.loops = [
            asyncio.create_task(self.plane.dispatcher.run()),
            asyncio.create_task(self.plane.dispatcher.follow(lambda task: None)),
        ]

    async def die(self) -> None:
        """It ends without a word."""
        for agent in self.agents.values():
            await agent.disconnect()
        for task in self.loops:
            task.cancel()
        await asyncio.gather(*self.loops, return_exceptions=True)

    async def connect(self, agent: PlayedAgent) -> None:
        """Its stream opens, and a heartbeat follows as it does in life."""
        agent.connect(self.plane)
        await self.turns.rest()
        agent.beat()

    # --- what always holds

    @invariant()
    def count(self) -> None:
        """How many steps were made."""
        Life.steps += 1

    @invariant()
    def no_task_is_lost_and_each_moves_along_its_arrows(self) -> None:
        """What was put is there, and its state follows from the one before."""
        tasks = {task.id: task for task in self.all_tasks()}
        assert tasks.keys() == self.put
        promises.each_moved_along_its_arrows(self.known, tasks)
        self.known = tasks

    @invariant()
    def nothing_has_moved_as_it_may_not(self) -> None:
        """Not even in between."""
        assert not self.turns.wrong

    @invariant()
    def what_is_stored_is_sound(self) -> None:
        """See `tests.engine.promises`."""
        tasks, deployments = self.all_tasks(), self.all_deployments()
        promises.nothing_is_held_twice(tasks, NODES)
        promises.first_in_first_out(tasks, deployments)
        promises.deployments_stand_where_their_tasks_put_them(tasks, deployments, self.clock.now_ms())
        promises.agents_know_what_to_cancel(tasks, self.agents.values())

    @invariant()
    @precondition(lambda self: bool(self.loops))
    def no_wake_up_is_lost(self) -> None:
        """While nothing moves, what could start has started, unless the node is full; and in order."""
        live = [task for task in self.all_tasks() if task.state.live]
        for node in self.plane.sessions.settled():
            free = self.loop.run_until_complete(self.queue.claimable(node, self.clock.now_ms()))
            busy = sum(task.node == node for task in live)
            assert not free or busy >= CAPACITY, (free, busy)

    @invariant()
    @precondition(lambda self: bool(self.loops))
    def the_engine_lives(self) -> None:
        """No loop has ended."""
        assert not [task for task in self.loops if task.done()]

    def teardown(self) -> None:
        """Everybody is well again, and in the end all work has ended, but what only a person can end."""
        try:
            if self.loops:
                self.heal()
        finally:
            self.run(self.die())
            self.loop.run_until_complete(self.queue.close())
            self.loop.close()
            shutil.rmtree(self.directory)

    def heal(self) -> None:
        """Work until nothing is left to do."""
        for _ in range(200):
            for agent in self.agents.values():
                if not agent.connected:
                    self.run(self.connect(agent))
                while agent.read() is not None:
                    pass
                for entry in agent.working:
                    agent.end(entry, Finished(state=TaskState.SUCCEEDED))
                agent.report()
                agent.beat()
            self.run(asyncio.sleep(0))
            self.no_wake_up_is_lost()
            if all(one.state.final for one in self.all_deployments().values()):
                break
            self.say_what_only_a_person_can()
            self.clock.advance(4)
            self.run(self.plane.dispatcher.tick())
        left = [one for one in self.all_deployments().values() if not one.state.final]
        assert not left, "stuck"
        self.no_task_is_lost_and_each_moves_along_its_arrows()
        self.nothing_has_moved_as_it_may_not()
        self.what_is_stored_is_sound()

    def say_what_only_a_person_can(self) -> None:
        """How lost tasks ended, and that what is paused is to go on."""
        for task in self.all_tasks():
            if task.state is TaskState.LOST:
                self.run(self.people.resolve_task(task.id, TaskState.FAILED))
        for name, one in self.all_deployments().items():
            if one.state is DeploymentState.PAUSED:
                self.run(self.people.resume_deployment(name))
                self.no_wake_up_is_lost()
