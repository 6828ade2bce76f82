"""A state machine over queue, dispatcher and sessions: people ask, agents work, everybody dies, the clock is set, and after
each step what was promised holds."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from composia.builtin_plugins.memory.queue import MemoryQueue
from composia.clock import ManualClock
from composia.core.deployment import Deployment, DeploymentState
from composia.core.principal import Principal, Role
from composia.core.service import OnFailure, RolloutPolicy
from composia.core.session import Attempt, Finished, Report, Run, StepReport
from composia.core.step import StepName, StepState
from composia.core.task import TRANSITIONS, Priority, Task, TaskError, TaskKind, TaskState
from composia.errors import ComposiaError
from composia.plugins.api import RetryRequest
from composia.plugins.queue import DeploymentFilter, Queue, TaskFilter
from composia.plugins.testing.work import deployment
from composia.server.control_plane import ControlPlane
from composia.server.people import People
from tests.engine.played import CAPACITY, PlayedAgent
from tests.server.world import make_plane

NODES = ("node-a", "node-b")
SERVICES = ("web", "db", "api")
KINDS = (TaskKind.DEPLOY, TaskKind.DEPLOY, TaskKind.STOP, TaskKind.RESTART)
ADA = Principal(id="ada", role=Role.ADMIN, credential="c")
ALL = 100_000

ENDS = st.sampled_from(
    [
        Finished(state=TaskState.SUCCEEDED, output_bytes=7),
        Finished(state=TaskState.SUCCEEDED),
        Finished(state=TaskState.FAILED, error=TaskError(code="not_possible", message="exit 3")),
        Finished(state=TaskState.FAILED, error=TaskError(code="unavailable", message="no engine")),
        Finished(state=TaskState.CANCELLED, error=TaskError(code="cancelled", message="ended during up")),
    ]
)
ROLLOUTS = st.builds(
    RolloutPolicy,
    max_parallel=st.sampled_from([1, 2]),
    pause_s=st.sampled_from([0.0, 0.0, 5.0]),
    on_failure=st.sampled_from(OnFailure),
)


def _reachable() -> dict[TaskState, frozenset[TaskState]]:
    """The states that come after each one, over any number of arrows."""
    found = {state: {state} | TRANSITIONS[state] for state in TaskState}
    for _ in TaskState:
        found = {state: set().union(*(found[after] for after in afters)) for state, afters in found.items()}
    return {state: frozenset(afters) for state, afters in found.items()}


REACHABLE = _reachable()


class Engine(RuleBasedStateMachine):
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
        self.queue: Queue = self.run(self.open())
        self.plane: ControlPlane = make_plane(self.directory, self.queue, self.clock)

    async def open(self) -> Queue:
        """The queue under test."""
        return MemoryQueue()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do something, then wait until nothing moves any more."""

        async def settled() -> Any:
            answer = await work
            await self.settle()
            return answer

        return self.loop.run_until_complete(settled())

    async def settle(self) -> None:
        """Wait until all that was set going has come to rest: turns of the loop are enough for what is in memory."""
        for _ in range(60):
            await asyncio.sleep(0)

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

    @rule(away_s=st.sampled_from([0, 0, 100]))
    def the_server_dies_and_comes_back(self, away_s: int) -> None:
        """What it had in memory is gone; however long it was away, the agents have time to come back."""
        live = {task.id for task in self.all_tasks() if task.state.live}
        self.run(self.die())
        self.clock.advance(away_s)
        self.run(self.start())
        self.run(self.plane.dispatcher.tick())
        assert live == {task.id for task in self.all_tasks() if task.state.live}

    @rule(seconds=st.sampled_from([1, 4, 6, 20, 70]))
    def time_passes(self, seconds: int) -> None:
        """And the server looks at the clock."""
        self.clock.advance(seconds)
        self.run(self.plane.dispatcher.tick())

    @rule(seconds=st.sampled_from([-86_400, -3_600, 3_600, 86_400 * 400]))
    def the_clock_is_set(self, seconds: int) -> None:
        """No lease ends by it, and none lives on."""
        before = {
            task.id: (task.state, task.lease_until_ms and task.lease_until_ms - self.clock.now_ms())
            for task in self.all_tasks()
        }
        self.clock.set_wall(seconds)
        self.run(self.plane.dispatcher.tick())
        after = {
            task.id: (task.state, task.lease_until_ms and task.lease_until_ms - self.clock.now_ms())
            for task in self.all_tasks()
        }
        assert after == before or any(agent.connected for agent in self.agents.values())
        live = {task: left for task, (state, left) in after.items() if state.live}
        assert all(0 < left <= 60_000 for left in live.values()), live

    @rule(data=st.data())
    def another_server_claims_what_it_likes(self, data: st.DataObject) -> None:
        """Only what is first in its line is given, and once."""
        if tasks := self.all_tasks():
            task = data.draw(st.sampled_from(tasks))
            free = {t.id for t in self.run(self.queue.claimable(task.node, self.clock.now_ms()))}
            claimed = self.run(self.queue.claim(task.id, server="s2", lease_ms=60_000, now_ms=self.clock.now_ms()))
            assert (claimed is not None) == (task.id in free)

    # --- people

    @rule(
        kind=st.sampled_from(KINDS),
        service=st.sampled_from(SERVICES),
        nodes=st.sampled_from([("node-a",), ("node-b",), NODES]),
        rollout=ROLLOUTS,
        priority=st.sampled_from([Priority.PERSON, Priority.PERSON, Priority.BACKGROUND]),
        again=st.booleans(),
    )
    def somebody_asks(
        self, kind: TaskKind, service: str, nodes: tuple[str, ...], rollout: RolloutPolicy, priority: int, again: bool
    ) -> None:
        """For work on an instance or two; the answer may be lost, and the request made again."""
        self.requests += 1
        batches = tuple(position // rollout.max_parallel for position in range(len(nodes)))
        new = deployment(*nodes, kind=kind, service=service, rollout=rollout, batches=batches, priority=priority)
        for _ in range(1 + again):
            stored = self.run(self.queue.put(f"r{self.requests}", [new], self.clock.now_ms()))
            self.put |= {task.id for one in stored for task in one.tasks}

    @rule(data=st.data(), verb=st.sampled_from(["cancel_deployment", "pause_deployment", "resume_deployment"]))
    def somebody_steers_a_deployment(self, data: st.DataObject, verb: str) -> None:
        """Cancel, pause or resume; what cannot be is refused and changes nothing."""
        if deployments := self.all_deployments():
            self.attempted(getattr(self.people, verb)(data.draw(st.sampled_from(sorted(deployments)))))

    @rule(data=st.data(), state=st.sampled_from([TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED]))
    def somebody_cancels_or_resolves_a_task(self, data: st.DataObject, state: TaskState) -> None:
        """What is lost is resolved, what is open is cancelled."""
        if tasks := [t for t in self.all_tasks() if not t.state.final or t.state is TaskState.LOST]:
            task = data.draw(st.sampled_from(tasks))
            if task.state is TaskState.LOST:
                self.run(self.people.resolve_task(task.id, state))
            else:
                self.run(self.people.cancel_task(task.id))

    @rule(data=st.data())
    def somebody_retries(self, data: st.DataObject) -> None:
        """A task that did not succeed, or a deployment."""
        if tasks := [t for t in self.all_tasks() if t.state in (TaskState.FAILED, TaskState.LOST, TaskState.CANCELLED)]:
            task = data.draw(st.sampled_from(tasks))
            self.requests += 1
            whole = data.draw(st.booleans())
            request = RetryRequest(
                request_id=f"r{self.requests}",
                deployment=task.deployment if whole else "",
                task="" if whole else task.id,
            )
            if started := self.attempted(self.people.retry(request)):
                self.put |= {new.id for view in started.deployments for new in view.tasks}

    def attempted(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What may be refused; then nothing has changed."""
        before = self.loop.run_until_complete(self.queue.last_change())
        try:
            return self.run(work)
        except ComposiaError:
            assert self.loop.run_until_complete(self.queue.last_change()) == before
            return None

    # --- agents

    async def connect(self, agent: PlayedAgent) -> None:
        """Its stream opens, and a heartbeat follows as it does in life."""
        agent.connect(self.plane)
        await self.settle()
        agent.beat()

    @rule(node=st.sampled_from(NODES), forgets=st.sampled_from([False, False, False, True]))
    def an_agent_dies_and_comes_back(self, node: str, forgets: bool) -> None:
        """With its journal, or, after the loss of its disk, without."""
        agent = self.agents[node]
        self.run(agent.disconnect())
        if forgets:
            agent.journal.clear()
        self.run(self.connect(agent))
        held = set(agent.journal) | {message.attempt for message in agent.inbox if isinstance(message, Run)}
        mine = [task for task in self.all_tasks() if task.node == node and task.state.live]
        assert {Attempt(task=task.id, number=task.attempt) for task in mine} <= held

    @rule(node=st.sampled_from(NODES))
    def a_connection_is_lost(self, node: str) -> None:
        """And stays so until the agent comes back."""
        self.run(self.agents[node].disconnect())

    @rule(node=st.sampled_from(NODES), count=st.integers(1, 8))
    def an_agent_reads(self, node: str, count: int) -> None:
        """Some of what has arrived."""
        for _ in range(count):
            self.agents[node].read()

    @rule(node=st.sampled_from(NODES))
    def an_agent_reports_and_beats(self, node: str) -> None:
        """All that it has not said on this stream."""
        agent = self.agents[node]
        if agent.connected:
            agent.report()
            agent.beat()
            self.run(asyncio.sleep(0))

    @rule(node=st.sampled_from(NODES), data=st.data(), step=st.booleans(), end=ENDS)
    def an_agent_works(self, node: str, data: st.DataObject, step: bool, end: Finished) -> None:
        """A step of an attempt, or its end."""
        agent = self.agents[node]
        if working := agent.working:
            entry = data.draw(st.sampled_from(working))
            if step:
                entry.say(StepReport(name=StepName.UP, state=StepState.RUNNING))
            else:
                agent.end(entry, end)

    @rule(node=st.sampled_from(NODES), data=st.data())
    def an_agent_says_something_again(self, node: str, data: st.DataObject) -> None:
        """What was applied is not applied twice."""
        agent = self.agents[node]
        said = [report for entry in agent.journal.values() for report in entry.reports[: entry.sent]]
        if agent.connected and said:
            before = self.all_tasks()
            agent.send(data.draw(st.sampled_from(said)))
            self.run(asyncio.sleep(0))
            assert self.all_tasks() == before

    @rule(node=st.sampled_from(NODES), data=st.data(), end=ENDS)
    def an_old_attempt_reports(self, node: str, data: st.DataObject, end: Finished) -> None:
        """It is refused, whatever it says."""
        old = [task for task in self.all_tasks() if task.node == node and task.attempt > 1]
        agent = self.agents[node]
        if agent.connected and old:
            task = data.draw(st.sampled_from(old))
            before = self.all_tasks()
            stale = Attempt(task=task.id, number=task.attempt - 1)
            agent.send(Report(attempt=stale, number=data.draw(st.integers(1, 50)), body=end))
            self.run(asyncio.sleep(0))
            assert self.all_tasks() == before

    # --- what always holds

    @invariant()
    def count(self) -> None:
        """How many steps were made."""
        type(self).steps += 1

    @invariant()
    def no_task_is_lost_and_each_moves_along_its_arrows(self) -> None:
        """What was put is there, and its state follows from the one before."""
        tasks = {task.id: task for task in self.all_tasks()}
        assert tasks.keys() == self.put
        for task in tasks.values():
            before = self.known.get(task.id)
            if before is not None:
                assert task.state in REACHABLE[before.state], f"{before.state} → {task.state}"
                assert task.attempt >= before.attempt
        self.known = tasks

    @invariant()
    def nothing_is_held_twice(self) -> None:
        """One live task an instance, no more than an agent works on at once."""
        live = [task for task in self.all_tasks() if task.state.live]
        instances = [(task.service, task.node) for task in live]
        assert len(instances) == len(set(instances)), live
        mine = [task for task in live if task.server == "s1"]
        for node in NODES:
            assert sum(task.node == node for task in mine) <= CAPACITY

    @invariant()
    def first_in_first_out(self) -> None:
        """Nobody has been served while one of its instance waits that came before it; only a paused deployment stands
        aside, and what was overtaken meanwhile does not come back."""
        tasks, deployments = self.all_tasks(), self.all_deployments()
        for task in tasks:
            if task.attempt > 0:
                before = [
                    t
                    for t in tasks
                    if t.state is TaskState.PENDING
                    and (t.service, t.node) == (task.service, task.node)
                    and t.sequence < task.sequence
                    and deployments[t.deployment].state is not DeploymentState.PAUSED
                ]
                assert before == []

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
            self.clock.advance(10)
            self.run(self.plane.dispatcher.tick())
            deployments = self.all_deployments()
            left = [
                task
                for task in self.all_tasks()
                if not task.state.final and deployments[task.deployment].state is not DeploymentState.PAUSED
            ]
            if not left:
                return
        raise AssertionError(f"stuck: {left}")
