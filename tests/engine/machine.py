"""A state machine over queue, dispatcher and sessions: people ask, agents work, everybody dies, the clock is set, and after
each step what was promised holds."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from composia.core.deployment import DeploymentState, batch_of
from composia.core.service import OnFailure, RolloutPolicy
from composia.core.session import Acknowledged, Attempt, Fenced, Finished, Report, Run, StepReport
from composia.core.step import StepName, StepState
from composia.core.task import Priority, Task, TaskError, TaskKind, TaskState
from composia.errors import ComposiaError
from composia.plugins.api import RetryRequest
from composia.plugins.testing.work import deployment
from tests.engine import promises
from tests.engine.life import NODES, Life

SERVICES = ("web", "db", "api")
KINDS = (TaskKind.DEPLOY, TaskKind.DEPLOY, TaskKind.STOP, TaskKind.RESTART, TaskKind.PRUNE)

UNAVAILABLE = Finished(state=TaskState.FAILED, error=TaskError(code="unavailable", message="no engine"))
ENDS = st.sampled_from(
    [
        Finished(state=TaskState.SUCCEEDED, output_bytes=7),
        Finished(state=TaskState.SUCCEEDED),
        Finished(state=TaskState.FAILED, error=TaskError(code="not_possible", message="exit 3")),
        UNAVAILABLE,
        Finished(state=TaskState.CANCELLED, error=TaskError(code="cancelled", message="ended during up")),
    ]
)
STEPS = st.builds(StepReport, name=st.sampled_from([StepName.PULL, StepName.UP]), state=st.sampled_from(StepState))
ROLLOUTS = st.builds(
    RolloutPolicy,
    canary=st.sampled_from([0, 0, 1]),
    max_parallel=st.sampled_from([1, 2]),
    pause_s=st.sampled_from([0.0, 0.0, 5.0, 60.0]),
    on_failure=st.sampled_from(OnFailure),
)


class Engine(Life):
    """What may happen."""

    # --- the server

    @rule(away_s=st.sampled_from([0, 0, 100]))
    def the_server_dies_and_comes_back(self, away_s: int) -> None:
        """What it had in memory is gone; however long it was away, the agents have time to come back."""
        live = {task.id for task in self.all_tasks() if task.state.live}
        self.run(self.die())
        self.clock.advance(away_s)
        self.run(self.start())
        self.run(self.plane.dispatcher.tick())
        assert live == {task.id for task in self.all_tasks() if task.state.live}

    @rule(seconds=st.sampled_from([1, 4, 6, 20, 70]), silent=st.booleans())
    def time_passes(self, seconds: int, silent: bool) -> None:
        """And the server looks at the clock; agents are heard from meanwhile, or not."""
        while seconds > 0:
            passed = seconds if silent else min(seconds, 5)
            self.clock.advance(passed)
            seconds -= passed
            for agent in self.agents.values():
                if agent.connected and not silent:
                    agent.beat()
            self.run(asyncio.sleep(0))
            self.run(self.plane.dispatcher.tick())

    @rule(seconds=st.sampled_from([-86_400, -3_600, 3_600, 86_400 * 400]))
    def the_clock_is_set(self, seconds: int) -> None:
        """No lease ends by it, and none lives on; what waits for a time waits as long as before."""
        before = self.left()
        self.clock.set_wall(seconds)
        self.run(self.plane.dispatcher.tick())
        assert self.left() == before
        assert all(
            0 < task.lease_until_ms - self.clock.now_ms() <= 60_000 for task in self.all_tasks() if task.state.live
        )

    def left(self) -> dict[str, tuple[int, ...]]:
        """How long each thing that is open has yet to wait or to rest."""
        now_ms = self.clock.now_ms()
        tasks = {
            task.id: (task.attempt, *(at and at - now_ms for at in (task.deadline_ms, task.not_before_ms)))
            for task in self.all_tasks()
            if not task.state.final
        }
        rests = {name: (one.resume_ms - now_ms,) for name, one in self.all_deployments().items() if one.resume_ms}
        return {**tasks, **rests}

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
        batches = tuple(batch_of(position, rollout) for position in range(len(nodes)))
        service = "" if kind is TaskKind.PRUNE else service
        new = deployment(*nodes, kind=kind, service=service, rollout=rollout, batches=batches, priority=priority)
        before = self.all_tasks()
        (stored,) = self.run(self.queue.put(f"r{self.requests}", [new], self.clock.now_ms()))
        self.taken([task.id for task in stored.tasks], before)
        if again:
            (same,) = self.run(self.queue.put(f"r{self.requests}", [new], self.clock.now_ms()))
            assert [task.id for task in same.tasks] == [task.id for task in stored.tasks]

    @rule(
        kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=3),
        service=st.sampled_from(SERVICES),
        pause_s=st.sampled_from([0.0, 60.0]),
        on_failure=st.sampled_from(OnFailure),
    )
    def somebody_rolls_out(self, kinds: list[TaskKind], service: str, pause_s: float, on_failure: OnFailure) -> None:
        """Node after node, one thing behind the other."""
        rollout = RolloutPolicy(max_parallel=1, pause_s=pause_s, on_failure=on_failure)
        for kind in kinds:
            self.somebody_asks(kind, service, NODES, rollout, Priority.PERSON, again=False)

    def taken(self, new: list[str], before: tuple[Task, ...], retry_of: str = "") -> None:
        """These were put; what they take the place of is superseded."""
        self.put |= set(new)
        tasks = {task.id: task for task in self.all_tasks()}
        outdated = promises.outdated_by([tasks[name] for name in new], before, retry_of)
        assert all(tasks[name].state is TaskState.SUPERSEDED for name in outdated)

    @rule(data=st.data(), verb=st.sampled_from(["cancel_deployment", "pause_deployment", "resume_deployment"]))
    def somebody_steers_a_deployment(self, data: st.DataObject, verb: str) -> None:
        """Cancel, pause or resume; what cannot be is refused and changes nothing."""
        deployments = self.all_deployments()
        paused = {name for name, one in deployments.items() if one.state is DeploymentState.PAUSED}
        names = paused if paused and verb == "resume_deployment" else deployments
        if names:
            name = data.draw(st.sampled_from(sorted(names)))
            if verb == "resume_deployment":
                self.resume(name)
            else:
                self.attempted(getattr(self.people, verb)(name))

    def resume(self, name: str) -> None:
        """Somebody has it go on; then it does, unless somebody has to say how a task ended."""
        before = self.all_deployments()[name]
        answer = self.attempted(self.people.resume_deployment(name))
        after = self.all_deployments()[name]
        if answer and before.state is DeploymentState.PAUSED:
            goes_on = after.state is not DeploymentState.PAUSED or after.batch > before.batch
            assert goes_on or "is not known" in after.reason

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
            before = self.all_tasks()
            if started := self.attempted(self.people.retry(request)):
                new = [new.id for view in started.deployments for new in view.tasks]
                self.taken(new, before, retry_of=task.deployment)

    def attempted(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What may be refused; then nothing has changed."""
        before = self.loop.run_until_complete(self.queue.last_change())
        try:
            return self.run(work)
        except ComposiaError:
            assert self.loop.run_until_complete(self.queue.last_change()) == before
            return None

    # --- agents

    @rule(node=st.sampled_from(NODES), forgets=st.sampled_from([False, False, False, True]))
    def an_agent_dies_and_comes_back(self, node: str, forgets: bool) -> None:
        """With its journal, or, after the loss of its disk, without."""
        agent = self.agents[node]
        self.run(agent.disconnect())
        if forgets:
            agent.journal.clear()
        self.run(self.connect(agent))
        ordered = {message.attempt for message in agent.inbox if isinstance(message, Run)}
        fenced = {message.attempt for message in agent.inbox if isinstance(message, Fenced)}
        mine = {Attempt(task=t.id, number=t.attempt) for t in self.all_tasks() if t.node == node and t.state.live}
        assert ordered <= mine <= agent.journal.keys() | ordered
        assert agent.journal.keys() - mine <= fenced

    @rule(node=st.sampled_from(NODES))
    def a_connection_is_lost(self, node: str) -> None:
        """And stays so until the agent comes back."""
        self.run(self.agents[node].disconnect())

    @rule(node=st.sampled_from(NODES), data=st.data())
    def somebody_cancels_while_an_agent_is_away(self, node: str, data: st.DataObject) -> None:
        """It is told when it is back."""
        self.run(self.agents[node].disconnect())
        if live := [task for task in self.all_tasks() if task.node == node and task.state.live]:
            self.run(self.people.cancel_task(data.draw(st.sampled_from(live)).id))
        self.an_agent_dies_and_comes_back(node, forgets=False)

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

    @rule(node=st.sampled_from(NODES), data=st.data(), said=st.one_of(STEPS, ENDS))
    def an_agent_works(self, node: str, data: st.DataObject, said: StepReport | Finished) -> None:
        """A step of an attempt, or its end."""
        agent = self.agents[node]
        if working := agent.working:
            entry = data.draw(st.sampled_from(working))
            if isinstance(said, StepReport):
                entry.say(said)
            else:
                agent.end(entry, said)

    @rule(nodes=st.sampled_from([("node-a",), ("node-b",), NODES]), end=ENDS, works=st.booleans())
    def agents_get_on(self, nodes: tuple[str, ...], end: Finished, works: bool) -> None:
        """They read all, come to an end with one thing, say all; both at once."""
        for agent in (self.agents[node] for node in nodes):
            if not agent.connected:
                self.run(self.connect(agent))
            while agent.read() is not None:
                pass
        for agent in (self.agents[node] for node in nodes):
            if works and agent.working:
                agent.end(agent.working[0], end)
            agent.report()
            agent.beat()
        self.run(asyncio.sleep(0))

    @rule(node=st.sampled_from(NODES), waits_s=st.sampled_from([5, 20]))
    def an_engine_is_gone_for_a_while(self, node: str, waits_s: int) -> None:
        """Whatever is tried on its node comes to nothing, until it is not tried any more."""
        for _ in range(4):
            for _ in self.agents[node].working or (None,):
                self.agents_get_on((node,), UNAVAILABLE, works=True)
            self.time_passes(waits_s, silent=False)

    @rule(data=st.data(), nodes=st.sampled_from([("node-a",), NODES]), end=ENDS)
    def a_rollout_is_held_and_goes_on(self, data: st.DataObject, nodes: tuple[str, ...], end: Finished) -> None:
        """Somebody pauses what still waits, and has it go on after some work was done."""
        waiting = sorted({task.deployment for task in self.all_tasks() if task.state is TaskState.PENDING})
        if waiting:
            name = data.draw(st.sampled_from(waiting))
            self.attempted(self.people.pause_deployment(name))
            self.no_wake_up_is_lost()
            self.agents_get_on(nodes, end, works=True)
            self.resume(name)

    @rule(node=st.sampled_from(NODES), data=st.data())
    def an_agent_says_something_again(self, node: str, data: st.DataObject) -> None:
        """What was applied is not applied twice."""
        agent = self.agents[node]
        said = [report for entry in agent.journal.values() for report in entry.reports[: entry.sent]]
        if agent.connected and said:
            before, told = self.all_tasks(), len(agent.inbox)
            report = data.draw(st.sampled_from(said))
            agent.send(report)
            self.run(asyncio.sleep(0))
            assert self.all_tasks() == before
            task = next(task for task in before if task.id == report.attempt.task)
            applied = task.attempt == report.attempt.number and report.number <= task.reported
            answer = Acknowledged(attempt=report.attempt, number=report.number)
            assert agent.inbox[told:] == ([answer] if applied else [Fenced(attempt=report.attempt)])

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
