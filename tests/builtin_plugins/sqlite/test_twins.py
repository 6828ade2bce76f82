"""The two queues side by side: whatever happens in whatever order, they answer the same."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from composia.builtin_plugins.memory.queue import MemoryQueue
from composia.builtin_plugins.sqlite.queue import SqliteQueue, open_queue
from composia.core.deployment import DeploymentState
from composia.core.intent import Intent
from composia.core.service import OnFailure, RolloutPolicy
from composia.core.session import Accepted, Attempt, Finished, Report, StepReport
from composia.core.step import StepName, StepState
from composia.core.task import TRANSITIONS, Priority, Task, TaskError, TaskKind, TaskState
from composia.errors import ComposiaError
from composia.plugins.queue import DeploymentFilter, NewDeployment, Queue, Retention, TaskFilter
from composia.plugins.testing.work import NOW, RETRIES, changes_until, deployment, release

NODES = ("node-a", "node-b")
SERVICES = ("web", "db")
LEASE_MS = 30_000
PAGE = 7

errors = st.none() | st.just(TaskError(code="not_possible", message="app: exited (3)"))
policies = st.builds(RolloutPolicy, pause_s=st.sampled_from([0.0, 0.0, 20.0]), on_failure=st.sampled_from(OnFailure))
intents = st.builds(Intent, service=st.sampled_from(SERVICES), node=st.sampled_from(NODES), stopped=st.booleans())


@st.composite
def new_deployments(draw: st.DrawFn) -> NewDeployment:
    """A deployment of one service over some nodes, in batches; one that leaves out batch 0 is refused."""
    nodes = draw(st.permutations(NODES)) if draw(st.booleans()) else [draw(st.sampled_from(NODES))]
    return deployment(
        *nodes,
        kind=draw(st.sampled_from([TaskKind.DEPLOY, TaskKind.DEPLOY, TaskKind.STOP, TaskKind.RESTART])),
        service=draw(st.sampled_from(SERVICES)),
        rollout=draw(policies),
        batches=tuple(draw(st.sampled_from([(0, 0), (0, 1), (0, 1), (1, 0), (1, 1)])))[: len(nodes)],
        intents=tuple(draw(st.lists(intents, max_size=2))),
        priority=draw(st.sampled_from([Priority.PERSON, Priority.BACKGROUND])),
        wait_s=draw(st.sampled_from([60.0, 600.0])),
    )


steps = st.builds(
    StepReport,
    name=st.sampled_from([StepName.PULL, StepName.UP]),
    state=st.sampled_from(StepState),
    elapsed_ms=st.integers(0, 5000),
    note=st.sampled_from(["", "naïve\n☃"]),
)
ends = st.builds(
    Finished,
    state=st.sampled_from([TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED, TaskState.LOST]),
    output_bytes=st.integers(0, 2**40),
    error=errors,
)


class Twins(RuleBasedStateMachine):
    """Every rule does the same to both and compares what they answer; every invariant compares what they hold."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.loop = asyncio.new_event_loop()
        self.now_ms = NOW
        self.followed = 0
        self.known: dict[str, Task] = {}
        self.twins: tuple[Queue, SqliteQueue] = self.loop.run_until_complete(self.open())

    async def open(self) -> tuple[Queue, SqliteQueue]:
        """A fresh one of each."""
        return MemoryQueue(), await open_queue(self.directory)

    def teardown(self) -> None:
        """Close both."""
        for queue in self.twins:
            self.loop.run_until_complete(queue.close())
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()
        shutil.rmtree(self.directory)

    def both(self, ask: Callable[[Queue], Awaitable[object]]) -> object:
        """What both answer."""
        memory, sqlite = (self.loop.run_until_complete(answer(ask, queue)) for queue in self.twins)
        assert sqlite == memory
        return sqlite

    def pick(self, data: st.DataObject, *states: TaskState) -> Task:
        """A task, mostly one in these states."""
        fitting = [task for task in self.known.values() if task.state in states]
        return data.draw(st.sampled_from(fitting or list(self.known.values())), label="task")

    @rule(request=st.integers(0, 12), new=st.lists(new_deployments(), max_size=2))
    def put(self, request: int, new: list[NewDeployment]) -> None:
        """Put a request, perhaps one that was put before."""
        self.both(lambda queue: queue.put(f"r{request}", new, self.now_ms))
        self.both(lambda queue: queue.requested(f"r{request}"))

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def claim_any(self, data: st.DataObject) -> None:
        """Claim a task whether or not it may be claimed."""
        task = self.pick(data, TaskState.PENDING)
        self.claim(task.id)

    @rule(node=st.sampled_from(NODES))
    def claim_offered(self, node: str) -> None:
        """Claim all that is offered; none of it may be refused."""
        for task in self.loop.run_until_complete(self.twins[0].claimable(node, self.now_ms)):
            assert self.claim(task.id) is not None

    def claim(self, task: str) -> object:
        """Claim a task."""
        return self.both(lambda queue: queue.claim(task, server="s1", lease_ms=LEASE_MS, now_ms=self.now_ms))

    @precondition(lambda self: self.known)
    @rule(
        data=st.data(),
        older=st.sampled_from([0, 0, 0, 0, 1, -1]),
        skip=st.sampled_from([1, 1, 1, 2, 0, -1]),
        body=st.just(Accepted()) | steps | ends,
        released=st.booleans(),
    )
    def report(
        self, data: st.DataObject, older: int, skip: int, body: Accepted | StepReport | Finished, *, released: bool
    ) -> None:
        """Report on an attempt: mostly the next report of the live one, else stale, repeated or early."""
        task = self.pick(data, TaskState.ASSIGNED, TaskState.RUNNING)
        if isinstance(body, Finished) and released:
            body = replace(body, release=release(task, good=body.state is TaskState.SUCCEEDED))
        report = Report(
            attempt=Attempt(task=task.id, number=task.attempt - older), number=task.reported + skip, body=body
        )
        self.both(lambda queue: queue.report([report], RETRIES, self.now_ms))

    @rule(node=st.sampled_from(NODES), numbers=st.lists(st.tuples(st.integers(1, 6), st.integers(0, 3)), max_size=4))
    def renew(self, node: str, numbers: list[tuple[int, int]]) -> None:
        """Renew some attempts, live or not, known or not."""
        attempts = [Attempt(task=f"t{task}", number=number) for task, number in numbers]
        self.both(lambda queue: queue.renew(node, attempts, LEASE_MS, self.now_ms))

    @rule()
    def sweep(self) -> None:
        """Apply the clock."""
        self.both(lambda queue: queue.sweep(RETRIES, self.now_ms))

    @precondition(lambda self: self.known)
    @rule(data=st.data(), older=st.sampled_from([0, 0, 1]))
    def release_lease(self, data: st.DataObject, older: int) -> None:
        """Give up an attempt."""
        task = self.pick(data, TaskState.ASSIGNED, TaskState.RUNNING)
        gone = TaskError(code="unavailable", message="went away")
        attempt = Attempt(task=task.id, number=task.attempt - older)
        self.both(lambda queue: queue.release_lease(attempt, gone, RETRIES, self.now_ms))

    @precondition(lambda self: self.known)
    @rule(data=st.data(), verb=st.sampled_from(["cancel_deployment", "pause", "resume"]))
    def steer(self, data: st.DataObject, verb: str) -> None:
        """Cancel, pause or resume a deployment, whether or not that can be."""
        task = data.draw(st.sampled_from(list(self.known.values())))
        self.both(lambda queue: getattr(queue, verb)(task.deployment, "ada", self.now_ms))

    @precondition(lambda self: self.known)
    @rule(data=st.data(), state=st.sampled_from([TaskState.SUCCEEDED, TaskState.FAILED, TaskState.PENDING]))
    def cancel_or_resolve(self, data: st.DataObject, state: TaskState) -> None:
        """Cancel a task, or say how it ended."""
        task = self.pick(data, TaskState.LOST)
        self.both(lambda queue: queue.cancel_task(task.id, "ada", self.now_ms))
        self.both(lambda queue: queue.resolve(task.id, state, "bob", self.now_ms))

    @precondition(lambda self: self.known)
    @rule(data=st.data(), request=st.integers(13, 20))
    def retry(self, data: st.DataObject, request: int) -> None:
        """Put a retry of a task."""
        task = data.draw(st.sampled_from(list(self.known.values())))
        again = deployment(task.node, kind=task.kind, service=task.service, retry_of=task.deployment)
        self.both(lambda queue: queue.put(f"r{request}", [again], self.now_ms))

    @rule(by_ms=st.sampled_from([-5_000, 60_000]))
    def set_the_clock(self, by_ms: int) -> None:
        """All that is open moves along."""
        self.both(lambda queue: queue.postpone(by_ms))

    @rule(releases=st.integers(1, 3), older_ms=st.sampled_from([0, 60_000]), limit=st.integers(1, 3))
    def forget(self, releases: int, older_ms: int, limit: int) -> None:
        """Remove some of what has ended; the memory is in no hurry, so both are asked until nothing is left."""
        since = self.now_ms - older_ms
        which = Retention(ended_since_ms=since, audit_since_ms=since, releases=releases)
        for queue in self.twins:
            while self.loop.run_until_complete(queue.forget(which, limit)).more:
                pass
        self.both(lambda queue: queue.first_change())
        self.both(lambda queue: queue.kept_bundles())
        left = {task.id for task in self.loop.run_until_complete(self.twins[0].tasks(TaskFilter(), 1000)).items}
        self.known = {id_: task for id_, task in self.known.items() if id_ in left}

    @rule(seconds=st.sampled_from([1, 5, 30, 61, -10]))
    def pass_time(self, seconds: int) -> None:
        """Time passes; sometimes a clock is put back."""
        self.now_ms += seconds * 1000

    @rule()
    def restart(self) -> None:
        """The server ends and begins again; the memory, which lives with its process, is spared."""
        memory, sqlite = self.twins
        self.loop.run_until_complete(sqlite.close())
        self.twins = memory, self.loop.run_until_complete(open_queue(self.directory))

    @rule(
        which=st.builds(
            TaskFilter,
            services=st.sampled_from([(), ("web",), SERVICES]),
            nodes=st.sampled_from([(), ("node-a",)]),
            states=st.sampled_from([(), (TaskState.PENDING, TaskState.RUNNING)]),
            kinds=st.sampled_from([(), (TaskKind.STOP,)]),
            deployment=st.sampled_from(["", "d1", "d99", "?"]),
            since_ms=st.sampled_from([0, NOW + 1000]),
            until_ms=st.sampled_from([0, NOW + 30_000]),
        ),
        open_only=st.booleans(),
        limit=st.integers(1, PAGE),
        after=st.sampled_from(["", "1", "3", "5", "?"]),
    )
    def page(self, which: TaskFilter, limit: int, after: str, *, open_only: bool) -> None:
        """Ask for a part of a list."""
        deployments = DeploymentFilter(services=which.services, open_only=open_only)
        self.both(lambda queue: queue.tasks(which, limit, after))
        self.both(lambda queue: queue.deployments(deployments, limit, after))
        self.both(lambda queue: queue.audit(limit, after))

    @invariant()
    def all_is_well(self) -> None:
        """What holds after each rule."""
        self.they_hold_the_same()
        self.changes_have_no_gap()
        self.tasks_only_go_where_an_arrow_leads()
        self.deployments_are_as_their_tasks_say()

    def they_hold_the_same(self) -> None:
        """Everything that can be read is equal."""
        self.both(lambda queue: queue.deployments(DeploymentFilter(), 1000))
        for node in NODES:
            self.both(lambda queue, node=node: queue.claimable(node, self.now_ms))  # type: ignore[misc]
        self.both(lambda queue: queue.live())
        self.both(lambda queue: queue.waiting())
        self.both(lambda queue: queue.intents())
        self.both(lambda queue: queue.releases())
        self.both(lambda queue: queue.good_releases("web"))

    def changes_have_no_gap(self) -> None:
        """Both tell the same changes, the next numbers in order."""
        last = self.both(lambda queue: queue.last_change())
        assert isinstance(last, int)
        found = self.both(lambda queue: changes_until(queue, self.followed, last))
        assert isinstance(found, list)
        assert [change.number for change in found] == list(range(self.followed + 1, last + 1))
        self.followed = last

    def tasks_only_go_where_an_arrow_leads(self) -> None:
        """Transitions are legal, attempts only grow, no task is forgotten, an end does not change."""
        page = self.loop.run_until_complete(self.twins[1].tasks(TaskFilter(), 1000))
        now = {task.id: task for task in page.items}
        for before in self.known.values():
            task = now[before.id]
            assert task.state is before.state or task.state in TRANSITIONS[before.state]
            assert task.attempt >= before.attempt
            if not TRANSITIONS[before.state]:
                assert task == before
        live = [(task.service, task.node) for task in now.values() if task.state.live]
        assert len(live) == len(set(live))
        self.known = now

    def deployments_are_as_their_tasks_say(self) -> None:
        """A deployment has ended exactly when all its tasks have; of a lost one a person has yet to say how."""
        page = self.loop.run_until_complete(self.twins[1].deployments(DeploymentFilter(), 1000))
        for stored in page.items:
            tasks = [task for task in self.known.values() if task.deployment == stored.id]
            over = all(task.state.final and task.state is not TaskState.LOST for task in tasks)
            assert stored.state.final == over, (stored, [(task.id, task.state) for task in tasks])
            if stored.state is DeploymentState.SUCCEEDED:
                assert {task.state for task in tasks} == {TaskState.SUCCEEDED}


async def answer(ask: Callable[[Queue], Awaitable[object]], queue: Queue) -> object:
    """What a queue answers, be it an error."""
    try:
        return await ask(queue)
    except ComposiaError as error:
        return type(error), error.message, error.where


TestTwins = Twins.TestCase
TestTwins.settings = settings(
    max_examples=15,
    stateful_step_count=30,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
